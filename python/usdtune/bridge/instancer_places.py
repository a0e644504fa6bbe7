# SPDX-License-Identifier: Apache-2.0
"""Where a point instancer draws what is below one of its prototypes, as OpenUSD computes it."""

from __future__ import annotations

from pxr import Gf, Usd, UsdGeom

TELLING_POINTS = 4
LIKELY_PLACES = 8


def nearest_place(
    prim: Usd.Prim, cache: UsdGeom.XformCache, points: list[Gf.Vec3d], near: list[Gf.Vec3d], allowed: float
) -> Gf.Matrix4d | None:
    """The world transform of that copy of `prim` whose `points`, in the prim's own space, come nearest to `near`; None
    when no point instancer draws the prim. A few points tell: copies may share one and be turned about it. Points whose
    order tells nothing, as none comes within `allowed` of its counterpart, are taken as they lie."""
    places = instance_places(prim, cache)
    if not places or not points or not near:
        return None
    step = max(1, min(len(points), len(near)) // TELLING_POINTS)
    if len(points) == len(near):
        pairs = list(zip(points[::step], near[::step], strict=True))
        misses = [sum((place.Transform(point) - there).GetLength() for point, there in pairs) for place in places]
        if min(misses) <= allowed * len(pairs):
            return places[misses.index(min(misses))]
    middle, there = _middle(points), _middle(near)
    likely = sorted(places, key=lambda place: (place.Transform(middle) - there).GetLength())[:LIKELY_PLACES]
    return min(likely, key=lambda place: _misses(near[::step], [place.Transform(point) for point in points]))


def _middle(points: list[Gf.Vec3d]) -> Gf.Vec3d:
    """Of the places that points take, however many of them are at one."""
    places = sorted({(point[0], point[1], point[2]) for point in points})
    return sum((Gf.Vec3d(*place) for place in places), Gf.Vec3d()) / len(places)


def _misses(some: list[Gf.Vec3d], points: list[Gf.Vec3d]) -> float:
    return float(sum(min((point - one).GetLength() for point in points) for one in some))


def instance_places(prim: Usd.Prim, cache: UsdGeom.XformCache) -> list[Gf.Matrix4d]:
    """World transforms of every copy of `prim` that the nearest point instancer above it draws."""
    above = prim.GetParent()
    while above and not above.IsA(UsdGeom.PointInstancer):
        above = above.GetParent()
    if not above:
        return []
    instancer = UsdGeom.PointInstancer(above)
    indices = instancer.GetProtoIndicesAttr().Get() or []
    default = Usd.TimeCode.Default()
    transforms = instancer.ComputeInstanceTransformsAtTime(default, default, applyMask=instancer.IgnoreMask) or []
    to_world = cache.GetLocalToWorldTransform(above)
    found: list[Gf.Matrix4d] = []
    for number, target in enumerate(instancer.GetPrototypesRel().GetTargets()):
        if prim.GetPath().HasPrefix(target):
            inside, _ = cache.ComputeRelativeTransform(prim, above.GetStage().GetPrimAtPath(target))
            found += [
                inside * transform * to_world
                for transform, index in zip(transforms, indices, strict=False)
                if index == number
            ]
    return found
