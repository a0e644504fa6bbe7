# SPDX-License-Identifier: Apache-2.0
"""Every law of the comparison accuses what it is there for, and nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from usdtune import _core
from usdtune.bridge.extract import extract

SCENE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def Mesh "Plate" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3]
        int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
        normal3f[] normals = [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)]
        color3f[] primvars:displayColor = [(1, 0, 0)]
        rel material:binding = </World/Red>
        custom string note = "keep"
        def GeomSubset "Half" (
            prepend apiSchemas = ["MaterialBindingAPI"]
        )
        {
            uniform token familyName = "materialBind"
            int[] indices = [1]
            rel material:binding = </World/Blue>
        }
    }
    def Material "Red"
    {
        token outputs:surface.connect = </World/Red/S.outputs:surface>
        def Shader "S"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (1, 0, 0)
            token outputs:surface
        }
    }
    def Material "Blue"
    {
        token outputs:surface.connect = </World/Blue/S.outputs:surface>
        def Shader "S"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0, 0, 1)
            token outputs:surface
        }
    }
}
"""

DEFECTS = {
    "surface": ("(1, 1, 0), (0, 1, 0)]", "(1, 1, 0.002), (0, 1, 0)]"),
    "facing": ("[0, 1, 2, 0, 2, 3]", '[0, 1, 2, 0, 2, 3]\n        uniform token orientation = "leftHanded"'),
    "normals": ("[(0, 0, 1), (0, 0, 1),", "[(0, 0.01, 1), (0, 0, 1),"),
    "primvar": ("displayColor = [(1, 0, 0)]", "displayColor = [(1, 0.1, 0)]"),
    "binding": ("int[] indices = [1]", "int[] indices = [0]"),
    "visibility": (
        'custom string note = "keep"',
        'custom string note = "keep"\n        token visibility = "invisible"',
    ),
    "purpose": ('custom string note = "keep"', 'custom string note = "keep"\n        uniform token purpose = "guide"'),
    "dangling_target": ("rel material:binding = </World/Blue>", "rel material:binding = </World/Green>"),
    "stage": ("metersPerUnit = 1", "metersPerUnit = 0.01"),
}


def differing_laws(tmp_path: Path, before: str, after: str, relation: str = "rendered") -> set[str]:
    # New names each time: a layer that OpenUSD still holds would not be read again.
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    (folder / "a.usda").write_text(before)
    (folder / "b.usda").write_text(after)
    a = extract(folder / "a.usda").scene
    b = extract(folder / "b.usda", share=a).scene
    compare = _core.diff_rendered if relation == "rendered" else _core.diff_authored
    return {row["law"] for row in json.loads(compare(a, b))["differences"]}


@pytest.mark.parametrize("law", DEFECTS)
def test_a_planted_defect_is_caught_by_its_law(tmp_path: Path, law: str) -> None:
    old, new = DEFECTS[law]
    assert old in SCENE
    assert law in differing_laws(tmp_path, SCENE, SCENE.replace(old, new, 1))


def test_equal_scenes_are_the_same_in_both_relations(tmp_path: Path) -> None:
    assert differing_laws(tmp_path, SCENE, SCENE) == set()
    assert differing_laws(tmp_path, SCENE, SCENE, "authored") == set()


def test_another_order_of_points_draws_the_same_surface(tmp_path: Path) -> None:
    turned = SCENE.replace("[0, 1, 2, 0, 2, 3]", "[3, 0, 1, 3, 1, 2]").replace(
        "[(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]", "[(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 0)]"
    )
    assert differing_laws(tmp_path, SCENE, turned) == set()
    assert "property" in differing_laws(tmp_path, SCENE, turned, "authored")


def test_a_lost_custom_attribute_is_an_authored_difference_only(tmp_path: Path) -> None:
    without = SCENE.replace('        custom string note = "keep"\n', "")
    assert differing_laws(tmp_path, SCENE, without) == set()
    assert differing_laws(tmp_path, SCENE, without, "authored") == {"property"}


LITERAL = """#usda 1.0
def Xform "World"
{
    def Mesh "Plate" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3]
        int[] faceVertexIndices = [0, 1, 2, 2, 1, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]
        rel material:binding = </World/Paint>
        # primvar
    }
    def Material "Paint"
    {
        token outputs:surface.connect = </World/Paint/S.outputs:surface>
        def Shader "S"
        {
            uniform token info:id = "UsdPreviewSurface"
            float inputs:roughness = 0.25
            token outputs:surface
        }
    }
}
"""
READER = """
        def Shader "Reader"
        {
            uniform token info:id = "UsdPrimvarReader_float"
            string inputs:varname = "rough"
            float outputs:result
        }
        def Shader "S\""""


@pytest.mark.parametrize(
    ("primvar", "laws"),
    [
        ('float primvars:rough = 0.25 (interpolation = "constant")', set()),
        ('float[] primvars:rough = [0.25] (interpolation = "constant")', set()),
        ('float[] primvars:rough = [0.25, 0.25] (interpolation = "uniform")', set()),
        ('float[] primvars:rough = [0.25] (interpolation = "uniform")\nint[] primvars:rough:indices = [0, 0]', set()),
        ('float primvars:rough = 0.5 (interpolation = "constant")', {"binding"}),
        ('float[] primvars:rough = [0.25, 0.5] (interpolation = "uniform")', {"binding"}),
        ('float[] primvars:rough = [0.25, 0.25, 0.25, 0.25] (interpolation = "vertex")', {"binding"}),
        ("", {"binding"}),
    ],
)
def test_a_number_read_from_a_primvar_is_the_number(tmp_path: Path, primvar: str, laws: set[str]) -> None:
    read = (
        LITERAL.replace("# primvar", primvar)
        .replace("roughness = 0.25", "roughness.connect = </World/Paint/Reader.outputs:result>")
        .replace('\n        def Shader "S"', READER)
    )
    assert differing_laws(tmp_path, LITERAL, read) == laws
    assert differing_laws(tmp_path, read, LITERAL) == laws


def test_a_texture_that_leads_nowhere_is_the_same_beside_a_number_that_is_read(tmp_path: Path) -> None:
    """Written elsewhere, a path has another text; what a reader replaces is compared by the same names as the rest."""
    texture = "asset inputs:file = @./lost.png@\n            token outputs:surface"
    before = LITERAL.replace("token outputs:surface\n", f"{texture}\n")
    after = (
        before.replace("# primvar", 'float primvars:rough = 0.25 (interpolation = "constant")')
        .replace("roughness = 0.25", "roughness.connect = </World/Paint/Reader.outputs:result>")
        .replace('\n        def Shader "S"', READER)
        .replace("./lost.png", "../in/lost.png")
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a.usda").write_text(before)
    (tmp_path / "out" / "b.usda").write_text(after)
    a = extract(tmp_path / "in" / "a.usda").scene
    b = extract(tmp_path / "out" / "b.usda", share=a).scene
    assert json.loads(_core.diff_rendered(a, b))["differences"] == []
    (tmp_path / "out" / "other.usda").write_text(after.replace("lost.png", "other.png"))
    b = extract(tmp_path / "out" / "other.usda", share=a).scene
    assert {row["law"] for row in json.loads(_core.diff_rendered(a, b))["differences"]} == {"asset", "binding"}
