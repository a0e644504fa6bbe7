# SPDX-License-Identifier: Apache-2.0
"""What reading a stage costs per authored property, lane by lane, each in fresh processes that take turns.

    $ python benches/extraction_lanes.py plant.usdc --runs 3

The opening of the stage is not in it where a lane needs one. `composed` asks the stage for everything, `layer` reads
specs through `Sdf` where composition is proven trivial, `fastest` reads crate files without OpenUSD.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from compare_chain import print_columns
from fresh_process import run_fresh

LANES = ("fastest", "layer", "composed")


def measure(scene: Path, lane: str) -> dict:
    """One extraction in this process, which should be fresh: CPU and wall time without the opening."""
    from usdtune.bridge.extract import Lane, collector_off, extract_stage
    from usdtune.bridge.stage_options import open_stage

    stage = open_stage(scene)
    with collector_off():
        wall, cpu = time.perf_counter(), time.process_time()
        extraction = extract_stage(stage, scene, lane=Lane(lane))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"lane": lane, "properties": extraction.scene.property_count, "wall_seconds": wall, "cpu_seconds": cpu}


def take_turns(scene: Path, rounds: int, timeout_seconds: float) -> list[dict]:
    """The best of each lane."""
    best: dict[str, dict] = {}
    for _ in range(rounds):
        for lane in LANES:
            command = [sys.executable, __file__, str(scene), "--lane", lane]
            report = run_fresh(command, timeout_seconds).report or {}
            if lane not in best or report["cpu_seconds"] < best[lane]["cpu_seconds"]:
                best[lane] = report
    return list(best.values())


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lane", choices=LANES, help="measure this one, here, once")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds for one process")
    parser.add_argument("--json", action="store_true", help="one document instead of a table")
    arguments = parser.parse_args()
    if arguments.lane:
        print(json.dumps(measure(arguments.scene, arguments.lane)))
        return 0
    rows = take_turns(arguments.scene, arguments.runs, arguments.timeout)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    table = [["lane", "properties", "CPU s", "CPU µs/property"]]
    for row in rows:
        each = 1e6 * row["cpu_seconds"] / row["properties"]
        table.append([row["lane"], f"{row['properties']:,}", f"{row['cpu_seconds']:.2f}", f"{each:.2f}"])
    print_columns(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
