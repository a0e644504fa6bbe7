"""Builds a wheel per CPython, installs it beside one `pxr` after the other, and tests what is installed.

Each environment holds the wheel, one `pxr` and pytest, nothing of the checkout and none of its C++ packages: a module
that is not self-contained fails here. Prints one closing line per environment and exits 1 when any failed.

Example: ``make wheel-test ARGS="--python python3.11 --pxr usd-core==24.11"``
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "wheel-test"
PXR = ["usd-core==24.11", "usd-core==25.11", "usd-core==26.11", "usd-exchange"]
PYTHONS = ["python3.11", "python3.12"]


class Failed(Exception):
    """One environment did not pass; the message is its closing line."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--python", action="append", help=f"an interpreter, repeatable (default: {' and '.join(PYTHONS)})"
    )
    parser.add_argument("--pxr", action="append", help=f"a requirement, repeatable (default: {PXR})")
    parser.add_argument("--wheel", type=Path, help="test this one instead of building any")
    parser.add_argument("tests", nargs="*", default=["tests/python"], help="files of tests (default: all)")
    arguments = parser.parse_args()

    lines: list[str] = []
    failed = False
    for python in arguments.python or PYTHONS:
        try:
            tag = tag_of(python)
            wheel = arguments.wheel or build(python, tag)
        except Failed as problem:
            failed = True
            lines.append(str(problem))
            continue
        for pxr in arguments.pxr or PXR:
            try:
                lines.append(try_beside(wheel, python, tag, pxr, arguments.tests))
            except Failed as problem:
                failed = True
                lines.append(str(problem))
            print(lines[-1], flush=True)
    print("\n".join(["", *lines]))
    return 1 if failed else 0


def tag_of(python: str) -> str:
    """`cp311`, as wheels are named."""
    if shutil.which(python) is None:
        raise Failed(f"{python}: FAILED, there is no such interpreter here; leave it out with --python")
    return output([python, "-c", "import sys; print('cp%d%d' % sys.version_info[:2])"])


def build(python: str, tag: str) -> Path:
    """`make wheel` in an environment of that interpreter; the newest wheel that it leaves in dist/."""
    logged(
        ["make", "--no-print-directory", "wheel", f"VENV={FOLDER / f'build-{tag}'}"],
        f"wheel-{tag}",
        f"{python}: FAILED to build",
        PYTHON=python,
    )
    return max((ROOT / "dist").glob(f"usdtune-*-{tag}-{tag}-*.whl"), key=lambda path: path.stat().st_mtime)


def try_beside(wheel: Path, python: str, tag: str, pxr: str, tests: list[str]) -> str:
    """Installs into a fresh environment, tests there, and gives the closing line."""
    name = f"{tag}-{pxr.replace('==', '-')}"
    environment = FOLDER / name
    start = time.monotonic()
    if environment.exists():
        shutil.rmtree(environment)
    logged([python, "-m", "venv", environment], name, f"{name}: FAILED to make an environment")
    inside = environment / "bin" / "python"
    tools = output([sys.executable, ROOT / "tools" / "list_requirements.py", "test"]).splitlines()
    logged([inside, "-m", "pip", "install", "--quiet", wheel, pxr, *tools], name, f"{name}: FAILED to install")
    where = output([inside, "-c", "import usdtune._core as core; print(core.__file__)"])
    if not Path(where).is_relative_to(environment):
        raise Failed(f"{name}: FAILED, python loads {where} and not what was installed")
    command = [inside, "-m", "pytest", "--quiet", "-o", "pythonpath=tests/python", "-p", "no:cacheprovider", *tests]
    said = logged(command, name, f"{name}: FAILED")
    return f"{name}: {said.strip().splitlines()[-1]} ({time.monotonic() - start:.0f} s with installing)"


def logged(command: list[str | Path], name: str, sentence: str, **environment: str) -> str:
    """Runs a command from the checkout, adds what it says to the log, and raises with its last words if it fails."""
    log = FOLDER / "logs" / f"{name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        command, cwd=ROOT, env=clean(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with log.open("a") as file:
        file.write(done.stdout)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-40:]))
        raise Failed(f"{sentence} (exit {done.returncode}), see {log.relative_to(ROOT)}")
    return done.stdout


def output(command: list[str | Path]) -> str:
    return subprocess.run(command, env=clean({}), check=True, capture_output=True, text=True, cwd=FOLDER).stdout.strip()


def clean(more: dict[str, str]) -> dict[str, str]:
    """The environment without what would make Python find the checkout."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | more


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    sys.exit(main())
