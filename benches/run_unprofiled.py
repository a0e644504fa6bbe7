# SPDX-License-Identifier: Apache-2.0
"""The whole flow in this process, with the time that it spends on profiles told apart.

    $ python benches/run_unprofiled.py plant.usdc --out OUT

Profiling is a part of every run: it opens both scenes several times by protocol, and once more each where something
seems to have got worse. What it takes says nothing about the rest, so `compare_run.py` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from usdtune import run
from usdtune.workflow import profile


class Meter:
    """Wall and CPU seconds, of this process and of the children that it has waited for."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **named: Any) -> Any:
            wall, cpu = time.perf_counter(), cpu_seconds()
            try:
                return work(*arguments, **named)
            finally:
                self.wall += time.perf_counter() - wall
                self.cpu += cpu_seconds() - cpu

        return measured


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    profiles, whole = Meter(), Meter()
    profile.capture = profiles.around(profile.capture)
    result = whole.around(run)(arguments.scene, arguments.out, approve={"restructure": "optimize-as-is"})
    report = {
        "verdict": result.verdict,
        "wall_seconds": whole.wall,
        "cpu_seconds": whole.cpu,
        "profile_wall_seconds": profiles.wall,
        "profile_cpu_seconds": profiles.cpu,
    }
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
