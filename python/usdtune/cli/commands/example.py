# SPDX-License-Identifier: Apache-2.0
"""`usdtune example`: makes up a scene with known flaws, and tells what is wrong with it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from usdtune.cli.arguments import Parser
from usdtune.workflow.stops import BadUsage, Failed

KINDS = ("plant",)
SUFFIXES = (".usdc", ".usda", ".usd")


def configure(parser: Parser) -> None:
    parser.description = (
        "Writes a made-up plant as a naive converter would, and beside it what was planted (<out>.truth.json)."
    )
    parser.epilog = "example:\n  usdtune example plant -o plant.usdc --meshes 2000\n  usdtune inspect plant.usdc"
    parser.add_argument("kind", choices=KINDS, help="what to make up")
    parser.add_argument("-o", "--out", metavar="OUT.usdc", required=True, help="the layer to write")
    parser.add_argument("--meshes", metavar="N", type=int, default=2000, help="mesh prims, exactly (default 2000)")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="another seed gives another plant (default 1)")
    parser.add_argument("--broken", action="store_true", help="also refer to a file that does not exist")


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    truth = example(arguments.kind, out, arguments.meshes, arguments.seed, arguments.broken)
    print(
        f"{out}: a {arguments.kind} of {arguments.meshes} meshes; {truth.name} tells what was planted.", file=sys.stderr
    )
    return 0


def example(kind: str, out: Path, meshes: int = 2000, seed: int = 1, broken: bool = False) -> Path:
    """Writes a made-up scene and gives the file that tells what was planted in it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     example("plant", Path(folder) / "plant.usdc", meshes=300).name
    'plant.truth.json'
    """
    # pxr takes a second to load: only when something is written.
    from usdtune._core import make_example

    if kind not in KINDS:
        raise BadUsage(f"There is no example `{kind}`; there are: {', '.join(KINDS)}.")
    if out.suffix not in SUFFIXES:
        raise BadUsage(f"{out.name}: the name must end in {', '.join(SUFFIXES)}.")
    if not out.absolute().parent.is_dir():
        raise BadUsage(f"{out}: there is no folder {out.absolute().parent}.")
    try:
        plant = make_example(meshes, seed, broken)
    except (ValueError, TypeError) as problem:
        raise BadUsage(str(problem)) from problem
    from usdtune.bridge.write_scene import truth_path, write_plant

    try:
        write_plant(plant, out)
    except OSError as problem:
        raise Failed(f"{out} cannot be written: {problem}") from problem
    return truth_path(out)
