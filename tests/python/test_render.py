# SPDX-License-Identifier: Apache-2.0
"""`usdtune render` on odd scenes: a sensible picture or one sentence, and never a crash."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from usdtune.cli.main import main

HEADER = '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
SQUARE = """
def Mesh "{name}" (prepend apiSchemas = ["MaterialBindingAPI"])
{{
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    point3f[] points = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
    texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = "vertex")
    uniform token subdivisionScheme = "none"
    {more}
}}
"""
CAMERA = """
def Camera "Cam"
{{
    float2 clippingRange = (0.001, 1000000)
    float focalLength = {focal}
    float horizontalAperture = {aperture}
    double3 xformOp:translate = ({place})
    uniform token[] xformOpOrder = ["xformOp:translate"]
}}
"""
LOOK = """
def Material "Look"
{{
    token outputs:surface.connect = </Look/Surface.outputs:surface>
    def Shader "Surface"
    {{
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor.connect = </Look/Texture.outputs:rgb>
        token outputs:surface
    }}
    def Shader "Texture"
    {{
        uniform token info:id = "UsdUVTexture"
        asset inputs:file = @{file}@
        float2 inputs:st.connect = </Look/Reader.outputs:result>
        float3 outputs:rgb
    }}
    def Shader "Reader"
    {{
        uniform token info:id = "UsdPrimvarReader_float2"
        token inputs:varname = "st"
        float2 outputs:result
    }}
}}
"""
MATERIAL = 'def Material "Look"\n{{\n{}\n}}\n'
SURFACE = "token outputs:surface.connect = </Look/S.outputs:surface>\n"
ODD_VALUES = """
def Shader "S"
{
    uniform token info:id = "UsdPreviewSurface"
    string inputs:diffuseColor = "red"
    float inputs:roughness = nan
    float inputs:opacity = inf
    token outputs:surface
}
"""
MOVED = '{op} = {value}\n    uniform token[] xformOpOrder = ["{op}"]'
BOUND = "rel material:binding = </Look>"
BACKGROUND = (230, 232, 235)


def square(name: str = "Wall", more: str = "") -> str:
    return SQUARE.format(name=name, more=more)


def camera(place: str = "0, 0, 5", focal: float = 50, aperture: float = 36) -> str:
    return CAMERA.format(place=place, focal=focal, aperture=aperture)


def look(file: str) -> str:
    return LOOK.format(file=file)


def png(red: int, green: int, blue: int) -> bytes:
    """A picture of one pixel, without a library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes([0, red, green, blue]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def render(scene: Path, *options: str, size: str = "64x48") -> Any:
    """The picture as (height, width, 3) bytes."""
    out = scene.with_name("picture.png")
    assert main(["render", str(scene), "-o", str(out), "--size", size, "-q", *options]) == 0
    return np.asarray(Image.open(out).convert("RGB")).astype(int)


def picture(folder: Path, text: str, *options: str, size: str = "64x48") -> Any:
    scene = folder / "scene.usda"
    scene.write_text(HEADER + text)
    return render(scene, *options, size=size)


def notes(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    scene = folder / "scene.usda"
    scene.write_text(HEADER + text)
    capsys.readouterr()
    assert main(["render", str(scene), "-o", str(folder / "p.png"), "--size", "64x48", "--json"]) == 0
    told: list[str] = json.loads(capsys.readouterr().out)["notes"]
    return told


def middle(pixels: Any) -> Any:
    return pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]


def is_empty(pixels: Any) -> bool:
    return bool((pixels == pixels[0, 0]).all())


def test_missing_texture_is_shown_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = look("absent.png") + square(more=BOUND)
    red, green, blue = middle(picture(tmp_path, text, "--lights", "default"))
    assert red > 2 * green and blue > 2 * green  # magenta
    assert any("absent.png" in note for note in notes(tmp_path, text, capsys))


def test_texture_in_a_package_is_found(tmp_path: Path) -> None:
    package = tmp_path / "scene.usdz"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        members = {"root.usda": (HEADER + look("red.png") + square(more=BOUND)).encode(), "red.png": png(255, 0, 0)}
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            padding = -(archive.fp.tell() + 30 + len(name) + 4) % 64  # type: ignore[union-attr]
            entry.extra = struct.pack("<HH", 0x1986, padding) + bytes(padding)
            archive.writestr(entry, content)
    red, green, blue = middle(render(package))
    assert red > 3 * max(green, blue)


def test_tiles_are_found_by_their_number(tmp_path: Path) -> None:
    (tmp_path / "t.1001.png").write_bytes(png(255, 0, 0))
    (tmp_path / "t.1002.png").write_bytes(png(0, 0, 255))
    wall = square(more=BOUND).replace("(1, 0), (1, 1)", "(2, 0), (2, 1)")
    pixels = picture(tmp_path, look("t.<UDIM>.png") + wall + camera(), "--camera", "/Cam", "--lights", "default")
    left, right = pixels[24, 24], pixels[24, 40]
    assert left[0] > 3 * left[2] and right[2] > 3 * right[0]


@pytest.mark.parametrize(
    "broken",
    [
        MATERIAL.format(""),
        MATERIAL.format("token outputs:surface.connect = </Look.outputs:surface>"),
        MATERIAL.format(SURFACE + 'def Shader "S"\n{\n    token outputs:surface\n}\n'),
        MATERIAL.format(SURFACE + ODD_VALUES),
        'def Scope "Look"\n{\n}\n',
        "",
    ],
    ids=["no surface", "connected to itself", "no kind of shader", "values of other types", "no material", "not there"],
)
def test_broken_material_leaves_a_surface_to_see(tmp_path: Path, broken: str) -> None:
    pixels = picture(tmp_path, broken + square(more=BOUND) + camera(), "--camera", "/Cam", "--lights", "default")
    assert tuple(middle(pixels)) != BACKGROUND
    assert middle(pixels).max() < 255


def test_nothing_to_draw_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = tmp_path / "scene.usda"
    for text in ("", square(more='token visibility = "invisible"'), square(more='uniform token purpose = "guide"')):
        scene.write_text(HEADER + text)
        assert main(["render", str(scene), "-o", str(tmp_path / "p.png")]) == 1
        told = capsys.readouterr().err.strip()
        assert "scene.usda" in told and len(told.splitlines()) == 1
        assert not list(tmp_path.glob("*.png"))


def test_a_camera_that_sees_nothing_takes_an_empty_picture(tmp_path: Path) -> None:
    assert is_empty(picture(tmp_path, square() + camera("0, 0, -5"), "--camera", "/Cam"))


def test_one_giant_and_one_tiny_prim_are_both_seen(tmp_path: Path) -> None:
    corners = "(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)"
    giant = square("Giant").replace(corners, corners.replace("1", "1000"))
    screw = 'def Cube "Screw"\n{\n    double size = 0.01\n'
    screw += '    double3 xformOp:translate = (0, 0, 1)\n    uniform token[] xformOpOrder = ["xformOp:translate"]\n}\n'
    assert not is_empty(picture(tmp_path, giant + screw))
    ids = picture(tmp_path, giant + screw + camera("0, 0, 1.03"), "--camera", "/Cam", "--aov", "prim-id")
    assert len({tuple(pixel) for row in ids for pixel in row}) == 2


def test_georeferenced_scene_looks_as_at_the_origin(tmp_path: Path) -> None:
    group = 'def Xform "Site"\n{{\n    double3 xformOp:translate = ({at})\n'
    group += '    uniform token[] xformOpOrder = ["xformOp:translate"]\n{content}}}\n'
    content = square() + 'def Sphere "Ball"\n{\n    double radius = 0.7\n}\n' + camera("0.3, 0.2, 5")
    shown = [
        picture(tmp_path, group.format(at=at, content=content), "--camera", "/Site/Cam", "--aov", layer)
        for at in ("0, 0, 0", "3500000, 5000000, 400")
        for layer in ("color", "prim-id")
    ]
    assert (shown[1] == shown[3]).mean() > 0.999
    assert np.abs(shown[0] - shown[2]).max() <= 2 or (np.abs(shown[0] - shown[2]) > 2).mean() < 0.002


def test_camera_inside_a_wall_sees_its_inside(tmp_path: Path) -> None:
    block = 'def Cube "Block"\n{\n    double size = 4\n}\n'
    assert tuple(middle(picture(tmp_path, block + camera("0, 0, 0"), "--camera", "/Cam"))) != BACKGROUND


@pytest.mark.parametrize(
    ("focal", "aperture"), [(0, 36), (50, 0), (1e-6, 36), (50, -36), (float("nan"), 36), (50, float("inf"))]
)
def test_cameras_that_cannot_be_are_told(
    tmp_path: Path, focal: float, aperture: float, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text(HEADER + square() + camera(focal=focal, aperture=aperture))
    out = tmp_path / "p.png"
    status = main(["render", str(scene), "-o", str(out), "--camera", "/Cam", "--size", "64x48"])
    told = capsys.readouterr().err.strip()
    assert (status == 0 and out.exists()) or (status == 2 and "/Cam" in told and not out.exists())


def test_points_and_transforms_that_are_nowhere_do_not_hide_the_rest(tmp_path: Path) -> None:
    nowhere = square("Nan").replace("(-1, -1, 0)", "(nan, -1, 0)") + square("Inf").replace("(-1, -1, 0)", "(inf, 0, 0)")
    flat = square("Flat", "float3 " + MOVED.format(op="xformOp:scale", value="(0, 0, 0)"))
    lost = square("Lost", "double3 " + MOVED.format(op="xformOp:translate", value="(nan, 0, 0)"))
    pixels = picture(tmp_path, nowhere + flat + lost + square() + camera(), "--camera", "/Cam", "--lights", "default")
    assert tuple(middle(pixels)) != BACKGROUND


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--camera", "/Nobody"], "/Nobody: there is no camera"),
        (["--camera", "/Wall"], "/Wall"),
        (["--aov", "colour"], "colour"),
        (["--size", "0x9"], "0x9"),
        (["--frames", "1:2"], "#"),
        (["--purposes", "all"], "all"),
    ],
)
def test_bad_requests_are_one_sentence(
    tmp_path: Path, options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text(HEADER + square())
    assert main(["render", str(scene), "-o", str(tmp_path / "p.png"), *options]) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told and len(told.splitlines()) == 1
    assert not list(tmp_path.glob("*.png"))


def test_frames_show_what_is_animated(tmp_path: Path) -> None:
    wall = square(more='token visibility.timeSamples = { 1: "inherited", 2: "invisible" }')
    scene = tmp_path / "scene.usda"
    scene.write_text(HEADER + wall + camera())
    out = tmp_path / "p.##.png"
    assert main(["render", str(scene), "-o", str(out), "--camera", "/Cam", "--frames", "1:2", "--size", "64x48"]) == 0
    first, second = (np.asarray(Image.open(tmp_path / f"p.0{frame}.png").convert("RGB")) for frame in (1, 2))
    assert not is_empty(first) and is_empty(second)


def test_purposes_and_masks_choose_what_is_drawn(tmp_path: Path) -> None:
    guide = square(more='uniform token purpose = "guide"')
    assert not is_empty(picture(tmp_path, guide, "--purposes", "guide"))
    ball = 'def Sphere "Ball"\n{\n    double radius = 3\n}\n'
    shown = [picture(tmp_path, square() + ball, "--aov", "prim-id", *mask) for mask in ([], ["--mask", "/Wall"])]
    assert [len({tuple(pixel) for row in ids for pixel in row}) for ids in shown] == [2, 2]
    assert tuple(middle(shown[0])) != tuple(middle(shown[1]))


def test_every_layer_is_written(tmp_path: Path) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text(HEADER + square())
    layers = ("color", "prim-id", "material-id", "depth", "normal")
    assert (
        main(["render", str(scene), "-o", str(tmp_path / "p.png"), "--aov", ",".join(layers), "--size", "64x48"]) == 0
    )
    assert sorted(path.name for path in tmp_path.glob("*.png")) == sorted(f"p.{layer}.png" for layer in layers)


@pytest.mark.parametrize("threads", ["1", "4"])
def test_threads_do_not_change_a_byte(tmp_path: Path, threads: str) -> None:
    text = look("absent.png") + square(more=BOUND) + 'def Sphere "Ball"\n{\n}\n'
    once = picture(tmp_path, text, "--threads", threads)
    assert (once == picture(tmp_path, text, "--threads", "2")).all()
