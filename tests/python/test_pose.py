# SPDX-License-Identifier: Apache-2.0
"""Poses, and transforms at a time, as UsdSkel and UsdGeom of the pxr at hand give them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel
from usdtune._core import posed_points, world_transform
from usdtune.bridge.extract import extract

REPOSITORY = Path(__file__).resolve().parents[2]
ANIM = next(
    (folder / "shared/data/anim" for folder in REPOSITORY.parents if (folder / "shared/data").is_dir()),
    REPOSITORY.parent / "shared/data/anim",
)
real_scenes = pytest.mark.skipif(not ANIM.is_dir(), reason=f"there are no real scenes at {ANIM}")

# Two joints of three are animated; every way to bind a mesh is there once.
ARM = """#usda 1.0
(
    upAxis = "Z"
    startTimeCode = 0
    endTimeCode = 10
)
def SkelRoot "Root"
{
    double3 xformOp:translate = (5, 6, 7)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Skeleton "Skel" (prepend apiSchemas = ["SkelBindingAPI"])
    {
        rel skel:animationSource = </Root/Anim>
        uniform token[] joints = ["a", "a/b", "a/b/c"]
        uniform matrix4d[] bindTransforms = [
            ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
            ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)),
            ((0, 1, 0, 0), (-1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 2, 1))]
        uniform matrix4d[] restTransforms = [
            ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
            ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)),
            ((0, 1, 0, 0), (-1, 0, 0, 0), (0, 0, 1, 0), (0.1, 0, 1, 1))]
        float xformOp:rotateX = 20
        uniform token[] xformOpOrder = ["xformOp:rotateX"]
    }
    def SkelAnimation "Anim"
    {
        uniform token[] joints = ["a/b", "a"]
        float3[] translations = [(0, 0, 1), (0, 0, 0)]
        quatf[] rotations.timeSamples = {
            0: [(1, 0, 0, 0), (1, 0, 0, 0)],
            10: [(0.7071068, 0.7071068, 0, 0), (0.9238795, 0, 0.3826834, 0)],
        }
        half3[] scales.timeSamples = { 0: [(1, 1, 1), (1, 1, 1)], 10: [(1, 2, 1), (1.5, 1.5, 1.5)] }
        uniform token[] blendShapes = ["other", "bulge"]
        float[] blendShapeWeights.timeSamples = { 0: [0, 0], 10: [1, 1.2] }
    }
    def Scope "Shapes"
    {
        def BlendShape "Bulge"
        {
            uniform vector3f[] offsets = [(0, 0, 1), (1, 0, 0)]
            uniform vector3f[] normalOffsets = [(1, 0, 0), (0, 1, 0)]
            uniform int[] pointIndices = [1, 3]
            uniform vector3f[] inbetweens:half = [(0, 3, 0), (0, 0, 3)] ( weight = 0.5 )
        }
    }
MESHES
}
"""

MESH = """    def Mesh "NAME" (prepend apiSchemas = ["SkelBindingAPI"])
    {
        rel skel:skeleton = </Root/Skel>
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [4, 4]
        int[] faceVertexIndices = [0, 1, 3, 2, 2, 3, 5, 4]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 0.1, 1), (1, 0.2, 1), (0, 0, 2), (1, 0, 2.5)]
        matrix4d primvars:skel:geomBindTransform = ((1, 0, 0, 0), (0, 2, 0, 0), (0, 0, 1, 0), (0.5, 0, 0, 1))
        double3 xformOp:scale = (2, 1, 1)
        uniform token[] xformOpOrder = ["xformOp:scale"]
MORE
    }
"""

VERTEX_JOINTS = """
        int[] primvars:skel:jointIndices = [0, 1, 0, 1, 0, 1, 1, 2, 1, 2, 2, 0] (elementSize = 2
            interpolation = "vertex")
        float[] primvars:skel:jointWeights = [1, 0, 0.5, 0.5, 0.25, 0.75, 0.5, 0.5, 0.4, 0.5, 1, 0] (elementSize = 2
            interpolation = "vertex")
"""
POINT_NORMALS = """
        normal3f[] normals = [(0, -1, 0), (0, -1, 0), (0.6, -0.8, 0), (0, -1, 0), (0, 0, 1), (0, -1, 0)] (
            interpolation = "vertex")
"""
CORNER_NORMALS = """
        normal3f[] normals = [(0, -1, 0), (0, -1, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0), (0, -1, 0), (0, 0, 1),
            (0.6, 0.8, 0)] (interpolation = "faceVarying")
"""
BINDINGS = {
    "Linear": VERTEX_JOINTS + POINT_NORMALS,
    "Dual": VERTEX_JOINTS + POINT_NORMALS + '        uniform token primvars:skel:skinningMethod = "dualQuaternion"\n',
    "Corners": VERTEX_JOINTS + CORNER_NORMALS + '        uniform token[] skel:joints = ["a/b/c", "a", "a/b"]\n',
    "Rigid": """
        int[] primvars:skel:jointIndices = [1, 2] (elementSize = 2
            interpolation = "constant")
        float[] primvars:skel:jointWeights = [0.25, 0.75] (elementSize = 2
            interpolation = "constant")
""",
    "Blend": VERTEX_JOINTS
    + POINT_NORMALS
    + """
        uniform token[] skel:blendShapes = ["bulge"]
        rel skel:blendShapeTargets = </Root/Shapes/Bulge>
""",
    "BlendOnly": """
        uniform token[] skel:blendShapes = ["bulge"]
        rel skel:blendShapeTargets = </Root/Shapes/Bulge>
