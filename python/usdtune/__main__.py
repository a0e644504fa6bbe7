# SPDX-License-Identifier: Apache-2.0
"""`python -m usdtune` is the command `usdtune`: for environments whose scripts are not on the path."""

from __future__ import annotations

import sys

from usdtune.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
