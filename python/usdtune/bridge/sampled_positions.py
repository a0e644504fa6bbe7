# SPDX-License-Identifier: Apache-2.0
"""World positions of some prims on two stages, by `pxr` alone: what the second witness holds against each other.

Points may be numbered anew by what merged or split them, so they are taken for sets where they do not agree in order.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pxr import Gf, Tf, Usd, UsdGeom, Vt

from usdtune.bridge.instancer_places import nearest_place

SAMPLED_PRIMS = 200
SAMPLED_POINTS = 2000


@dataclass(frozen=True)
class Sample:
    """How far the points of a prim lie from where they were, in stage units; None where its place is empty."""

    path: str
    new: str
    distance: float | None = None
    allowed: float = 0.0


def sampled_positions(
    before: Usd.Stage, after: Usd.Stage, fate: Callable[[str], tuple[str | None, str]], tolerance: float
) -> Iterator[Sample]:
    """Up to 2 * SAMPLED_PRIMS prims with points, evenly spread over the stage. `fate` tells where a path went."""
    drawn = [
        prim
        for prim in Usd.PrimRange(before.GetPseudoRoot(), Usd.TraverseInstanceProxies())
        if prim.IsA(UsdGeom.PointBased)
    ]
    step = max(1, len(drawn) // SAMPLED_PRIMS)
    cache_before, cache_after = UsdGeom.XformCache(), UsdGeom.XformCache()
    for prim in drawn[::step]:
        path = prim.GetPath().pathString
        new, _ = fate(path)
        if new is None:
            continue
        other = after.GetPrimAtPath(new)
        mine = world_points(prim, cache_before)
        if not other:
            if mine:
                yield Sample(path, new)
            continue
        theirs = world_points(other, cache_after)
        largest = max((abs(c) for p in mine for c in p), default=0.0)
        diagonal = (Gf.Range3d(*box(mine)).GetSize().GetLength()) if mine else 0.0
        allowed = max(1e-6 * diagonal, 4 * 6e-8 * largest) * 2 + tolerance
        distance = set_distance(mine, theirs, allowed)
        if distance > allowed:
            place = nearest_place(other, cache_after, local_points(other), mine, allowed)
            if place is not None:
                # What became a copy of a point instancer is where that draws it, not where its prototype stands.
                there = world_points(other, cache_after, place=place)
                distance = min(distance, set_distance(mine, there, allowed))
        if distance > allowed:
            # A face without height draws nothing: it may go, and points that nothing else uses with it.
            mine, theirs = (
                world_points(side, cache, height=allowed)
                for side, cache in ((prim, cache_before), (other, cache_after))
            )
            distance = set_distance(mine, theirs, allowed)
        yield Sample(path, new, distance, allowed)


def local_points(prim: Usd.Prim) -> list[Gf.Vec3d]:
    """The points that faces use, as they are written down."""
    return list(placed_points(prim, Gf.Matrix4d(1)).values())


def world_points(
    prim: Usd.Prim, cache: UsdGeom.XformCache, height: float = -1.0, place: Gf.Matrix4d | None = None
) -> list[Gf.Vec3d]:
    """The finite points that faces higher than `height` use (all where there are no faces), in world space or where
    `place` puts them; [] when none are seen."""
    try:
        matrix = cache.GetLocalToWorldTransform(prim) if place is None else place
    except Tf.ErrorException:
        return []  # an operation that OpenUSD does not know: nobody can say where that is, its fields are compared
    finite = placed_points(prim, matrix)
    faces = prim.GetAttribute("faceVertexIndices").Get() if prim.HasAttribute("faceVertexIndices") else None
    if height >= 0 and isinstance(faces, Vt.IntArray):
        counts = prim.GetAttribute("faceVertexCounts").Get() or []
        finite = {i: finite[i] for i in sorted(corners_of_high_faces(finite, counts, faces, height))}
    return list(finite.values())


def placed_points(prim: Usd.Prim, matrix: Gf.Matrix4d) -> dict[int, Gf.Vec3d]:
    """By index, what is finite of the points that faces use, all where there are no faces; {} when there are many."""
    points = UsdGeom.PointBased(prim).GetPointsAttr().Get()
    if not isinstance(points, Vt.Vec3fArray | Vt.Vec3dArray | Vt.Vec3hArray):
        return {}
    indices = prim.GetAttribute("faceVertexIndices")
    faces = indices.Get() if indices else None
    used = list(range(len(points)))
    if isinstance(faces, Vt.IntArray):
        used = sorted({i for i in faces if 0 <= i < len(points)})
    if len(used) >= 2 * SAMPLED_POINTS:
        return {}  # a sample of one side need not be the sample of the other
    placed = {i: matrix.Transform(Gf.Vec3d(points[i])) for i in used}
    return {i: point for i, point in placed.items() if all(map(math.isfinite, point))}


def corners_of_high_faces(
    points: dict[int, Gf.Vec3d], counts: Iterable[int], indices: Vt.IntArray, height: float
) -> set[int]:
    """The points of faces whose area, over their longest reach, is more than `height`.

    >>> flat = {0: Gf.Vec3d(0, 0, 0), 1: Gf.Vec3d(1, 0, 0), 2: Gf.Vec3d(2, 0, 0), 3: Gf.Vec3d(0, 1, 0)}
    >>> sorted(corners_of_high_faces(flat, [3, 3], Vt.IntArray([0, 1, 2, 0, 1, 3]), 0.0))
    [0, 1, 3]
    """
    high: set[int] = set()
    start = 0
    for count in counts:
        corners = indices[start : start + count]
        start += count
        if len(corners) < 3 or any(i not in points for i in corners):
            continue
        arms = [points[i] - points[corners[0]] for i in corners[1:]]
        normal = sum((Gf.Cross(a, b) for a, b in itertools.pairwise(arms)), Gf.Vec3d())
        if normal.GetLength() > height * max(arm.GetLength() for arm in arms):
            high.update(corners)
    return high


def box(points: list[Gf.Vec3d]) -> tuple[Gf.Vec3d, Gf.Vec3d]:
    low = Gf.Vec3d(*(min(p[i] for p in points) for i in range(3)))
    high = Gf.Vec3d(*(max(p[i] for p in points) for i in range(3)))
    return low, high


def set_distance(mine: list[Gf.Vec3d], theirs: list[Gf.Vec3d], allowed: float) -> float:
    """Largest distance where there are as many points: in their order, or where that exceeds `allowed`, of each from
    the nearest on the other side. Else between the corners of the boxes."""
    if not mine or not theirs:
        return 0.0 if bool(mine) == bool(theirs) else float("inf")
    if len(mine) != len(theirs):
        return float(max((a - b).GetLength() for a, b in zip(box(mine), box(theirs), strict=True)))
    distance = float(max((a - b).GetLength() for a, b in zip(mine, theirs, strict=True)))
    return distance if distance <= allowed else min(distance, max(farthest(mine, theirs), farthest(theirs, mine)))


def farthest(points: list[Gf.Vec3d], others: list[Gf.Vec3d]) -> float:
    """How far from all of the others the loneliest of some points is; of none, 0.

    >>> farthest([Gf.Vec3d(0, 0, 0), Gf.Vec3d(5, 1, 0)], [Gf.Vec3d(5, 0, 0), Gf.Vec3d(9, 9, 9), Gf.Vec3d(0, 0, 2)])
    2.0
    """
    ordered = sorted(others, key=lambda point: point[0])
    along = [point[0] for point in ordered]
    worst = 0.0
    for point in points:
        start = bisect.bisect(along, point[0])
        nearest = math.inf
        for side in (range(start, len(ordered)), range(start - 1, -1, -1)):
            for i in side:
                if abs(along[i] - point[0]) >= nearest:
                    break
                nearest = min(nearest, (ordered[i] - point).GetLength())
        worst = max(worst, nearest)
    return worst
