# SPDX-License-Identifier: Apache-2.0
"""Counts what a written scene holds, so that a fast run that did little is seen for what it is.

$ python benches/scene_counts.py out.usdc
{"prims": 23127, "own_point_meshes": 2379, "materials": 65, "instances": 7715, ...}
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class SceneCounts:
    """Prims and data of a scene's own layers; instance proxies are not counted again."""

    prims: int
    own_point_meshes: int
    own_points: int
    own_faces: int
    materials: int
    instances: int
    prototypes: int
    bytes: int


def count_scene(scene: Path) -> SceneCounts:
    """Counts `scene`. A mesh has points of its own when a layer of its own stack writes them."""
    from pxr import Usd, UsdGeom, UsdShade

    def writes_points(mesh: UsdGeom.Mesh) -> bool:
        return any(
            spec.layer in own_layers and spec.path == mesh.GetPath().AppendProperty("points")
            for spec in mesh.GetPointsAttr().GetPropertyStack()
        )

    stage = Usd.Stage.Open(str(scene))
    own_layers = set(stage.GetLayerStack(includeSessionLayers=False))
    prims = meshes = points = faces = materials = instances = 0
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.PrimAllPrimsPredicate):
        if prim.IsPseudoRoot():
            continue
        prims += 1
        instances += prim.IsInstance()
        materials += prim.IsA(UsdShade.Material)
        if prim.IsA(UsdGeom.Mesh) and writes_points(mesh := UsdGeom.Mesh(prim)):
            meshes += 1
            points += len(mesh.GetPointsAttr().Get() or ())
            faces += len(mesh.GetFaceVertexCountsAttr().Get() or ())
    return SceneCounts(
        prims=prims,
        own_point_meshes=meshes,
        own_points=points,
        own_faces=faces,
        materials=materials,
        instances=instances,
        prototypes=len(stage.GetPrototypes()),
        bytes=written_bytes(scene),
    )


def written_bytes(scene: Path) -> int:
    """The size of one file, or of every file below a folder."""
    if scene.is_dir():
        return sum(file.stat().st_size for file in scene.rglob("*") if file.is_file())
    return scene.stat().st_size


def main() -> int:
    """Command line: SCENE."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    print(json.dumps(asdict(count_scene(parser.parse_args().scene))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
