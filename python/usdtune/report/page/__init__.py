# SPDX-License-Identifier: Apache-2.0
"""What the report page shows, section by section, out of the documents of a run or of a comparison."""
