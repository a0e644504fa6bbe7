# SPDX-License-Identifier: Apache-2.0
"""Whether time per mesh stays flat: floor and `usdtune stack` on plants of growing size, in turns.

    $ python benches/scale_chain.py --sizes 10000 30000 100000 300000 --folder /tmp/plants

Plants are written once per folder and kept there. The last column holds the time per mesh against that of the first
size: 1.00 is flat. Memory per mesh is that above an interpreter which has only imported `pxr`.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

from compare_chain import BENCHES, DEFAULT_STACK, Runner, print_columns, take_turns
from fresh_process import run_fresh

SIZES = (10_000, 30_000, 100_000, 300_000)


def plant_of(folder: Path, meshes: int, usdtune: list[str], timeout_seconds: float) -> Path:
    """The plant of a size, written when it is not there yet."""
    plant = folder / f"plant_{meshes}.usdc"
    if not plant.exists():
        command = [*usdtune, "example", "plant", "-o", str(plant), "--meshes", str(meshes), "--seed", "1"]
        run = run_fresh(command, timeout_seconds)
        print(f"{plant}: written in {run.cpu_seconds:.1f} s CPU", file=sys.stderr)
    return plant


def measure(plant: Path, arguments: argparse.Namespace, out: Path) -> list[Runner]:
    """Floor and ours on one plant, in turns."""
    usdtune = shlex.split(arguments.usdtune)
    outs = [out / "floor.usdc", out / "usdtune.usdc"]
    floor = [arguments.python, str(BENCHES / "floor.py"), str(plant), "--out", str(outs[0])]
    ours = [*usdtune, "stack", str(arguments.stack), str(plant), "-o", str(outs[1])]
    runners = [Runner("floor", floor, outs[0]), Runner("usdtune", ours, outs[1])]
    take_turns(runners, arguments.runs, arguments.timeout)
    for runner in runners:
        if runner.absent:
            raise SystemExit(f"{runner.name} on {plant}: {runner.absent}")
    return runners


def row_of(meshes: int, floor: Runner, ours: Runner, import_bytes: int) -> dict:
    """The figures of one size."""
    return {
        "meshes": meshes,
        "floor_cpu_seconds": floor.min_cpu_seconds(),
        "cpu_seconds": ours.min_cpu_seconds(),
        "wall_seconds": ours.min_seconds(),
        "cpu_over_floor": ours.min_cpu_seconds() / floor.min_cpu_seconds(),
        "wall_over_floor": ours.min_seconds() / floor.min_seconds(),
        "peak_rss_bytes": ours.peak_rss_bytes(),
        "peak_over_floor": ours.peak_rss_bytes() / floor.peak_rss_bytes(),
        "cpu_us_per_mesh": 1e6 * ours.min_cpu_seconds() / meshes,
        "bytes_per_mesh": (ours.peak_rss_bytes() - import_bytes) / meshes,
    }


def print_rows(rows: list[dict]) -> None:
    """The same for people."""
    header = ["meshes", "wall s", "CPU s", "/ floor", "peak MiB", "/ floor", "KiB/mesh", "CPU µs/mesh", "against first"]
    table = [header]
    for row in rows:
        table.append(
            [
                f"{row['meshes']:,}",
                f"{row['wall_seconds']:.2f}",
                f"{row['cpu_seconds']:.2f}",
                f"{row['cpu_over_floor']:.2f}",
                f"{row['peak_rss_bytes'] / 2**20:.0f}",
                f"{row['peak_over_floor']:.2f}",
                f"{row['bytes_per_mesh'] / 1024:.1f}",
                f"{row['cpu_us_per_mesh']:.1f}",
                f"{row['cpu_us_per_mesh'] / rows[0]['cpu_us_per_mesh']:.2f}",
            ]
        )
    print_columns(table)


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="where plants are kept (default: a temporary folder)")
    parser.add_argument("--stack", type=Path, default=DEFAULT_STACK)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--usdtune", default="usdtune", help="our command (default: usdtune)")
    parser.add_argument("--python", default=sys.executable, help="interpreter with usd-core (default: this one)")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one process")
    parser.add_argument("--json", action="store_true", help="one document instead of a table")
    arguments = parser.parse_args()
    imported = run_fresh([arguments.python, "-c", "from pxr import Usd, UsdGeom"], arguments.timeout)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for meshes in arguments.sizes:
            plant = plant_of(folder, meshes, shlex.split(arguments.usdtune), arguments.timeout)
            floor, ours = measure(plant, arguments, Path(temporary))
            rows.append(row_of(meshes, floor, ours, imported.peak_rss_bytes))
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        print_rows(rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
