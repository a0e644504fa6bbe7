# SPDX-License-Identifier: Apache-2.0
"""Stages whose meshes were moved by known amounts: the document tells what was done.

`test_deviation_meshlab.py` holds the same document against another program.
"""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pxr")

from deviation_scenes import Shape, add_mesh, areas_of, deviation, deviation_of, new_stage, sheet, sphere, torus, write
from pxr import Gf, Usd, UsdGeom

PER_CENT = 0.01


def about(value: float) -> object:
    return pytest.approx(value, rel=PER_CENT)


def rotation(degrees: float) -> np.ndarray:
    """About the x axis, for row vectors."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])


def test_a_sheet_moved_along_its_normal_lies_everywhere_that_far_off(tmp_path: Path) -> None:
    found = deviation_of(tmp_path, sheet(), sheet().moved(sheet().points + np.array([0, 0, 0.003])))
    for way in ("forward", "backward"):
        for figure in ("max_m", "mean_m", "p99_m"):
            assert found[way][figure] == about(0.003)
    assert found["exact_mesh_count"] == 0


def test_a_scaled_sphere_lies_as_far_off_as_its_radius_grew(tmp_path: Path) -> None:
    found = deviation_of(tmp_path, sphere(), sphere().moved(sphere().points * 1.01))
    assert found["forward"]["max_m"] == about(0.01)
    assert found["forward"]["mean_m"] == about(0.01)
    assert found["backward"]["max_m"] == about(0.01)


def test_a_turned_sheet_is_off_by_the_sine_of_its_angle(tmp_path: Path) -> None:
    found = deviation_of(tmp_path, sheet(), sheet().moved(sheet().points @ rotation(2)))
    sine = np.sin(np.radians(2))
    # Places beyond the other sheet's rim are a part in a thousand; nearer to the rim the distance is almost the same.
    assert found["forward"]["max_m"] == about(sine)
    assert found["forward"]["mean_m"] == about(sine / 2)
    assert found["forward"]["p99_m"] == about(0.99 * sine)


@pytest.mark.parametrize("cells", [10, 40, 160])
def test_one_vertex_moved_by_2_mm_makes_a_tent(tmp_path: Path, cells: int) -> None:
    before = sheet(cells)
    middle = len(before.points) // 2
    lifted = before.points.copy()
    lifted[middle, 2] += 0.002
    found = deviation_of(tmp_path, before, before.moved(lifted))
    areas = areas_of(before.moved(lifted))
    ring = areas[(before.triangles == middle).any(axis=1)].sum() / areas.sum()
    assert found["backward"]["max_m"] == about(0.002)
    assert found["backward"]["mean_m"] == about(0.002 / 3 * ring)
    # From the sheet to the tent: a little less, by the cosine of its slope.
    assert 0.0019 < found["forward"]["max_m"] <= 0.002 * (1 + 1e-6)
    assert found["meshes"][0]["max_m"] == about(0.002)


def test_a_mirrored_sheet_lies_on_the_other_side(tmp_path: Path) -> None:
    off = sheet().moved(sheet().points + np.array([0, 0, 0.05]))
    mirrored = Shape((off.points * [1, 1, -1]).astype(np.float32), off.triangles[:, ::-1])
    assert deviation_of(tmp_path, off, mirrored)["forward"]["mean_m"] == about(0.1)


def test_a_torus_mirrored_onto_itself_is_exact_or_within_epsilon(tmp_path: Path) -> None:
    ring = torus()
    mirrored = Shape((ring.points * [1, 1, -1]).astype(np.float32), ring.triangles[:, ::-1])
    assert deviation_of(tmp_path, ring, mirrored)["exact_mesh_count"] == 1


@pytest.mark.parametrize(("unit", "factor"), [(1.0, 1), (0.01, 100), (0.001, 1000)])
def test_the_answer_is_in_metres_whatever_the_unit(tmp_path: Path, unit: float, factor: float) -> None:
    before = sheet().moved(sheet().points * factor)
    after = sheet().moved((sheet().points + np.array([0, 0, 0.002])) * factor)
    found = deviation_of(tmp_path, before, after, unit)
    assert found["forward"]["max_m"] == about(0.002)
    assert found["backward"]["mean_m"] == about(0.002)


def test_a_scaled_parent_scales_what_its_mesh_moved(tmp_path: Path) -> None:
    paths = []
    for name, lift in (("before", 0.0), ("after", 0.002)):
        stage = new_stage(tmp_path / f"{name}.usdc")
        UsdGeom.Xform.Define(stage, "/World").AddScaleOp().Set(Gf.Vec3f(1, 1, 3))
        add_mesh(stage, "/World/Mesh", sheet().moved(sheet().points + np.array([0, 0, lift])))
        stage.Save()
        paths.append(tmp_path / f"{name}.usdc")
    assert deviation(*paths)["forward"]["mean_m"] == about(0.006)


def places(file: Path, heights: list[float]) -> Path:
    """Instances of one sheet, side by side at these heights."""
    stage = new_stage(file)
    source = stage.CreateClassPrim("/Source")
    add_mesh(stage, "/Source/Mesh", sheet())
    for number, height in enumerate(heights):
        prim = UsdGeom.Xform.Define(stage, f"/World/Place{number}")
        prim.AddTranslateOp().Set(Gf.Vec3d(5 * number, 0, height))
        prim.GetPrim().GetReferences().AddInternalReference(source.GetPath())
        prim.GetPrim().SetInstanceable(True)
    stage.Save()
    return file


def test_one_instance_that_moved_is_told_and_the_others_are_exact(tmp_path: Path) -> None:
    found = deviation(places(tmp_path / "a.usdc", [0, 0, 0, 0]), places(tmp_path / "b.usdc", [0, 0, 0.005, 0]))
    assert found["mesh_count"] == 4
    assert found["exact_mesh_count"] == 3
    assert "Place2" in found["meshes"][0]["path"]
    assert found["meshes"][0]["mean_m"] == about(0.005)
    assert found["forward"]["mean_m"] == about(0.005 / 4)


def test_far_from_the_origin_two_millimetres_stay_two_millimetres(tmp_path: Path) -> None:
    paths = []
    for name, height in (("before", 0.0), ("after", 0.002)):
        stage = new_stage(tmp_path / f"{name}.usdc")
        UsdGeom.Xform.Define(stage, "/World").AddTranslateOp().Set(Gf.Vec3d(5e6, -4e6, 100 + height))
        add_mesh(stage, "/World/Mesh", sheet())
        stage.Save()
        paths.append(tmp_path / f"{name}.usdc")
    assert deviation(*paths)["forward"]["mean_m"] == about(0.002)


def test_time_samples_are_told_and_compared_at_the_default_time(tmp_path: Path) -> None:
    paths = []
    for name, lift in (("before", 0.0), ("after", 0.004)):
        stage = new_stage(tmp_path / f"{name}.usdc")
        mesh = add_mesh(stage, "/World/Mesh", sheet())
        moved = sheet().points + np.array([0, 0, lift], np.float32)
        mesh.GetPointsAttr().Set(moved)
        mesh.GetPointsAttr().Set(moved + np.float32(1), Usd.TimeCode(1))
        stage.Save()
        paths.append(tmp_path / f"{name}.usdc")
    found = deviation(*paths)
    assert found["forward"]["max_m"] == about(0.004)
    assert "1 animated or skinned mesh" in found["sampling"]["sentence"]


def test_a_mesh_that_is_gone_is_missing_and_not_near(tmp_path: Path) -> None:
    before = write(tmp_path / "a.usdc", {"/World/Kept": sheet(), "/World/Gone": torus()})
    found = deviation(before, write(tmp_path / "b.usdc", {"/World/Kept": sheet()}))
    assert found["missing_mesh_count"] == 1
    assert found["meshes"][0]["path"] == "/World/Gone"
    assert found["meshes"][0]["max_m"] is None
