# SPDX-License-Identifier: Apache-2.0
"""Scenes and results in unusual places: nothing of a scene is written over, no place makes a sound result refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pxr import Sdf, Usd, UsdUtils
from usdtune.cli.main import main

SCENE = """#usda 1.0
(
    defaultPrim = "World"
    subLayers = [@./layers/more.usda@]
)
def Xform "World"
{
    asset texture = @./tex/a.png@
    def Mesh "A"
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3, 3, 3]
        int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3]
        point3f[] points = [(0, 0, 0), (2, 0, 0), (0, 1, 0), (0.25, 0.25, 3)]
    }
    def Mesh "B"
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3, 3, 3]
        int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3]
        point3f[] points = [(5, 0, 0), (7, 0, 0), (5, 1, 0), (5.25, 0.25, 3)]
    }
    def "Used" (
        references = @./used.usdc@
    )
    {
    }
    def "Later" (
        variants = {
            string which = "none"
        }
        prepend variantSets = "which"
    )
    {
        variantSet "which" = {
            "none" {
            }
            "one" (
                references = @./only_in_variant.usdc@
            ) {
            }
        }
    }
}
"""


def make_scene(folder: Path) -> Path:
    for name in ("layers", "tex"):
        (folder / name).mkdir(parents=True)
    (folder / "tex" / "a.png").write_bytes(b"png")
    (folder / "layers" / "more.usda").write_text('#usda 1.0\nover "World" {\n    custom int more = 1\n}\n')
    for name in ("used.usdc", "only_in_variant.usdc", "plant.optimized.usdc"):
        layer = Sdf.Layer.CreateNew(str(folder / name))
        layer.defaultPrim = Sdf.CreatePrimInLayer(layer, "/Part").name
        layer.Save()
    (folder / "plant.usda").write_text(SCENE)
    return folder / "plant.usda"


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def dedupe(scene: Path, out: Path, *more: str) -> int:
    return main(["op", "deduplicateGeometry", str(scene), "-o", str(out), "--verify", "-q", *more])


@pytest.mark.parametrize("name", ["layers/more.usda", "used.usdc", "only_in_variant.usdc", "plant.usda"])
def test_no_layer_of_the_scene_is_written_over(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = make_scene(tmp_path / "in")
    before = contents(tmp_path)
    assert dedupe(scene, scene.parent / name) == 2
    assert "sources are only ever read" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_overwriting_spares_an_earlier_result_that_the_scene_uses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = make_scene(tmp_path)
    scene.write_text(SCENE.replace("used.usdc", "plant.optimized.usdc"))
    before = contents(tmp_path)
    assert main(["run", str(scene), "-o", str(tmp_path), "--overwrite", "-q"]) == 2
    assert "plant.optimized.usdc away, which is a layer of the scene" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.parametrize("folder", ["br[a]cket", "pack.usdz[x]", "per%20cent%", "with space", "ünï 日本", "q?*"])
def test_a_result_beside_its_scene_holds_whatever_the_folder_is_called(folder: str, tmp_path: Path) -> None:
    scene = make_scene(tmp_path / folder)
    assert dedupe(scene, scene.parent / "result.usdc") == 0
    assert not list(tmp_path.glob(".*staging*"))


def test_a_scene_in_a_linked_folder_is_proven(tmp_path: Path) -> None:
    make_scene(tmp_path / "real")
    (tmp_path / "linked").symlink_to("real")
    (tmp_path / "out").mkdir()
    assert dedupe(tmp_path / "linked" / "plant.usda", tmp_path / "out" / "result.usdc") == 0


@pytest.mark.parametrize("name", ["a:SDF_FORMAT_ARGS:x=1", "new\nline", "back\\slash"])
def test_a_place_that_no_asset_path_can_name_is_refused_first(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = make_scene(tmp_path / "in")
    assert main(["run", str(scene), "-o", str(tmp_path / name), "-q"]) == 2
    assert "OpenUSD" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_sublayer_that_does_not_parse_stays_an_arc(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "in")
    broken = scene.parent / "layers" / "more.usda"
    broken.write_text("#usda 1.0\nover {")
    (tmp_path / "out").mkdir()
    assert dedupe(scene, tmp_path / "out" / "result.usdc") == 0
    assert broken.read_text() == "#usda 1.0\nover {"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_is_blocked(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.chmod(0)
    assert main(["inspect", str(scene)]) == 4


def test_what_a_package_lacks_is_lost_in_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / "sub" / "part.usda"
    part.parent.mkdir()
    part.write_text('#usda 1.0\n(\n    defaultPrim = "P"\n)\ndef "P" {\n    asset t = @./tex/a.png@\n}\n')
    text = SCENE.replace("./used.usdc", "sub/part.usda").replace("./tex/a.png", "sub/tex/a.png")
    (tmp_path / "plant.usda").write_text(text)
    monkeypatch.chdir(tmp_path)
    packing = Sdf if hasattr(Sdf, "ZipFileWriter") else Usd  # where OpenUSD before 25.x has it
    with packing.ZipFileWriter.CreateNew("pack.usdz") as writer:
        writer.AddFile("plant.usda")
        writer.AddFile("sub/part.usda")
    (tmp_path / "out").mkdir()
    assert dedupe(tmp_path / "pack.usdz", tmp_path / "out" / "result.usdc") == 0


COPIES = """#usda 1.0
def Xform "World"
{
    double3 xformOp:scale = (-1, 2, 1)
    uniform token[] xformOpOrder = ["xformOp:scale"]
"""


def test_point_instances_are_proven_where_they_are_drawn(tmp_path: Path) -> None:
    """The second copy stands where the first does, and is turned."""
    mesh = SCENE[SCENE.index('    def Mesh "A"') : SCENE.index('    def Mesh "B"')]
    turned = [
        mesh.replace('"A"', f'"Copy{degrees}"').replace(
            "    {\n",
            f"    {{\n        double xformOp:rotateZ = {degrees}\n"
            '        uniform token[] xformOpOrder = ["xformOp:rotateZ"]\n',
        )
        for degrees in (0, 40, 90)
    ]
    scene, out = tmp_path / "copies.usda", tmp_path / "result.usdc"
    scene.write_text(COPIES + "".join(turned) + "}\n")
    assert dedupe(scene, out, "--duplicateMethod", "4") == 0
    stage = Usd.Stage.Open(str(out))
    assert "PointInstancer" in {prim.GetTypeName() for prim in stage.Traverse()}


def test_a_package_that_is_opened_through_a_link_finds_its_textures(tmp_path: Path) -> None:
    make_package(tmp_path / "there")
    (tmp_path / "here").symlink_to(tmp_path / "there")
    (tmp_path / "out").mkdir()
    assert dedupe(tmp_path / "here" / "pack.usdz", tmp_path / "out" / "plant.usdc") == 0


def make_package(folder: Path) -> None:
    make_scene(folder)
    layer = Sdf.Layer.FindOrOpen(str(folder / "plant.usda"))
    layer.subLayerPaths.clear()
    for name in ("Used", "Later"):
        del layer.GetPrimAtPath("/World").nameChildren[name]
    layer.Export(str(folder / "packed.usda"))
    assert UsdUtils.CreateNewUsdzPackage(str(folder / "packed.usda"), str(folder / "pack.usdz"))
