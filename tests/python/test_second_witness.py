# SPDX-License-Identifier: Apache-2.0
"""The second witness alone: what it accuses when everything else is silent, and what it must not accuse."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from usdtune.bridge.inventory import Move, Stages, WitnessReport, compare_layers

SCENE = """#usda 1.0
(
    customLayerData = {
        string author = "somebody"
        asset sheet = @./sheet.pdf@
    }
    defaultPrim = "World"
)
def Xform "World"
{
    def Xform "Old"
    {
        def Scope "Part"
        {
        }
    }
    def Scope "Holder"
    {
        rel parts = [</World/Old/Part>, </World/Nowhere>]
        custom asset image = @./there.png@
        custom asset missing = @./missing.png@
        custom asset[] tiles = [@./there.png@, @./missing.png@]
        asset later.timeSamples = { 1: @./there.png@, 2: @./missing.png@ }
    }
    def Xform "Switch" (
        variants = {
            string look = "a"
        }
        prepend variantSets = "look"
    )
    {
        variantSet "look" = {
            "a" {
                float size = 1
            }
            "b" (
                prepend references = </World/Old>
            ) {
                float size = 2
                over "Inside"
                {
                    custom string word = "hidden"
                }
            }
        }
    }
}
"""

MOVED: list[Move] = [("/World/Old", "/World/New", "moved", "renamed", "test")]


def witness(tmp_path: Path, after: str, moves: list[Move] | None = None, before: str = SCENE) -> WitnessReport:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "there.png").write_bytes(b"picture")
    (tmp_path / "in" / "scene.usda").write_text(before)
    (tmp_path / "out" / "scene.usda").write_text(after)
    return compare_layers(Stages.open(tmp_path / "in" / "scene.usda", tmp_path / "out" / "scene.usda"), moves or [])


DELIVERED = SCENE.replace("@./there.png@", "@../in/there.png@")
RENAMED = (
    DELIVERED.replace('def Xform "Old"', 'def Xform "New"')
    .replace("</World/Old/Part>", "</World/New/Part>")
    .replace("</World/Old>", "</World/New>")
)


def test_a_delivery_in_another_folder_is_not_accused(tmp_path: Path) -> None:
    assert witness(tmp_path, DELIVERED).unexplained == []


def test_what_leads_nowhere_may_be_written_anew_for_the_same_place(tmp_path: Path) -> None:
    anew = DELIVERED.replace("@./missing.png@", "@../in/missing.png@").replace("@./sheet.pdf@", "@../in/sheet.pdf@")
    assert witness(tmp_path, anew).unexplained == []


def test_targets_follow_the_path_map_one_by_one(tmp_path: Path) -> None:
    assert witness(tmp_path, RENAMED, MOVED).unexplained == []


DEFECTS = {
    "a target that moved was left behind": ("[</World/New/Part>,", "[</World/Old/Part>,", "parts: field targetPaths"),
    "a target that led nowhere was dropped": (", </World/Nowhere>]", "]", "parts: field targetPaths"),
    "another picture of the same name": ("@../in/there.png@", "@./there.png@", "image: field default"),
    "a picture in a list": ("[@../in/there.png@, @./missing.png@]", "[@./missing.png@]", "tiles: field default"),
    "a picture at a later time": ("1: @../in/there.png@", "1: @../in/other.png@", "later: field timeSamples"),
    "another missing picture": ("missing = @./missing.png@", "missing = @./absent.png@", "missing: field default"),
    "a value under an unselected variant": ("float size = 2", "float size = 3", "{look=b}.size: field default"),
    "a prim under an unselected variant": ('word = "hidden"', 'word = "seen"', "{look=b}Inside.word: field default"),
    "an arc under an unselected variant": ("prepend references = </World/New>", "", "{look=b}: field references"),
    "layer metadata": ('author = "somebody"', 'author = "nobody"', "field customLayerData"),
    "a default prim": ('defaultPrim = "World"', 'defaultPrim = "Other"', "field defaultPrim"),
    "a selection": ('string look = "a"', 'string look = "b"', "Switch: field variantSelection"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_accused(defect: str, tmp_path: Path) -> None:
    old, new, accusation = DEFECTS[defect]
    assert old in RENAMED
    unexplained = witness(tmp_path, RENAMED.replace(old, new, 1), MOVED).unexplained
    assert len(unexplained) == 1, unexplained
    assert accusation in unexplained[0]


def test_what_a_package_held_has_to_lie_beside_the_result(tmp_path: Path) -> None:
    scene = '#usda 1.0\ndef Scope "A"\n{\n    asset image = @0/x.png@\n    asset gone = @0/y.png@\n}\n'
    package = tmp_path / "pack.usdz"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {"scene.usda": scene.encode(), "0/x.png": b"picture"}.items():
            # Packages align their files to 64 bytes.
            entry = zipfile.ZipInfo(name)
            entry.extra = bytes(-(archive.fp.tell() + 30 + len(name)) % 64)  # type: ignore[union-attr]
            archive.writestr(entry, content)
    out = tmp_path / "out"
    (out / "0").mkdir(parents=True)
    (out / "pack.usda").write_text(scene)
    (out / "0" / "x.png").write_bytes(b"picture")
    assert compare_layers(Stages.open(package, out / "pack.usda"), []).unexplained == []
    (out / "0" / "x.png").write_bytes(b"another")
    assert compare_layers(Stages.open(package, out / "pack.usda"), []).unexplained == [
        "/: 0/x.png of the package is not beside the result as it was"
    ]


SPIKED = """#usda 1.0
def Mesh "Plate"
{
    int[] faceVertexCounts = [4, 3]
    int[] faceVertexIndices = [0, 1, 2, 3, 0, 4, 5]
    point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (-1, 0, 0), (-2, 0, 0)]
}
"""


def positions(tmp_path: Path, before: str, after: str, tolerance: float) -> list[str]:
    """What the witness says about places; what is written was meant to change."""
    (tmp_path / "before.usda").write_text(before)
    (tmp_path / "after.usda").write_text(after)
    meant: list[Move] = [(f"/Plate{name}", f"/Plate{name}", "kept", "rewritten", "test") for name in REWRITTEN]
    report = compare_layers(Stages.open(tmp_path / "before.usda", tmp_path / "after.usda"), meant, tolerance)
    return report.unexplained


REWRITTEN = (".points", ".faceVertexCounts", ".faceVertexIndices")


def test_points_that_only_faces_without_height_use_may_go(tmp_path: Path) -> None:
    cleaned = SPIKED.replace("[4, 3]", "[4]").replace(", 0, 4, 5]", "]").replace(", (-1, 0, 0), (-2, 0, 0)]", "]")
    assert positions(tmp_path, SPIKED, cleaned, 0.0) == []
    drawn = SPIKED.replace("(-1, 0, 0)", "(-1, 1, 0)")
    assert "moved by up to" in positions(tmp_path, drawn, cleaned, 0.0)[0]


def test_points_may_move_by_the_tolerance_and_no_more(tmp_path: Path) -> None:
    nudged = SPIKED.replace("(1, 1, 0)", "(1.0005, 1, 0)")
    assert positions(tmp_path, SPIKED, nudged, 0.001) == []
    [said] = positions(tmp_path, SPIKED, nudged, 0.0001)
    assert "moved by up to" in said


def test_points_may_be_numbered_anew(tmp_path: Path) -> None:
    numbered = SPIKED.replace("[0, 1, 2, 3, 0, 4, 5]", "[1, 0, 2, 3, 1, 4, 5]")
    numbered = numbered.replace("[(0, 0, 0), (1, 0, 0), ", "[(1, 0, 0), (0, 0, 0), ")
    assert positions(tmp_path, SPIKED, numbered, 0.0) == []
    [said] = positions(tmp_path, SPIKED, numbered.replace("(1, 1, 0)", "(1, 1.5, 0)"), 0.0)
    assert "moved by up to 0.005 m" in said


def copies(points: str, indices: str) -> str:
    return f"""#usda 1.0
