# SPDX-License-Identifier: Apache-2.0
"""What the comparison takes a point instancer to draw is what OpenUSD says it draws."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, Vt
from usdtune import _core
from usdtune.bridge.extract import extract

COUNT = 12
HIDDEN = [3, 104]


def mesh_at(stage: Usd.Stage, path: str) -> UsdGeom.Mesh:
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr([(0, 0, 0), (2, 0, 0), (0, 1, 0), (0.25, 0.25, 3)])
    mesh.CreateFaceVertexCountsAttr([3, 3, 3, 3])
    mesh.CreateFaceVertexIndicesAttr([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3])
    mesh.CreateSubdivisionSchemeAttr("none")
    return mesh


def instanced_stage(path: Path, precise: bool) -> Usd.Stage:
    """Random instances of two prototypes, one of which has a transform of its own; some are masked."""
    chance = random.Random(7)
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.Xform.Define(stage, "/World").AddTranslateOp().Set((1, 2, 3))
    instancer = UsdGeom.PointInstancer.Define(stage, "/World/PI")
    instancer.AddRotateXOp().Set(30)
    mesh_at(stage, "/World/PI/P/A")
    mesh_at(stage, "/World/PI/P/B").AddTransformOp().Set(Gf.Matrix4d().SetScale((1, 2, 1)))
    instancer.CreatePrototypesRel().SetTargets(["/World/PI/P/A", "/World/PI/P/B"])
    instancer.CreateProtoIndicesAttr([chance.randrange(2) for _ in range(COUNT)])
    instancer.CreatePositionsAttr([tuple(chance.uniform(-9, 9) for _ in range(3)) for _ in range(COUNT)])
    instancer.CreateScalesAttr([tuple(chance.uniform(0.5, 2) for _ in range(3)) for _ in range(COUNT)])
    turns = [Gf.Quatf(*(chance.uniform(-1, 1) for _ in range(4))).GetNormalized() for _ in range(COUNT)]
    instancer.CreateOrientationsAttr(Vt.QuathArray([Gf.Quath(turn) for turn in turns]))
    if precise:
        instancer.GetPrim().CreateAttribute("orientationsf", Sdf.ValueTypeNames.QuatfArray).Set(Vt.QuatfArray(turns))
    instancer.CreateIdsAttr([100 + i for i in range(COUNT)])
    instancer.CreateInvisibleIdsAttr([103])
    instancer.DeactivateId(104)
    return stage


def expanded_stage(path: Path, source: Usd.Stage) -> list[tuple[str, str, str, str, str]]:
    """The same as meshes with the transforms that OpenUSD computes; gives the moves from them to the prototypes."""
    instancer = UsdGeom.PointInstancer(source.GetPrimAtPath("/World/PI"))
    world = UsdGeom.Xformable(instancer).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
    transforms = instancer.ComputeInstanceTransformsAtTime(0, 0, applyMask=UsdGeom.PointInstancer.IgnoreMask)
    mask = instancer.ComputeMaskAtTime(0)
    stage = Usd.Stage.CreateNew(str(path))
    moves = []
    for index, transform in enumerate(transforms):
        if mask and not mask[index]:
            continue
        mesh_at(stage, f"/M{index:02}").AddTransformOp().Set(transform * world)
        name = "AB"[instancer.GetProtoIndicesAttr().Get()[index]]
        moves.append((f"/M{index:02}", f"/World/PI/P/{name}", "merged", "", ""))
    stage.Save()
    return moves


@pytest.mark.parametrize("precise", [False, True])
def test_instances_are_drawn_where_openusd_draws_them(tmp_path: Path, precise: bool) -> None:
    source = instanced_stage(tmp_path / "instanced.usda", precise)
    if precise and not hasattr(UsdGeom.PointInstancer, "GetOrientationsfAttr"):
        pytest.skip("this OpenUSD knows no orientationsf")
    source.Save()
    moves = expanded_stage(tmp_path / "expanded.usda", source)
    assert len(moves) == COUNT - 2
    meshes = extract(tmp_path / "expanded.usda").scene
    instances = extract(tmp_path / "instanced.usda", share=meshes).scene
    report = json.loads(_core.diff_rendered(meshes, instances, moves, 0.0, 0))
    assert [row for row in report["differences"] if row["law"] not in ("stage", "primvar")] == []

    attribute = source.GetAttributeAtPath("/World/PI.positions")
    positions = list(attribute.Get())
    positions[0] += Gf.Vec3f(0, 0, 0.001)
    attribute.Set(positions)
    source.GetRootLayer().Export(str(tmp_path / "moved.usda"))
    moved = extract(tmp_path / "moved.usda", share=meshes).scene
    report = json.loads(_core.diff_rendered(meshes, moved, moves, 0.0, 0))
    assert [row["law"] for row in report["differences"]] == ["surface"], "a millimetre is seen"
