# SPDX-License-Identifier: Apache-2.0
"""Peak memory of the running process, in bytes."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_rss_bytes() -> int:
    """The high-water mark of resident memory of this process.

    Linux keeps `ru_maxrss` across `exec`, so a small program started by a large one would report
    its parent; `VmHWM` belongs to the program alone and is preferred where it exists.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
