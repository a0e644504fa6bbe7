# SPDX-License-Identifier: Apache-2.0
"""From a stage to the core's Scene: every fact that is authored or composed, each touched once."""

from __future__ import annotations

import enum
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pxr import Ar, Sdf, Usd, UsdGeom, UsdUtils

from usdtune._core import Rows, Scene
from usdtune.bridge.asset_places import resolve, resolved_pattern
from usdtune.bridge.canonical_text import canonical_text, metadata_type
from usdtune.bridge.extract_composed import ComposedExtractor, prototypes
from usdtune.bridge.extract_layer import extract_layer, latent_targets
from usdtune.bridge.stage_options import StageOptions, open_stage

STAGE_KEYS = frozenset({"subLayers", "subLayerOffsets"})


class Lane(enum.Enum):
    """How a stage is read. FASTEST: a crate file natively where it can be, else as LAYER. LAYER: a trivially composed
    layer through Sdf, the rest as COMPOSED. COMPOSED: everything is asked of the stage."""

    FASTEST = "fastest"
    LAYER = "layer"
    COMPOSED = "composed"


@dataclass(frozen=True)
class Extraction:
    """A Scene and the files it came from. `resolved_bytes` is what all used layers weigh on disk."""

    scene: Scene
    source: Path
    own_layers: list[Path]
    used_layers: list[Path]
    resolved_bytes: int
    unresolved: list[str]
    diagnostics: list[str]


def extract(
    source: Path,
    options: StageOptions | None = None,
    *,
    lane: Lane = Lane.FASTEST,
    share: Scene | None = None,
    latent: bool = True,
) -> Extraction:
    """Reads everything of a stage into a Scene.

    All lanes give the same Scene; they differ in speed and in what they can read. `share` names a Scene
    whose token table is used, which two Scenes need in order to be compared. Without `latent` a composed stage is read
    without what variants that are not selected point at: enough to compare what is drawn, not to edit it.

    >>> extract(Path("plant.usdc")).scene.mesh_count  # doctest: +SKIP
    2000
    """
    options = options or StageOptions()
    lane = lane if options.plain else Lane.COMPOSED
    with collector_off(), diagnostics() as said:
        native = read_file_natively(source, share) if lane == Lane.FASTEST else None
        if native is not None and not native.roots and not native.shown:
            return extraction_of_one_file(source, native)
        # All of it: in a stage that shows only these roots instances share prototypes with others than in the whole.
        stage = open_stage(source, options)
        extraction = extract_stage(stage, source, lane=lane, share=share, native=native, latent=latent)
    return replace(extraction, diagnostics=said)


@dataclass(frozen=True)
class NativeRead:
    """What reading a crate file without OpenUSD gave, and the outermost prims that have to be read composed. `shown`
    holds (source, instance) of what instances show that were read."""

    rows: Rows
    file: Path
    roots: list[Sdf.Path]
    shown: list[tuple[str, str]]


def extraction_of_one_file(source: Path, native: NativeRead) -> Extraction:
    """For a file that nothing has to be composed for. Opening a stage takes longer than the whole reading."""
    return Extraction(
        scene=native.rows.freeze(),
        source=source,
        own_layers=[native.file],
        used_layers=[native.file],
        resolved_bytes=native.file.stat().st_size,
        unresolved=[],
        diagnostics=[],
    )


def extract_stage(
    stage: Usd.Stage,
    source: Path,
    *,
    lane: Lane = Lane.FASTEST,
    share: Scene | None = None,
    native: NativeRead | None = None,
    latent: bool = True,
) -> Extraction:
    """Reads an open stage. The caller keeps the stage unchanged meanwhile. With what was read natively already, only
    what that left out is asked of the stage."""
    root = stage.GetRootLayer()
    own = stage.GetLayerStack(includeSessionLayers=False)
    trivial = lane != Lane.COMPOSED and len(own) == 1 and not root.pseudoRoot.HasInfo("layerRelocates")
    if native is None and trivial and lane == Lane.FASTEST and not root.dirty and not root.realPath.endswith("]"):
        native = read_file_natively(Path(root.realPath), share)
    if native is not None and not name_prototypes(stage, native):
        native = None
    rows = native.rows if native else Rows(share)
    roots: list[Sdf.Path] = []
    composed = ComposedExtractor(stage, rows, own)
    if native is None:
        for layer in own:
            layer_metadata(layer, rows, composed.layer_index(layer))
        if trivial:
            roots = outermost(extract_layer(stage, root, rows, composed.layer_index(root)))
    else:
        composed.layer_indices[root] = 0
        roots = native.roots
    stage_facts(stage, rows)
    if trivial:
        rows.composed_pass()
        for path in roots:
            prim = stage.GetPrimAtPath(path)
            if prim:
                rows.composed_root(path.pathString)
                composed.subtree(prim)
    else:
        rows.composed_pass()
        composed.subtree(stage.GetPseudoRoot())
        for layer in own if latent else ():
            targets_in_variants(layer, rows)
    for prototype, first_instance, prototype_source in prototypes(stage, own):
        rows.prototype(prototype.GetPath().pathString, first_instance, prototype_source)
        composed.subtree(prototype)
    sublayer_arcs(own, composed)
    used = [layer for layer in stage.GetUsedLayers() if not layer.anonymous]
    files = sorted({Path(Ar.SplitPackageRelativePathOuter(layer.realPath)[0]) for layer in used if layer.realPath})
    return Extraction(
        scene=rows.freeze(),
        source=source,
        own_layers=[Path(layer.realPath) for layer in own if layer.realPath],
        used_layers=files,
        resolved_bytes=sum(file.stat().st_size for file in files if file.exists()),
        unresolved=sorted(set(composed.unresolved)),
        diagnostics=[],
    )


