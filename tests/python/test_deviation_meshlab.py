# SPDX-License-Identifier: Apache-2.0
"""The document about deviation against MeshLab's Hausdorff filter, which shares no code with ours.

MeshLab places its samples at random, so it is given many; what both say must agree within one per cent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pxr")
pymeshlab = pytest.importorskip("pymeshlab", reason="MeshLab's Hausdorff filter (pymeshlab) is not installed")

from deviation_scenes import Json, Shape, areas_of, deviation_of, sphere, torus  # noqa: E402
from pxr import Usd, UsdGeom  # noqa: E402
from test_real_scenes import DATA, MONOLITH  # noqa: E402

PER_CENT = 0.01
SAMPLES = 400_000


@dataclass(frozen=True)
class Hausdorff:
    max: float
    mean: float


def as_meshlab_mesh(shape: Shape) -> "pymeshlab.Mesh":
    return pymeshlab.Mesh(shape.points.astype(np.float64), shape.triangles.astype(np.int32))


def filtered_distances(
    of: Shape, against: Shape, *, corners: bool, samples: int = SAMPLES
) -> tuple[dict[str, float], np.ndarray]:
    """MeshLab's answer from vertices and edges, or from places spread by area, and its worst places."""
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(as_meshlab_mesh(of))
    meshes.add_mesh(as_meshlab_mesh(against))
    answer = meshes.apply_filter(
        "get_hausdorff_distance",
        sampledmesh=0,
        targetmesh=1,
        savesample=True,
        samplevert=corners,
        sampleedge=corners,
        samplefauxedge=corners,
        sampleface=not corners,
        samplenum=samples,
        maxdist=pymeshlab.PercentageValue(100),
    )
    places = meshes.mesh(2)
    worst = np.argsort(places.vertex_scalar_array())[-4000:]
    return answer, places.vertex_matrix()[worst]


def hausdorff(of: Shape, against: Shape) -> Hausdorff:
    """One way. The mean is over places spread by area; for the largest, MeshLab looks again at its worst places."""
    corners, _ = filtered_distances(of, against, corners=True)
    spread, worst = filtered_distances(of, against, corners=False)
    again, _ = filtered_distances(Shape(of.points, triangles_at(of, worst)), against, corners=False)
    return Hausdorff(max(spread["max"], corners["max"], again["max"]), spread["mean"])


def largest_of_many(of: Shape, against: Shape) -> float:
    """Random samples come near the largest distance from below, so where ours is larger, MeshLab is given more."""
    answer, _ = filtered_distances(of, against, corners=False, samples=50 * SAMPLES)
    return float(answer["max"])


def triangles_at(shape: Shape, places: np.ndarray) -> np.ndarray:
    """Those triangles that hold any of the places."""
    a, b, c = (shape.points[shape.triangles[:, k]].astype(np.float64) for k in range(3))
    ab, ac = b - a, c - a
    normal = np.cross(ab, ac)
    whole = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-300)
    held = np.zeros(len(shape.triangles), bool)
    for place in places:
        ap = place - a
        v = np.einsum("ij,ij->i", np.cross(ap, ac), normal) / whole
        w = np.einsum("ij,ij->i", np.cross(ab, ap), normal) / whole
        off = np.abs(np.einsum("ij,ij->i", ap, normal)) / np.sqrt(whole)
        held |= (v >= -1e-3) & (w >= -1e-3) & (v + w <= 1.001) & (off < 1e-6 * size_of(shape))
    return shape.triangles[held]


def hausdorff_where_changed(of: Shape, against: Shape) -> Hausdorff:
    """The same where both have these triangles: MeshLab samples where points differ; elsewhere it is 0."""
    if of.points.shape != against.points.shape:
        return hausdorff(of, against)
    differs = (of.points != against.points).any(axis=1)[of.triangles].any(axis=1)
    if len(of.triangles) != len(against.triangles) or differs.mean() > 0.1:
        return hausdorff(of, against)
    changed = Shape(of.points, of.triangles[differs])
    found = hausdorff(changed, against)
    return Hausdorff(found.max, found.mean * areas_of(changed).sum() / areas_of(of).sum())


def expect_agreement(found: Json, before: Shape, after: Shape, metres_per_unit: float = 1.0) -> None:
    for way, of, against in (("forward", before, after), ("backward", after, before)):
        theirs = hausdorff_where_changed(of, against)
        assert theirs.max > 0, "the mesh was moved"
        largest = theirs.max * metres_per_unit
        if found[way]["max_m"] > (1 + PER_CENT) * largest:
            largest = largest_of_many(of, against) * metres_per_unit
        assert found[way]["max_m"] == pytest.approx(largest, rel=PER_CENT), way
        assert found[way]["mean_m"] == pytest.approx(theirs.mean * metres_per_unit, rel=PER_CENT), way


