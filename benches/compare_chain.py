# SPDX-License-Identifier: Apache-2.0
"""Compares floor, rival and usdtune on one scene and one stack, in fresh processes that take turns.

    $ python benches/compare_chain.py scene.usdc --runs 5 --rival-python rival/bin/python

Runners take turns (floor, rival, usdtune, floor, ...), so that a machine that slows down slows
all of them. `min` is the fairest single figure on a shared machine; `median` shows how noisy it
was. A runner that is missing or fails is named with its reason and left out of the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fresh_process import Run, RunError, run_fresh

BENCHES = Path(__file__).resolve().parent
DEFAULT_STACK = BENCHES / "stacks" / "default_chain.json"
RIVAL_PYTHON_VARIABLE = "USDTUNE_RIVAL_PYTHON"
EXIT_FAILED = 1
COUNT_ROWS = ("own_point_meshes", "own_faces", "materials", "instances", "prims", "bytes")


@dataclass
class Runner:
    """A contestant: its command up to the export, what it has run so far, or why it cannot."""

    name: str
    command: list[str]
    out: Path
    absent: str | None = None
    runs: list[Run] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def min_seconds(self) -> float:
        return min(run.wall_seconds for run in self.runs)

    def median_seconds(self) -> float:
        return statistics.median(run.wall_seconds for run in self.runs)

    def min_cpu_seconds(self) -> float:
        return min(run.cpu_seconds for run in self.runs)

    def peak_rss_bytes(self) -> int:
        return max(run.peak_rss_bytes for run in self.runs)


def contestants(arguments: argparse.Namespace, folder: Path) -> list[Runner]:
    """The three runners, in the order they take turns."""
    suffix = arguments.scene.suffix
    scene, stack = str(arguments.scene), str(arguments.stack)
    outs = {name: (folder / name).with_suffix(suffix) for name in ("floor", "rival", "usdtune")}
    floor = Runner(
        "floor",
        [arguments.python, str(BENCHES / "floor.py"), scene, "--out", str(outs["floor"])],
        outs["floor"],
    )
    rival_python = arguments.rival_python or ""
    rival = Runner(
        "rival",
        [rival_python, str(BENCHES / "rival_chain.py"), scene, str(outs["rival"]), stack],
        outs["rival"],
        absent=missing_rival(rival_python),
    )
    usdtune = [*shlex.split(arguments.usdtune), "stack", stack, scene, "-o", str(outs["usdtune"])]
    ours = Runner("usdtune", usdtune, outs["usdtune"], absent=missing_program(usdtune[0]))
    return [floor, rival, ours]


def missing_program(program: str) -> str | None:
    """Why `program` cannot be started, or nothing."""
    return None if shutil.which(program) else f"`{program}` is not on the path"


def missing_rival(interpreter: str) -> str | None:
    """Why the rival cannot run, or nothing."""
    if not interpreter:
        return f"give its interpreter by --rival-python or {RIVAL_PYTHON_VARIABLE}"
    if not shutil.which(interpreter):
        return f"`{interpreter}` is no program"
    probe = "import importlib.metadata as m; print(m.version('usd-optimize'))"
    result = subprocess.run([interpreter, "-c", probe], capture_output=True, check=False)
    return None if result.returncode == 0 else f"usd-optimize is not installed for `{interpreter}`"


def take_turns(runners: list[Runner], rounds: int, timeout_seconds: float) -> None:
    """Runs every runner that is present once per round; one that fails sits out what remains."""
    for round_number in range(1, rounds + 1):
        for runner in runners:
            if runner.absent:
                continue
            runner.out.unlink(missing_ok=True)
            try:
                runner.runs.append(run_fresh(runner.command, timeout_seconds))
            except RunError as failure:
                runner.absent = str(failure)
                continue
            last = runner.runs[-1]
            seconds = f"{last.wall_seconds:.2f} s, CPU {last.cpu_seconds:.2f} s"
            progress = f"round {round_number}/{rounds} {runner.name} {seconds}"
            print(progress, file=sys.stderr)


def count_results(runners: list[Runner], python: str, timeout_seconds: float) -> None:
    """Counts what each runner wrote last, each in a process of its own."""
    for runner in runners:
        if not runner.runs or runner.absent:
            continue
        if not runner.out.exists():
            runner.absent = f"it ended well but wrote no {runner.out.name}"
            runner.runs.clear()
            continue
        command = [python, str(BENCHES / "scene_counts.py"), str(runner.out)]
        try:
            runner.counts = run_fresh(command, timeout_seconds).report or {}
        except RunError as failure:
            runner.absent = f"what it wrote cannot be counted: {failure}"


def ratio(value: float, reference: float) -> float | None:
    """`value` over `reference`; nothing where the reference is zero."""
    return value / reference if reference else None


def summarize(runners: list[Runner]) -> dict:
    """Everything measured, and each runner over each other in time and in memory."""
    present = [runner for runner in runners if runner.runs and not runner.absent]
    ratios = [
        {
            "of": upper.name,
            "over": lower.name,
            "min": ratio(upper.min_seconds(), lower.min_seconds()),
            "median": ratio(upper.median_seconds(), lower.median_seconds()),
            "cpu": ratio(upper.min_cpu_seconds(), lower.min_cpu_seconds()),
            "peak_rss": ratio(upper.peak_rss_bytes(), lower.peak_rss_bytes()),
        }
        for upper in reversed(present)
        for lower in present
        if present.index(lower) < present.index(upper)
    ]
    return {
        "runners": [
            {
                "name": runner.name,
                "absent": runner.absent,
                "runs": [asdict(run) for run in runner.runs],
                "counts": runner.counts,
            }
            for runner in runners
        ],
        "ratios": ratios,
    }


def print_table(runners: list[Runner], summary: dict) -> None:
    """The same for people."""
    present = [runner for runner in runners if runner.runs and not runner.absent]
    rows = [
        ["", *(runner.name for runner in present)],
        ["seconds, min", *(f"{runner.min_seconds():.2f}" for runner in present)],
        ["seconds, median", *(f"{runner.median_seconds():.2f}" for runner in present)],
        ["CPU seconds, min", *(f"{runner.min_cpu_seconds():.2f}" for runner in present)],
        ["peak memory, MiB", *(f"{runner.peak_rss_bytes() / 2**20:.0f}" for runner in present)],
        *([row.replace("_", " "), *(f"{runner.counts.get(row, 0):,}" for runner in present)] for row in COUNT_ROWS),
    ]
    print_columns(rows)
    for runner in runners:
        if runner.absent:
            print(f"{runner.name}: left out, {runner.absent}")
    if summary["ratios"]:
        print()
        header = ["ratio", "min", "median", "CPU", "peak memory"]
        print_columns([header, *(ratio_row(entry) for entry in summary["ratios"])])


def ratio_row(entry: dict) -> list[str]:
    """One line of the ratio table."""
    figures = (entry[key] for key in ("min", "median", "cpu", "peak_rss"))
    return [f"{entry['of']} / {entry['over']}", *(f"{figure:.2f}" for figure in figures)]


def print_columns(rows: list[list[str]]) -> None:
    """Prints rows with the first column to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]).rstrip())


