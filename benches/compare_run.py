# SPDX-License-Identifier: Apache-2.0
"""The whole flow against the floor: `usdtune run` on one scene, in turns with `floor.py`.

    $ python benches/compare_run.py plant.usdc --runs 3

Measuring the scene before and after is a part of the flow that opens each of them several times by protocol, so its
share is also told alone: `usdtune profile` over an output folder of its own, taken twice (before and after) from the
whole.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

from compare_chain import BENCHES, print_columns
from fresh_process import Run, run_fresh

APPROVED = ["--approve", "restructure=optimize-as-is"]


def take_turns(arguments: argparse.Namespace, folder: Path) -> dict[str, list[Run]]:
    """Floor, run and profile, once per round, each into folders of its own."""
    usdtune = shlex.split(arguments.usdtune)
    scene = str(arguments.scene)
    runs: dict[str, list[Run]] = {"floor": [], "run": [], "profile": []}
    for number in range(arguments.runs):
        out, profiled = folder / f"run{number}", folder / f"profile{number}"
        commands = {
            "floor": [arguments.python, str(BENCHES / "floor.py"), scene, "--out", str(folder / "floor.usdc")],
            "run": [*usdtune, "run", scene, "-o", str(out), *APPROVED],
            "profile": [*usdtune, "profile", scene, "-o", str(profiled)],
        }
        for name, command in commands.items():
            runs[name].append(run_fresh(command, arguments.timeout))
            print(f"round {number + 1}/{arguments.runs} {name}", file=sys.stderr)
    return runs


def summarize(runs: dict[str, list[Run]]) -> dict:
    """The best of each, and the whole flow without its two profiles over the floor."""
    cpu = {name: min(run.cpu_seconds for run in done) for name, done in runs.items()}
    wall = {name: min(run.wall_seconds for run in done) for name, done in runs.items()}
    peak = {name: max(run.peak_rss_bytes for run in done) for name, done in runs.items()}
    return {
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "peak_rss_bytes": peak,
        "cpu_over_floor": (cpu["run"] - 2 * cpu["profile"]) / cpu["floor"],
        "wall_over_floor": (wall["run"] - 2 * wall["profile"]) / wall["floor"],
        "peak_over_floor": peak["run"] / peak["floor"],
    }


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--usdtune", default="usdtune", help="our command (default: usdtune)")
    parser.add_argument("--python", default=sys.executable, help="interpreter with usd-core (default: this one)")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one process")
    parser.add_argument("--json", action="store_true", help="one document instead of a table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = summarize(take_turns(arguments, Path(folder)))
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    table = [["", "wall s", "CPU s", "peak MiB"]]
    for name in summary["cpu_seconds"]:
        peak = summary["peak_rss_bytes"][name] / 2**20
        seconds = (summary["wall_seconds"][name], summary["cpu_seconds"][name])
        table.append([name, *(f"{value:.2f}" for value in seconds), f"{peak:.0f}"])
    print_columns(table)
    print(
        f"\nrun without its profiles / floor: wall {summary['wall_over_floor']:.2f}, "
        f"CPU {summary['cpu_over_floor']:.2f}, peak {summary['peak_over_floor']:.2f}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
