# SPDX-License-Identifier: Apache-2.0
"""The second witness: what a result holds, seen by `pxr` alone.

Extraction feeds both the optimizer and the proof, so what it does not read could vanish unseen. This path shares no
code with it: a plain inventory of every spec and field of the layers on both sides, and the world positions of sampled
prims.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pxr import Ar, Sdf, Usd, UsdGeom, UsdShade

from usdtune.bridge.sampled_positions import sampled_positions

Move = tuple[str, str | None, str, str, str]

# Written anew with every copy of a layer: which sublayers there are is seen by their specs.
LAYER_FIELDS = frozenset({"subLayers", "subLayerOffsets"})
TARGET_FIELDS = frozenset({"targetPaths", "connectionPaths", "inheritPaths", "specializes"})
PLAIN_TYPES = frozenset({bool, int, float, str, Sdf.Specifier, Sdf.Variability})
"""Values of which equal ones mean the same; most fields hold such."""
LAYER_SUFFIXES = frozenset({".usd", ".usda", ".usdc"})
LIST_OP_PARTS = ("explicitItems", "prependedItems", "appendedItems", "deletedItems", "addedItems", "orderedItems")


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
        self.told_by_property = {path.partition(".")[0] for path in self.rows if "." in path}
        """Prims that have a property with a row of its own."""

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
        for cut in reversed([i for i, letter in enumerate(path) if letter in "/.{" and i > 0]):
            row = self.rows.get(path[:cut])
            if row is not None:
                new, fate = row
                return (None if new is None else new + path[cut:]), fate
        return path, "kept"


class Assets:
    """Asset paths of both sides under names that are equal when they mean the same file.

    What resolves is named by what it resolves to, the rest by where it would lead. A path that leads nowhere may have
    kept its text, and what was unpacked beside the result is named by its place in the package.
    """

    def __init__(self, source: Path, result: Path) -> None:
        # What is found is known by its real place, what is not by the name that its layer was opened with.
        package = source.suffix.lower() == ".usdz"
        self.packages = [f"{place}[" for place in (source.absolute(), source.resolve())] if package else []
        self.unpacked = [f"{place}/" for place in (result.absolute().parent, result.resolve().parent)]
        self.names: dict[tuple[str, str], tuple[str, bool]] = {}

    def agree(self, mine: str, layer: Sdf.Layer, theirs: str, other: Sdf.Layer) -> bool:
        before, leads = self.name(mine, layer)
        after, _ = self.name(theirs, other)
        for folder in self.unpacked if self.packages else ():
            if after.startswith(folder):
                unpacked = [f"{package}{after.removeprefix(folder)}]" for package in self.packages]
                return before in unpacked or (not leads and mine == theirs)
        return before == after or (not leads and mine == theirs)

    def name(self, asset: str, layer: Sdf.Layer) -> tuple[str, bool]:
        """(name, whether something is there)"""
        key = (layer.identifier, asset)
        if key not in self.names:
            absolute = layer.ComputeAbsolutePath(asset) if asset else ""
            found = str(Ar.GetResolver().Resolve(absolute) or "") if absolute else ""
            if "<UDIM>" in asset:
                found = found or UsdShade.UdimUtils.ResolveUdimPath(asset, layer)
            outer, inner = Ar.SplitPackageRelativePathOuter(found)
            real = os.path.realpath(outer) if found else ""  # one file under two names is one file
            found = Ar.JoinPackageRelativePath([real, inner]) if inner else real
            self.names[key] = (found or anchored(asset, layer), bool(found))
        return self.names[key]


def anchored(asset: str, layer: Sdf.Layer) -> str:
    """Where a path leads, seen from its layer, whether or not anything is there.

    >>> anchored("./a.png", Sdf.Layer.CreateAnonymous())
    './a.png'
    """
    if text := re.fullmatch(r"`(['\"])(?!\$\{)([^'\"`]+)\1`", asset):  # variables stand for parts of the path
        return f"`{text[1]}{anchored(text[2], layer)}{text[1]}`"
    if not asset or layer.anonymous or re.match(r"/|`|[A-Za-z][A-Za-z0-9+.-]*:", asset):
        return asset
    package, inner = Ar.SplitPackageRelativePathInner(layer.identifier)
    if inner:
        folder = posixpath.dirname(inner)
        return f"{package}[{posixpath.normpath(posixpath.join(folder, asset))}]"
    if package.endswith(".usdz"):
        return f"{package}[{posixpath.normpath(asset)}]"
    return posixpath.normpath(posixpath.join(posixpath.dirname(package), asset))


@dataclass
class Comparison:
    """What every look at a field needs to know about the two sides."""

    path_map: PathMap
    assets: Assets
    stages: Stages
    layers: list[Sdf.Layer]
    known: dict[str, bool] = field(default_factory=dict)

    def existed(self, target: str) -> bool:
        """Whether the source has the prim that a target names: one that led nowhere had no fate of its own."""
        prim = target.partition(".")[0]
        if prim not in self.known:
            spoken = any(layer.GetPrimAtPath(prim) for layer in self.layers)
            self.known[prim] = spoken or bool(self.stages.before.GetPrimAtPath(prim))
        return self.known[prim]

    def still_there(self, path: str, new: str) -> bool:
        """Whether what the source's stage has at a path is on the result's, at its new place."""
        if "{" in path or self.stages.after.GetPrimAtPath(new):
            return True
        mine = self.stages.before.GetPrimAtPath(path)
        return not mine or not mine.IsActive()  # nothing is shown below what is inactive

    def places(self, target: str) -> set[str | None]:
        """Where a target of the source may lead now; None stands for nowhere."""
        new, fate = self.path_map.fate(target)
        if not self.existed(target):
            return {target, new}
        return {target if fate == "instanced" else new}


@dataclass(frozen=True)
class Stages:
    """Both sides, opened once for everybody who looks at them."""

    source: Path
    result: Path
    before: Usd.Stage
    after: Usd.Stage

    @classmethod
    def open(cls, source: Path, result: Path) -> Stages:
        return cls(source, result, Usd.Stage.Open(str(source)), Usd.Stage.Open(str(result)))


def compare_layers(stages: Stages, moves: list[Move], tolerance: float = 0.0) -> WitnessReport:
    """Looks for everything that the source's root layer stack says in the result's. Points may have moved by
    `tolerance`, in stage units, where a chain was allowed to move them."""
    report = WitnessReport()
    before = stages.before.GetLayerStack(includeSessionLayers=False)
    after = stages.after.GetLayerStack(includeSessionLayers=False)
    comparison = Comparison(PathMap(moves), Assets(stages.source, stages.result), stages, before)
    for layer in before:
        for prim in prims(layer, comparison.path_map):
            look_for(prim, after, comparison, report)
    compare_headers(before, after, comparison, report)
    if stages.source.suffix.lower() == ".usdz":
        compare_package(stages.source, stages.result.parent, report)
    compare_positions(stages.before, stages.after, comparison.path_map, tolerance, report)
    return report


class MappedPrim(NamedTuple):
    """A prim or variant spec of the source, and what the path map says became of its path."""

    path: str
    spec: Sdf.PrimSpec
    new: str | None
    fate: str


def prims(layer: Sdf.Layer, path_map: PathMap) -> Iterator[MappedPrim]:
    """Every prim and variant spec of a layer, parents first. Where a path has no row, its parent's decides."""
    waiting: list[tuple[Sdf.PrimSpec, str, str | None, str]] = [(spec, "", "", "kept") for spec in layer.rootPrims]
    while waiting:
        spec, above, above_new, above_fate = waiting.pop()
        path = spec.path.pathString
        row = path_map.rows.get(path)
        if row is not None:
            new, fate = row
        else:
            new, fate = None if above_new is None else above_new + path[len(above) :], above_fate
        yield MappedPrim(path, spec, new, fate)
        # Asking whether there are any costs a seventh of walking over none.
        if children := spec.nameChildren:
            waiting += [(child, path, new, fate) for child in children]
        if len(spec.variantSets):
            for variants in spec.variantSets.values():
                waiting += [(variant.primSpec, path, new, fate) for variant in variants.variants.values()]


