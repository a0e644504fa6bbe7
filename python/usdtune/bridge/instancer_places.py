# SPDX-License-Identifier: Apache-2.0
"""Where a point instancer draws what is below one of its prototypes, as OpenUSD computes it."""

from __future__ import annotations

from pxr import Gf, Usd, UsdGeom

TELLING_POINTS = 4


def nearest_place(
    prim: Usd.Prim, cache: UsdGeom.XformCache, points: list[Gf.Vec3d], near: list[Gf.Vec3d]
) -> Gf.Matrix4d | None:
    """The world transform of that copy of `prim` whose `points`, in the prim's own space, come nearest to `near`; None
    when no point instancer draws the prim. A few points tell: copies may share one and be turned about it."""
    step = max(1, min(len(points), len(near)) // TELLING_POINTS)
    pairs = list(zip(points[::step], near[::step], strict=False))
    return min(
        instance_places(prim, cache),
        key=lambda place: sum((place.Transform(point) - there).GetLength() for point, there in pairs),
        default=None,
    )


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
