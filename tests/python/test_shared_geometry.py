# SPDX-License-Identifier: Apache-2.0
"""What OpenUSD composes before and after deduplicateGeometry: the same, for every copy, by its own functions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pxr import Gf, Usd, UsdGeom, UsdShade
from usdtune import _core
from usdtune.bridge.author import author, deliver
from usdtune.bridge.extract import extract

STAGE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def Material "Red" {}
    def Material "Blue" {}
    def Xform "Group" (prepend apiSchemas = ["CollectionAPI:all", "MaterialBindingAPI"])
    {
        rel collection:all:includes = </World/Group/C>
        uniform token collection:all:expansionRule = "expandPrims"
        rel material:binding:collection:all = [</World/Group.collection:all>, </World/Blue>]
        color3f[] primvars:displayColor = [(0, 1, 0)]
        MESHES
    }
}
"""

POINTS = [(0, 0, 0), (2, 0, 0), (0, 1, 0), (0.25, 0.25, 3), (1, 1, 1)]

SITES = {
    "A": ((0, 0, 0), 'prepend apiSchemas = ["MaterialBindingAPI"]', "rel material:binding = </World/Red>"),
    "B": (
        (5, 0, 0),
        'kind = "component"',
        """double3 xformOp:translate = (0, 7, 0)
            double3 xformOp:translate:pivot = (1, 1, 1)
            float xformOp:rotateZ = 30
            uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:translate:pivot", "xformOp:rotateZ",
                "!invert!xformOp:translate:pivot"]
            uniform token purpose = "render"
            color3f[] primvars:displayColor = [(1, 0, 1)]""",
    ),
    "C": ((0, 0, 9), "", 'token visibility = "invisible"'),
}


def mesh(name: str) -> str:
    offset, metadata, site = SITES[name]
    points = ", ".join(str(tuple(a + b for a, b in zip(p, offset, strict=True))) for p in POINTS)
    return f"""
        def Mesh "{name}" ({metadata})
        {{
            uniform token subdivisionScheme = "none"
            int[] faceVertexCounts = [3, 3, 3]
            int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 1, 4, 3]
            point3f[] points = [{points}]
            texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)] (interpolation = "vertex")
            uniform token subsetFamily:materialBind:familyType = "nonOverlapping"
            {site}
            def GeomSubset "front" (prepend apiSchemas = ["MaterialBindingAPI"])
            {{
                uniform token elementType = "face"
                uniform token familyName = "materialBind"
                int[] indices = [0]
                rel material:binding = </World/Red>
            }}
        }}"""


def bound(prim: Usd.Prim, purpose: str = "") -> str:
    return str(UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial(purpose)[0].GetPath())


def composed(path: Path) -> dict[str, dict[str, object]]:
    """Facts by the place of each mesh, instance proxies included."""
    stage = Usd.Stage.Open(str(path))
    assert not stage.GetCompositionErrors()
    xforms = UsdGeom.XformCache()
    facts = {}
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        if not prim.IsA(UsdGeom.Mesh):
            continue
        site = str(prim.GetPath()).removesuffix("/Geometry")
        to_world = xforms.GetLocalToWorldTransform(prim)
        primvars = UsdGeom.PrimvarsAPI(prim)
        children = prim.GetFilteredChildren(Usd.TraverseInstanceProxies())
        facts[site] = {
            "points": [
                [round(x, 5) for x in to_world.Transform(Gf.Vec3d(*p))]
                for p in UsdGeom.Mesh(prim).GetPointsAttr().Get()
            ],
            "bindings": [bound(prim, purpose) for purpose in ("", "preview", "full")],
            "subsets": {child.GetName(): bound(child) for child in children},
            "visibility": UsdGeom.Imageable(prim).ComputeVisibility(),
            "purpose": UsdGeom.Imageable(prim).ComputePurpose(),
            "color": str(primvars.FindPrimvarWithInheritance("displayColor").Get()),
            "st": str(primvars.FindPrimvarWithInheritance("st").Get()),
            "kind": Usd.ModelAPI(stage.GetPrimAtPath(site)).GetKind(),
        }
    return facts


@pytest.mark.parametrize("method", [0, 1, 2])
def test_every_copy_composes_as_before(tmp_path: Path, method: int) -> None:
    source = tmp_path / "scene.usda"
    source.write_text(STAGE.replace("MESHES", "".join(mesh(name) for name in SITES)))
    scene = extract(source).scene
    outcome = _core.run_op(scene, "deduplicateGeometry", json.dumps({"duplicateMethod": method}))
    assert json.loads(outcome.counts)["meshesShared"] == 3
    delivery = author(source, outcome.edits, scene, tmp_path / "out", "scene.usda")
    deliver(delivery)
    result = tmp_path / "out" / "scene.usda"
    assert composed(result) == composed(source)
    stage = Usd.Stage.Open(str(result))
    assert stage.GetPrimAtPath("/World/Group/B").IsInstance() == (method == 2)