def compare_headers(
    before: list[Sdf.Layer], after: list[Sdf.Layer], comparison: Comparison, report: WitnessReport
) -> None:
    """What layers say about themselves: layer by layer, in the order of their strength."""
    if len(before) != len(after):
        report.unexplained.append(f"/: {len(before)} layers became {len(after)}")
    for mine, theirs in zip(before, after, strict=False):
        for key in mine.pseudoRoot.ListInfoKeys():
            report.fields += 1
            if key in LAYER_FIELDS:
                continue
            if not same_field(mine.pseudoRoot, theirs.pseudoRoot, key, comparison):
                report.unexplained.append(f"/: field {key} of {Path(mine.identifier).name} has another value")


def compare_package(source: Path, folder: Path, report: WitnessReport) -> None:
    """What lay in a package beside its layers lies beside the result, byte for byte."""
    with zipfile.ZipFile(source) as package:
        for entry in package.infolist():
            if entry.is_dir() or Path(entry.filename).suffix in LAYER_SUFFIXES:
                continue
            file = folder / entry.filename
            if not file.is_file() or file.read_bytes() != package.read(entry):
                report.unexplained.append(f"/: {entry.filename} of the package is not beside the result as it was")


def look_for(prim: MappedPrim, layers: list[Sdf.Layer], comparison: Comparison, report: WitnessReport) -> None:
    """One prim spec with its properties: in the result under their own or their mapped paths, or explained by a row.

    The properties of a prim that became an instance went with the geometry, which is compared as such.
    """
    path_map = comparison.path_map
    path, spec, new, fate = prim.path, prim.spec, prim.new, prim.fate
    properties = len(spec.properties)
    report.specs += 1 + properties
    shared = fate == "instanced" and path in path_map.rows
    if new is None or fate == "merged" or shared:
        report.explained += 1 + properties
        if shared and new is not None and not comparison.still_there(path, new):
            report.unexplained.append(f"{path}: {new} is not on the result's stage")
        return
    found = [other for place in {path, new} for layer in layers if (other := layer.GetPrimAtPath(place))]
    compare_specs(
        path, spec, found, comparison, report, excused=not found and may_be_missing(path, new, fate, path_map)
    )
    told = path in path_map.told_by_property
    for mine in spec.properties:
        name = mine.name
        place = f"{path}.{name}"
        if told and place in path_map.rows:
            report.explained += 1
            continue
        others = [
            theirs for other in found if (theirs := other.layer.GetPropertyAtPath(other.path.AppendProperty(name)))
        ]
        excused = not others and may_be_missing(place, f"{new}.{name}", fate, path_map)
        compare_specs(place, mine, others, comparison, report, excused=excused)


