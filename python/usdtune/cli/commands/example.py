# SPDX-License-Identifier: Apache-2.0
"""`usdtune example`: makes up a scene with known flaws, and tells what is wrong with it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ExampleKind(StrEnum):
    """What can be made up."""

    PLANT = "plant"


def example(
    kind: Annotated[ExampleKind, typer.Argument(help="What to make up.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The layer to write (.usdc, .usda or .usd).")],
    meshes: Annotated[int, typer.Option(help="Mesh prims, exactly.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Another seed gives another plant.", min=0)] = 1,
    broken: Annotated[bool, typer.Option("--broken", help="Also refer to a file that does not exist.")] = False,
) -> None:
    """Write a made-up plant as a naive converter would, and beside it what was planted (`<out>.truth.json`)."""
    # pxr takes a second to load: only when something is written.
    from usdtune._core import make_example
    from usdtune.bridge.write_scene import truth_path, write_plant

    if out.suffix not in (".usdc", ".usda", ".usd"):
        raise typer.BadParameter(f"{out.name}: the name must end in .usdc, .usda or .usd.", param_hint="--out")
    try:
        plant = make_example(meshes, seed, broken)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--meshes") from problem
    try:
        write_plant(plant, out)
    except OSError as problem:
        typer.echo(f"{out} cannot be written: {problem}", err=True)
        raise typer.Exit(1) from problem
    typer.echo(f"{out}: a {kind} of {meshes} meshes; {truth_path(out).name} tells what was planted.", err=True)


if __name__ == "__main__":
    typer.run(example)
