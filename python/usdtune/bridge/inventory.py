# SPDX-License-Identifier: Apache-2.0
"""The second witness: what a result holds, seen by `pxr` alone.

Extraction feeds both the optimizer and the proof, so what it does not read could vanish unseen. This path shares no
code with it: a plain inventory of every spec and field of the layers on both sides, and the world positions of sampled
prims.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pxr import Gf, Sdf, Usd, UsdGeom, Vt

Move = tuple[str, str | None, str, str, str]

# Written anew with every copy of a layer, or compared by what they mean (see the laws on arcs and assets).
MEANING_FIELDS = frozenset({"subLayers", "subLayerOffsets", "references", "payload", "clips"})
SAMPLED_PRIMS = 200
SAMPLED_POINTS = 2000


@dataclass
class WitnessReport:
    """`specs` and `fields` were looked for; `unexplained`: what is gone or changed without a row in the path map."""

    specs: int = 0
    fields: int = 0
    explained: int = 0
    sampled_prims: int = 0
    largest_distance: float = 0.0
    unexplained: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """True when nothing is unexplained."""
        return not self.unexplained


class PathMap:
    """Where a path went: its own row, else its nearest ancestor's."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self.rows = {row[0]: (row[1], row[2]) for row in moves}
        self.instances = {new for new, fate in self.rows.values() if fate == "instanced" and new is not None}

    def listed(self, path: str) -> bool:
        """True when a row is about this very path."""
        return path in self.rows

    def in_instance(self, path: str) -> bool:
        """True for places inside of what became an instance: no layer says anything there, the prototype does."""
        prim = path.split(".")[0]
        while prim:
            if prim in self.instances:
                return True
            prim = prim.rpartition("/")[0]
        return False

    def fate(self, path: str) -> tuple[str | None, str]:
        """(new path or None, fate) of a prim or property path."""
        if not self.rows:
            return path, "kept"
        if path in self.rows:
            return self.rows[path]
        for cut in reversed([i for i, letter in enumerate(path) if letter in "/." and i > 0]):
            row = self.rows.get(path[:cut])
            if row is not None:
                new, fate = row
                return (None if new is None else new + path[cut:]), fate
        return path, "kept"


def compare_layers(source: Path, result: Path, moves: list[Move]) -> WitnessReport:
    """Looks for everything that the source's root layer stack says in the result's."""
    report = WitnessReport()
    path_map = PathMap(moves)
    # A layer stack hands out weak handles: the stages have to live as long as their layers are read.
    stage_before = Usd.Stage.Open(str(source), Usd.Stage.LoadNone)
    stage_after = Usd.Stage.Open(str(result), Usd.Stage.LoadNone)
    before = stage_before.GetLayerStack(includeSessionLayers=False)
    after = stage_after.GetLayerStack(includeSessionLayers=False)
    said = [dict(specs(layer)) for layer in after]
    for layer in before:
        for path, spec in specs(layer):
            report.specs += 1
            look_for(path, spec, said, path_map, report)
    sample_positions(source, result, path_map, report)
    return report


def specs(layer: Sdf.Layer) -> Iterator[tuple[str, Sdf.Spec]]:
    """Every prim and property spec of a layer, variants included."""
    paths: list[Sdf.Path] = []
    layer.Traverse(Sdf.Path.absoluteRootPath, paths.append)
    for path in paths:
        spec = layer.GetObjectAtPath(path)
        if isinstance(spec, Sdf.PrimSpec | Sdf.PropertySpec):
            yield path.pathString, spec


def look_for(
    path: str, spec: Sdf.Spec, said: list[dict[str, Sdf.Spec]], path_map: PathMap, report: WitnessReport
) -> None:
    """One spec with its fields: in the result under its own or its mapped path, or explained by a row."""
    new, fate = path_map.fate(path)
    if new is None or fate == "merged":
        report.explained += 1
        return
    found = [layer[candidate] for candidate in {path, new} for layer in said if candidate in layer]
    if not found:
        if fate == "instanced" or path_map.listed(path) or path_map.in_instance(new) or under_instanced(path, path_map):
            report.explained += 1
        else:
            report.unexplained.append(f"{path}: the result says nothing about it")
        return
    for key in spec.ListInfoKeys():
        report.fields += 1
        if key in MEANING_FIELDS or any(same_field(spec, other, key, path_map) for other in found):
            continue
        if path_map.listed(path) or under_instanced(path, path_map):
            report.explained += 1
        else:
            report.unexplained.append(f"{path}: field {key} has another value")


def under_instanced(path: str, path_map: PathMap) -> bool:
    """A property of a prim that became an instance: its value went with the geometry, which is compared as such."""
    return path_map.rows.get(path.split(".")[0], (None, ""))[1] == "instanced"