def translated(shape: Shape) -> Shape:
    return shape.moved(shape.points + size_of(shape) * np.array([0.003, -0.002, 0.004]))


def scaled(shape: Shape) -> Shape:
    middle = shape.points.mean(axis=0)
    return shape.moved((shape.points - middle) * [1.01, 0.98, 1.03] + middle)


def turned(shape: Shape) -> Shape:
    middle = shape.points.mean(axis=0)
    c, s = np.cos(0.02), np.sin(0.02)
    return shape.moved((shape.points - middle) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + middle)


def roughened(shape: Shape) -> Shape:
    noise = np.random.default_rng(7).normal(size=shape.points.shape)
    return shape.moved(shape.points + 0.002 * size_of(shape) * noise)


def dented(shape: Shape) -> Shape:
    """One vertex of a triangle that has an area moves, by a fiftieth of the size."""
    points = shape.points.copy()
    points[shape.triangles[len(shape.triangles) // 2][0]] += 0.02 * size_of(shape)
    return shape.moved(points)


def filtered(name: str, **how: object) -> Callable[[Shape], Shape]:
    def change(shape: Shape) -> Shape:
        meshes = pymeshlab.MeshSet()
        meshes.add_mesh(as_meshlab_mesh(shape))
        meshes.apply_filter(name, **how)
        mesh = meshes.current_mesh()
        return Shape(mesh.vertex_matrix().astype(np.float32), mesh.face_matrix())

    return change


CHANGES: dict[str, Callable[[Shape], Shape]] = {
    "translated": translated,
    "scaled": scaled,
    "turned": turned,
    "roughened": roughened,
    "dented": dented,
    "smoothed": filtered("apply_coord_laplacian_smoothing", stepsmoothnum=3),
    "decimated": filtered("meshing_decimation_quadric_edge_collapse", targetperc=0.2),
}


def size_of(shape: Shape) -> float:
    return float(np.linalg.norm(np.ptp(shape.points, axis=0)))


def bumpy_sphere() -> Shape:
    """A sphere with hills, as irregular as a scanned rabbit."""
    ball = sphere(60, 120)
    x, y, z = ball.points.T.astype(np.float64)
    hills = 1 + 0.15 * np.sin(5 * x + 1) * np.cos(4 * y) + 0.1 * np.sin(7 * z + 2 * x)
    return ball.moved(ball.points * hills[:, None])


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("shape", [bumpy_sphere, torus])
def test_made_up_shapes(tmp_path: Path, shape: Callable[[], Shape], change: str) -> None:
    before = shape()
    after = CHANGES[change](before)
    expect_agreement(deviation_of(tmp_path, before, after), before, after)


def largest_meshes(count: int) -> list[Shape]:
    """Of the monolith, with faces cut into fans so that both programs see the same triangles."""
    stage = Usd.Stage.Open(str(DATA / MONOLITH))
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    meshes.sort(key=lambda mesh: (-len(mesh.GetFaceVertexIndicesAttr().Get() or []), str(mesh.GetPath())))
    shapes = []
    for mesh in meshes[:count]:
        counts = np.array(mesh.GetFaceVertexCountsAttr().Get())
        indices = np.array(mesh.GetFaceVertexIndicesAttr().Get())
        begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
        fans = [indices[[b, b + k, b + k + 1]] for b, n in zip(begins, counts, strict=True) for k in range(1, n - 1)]
        shapes.append(Shape(np.array(mesh.GetPointsAttr().Get(), np.float32), np.array(fans)))
    return shapes


@pytest.mark.skipif(not (DATA / MONOLITH).is_file(), reason=f"there is no monolith at {DATA / MONOLITH}")
@pytest.mark.parametrize("change", ["translated", "scaled", "roughened", "dented"])
@pytest.mark.parametrize("rank", range(5))
def test_the_largest_meshes_of_a_building(tmp_path: Path, rank: int, change: str) -> None:
    before = largest_meshes(rank + 1)[rank]
    after = CHANGES[change](before)
    unit = UsdGeom.GetStageMetersPerUnit(Usd.Stage.Open(str(DATA / MONOLITH)))
    expect_agreement(deviation_of(tmp_path, before, after, unit), before, after, unit)
