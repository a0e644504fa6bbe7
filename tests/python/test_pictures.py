# SPDX-License-Identifier: Apache-2.0
"""Pictures of two scenes side by side: what is lost is seen, what is not lost is not accused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from usdtune.bridge.extract import extract
from usdtune.bridge.stage_options import StageOptions
from usdtune.workflow.path_map import read_moves
from usdtune.workflow.pictures import Comparison, Shot, closeups_of, compare_views, take

HEADER = '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
CUBE = """
def Cube "{name}" (prepend apiSchemas = ["MaterialBindingAPI"])
{{
    double size = {size}
    uniform token purpose = "{purpose}"
    token visibility = "{visibility}"
    color3f[] primvars:displayColor = [({colour})] (interpolation = "constant")
    double3 xformOp:translate = ({place})
    uniform token[] xformOpOrder = ["xformOp:translate"]
}}
"""


def cube(name: str, place: str, **changes: Any) -> str:
    facts = {"size": 1, "purpose": "default", "visibility": "inherited", "colour": "0.4, 0.4, 0.4", **changes}
    return CUBE.format(name=name, place=place, **facts)


WALL, SCREW = cube("Wall", "0, 0, 0", size=10), cube("Screw", "5.01, 0, 0", size=0.08)


def compared(folder: Path, before: str, after: str, moves: list[Any] | None = None, **how: Any) -> dict[str, Any]:
    paths = [folder / "before.usda", folder / "after.usda"]
    for path, text in zip(paths, (before, after), strict=True):
        path.write_text(HEADER + text)
    first = extract(paths[0], StageOptions())
    second = extract(paths[1], StageOptions(), share=first.scene)
    comparison = Comparison(size=(320, 240), folder=folder / "proof", **how)
    return compare_views(first.scene, second.scene, moves or [], comparison, 0, lambda *_: None)


def verdicts(pictures: dict[str, Any]) -> set[str]:
    return {view["verdict"] for view in pictures["views"]}


def test_equal_scenes_show_the_same(tmp_path: Path) -> None:
    pictures = compared(tmp_path, WALL + SCREW, WALL + SCREW, closeups=("/Screw",))
    assert [view["name"] for view in pictures["views"]] == ["ring-1", "ring-2", "ring-3", "ring-4", "closeup-1"]
    assert verdicts(pictures) == {"same"}
    assert all(view["flip"] == {"mean": 0.0, "max": 0.0} and not view["heat"] for view in pictures["views"])
    named = {name for view in pictures["views"] for side in ("before", "after") for name in view[side].values()}
    assert named == {f"proof/{file.name}" for file in (tmp_path / "proof").iterdir()}


def test_pictures_of_before_go_and_those_of_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "proof"
    folder.mkdir()
    for name in ("closeup-9.after.color.png", "closeup-9.ids.png", "steel.png", "steel.color.png"):
        (folder / name).write_bytes(b"a picture")
    views = compared(tmp_path, SCREW, SCREW)["views"]
    told = {Path(file).name for view in views for side in ("before", "after") for file in view[side].values()}
    assert {path.name for path in folder.iterdir()} == {"steel.png", "steel.color.png"} | told


def test_a_lost_screw_is_seen_from_near_by(tmp_path: Path) -> None:
    view = compared(tmp_path, WALL + SCREW, WALL, closeups=("/Screw",))["views"][-1]
    assert view["name"] == "closeup-1"
    assert view["verdict"] == "different"
    assert view["id_pixels"]["differ"] > 1000
    assert view["flip"]["max"] > 0.1
    assert (tmp_path / view["heat"]["prim_id"]).is_file() and (tmp_path / view["heat"]["flip"]).is_file()


@pytest.mark.parametrize(
    "changes",
    [
        {"place": "5.02, 0, 0"},
        {"size": 0.09},
        {"visibility": "invisible"},
        {"purpose": "guide"},
    ],
    ids=["moved by a centimetre", "grown", "hidden", "made a guide"],
)
def test_what_happens_to_a_screw_is_seen(tmp_path: Path, changes: dict[str, Any]) -> None:
    after = cube("Screw", **{"place": "5.01, 0, 0", "size": 0.08, **changes})
    assert "different" in verdicts(compared(tmp_path, WALL + SCREW, WALL + after, closeups=("/Screw",)))


def test_another_colour_is_told_by_flip(tmp_path: Path) -> None:
    red = cube("Wall", "0, 0, 0", size=10, colour="0.8, 0, 0")
    view = compared(tmp_path, WALL, red)["views"][0]
    assert view["id_pixels"]["differ"] == 0
    assert view["flip"]["mean"] > 0.05


def test_a_move_within_the_tolerance_is_told_as_such(tmp_path: Path) -> None:
    # Seen straight on, nothing changes its outline: the wall's whole front comes nearer.
    camera = """
    def Camera "Front"
    {
        float focalLength = 50
        double3 xformOp:translate = (0, 0, 30)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    """
    wall = """
    def Mesh "Wall"
    {{
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(-90, -90, {z}), (90, -90, {z}), (90, 90, {z}), (-90, 90, {z})]
        uniform token subdivisionScheme = "none"
    }}
    """
    before, after = camera + wall.format(z=0), camera + wall.format(z=0.003)
    within = compared(tmp_path, before, after, tolerance_m=0.005)
    assert verdicts(within) == {"within_tolerance"}
    assert within["views"][0]["depth_max_m"] == pytest.approx(0.003, rel=1e-3)
    assert verdicts(compared(tmp_path, before, after)) == {"different"}


def test_prims_are_followed_by_the_path_map(tmp_path: Path) -> None:
    after = WALL + 'def Scope "Parts"\n{\n' + SCREW + "}\n"
    moves = [["/Screw", "/Parts/Screw", "moved", "", ""]]
    assert verdicts(compared(tmp_path, WALL + SCREW, after, moves, closeups=("/Parts/Screw",))) == {"same"}
    assert "different" in verdicts(compared(tmp_path, WALL + SCREW, after, closeups=("/Parts/Screw",)))


def test_a_shared_plant_shows_the_same(tmp_path: Path) -> None:
    from usdtune import api
    from usdtune.cli.commands.example import example

    plant = tmp_path / "plant.usdc"
    example("plant", plant, meshes=400, seed=3)
    done = api.stack(
        [{"operation": "deduplicateGeometry", "tolerance": 0}, {"operation": "optimizeMaterials"}],
        plant,
        tmp_path / "tuned.usdc",
    )
    assert done is not None
    first = extract(plant, StageOptions())
    second = extract(tmp_path / "tuned.usdc", StageOptions(), share=first.scene)
    moves = read_moves(tmp_path / "tuned.pathmap.jsonl")
    how = Comparison(size=(320, 240), folder=tmp_path / "proof", closeups=closeups_of({"meshes": []}, moves))
    pictures = compare_views(first.scene, second.scene, moves, how, 0, lambda *_: None)
    assert verdicts(pictures) == {"same"}
    assert any(view["name"].startswith("closeup") for view in pictures["views"])


def test_baked_bolts_far_apart_are_shared_unaccused(tmp_path: Path) -> None:
    """Bolts on flanges along a kilometre and a half, all coordinates baked: where they are shared, corners move within
    ε and rays meet them with other rounding; seen from near by that is more than a pixel."""
    from usdtune import api

    def mesh(name: str, corners: list[tuple[float, float, float]], faces: list[list[int]]) -> str:
        return f"""
        def Mesh "{name}"
        {{
            int[] faceVertexCounts = {[len(face) for face in faces]}
            int[] faceVertexIndices = {[corner for face in faces for corner in face]}
            point3f[] points = [{", ".join(str(corner) for corner in corners)}]
            uniform token subdivisionScheme = "none"
        }}"""

    sides = 20
    bolt_faces = [[i, (i + 1) % sides, sides + (i + 1) % sides, sides + i] for i in range(sides)]
    bolt_faces.append([sides + i for i in range(sides)])
    text = HEADER
    for place in range(12):
        x, y, turn = -750.123 + 1500 * place / 11, 3.7 * place, 0.4 * place
        rim = [
            (x + 0.05 * math.cos(turn + math.tau * i / sides), y + 0.05 * math.sin(turn + math.tau * i / sides))
            for i in range(sides)
        ]
        bolt = [(*corner, z) for z in (1.0, 1.04) for corner in rim]
        plate = [(x - 1, y - 1, 1.0), (x + 1, y - 1, 1.0), (x + 1, y + 1, 1.0), (x - 1, y + 1, 1.0)]
        parts = mesh("Flange", plate, [[0, 1, 2, 3]]) + mesh("Bolt", bolt, bolt_faces)
        text += f'def Xform "Station_{place}"\n{{{parts}\n}}\n'
    source, result = tmp_path / "bolts.usda", tmp_path / "tuned.usdc"
    source.write_text(text)
    done = api.stack(
        [{"operation": "deduplicateGeometry", "tolerance": 0, "duplicateMethod": 2, "considerDeepTransforms": True}],
        source,
        result,
    )
    assert done is not None
    first = extract(source, StageOptions())
    second = extract(result, StageOptions(), share=first.scene)
    moves = read_moves(tmp_path / "tuned.pathmap.jsonl")
    bolts = [move[1] for move in moves if move[2] == "instanced" and "/Bolt" in move[0]]
    assert len(bolts) == 12
    for some in (bolts[:4], bolts[4:8], bolts[8:]):
        how = Comparison(size=(640, 480), folder=tmp_path / "proof", closeups=tuple(some))
        pictures = compare_views(first.scene, second.scene, moves, how, 0, lambda *_: None)
        assert verdicts(pictures) == {"same"}
        assert sum(view["name"].startswith("closeup") for view in pictures["views"]) == 4


def test_pictures_are_the_same_at_any_thread_count(tmp_path: Path) -> None:
    (tmp_path / "scene.usda").write_text(HEADER + WALL + SCREW)
    scene = extract(tmp_path / "scene.usda", StageOptions()).scene
    files = []
    for threads in (1, 4):
        names = [[tmp_path / f"{threads}.{layer}.png" for layer in ("color", "depth")]]
        take(scene, Shot(size=(160, 120), layers=("color", "depth")), names, threads, lambda *_: None)
        files.append([name.read_bytes() for name in names[0]])
    assert files[0] == files[1]


def test_flip_of_parts_is_the_flip_of_the_whole() -> None:
    import flip_evaluator
    import numpy as np
    from usdtune.workflow.flip import flip_of_arrays

    random = np.random.default_rng(7)
    left = random.integers(0, 255, (300, 410, 3), np.uint8)
    right = left.copy()
    for row, column in ((3, 5), (150, 200), (151, 330), (299, 409)):
        right[row, column] ^= 255
    right[200:240, 20:60] //= 2
    whole, _, _ = flip_evaluator.evaluate(left / np.float32(255), right / np.float32(255), "LDR", applyMagma=False)
    parts = flip_of_arrays(left, right)
    assert parts.max() > 0.3
    assert np.abs(parts - whole[..., 0]).max() < 1e-6
    assert (parts == 0).mean() > 0.2


def test_where_a_surface_moved_is_shown(tmp_path: Path) -> None:
    text = WALL + cube("Screw", "5.01, 0, 0", size=0.5)
    pictures = compared(tmp_path, text, text.replace("5.01", "5.06"), closeups=("/Screw",), moved=("/Screw",))
    view = next(view for view in pictures["views"] if view["name"].startswith("closeup"))
    assert (tmp_path / view["heat"]["deviation"]).is_file()
    same = tmp_path / "same"
    same.mkdir()
    pictures = compared(same, text, text, closeups=("/Screw",), moved=("/Screw",))
    assert all("deviation" not in view["heat"] for view in pictures["views"])
