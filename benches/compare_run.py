# SPDX-License-Identifier: Apache-2.0
"""The whole flow against the floor: `usdtune run` on one scene, in turns with `floor.py`.

    $ python benches/compare_run.py plant.usdc --runs 3

What the flow spends on its profiles is told alone and left out of the ratio: `run_unprofiled.py` says why.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from compare_chain import BENCHES, print_columns
from fresh_process import Run, run_fresh

KINDS = ("wall", "cpu")


def take_turns(arguments: argparse.Namespace, folder: Path) -> dict[str, list[Run]]:
    """Floor and run, once per round, each into places of its own."""
    scene = str(arguments.scene)
    runs: dict[str, list[Run]] = {"floor": [], "run": []}
    for number in range(arguments.runs):
        commands = {
            "floor": ["floor.py", scene, "--out", str(folder / "floor.usdc")],
            "run": ["run_unprofiled.py", scene, "--out", str(folder / f"run{number}")],
        }
        for name, (script, *rest) in commands.items():
            runs[name].append(run_fresh([arguments.python, str(BENCHES / script), *rest], arguments.timeout))
            print(f"round {number + 1}/{arguments.runs} {name}", file=sys.stderr)
    return runs


def summarize(runs: dict[str, list[Run]]) -> dict:
    """The best of each, and the flow without its profiles over the floor."""
    seconds = {
        "floor": {kind: min(getattr(run, f"{kind}_seconds") for run in runs["floor"]) for kind in KINDS},
        "run": {kind: min(getattr(run, f"{kind}_seconds") for run in runs["run"]) for kind in KINDS},
        "run without its profiles": {
            kind: min(
                getattr(run, f"{kind}_seconds") - (run.report or {})[f"profile_{kind}_seconds"] for run in runs["run"]
            )
            for kind in KINDS
        },
    }
    peak = {name: max(run.peak_rss_bytes for run in done) for name, done in runs.items()}
    over = {kind: seconds["run without its profiles"][kind] / seconds["floor"][kind] for kind in KINDS}
    return {"seconds": seconds, "peak_rss_bytes": peak, "over_floor": over}


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="interpreter with usd-core and usdtune (this one)")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one process")
    parser.add_argument("--json", action="store_true", help="one document instead of a table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = summarize(take_turns(arguments, Path(folder)))
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    table = [["", "wall s", "CPU s", "peak MiB"]]
    for name, spent in summary["seconds"].items():
        peak = f"{summary['peak_rss_bytes'][name] / 2**20:.0f}" if name in summary["peak_rss_bytes"] else ""
        table.append([name, *(f"{spent[kind]:.2f}" for kind in KINDS), peak])
    print_columns(table)
    over = summary["over_floor"]
    print(f"\nrun without its profiles / floor: wall {over['wall']:.2f}, CPU {over['cpu']:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
