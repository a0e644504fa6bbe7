# SPDX-License-Identifier: Apache-2.0
"""Runs a JSON stack with `usd-optimize`, the tool we compare with, and says what it cost.

It needs an interpreter of its own, because its wheel brings another `pxr` than `usd-core`'s:

    $ python3.12 -m venv rival && rival/bin/pip install usd-optimize==1.3.1
    $ rival/bin/python benches/rival_chain.py scene.usdc out.usdc benches/stacks/default_chain.json
    {"tool": "usd-optimize", "installed": true, "seconds": 7.2, "operations": [...], ...}

Where the package is missing the document says `"installed": false` and the exit code is 3.
Their own log lines go to stderr, so stdout holds the document alone.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from process_memory import peak_rss_bytes

PACKAGE = "usd-optimize"
EXIT_FAILED = 1
EXIT_NOT_INSTALLED = 3


@dataclass(frozen=True)
class OperationTime:
    """One entry of the stack: its key, its wall time and whether it succeeded."""

    operation: str
    seconds: float
    success: bool
    error: str | None


@dataclass(frozen=True)
class RivalResult:
    """One run of a stack. `seconds` spans import to export; the parts leave out the import."""

    tool: str
    installed: bool
    version: str
    seconds: float
    import_seconds: float
    open_seconds: float
    export_seconds: float
    peak_rss_bytes: int
    operations: list[OperationTime]


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Sends what native code prints to stdout (file descriptor 1) to stderr instead."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def run_entries(context, stack: list[dict]) -> list[OperationTime]:
    """Runs the entries one at a time so that each is timed; stops at the first that fails.

    `executionContext` entries only set the scene for what follows, so they are repeated in front
    of every later entry rather than timed.
    """
    from usd_optimize.core import UsdOptimizeCore

    core = UsdOptimizeCore.getInstance()
    settings: list[dict] = []
    times: list[OperationTime] = []
    for entry in stack:
        if entry.get("operation") == "executionContext":
            settings.append(entry)
            continue
        begin = time.perf_counter()
        results = core.executeConfig(context, [*settings, entry])
        seconds = time.perf_counter() - begin
        success, error, _output = results[-1]
        times.append(OperationTime(entry["operation"], seconds, bool(success), error or None))
        if not success:
            break
    return times


def run_rival(scene: Path, out: Path, stack: list[dict]) -> RivalResult:
    """Opens `scene`, runs `stack` on it and exports the root layer to `out`."""
    begin = time.perf_counter()
    from pxr import Usd
    from usd_optimize.core import ExecutionContext

    imported = time.perf_counter()
    stage = Usd.Stage.Open(str(scene))
    context = ExecutionContext()
    context.set_stage(stage)
    opened = time.perf_counter()
    operations = run_entries(context, stack)
    ran = time.perf_counter()
    if not stage.GetRootLayer().Export(str(out)):
        raise OSError(f"{out}: the root layer could not be exported there")
    exported = time.perf_counter()
    context.remove_stage()
    return RivalResult(
        tool=PACKAGE,
        installed=True,
        version=importlib.metadata.version(PACKAGE),
        seconds=exported - begin,
        import_seconds=imported - begin,
        open_seconds=opened - imported,
        export_seconds=exported - ran,
        peak_rss_bytes=peak_rss_bytes(),
        operations=operations,
    )


def is_installed() -> bool:
    """Whether this interpreter has the package; its code is not imported for the answer."""
    try:
        importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def main() -> int:
    """Command line: SCENE OUT STACK."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("stack", type=Path)
    arguments = parser.parse_args()
    if not is_installed():
        print(json.dumps({"tool": PACKAGE, "installed": False}))
        print(
            f"{PACKAGE} is not installed for {sys.executable}; "
            f"give it a venv of its own with CPython 3.12: pip install {PACKAGE}==1.3.1",
            file=sys.stderr,
        )
        return EXIT_NOT_INSTALLED
    stack = json.loads(arguments.stack.read_text())
    with stdout_to_stderr():
        result = run_rival(arguments.scene, arguments.out, stack)
    print(json.dumps(asdict(result)))
    return 0 if all(step.success for step in result.operations) else EXIT_FAILED


if __name__ == "__main__":
    raise SystemExit(main())