""",
}


def arm(folder: Path, bindings: dict[str, str]) -> Path:
    meshes = "".join(MESH.replace("NAME", name).replace("MORE", more) for name, more in bindings.items())
    path = folder / "arm.usda"
    path.write_text(ARM.replace("MESHES", meshes))
    return path


def skinned_by_usd(stage: Usd.Stage, mesh: UsdGeom.Mesh, time: Usd.TimeCode) -> np.ndarray:
    """Points in the mesh's own space, by UsdSkel's queries."""
    root = UsdSkel.Root.Find(mesh.GetPrim())
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    skeleton = UsdSkel.BindingAPI(mesh.GetPrim()).GetInheritedSkeleton()
    query = cache.GetSkelQuery(skeleton)
    points = mesh.GetPointsAttr().Get(time)
    skinning = cache.GetSkinningQuery(mesh.GetPrim())
    assert skinning.ComputeSkinnedPoints(query.ComputeSkinningTransforms(time), points, time)
    xforms = UsdGeom.XformCache(time)
    back = (
        xforms.GetLocalToWorldTransform(skeleton.GetPrim())
        * xforms.GetLocalToWorldTransform(mesh.GetPrim()).GetInverse()
    )
    return np.array([back.Transform(Gf.Vec3d(p)) for p in points])


def assert_near(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    assert found.shape == expected.shape, what
    size = max(1.0, float(np.abs(expected).max()))
    assert float(np.abs(found - expected).max()) <= 1e-5 * size, what


@real_scenes
@pytest.mark.parametrize(
    ("scene", "times"),
    [("CesiumMan.usdz", [None, 1.0, 13.5, 24.0, 48.0, 90.0]), ("HIK_Export.usda", [None, 0.0, 17.25, 50.0, 100.0])],
)
def test_real_characters_stand_where_usd_puts_them(scene: str, times: list[float | None]) -> None:
    stage = Usd.Stage.Open(str(ANIM / scene))
    mine = extract(ANIM / scene).scene
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    assert meshes
    for mesh in meshes:
        for time in times:
            points, _, problem = posed_points(mine, str(mesh.GetPath()), time)
            code = Usd.TimeCode.Default() if time is None else Usd.TimeCode(time)
            assert problem == ""
            assert_near(points, skinned_by_usd(stage, mesh, code), f"{mesh.GetPath()} at {time}")


@real_scenes
@pytest.mark.parametrize("scene", ["BoxAnimated.usdz", "InterpolationTest.usdz", "CesiumMan.usdz"])
def test_transforms_at_a_time_are_those_of_usd(scene: str) -> None:
    stage = Usd.Stage.Open(str(ANIM / scene))
    mine = extract(ANIM / scene).scene
    moved = 0
    for time in [None, *np.linspace(stage.GetStartTimeCode() - 1, stage.GetEndTimeCode() + 1, 13)]:
        cache = UsdGeom.XformCache(Usd.TimeCode.Default() if time is None else Usd.TimeCode(float(time)))
        for prim in stage.Traverse():
            expected = np.array(cache.GetLocalToWorldTransform(prim)).reshape(16)
            found = world_transform(mine, str(prim.GetPath()), None if time is None else float(time))
            assert found is not None
            moved += found != world_transform(mine, str(prim.GetPath()))
            assert_near(np.array(found), expected, f"{prim.GetPath()} at {time}")
    assert moved > 0 or scene == "CesiumMan.usdz"


def test_every_way_of_binding_agrees_with_baked_skinning(tmp_path: Path) -> None:
    source = arm(tmp_path, BINDINGS)
    mine = extract(source).scene
    baked = Usd.Stage.Open(str(source))
    assert UsdSkel.BakeSkinning(UsdSkel.Root(baked.GetPrimAtPath("/Root")), Gf.Interval(0, 10))
    for name, more in BINDINGS.items():
        mesh = UsdGeom.Mesh(baked.GetPrimAtPath(f"/Root/{name}"))
        for time in [0.0, 10.0]:
            points, normals, problem = posed_points(mine, f"/Root/{name}", time)
            assert problem == ""
            # A rigid mesh is moved by its transform instead, so that the stage's space is what agrees.
            before = np.array(world_transform(mine, f"/Root/{name}", time)).reshape(4, 4)
            after = np.array(UsdGeom.XformCache(time).GetLocalToWorldTransform(mesh.GetPrim()))
            expected = np.array(mesh.GetPointsAttr().Get(time), dtype=float)
            if not len(points):
                assert (name, time) == ("BlendOnly", 0.0), "only here no weight moves anything"
                continue
            assert_near(placed(points, before), placed(expected, after), f"{name} at {time}")
            if "normals" in more:
                told = np.array(mesh.GetNormalsAttr().Get(time), dtype=float)
                assert_near(normals, told / np.linalg.norm(told, axis=1)[:, None], f"normals of {name} at {time}")


def placed(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(points @ matrix[:3, :3] + matrix[3, :3])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("jointIndices = [0, 1,", "jointIndices = [0, 9,"), "a point follows joint 9, but there are 3"),
        (("jointIndices = [0, 1,", "jointIndices = [0,"), "11 joint indices and 12 weights are given"),
        (("skel:skeleton = </Root/Skel>", "skel:skeleton = </Root/Anim>"), "which is no Skeleton"),
        (('def SkelRoot "Root"', 'def Xform "Root"'), "not below a SkelRoot"),
        (("((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)),", "", 1), "3 joints have 2 bindTransforms"),
    ],
)
def test_a_broken_binding_poses_nothing_and_says_why(
    tmp_path: Path, change: tuple[str, str] | tuple[str, str, int], told: str
) -> None:
    source = arm(tmp_path, {"Linear": BINDINGS["Linear"]})
    text = source.read_text()
    assert change[0] in text
    source.write_text(text.replace(*change))
    points, _, problem = posed_points(extract(source).scene, "/Root/Linear", 5.0)
    assert told in problem
    assert len(points) == 0