def may_be_missing(path: str, new: str, fate: str, path_map: PathMap) -> bool:
    """True for what a row of the path map accounts for, and for what a prototype says in its place."""
    return fate == "instanced" or path_map.listed(path) or path_map.in_instance(new)


def compare_specs(
    path: str, spec: Sdf.Spec, found: list[Sdf.Spec], comparison: Comparison, report: WitnessReport, *, excused: bool
) -> None:
    """The fields of a spec in any of those found; a row about this very path says that they were meant to change."""
    if excused:
        report.explained += 1
        return
    if not found:
        report.unexplained.append(f"{path}: the result says nothing about it")
        return
    for key in spec.ListInfoKeys():
        report.fields += 1
        if same_field(spec, found[0], key, comparison):  # nearly always
            continue
        if any(same_field(spec, other, key, comparison) for other in found[1:]):
            continue
        if comparison.path_map.listed(path):
            report.explained += 1
        else:
            report.unexplained.append(f"{path}: field {key} has another value")


def same_field(spec: Sdf.Spec, other: Sdf.Spec, key: str, comparison: Comparison) -> bool:
    """Equal values, both written down; targets, arcs and assets are equal when they lead where the source's led."""
    if not other.HasInfo(key):
        return False
    mine, theirs = spec.GetInfo(key), other.GetInfo(key)
    if type(mine) in PLAIN_TYPES and mine == theirs:
        return True
    if key in TARGET_FIELDS:
        return same_targets(mine, theirs, comparison)
    if key in ("references", "payload"):
        return same_arcs(mine, spec.layer, theirs, other.layer, comparison)
    if key == "timeSamples":
        return sorted(mine) == sorted(theirs) and all(
            same_value(value, spec.layer, theirs[time], other.layer, comparison) for time, value in mine.items()
        )
    return same_value(mine, spec.layer, theirs, other.layer, comparison)


