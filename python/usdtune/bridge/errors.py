# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a stage and us, as one sentence."""


class StageOpenError(Exception):
    """The stage cannot be opened; the text is one clear sentence that names the file."""
