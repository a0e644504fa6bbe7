#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the pictures of docs/gallery.md again: of the example plant and of the scenes in examples/scenes.

$ PYTHONPATH=python python tools/make_gallery.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from usdtune.bridge.extract import extract
from usdtune.bridge.stage_options import StageOptions
from usdtune.cli.main import main
from usdtune.workflow.pictures import Comparison, compare_views

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SCENES = ROOT / "examples" / "scenes"
COLOURS = 200
"""Enough for pictures of a page, and a third of their bytes."""


def render(scene: Path, name: str, *options: str, size: str = "800x600") -> None:
    out = PICTURES / f"{name}.png"
    if main(["render", str(scene), "-o", str(out), "--size", size, "-q", *options]):
        sys.exit(f"{scene} could not be rendered.")
    shrink(out)


def shrink(path: Path) -> None:
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def make_plant(folder: Path) -> Path:
    plant = folder / "plant.usdc"
    main(["example", "plant", "-o", str(plant), "--meshes", "2000", "--seed", "1"])
    return plant


def take_plant(plant: Path) -> None:
    through = ("--camera", "/Plant/Train_00/Area_000/InspectionCamera", "--lights", "default")
    render(plant, "plant", *through)
    for layer in ("prim-id", "material-id", "depth", "normal"):
        render(plant, f"plant-{layer}", *through, "--aov", layer, size="400x300")
    render(plant, "plant-wireframe", "--wireframe", "--mask", "/Plant/Train_00/Area_000/PumpSkid_01")


def take_scenes() -> None:
    for name in ("materials", "subdivision", "instances", "curves"):
        render(SCENES / f"{name}.usda", name, "--camera", "/World/Camera", "--lights", "default")
    for frame in ("1", "10"):
        options = ("--camera", "/World/Camera", "--lights", "default", "--frames", frame)
        render(SCENES / "skinning.usda", f"skinning-{frame}", *options, size="400x300")


def take_lost_screw(folder: Path) -> None:
    """Two scenes of which one has lost a screw, as a proof looks at them."""
    wall = '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\ndef Cube "Wall"\n{\n    double size = 6\n'
    wall += "    color3f[] primvars:displayColor = [(0.55, 0.5, 0.42)]\n}\n"
    screw = 'def Sphere "Screw"\n{\n    double radius = 0.05\n    double3 xformOp:translate = (3, -1, 0.5)\n'
    screw += '    uniform token[] xformOpOrder = ["xformOp:translate"]\n}\n'
    before, after = folder / "before.usda", folder / "after.usda"
    before.write_text(wall + screw)
    after.write_text(wall)
    first = extract(before, StageOptions())
    second = extract(after, StageOptions(), share=first.scene)
    how = Comparison(size=(400, 300), closeups=("/Screw",), folder=folder / "proof")
    shown = compare_views(first.scene, second.scene, [], how, 0, lambda *_: None)
    view = next(view for view in shown["views"] if view["name"].startswith("closeup"))
    pictures = {"before": view["before"]["colour"], "after": view["after"]["colour"], **view["heat"]}
    for name in ("before", "after", "flip", "prim_id"):
        target = PICTURES / f"lost-screw-{name.replace('_', '-')}.png"
        target.write_bytes((folder / pictures[name]).read_bytes())
        shrink(target)


def run() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        take_plant(make_plant(Path(name)))
        take_scenes()
        take_lost_screw(Path(name))


if __name__ == "__main__":
    run()