def PointInstancer "Copies"
{{
    int[] protoIndices = [0, 0]
    point3f[] positions = [(10, 0, 0), (20, 0, 0)]
    quath[] orientations = [(1, 0, 0, 0), (0, 0, 0, 1)]
    rel prototypes = </Copies/Wedge>
    def Mesh "Wedge"
    {{
        int[] faceVertexCounts = [3, 3]
        int[] faceVertexIndices = {indices}
        point3f[] points = {points}
    }}
}}
"""


@pytest.mark.parametrize(
    "points, indices",
    [
        ("[(0, 2, 0), (0, 0, 0), (3, 0, 0), (0, 0, 1)]", "[1, 2, 0, 1, 0, 3]"),
        ("[(0, 0, 0), (3, 0, 0), (0, 2, 0), (0, 0, 1), (0, 0, 0)]", "[0, 1, 2, 4, 2, 3]"),
    ],
    ids=["in another order", "one point split"],
)
def test_copies_of_an_instancer_are_found_whatever_their_points_are_called(
    points: str, indices: str, tmp_path: Path
) -> None:
    wedge = """#usda 1.0
def Mesh "Wedge"
{
    int[] faceVertexCounts = [3, 3]
    int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]
    point3f[] points = [(20, 0, 0), (17, 0, 0), (20, -2, 0), (20, 0, 1)]
}
"""
    (tmp_path / "before.usda").write_text(wedge)
    moved: list[Move] = [("/Wedge", "/Copies/Wedge", "merged", "shared", "test")]
    for place, accused in (("(20, 0, 0)", False), ("(20, 0, 0.5)", True)):
        (tmp_path / "after.usda").write_text(copies(points, indices).replace("(20, 0, 0)]", f"{place}]"))
        report = compare_layers(Stages.open(tmp_path / "before.usda", tmp_path / "after.usda"), moved)
        assert any("moved by up to" in said for said in report.unexplained) == accused


def test_an_instance_that_the_stage_does_not_show_is_accused(tmp_path: Path) -> None:
    before = '#usda 1.0\ndef Xform "A"\n{\n}\ndef Xform "B"\n{\n}\n'
    shared = '#usda 1.0\nclass "Shared"\n{\n    def Xform "Geometry"\n    {\n    }\n}\n'
    use = 'def "{}" (\n    instanceable = true\n    prepend references = </Shared>\n)\n{{\n}}\n'
    moves: list[Move] = [(f"/{name}", f"/{name}/Geometry", "instanced", "shares", "1") for name in "AB"]
    both, one = shared + use.format("A") + use.format("B"), shared + use.format("A")
    assert witness(tmp_path, both, moves, before).unexplained == []
    (tmp_path / "out" / "scene.usda").write_text(one)
    found = compare_layers(Stages.open(tmp_path / "in" / "scene.usda", tmp_path / "out" / "scene.usda"), moves)
    assert found.unexplained == ["/B: /B/Geometry is not on the result's stage"]
    (tmp_path / "in" / "scene.usda").write_text(before.replace('"B"', '"B" (active = false)'))
    found = compare_layers(Stages.open(tmp_path / "in" / "scene.usda", tmp_path / "out" / "scene.usda"), moves)
    assert found.unexplained == []