def same_value(mine: Any, layer: Sdf.Layer, theirs: Any, other: Sdf.Layer, comparison: Comparison) -> bool:
    """Equal, with the assets in it compared by what they mean."""
    if isinstance(mine, Sdf.AssetPath) and isinstance(theirs, Sdf.AssetPath):
        return comparison.assets.agree(mine.path, layer, theirs.path, other)
    if isinstance(mine, Sdf.AssetPathArray) and isinstance(theirs, Sdf.AssetPathArray):
        return len(mine) == len(theirs) and all(
            comparison.assets.agree(x.path, layer, y.path, other) for x, y in zip(mine, theirs, strict=True)
        )
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return mine.keys() == theirs.keys() and all(
            same_value(value, layer, theirs[key], other, comparison)
            or (key == "templateAssetPath" and comparison.assets.agree(value, layer, theirs[key], other))
            for key, value in mine.items()
        )
    return bool(mine == theirs) or digest(mine) == digest(theirs)


def same_targets(mine: Any, theirs: Any, comparison: Comparison) -> bool:
    """Each target, in order, where the path map leads; what named nothing in the source may stay as it was."""
    if mine == theirs and not comparison.path_map.rows:
        return True
    kept = [item.pathString for item in applied(theirs)]
    met: set[str | None] = set()
    for item in applied(mine):
        places = comparison.places(item.pathString)
        if len(met) < len(kept) and kept[len(met)] in places:
            met.add(kept[len(met)])
        elif None not in places and met.isdisjoint(places):
            return False
    return len(met) == len(kept)


def same_arcs(mine: Any, layer: Sdf.Layer, theirs: Any, other: Sdf.Layer, comparison: Comparison) -> bool:
    """References and payloads: the same assets, prims and offsets, part by part."""
    for part in LIST_OP_PARTS:
        before, after = getattr(mine, part), getattr(theirs, part)
        # Two spellings of one file may have become one; a list holds an item once.
        if len(after) > len(before) or not all(
            any(same_arc(arc, layer, twin, other, comparison) for twin in after) for arc in before
        ):
            return False
    return bool(mine.isExplicit == theirs.isExplicit)


def same_arc(mine: Any, layer: Sdf.Layer, theirs: Any, other: Sdf.Layer, comparison: Comparison) -> bool:
    prim = mine.primPath.pathString
    inside = not mine.assetPath and bool(prim)
    return (
        theirs.primPath.pathString in (comparison.places(prim) if inside else {prim})
        and mine.layerOffset == theirs.layerOffset
        and bool(mine.assetPath) == bool(theirs.assetPath)
        and comparison.assets.agree(mine.assetPath, layer, theirs.assetPath, other)
    )


def applied(list_op: Any) -> list[Sdf.Path]:
    get = getattr(list_op, "GetAppliedItems", None)
    return list(get() if get else list_op.ApplyOperations([]))


def digest(value: object) -> str:
    """A hash of a value's text; NaN equals NaN here, as it must when nothing was touched."""
    try:
        data = bytes(memoryview(value))  # type: ignore[arg-type]
    except (TypeError, BufferError):
        data = str(value).encode()
    return hashlib.sha256(data).hexdigest()


def compare_positions(
    before: Usd.Stage, after: Usd.Stage, path_map: PathMap, tolerance: float, report: WitnessReport
) -> None:
    """Where points are in the world, of some prims, on both sides."""
    metres = UsdGeom.GetStageMetersPerUnit(before)
    for sample in sampled_positions(before, after, path_map.fate, tolerance):
        if sample.distance is None:
            report.unexplained.append(f"{sample.path}: {sample.new} is not on the result's stage")
            continue
        report.sampled_prims += 1
        moved = sample.distance * metres
        report.largest_distance = max(report.largest_distance, moved)
        if sample.distance > sample.allowed:
            report.unexplained.append(f"{sample.path}: its points moved by up to {moved:.3g} m in the world")