def parse_arguments() -> argparse.Namespace:
    """Reads the command line; stops early on a scene or a stack that is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--stack", type=Path, default=DEFAULT_STACK)
    parser.add_argument("--runs", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--usdtune", default="usdtune", help="our command (default: usdtune)")
    parser.add_argument("--python", default=sys.executable, help="interpreter with usd-core (default: this one)")
    parser.add_argument(
        "--rival-python",
        default=os.environ.get(RIVAL_PYTHON_VARIABLE),
        help=f"interpreter with usd-optimize (default: ${RIVAL_PYTHON_VARIABLE})",
    )
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds for one process")
    parser.add_argument("--keep", type=Path, help="folder that keeps what was written")
    parser.add_argument("--json", action="store_true", help="one document instead of tables")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs needs at least 1")
    if not arguments.scene.is_file():
        parser.error(f"{arguments.scene} is not a file")
    if not arguments.stack.is_file():
        parser.error(f"{arguments.stack} is not a file")
    return arguments


def main() -> int:
    """Measures and prints; fails when usdtune did not run, so that a script notices."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        runners = contestants(arguments, folder)
        take_turns(runners, arguments.runs, arguments.timeout)
        count_results(runners, arguments.python, arguments.timeout)
        summary = summarize(runners)
    if arguments.json:
        print(json.dumps(summary, indent=2))
    else:
        print_table(runners, summary)
    return EXIT_FAILED if runners[-1].absent else 0


if __name__ == "__main__":
    raise SystemExit(main())