def read_file_natively(source: Path, share: Scene | None) -> NativeRead | None:
    """Reads a crate file without OpenUSD; None when it cannot, or when a layer in memory is newer than its file."""
    if not source.is_file() or not is_crate(source):
        return None
    resolver = Ar.GetResolver()
    identifier = resolver.CreateIdentifier(str(source))
    file = Path(str(resolver.Resolve(identifier)))
    loaded = Sdf.Layer.Find(identifier)
    if not file.is_file() or (loaded is not None and loaded.dirty):
        return None
    rows = Rows(share)
    read = rows.read_crate(file, identifier)
    if read is None:
        return None
    roots, shown, assets = read
    anchor = Ar.ResolvedPath(str(file))
    resolved: dict[str, str] = {"": ""}
    for index, authored in enumerate(assets):
        for asset in authored:
            if asset not in resolved:
                found = resolve(resolver.CreateIdentifier(asset, anchor))
                if not found and "<UDIM>" in asset:
                    found = resolved_pattern(asset, Sdf.Layer.FindOrOpen(identifier))
                resolved[asset] = found
        rows.resolve_assets(index, [resolved[asset] for asset in authored])
    return NativeRead(rows, file, [Sdf.Path(path) for path in roots], shown)


def name_prototypes(stage: Usd.Stage, native: NativeRead) -> bool:
    """Says which prototypes the stage made of what instances show; False when it did not instance one of them."""
    for source, path in native.shown:
        instance = stage.GetPrimAtPath(path)
        if not instance or not instance.IsInstance():
            return False
        native.rows.name_prototype(source, instance.GetPrototype().GetPath().pathString)
    return True


def is_crate(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(8) == b"PXR-USDC"


def stage_facts(stage: Usd.Stage, rows: Rows) -> None:
    """Units, axis, default prim and times of the stage."""
    rows.set_stage(
        stage.GetRootLayer().identifier,
        UsdGeom.GetStageMetersPerUnit(stage) if UsdGeom.StageHasAuthoredMetersPerUnit(stage) else None,
        str(UsdGeom.GetStageUpAxis(stage)) if stage.HasAuthoredMetadata("upAxis") else None,
        stage.GetRootLayer().defaultPrim,
        stage.GetStartTimeCode(),
        stage.GetEndTimeCode(),
        stage.GetTimeCodesPerSecond(),
        float(stage.GetMetadata("kilogramsPerUnit") or 1.0),
    )


def layer_metadata(layer: Sdf.Layer, rows: Rows, index: int) -> None:
    """Everything a layer says about itself, sublayers left out."""
    for key in sorted(layer.pseudoRoot.ListInfoKeys()):
        if key not in STAGE_KEYS:
            value = layer.pseudoRoot.GetInfo(key)
            kind = metadata_type(value)
            rows.layer_metadatum(index, key, kind, canonical_text(value) if kind == "opaque" else value)


def sublayer_arcs(own: list[Sdf.Layer], composed: ComposedExtractor) -> None:
    """Sublayers as arcs of the stage, with those that cannot be found marked broken."""
    for layer in own:
        for asset in layer.subLayerPaths:
            resolved, opened = composed.resolve(layer, asset)
            if opened is not None:
                resolved = opened.realPath  # the name that its own row of the layer table has, links not followed
            index = composed.layer_index(layer)
            composed.rows.arc(None, 4, asset, resolved, "", index, False, opened is None)


def targets_in_variants(layer: Sdf.Layer, rows: Rows) -> None:
    """What variants of an own layer point at, selected or not."""

    def visit(path: Sdf.Path) -> None:
        if path.ContainsPrimVariantSelection():
            for target in latent_targets(layer, path):
                rows.latent_target(target)

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)


def outermost(paths: list[Sdf.Path]) -> list[Sdf.Path]:
    """The paths that have no other of them above."""
    kept: list[Sdf.Path] = []
    for path in sorted(paths):
        if not kept or not path.HasPrefix(kept[-1]):
            kept.append(path)
    return kept


@contextmanager
def collector_off() -> Iterator[None]:
    """Python's cycle collector costs a third of the extraction and finds nothing in it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def diagnostics() -> Iterator[list[str]]:
    """Collects what OpenUSD warns about, one line each, instead of letting it run over the terminal."""
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    said: list[str] = []
    try:
        yield said
    finally:
        said += [" ".join(entry.commentary.split()) for entry in delegate.TakeUncoalescedDiagnostics()]