def same_field(spec: Sdf.Spec, other: Sdf.Spec, key: str, path_map: PathMap) -> bool:
    """Equal values; lists of targets are equal when each target is where the path map leads."""
    if not other.HasInfo(key):
        return False
    mine, theirs = spec.GetInfo(key), other.GetInfo(key)
    if key in ("targetPaths", "connectionPaths"):
        kept = mapped_items(theirs, PathMap([]))
        # A target that led nowhere before has no fate of its own: it may stay although its surroundings went.
        return kept in (mapped_items(mine, path_map), mapped_items(mine, PathMap([])))
    if key == "default" and isinstance(mine, Sdf.AssetPath) and isinstance(theirs, Sdf.AssetPath):
        return Path(mine.path).name == Path(theirs.path).name
    if key == "timeSamples":
        return digest(mine) == digest(theirs)
    return bool(mine == theirs) or digest(mine) == digest(theirs)


def mapped_items(list_op: Sdf.PathListOp, path_map: PathMap) -> list[str]:
    items = list_op.GetAppliedItems() if hasattr(list_op, "GetAppliedItems") else list_op.ApplyOperations([])
    out: list[str] = []
    for item in items:
        new, fate = path_map.fate(item.pathString)
        text = item.pathString if fate == "instanced" else new
        if text is not None and text not in out:
            out.append(text)
    return out


def digest(value: object) -> str:
    """A hash of a value's text; NaN equals NaN here, as it must when nothing was touched."""
    try:
        data = bytes(memoryview(value))  # type: ignore[arg-type]
    except (TypeError, BufferError):
        data = str(value).encode()
    return hashlib.sha256(data).hexdigest()


def sample_positions(source: Path, result: Path, path_map: PathMap, report: WitnessReport) -> None:
    """World positions of up to SAMPLED_PRIMS prims with points, evenly spread over the stage, on both sides."""
    before, after = Usd.Stage.Open(str(source)), Usd.Stage.Open(str(result))
    drawn = [
        prim
        for prim in Usd.PrimRange(before.GetPseudoRoot(), Usd.TraverseInstanceProxies())
        if prim.IsA(UsdGeom.PointBased)
    ]
    step = max(1, len(drawn) // SAMPLED_PRIMS)
    cache_before, cache_after = UsdGeom.XformCache(), UsdGeom.XformCache()
    scale = UsdGeom.GetStageMetersPerUnit(before)
    for prim in drawn[::step]:
        path = prim.GetPath().pathString
        new, _ = path_map.fate(path)
        if new is None:
            continue
        other = after.GetPrimAtPath(new)
        mine = world_points(prim, cache_before)
        if not other:
            if mine:
                report.unexplained.append(f"{path}: {new} is not on the result's stage")
            continue
        theirs = world_points(other, cache_after)
        report.sampled_prims += 1
        distance = set_distance(mine, theirs)
        largest = max((abs(c) for p in mine for c in p), default=0.0)
        diagonal = (Gf.Range3d(*box(mine)).GetSize().GetLength()) if mine else 0.0
        allowed = max(1e-6 * diagonal, 4 * 6e-8 * largest) * 2
        report.largest_distance = max(report.largest_distance, distance * scale)
        if distance > allowed:
            report.unexplained.append(f"{path}: its points moved by up to {distance * scale:.3g} m in the world")


def world_points(prim: Usd.Prim, cache: UsdGeom.XformCache) -> list[Gf.Vec3d]:
    """The finite points that faces use (all where there are no faces), in world space; [] when none are seen."""
    points = UsdGeom.PointBased(prim).GetPointsAttr().Get()
    if not isinstance(points, Vt.Vec3fArray | Vt.Vec3dArray | Vt.Vec3hArray):
        return []
    indices = prim.GetAttribute("faceVertexIndices")
    faces = indices.Get() if indices else None
    used = list(range(len(points)))
    if isinstance(faces, Vt.IntArray):
        used = sorted({i for i in faces if 0 <= i < len(points)})
    if len(used) >= 2 * SAMPLED_POINTS:
        return []  # a sample of one side need not be the sample of the other
    matrix = cache.GetLocalToWorldTransform(prim)
    placed = (matrix.Transform(Gf.Vec3d(points[i])) for i in used)
    return [point for point in placed if all(map(math.isfinite, point))]


def box(points: list[Gf.Vec3d]) -> tuple[Gf.Vec3d, Gf.Vec3d]:
    low = Gf.Vec3d(*(min(p[i] for p in points) for i in range(3)))
    high = Gf.Vec3d(*(max(p[i] for p in points) for i in range(3)))
    return low, high


def set_distance(mine: list[Gf.Vec3d], theirs: list[Gf.Vec3d]) -> float:
    """Largest distance point by point where there are as many, else between the corners of the boxes."""
    if not mine or not theirs:
        return 0.0 if bool(mine) == bool(theirs) else float("inf")
    if len(mine) == len(theirs):
        return float(max((a - b).GetLength() for a, b in zip(mine, theirs, strict=True)))
    return float(max((a - b).GetLength() for a, b in zip(box(mine), box(theirs), strict=True)))
