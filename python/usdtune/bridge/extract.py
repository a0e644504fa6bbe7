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
from usdtune.bridge.canonical_text import canonical_text, metadata_type
from usdtune.bridge.extract_composed import ComposedExtractor, prototypes
from usdtune.bridge.extract_crate import CrateFiles, NativeRead, name_prototypes, read_natively
from usdtune.bridge.extract_layer import extract_layer, latent_targets
from usdtune.bridge.stage_options import StageOptions, open_layer, open_stage

STAGE_KEYS = frozenset({"subLayers", "subLayerOffsets"})


class Lane(enum.Enum):
    """How a stage is read. FASTEST: as LAYER, and everything natively that a crate file says alone. LAYER: a trivially
    composed layer through Sdf, the rest as COMPOSED. COMPOSED: everything is asked of the stage."""

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
    crates: CrateFiles | None = None,
) -> Extraction:
    """Reads everything of a stage into a Scene.

    All lanes give the same Scene; they differ in speed and in what they can read. `share` names a Scene
    whose token table is used, which two Scenes need in order to be compared. Without `latent` a composed stage is read
    without what variants that are not selected point at: enough to compare what is drawn, not to edit it. Who reads
    the same files several times hands the same `crates` on.

    >>> extract(Path("plant.usdc")).scene.mesh_count  # doctest: +SKIP
    2000
    """
    options = options or StageOptions()
    crates = crates or CrateFiles(kept=False)
    with collector_off(), diagnostics() as said:
        native = read_natively(source, share, crates) if lane == Lane.FASTEST and options.plain else None
        if native is not None and not native.roots and not native.shown:
            crates.forget()
            return extraction_of_one_file(source, native)
        stage = stage_to_compose(source, options, native)
        extraction = extract_stage(
            stage, source, lane=lane, share=share, native=native, latent=latent, whole=options.plain, crates=crates
        )
    return replace(extraction, diagnostics=said)


def stage_to_compose(source: Path, options: StageOptions, native: NativeRead | None) -> Usd.Stage:
    """A stage of nothing but what is left to be read composed, unless anything is instanced: where a stage shows only
    some of its prims, instances share prototypes with others than in the whole."""
    if native is None or native.shown:
        return open_stage(source, options)
    root = open_layer(source)  # held, so that two stages read it once
    specs = (root.GetPrimAtPath(path) for path in native.roots)
    if not any(spec and spec.instanceable for spec in specs):
        stage = open_stage(source, replace(options, mask=tuple(map(str, native.roots))))
        if not stage.GetPrototypes():
            return stage
    return open_stage(source, options)


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
    whole: bool = True,
    crates: CrateFiles | None = None,
) -> Extraction:
    """Reads an open stage, which shows the `whole` of its layers or not. The caller keeps the stage unchanged
    meanwhile. With what was read natively already, only what that left out is asked of the stage."""
    root = stage.GetRootLayer()
    own = stage.GetLayerStack(includeSessionLayers=False)
    crates = crates or CrateFiles(kept=False)
    trivial = whole and lane != Lane.COMPOSED and len(own) == 1 and not root.pseudoRoot.HasInfo("layerRelocates")
    if native is None and trivial and lane == Lane.FASTEST and not root.dirty and not root.realPath.endswith("]"):
        native = read_natively(Path(root.realPath), share, crates)
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
    for layer in own if lane == Lane.FASTEST else ():
        crate = crates.of(layer)
        if crate is not None:
            rows.own_layer(composed.layer_index(layer), crate)
    stage_facts(stage, rows)
    rows.composed_pass()
    if trivial:
        for path in roots:
            prim = stage.GetPrimAtPath(path)
            if prim:
                rows.composed_root(path.pathString)
                composed.subtree(prim)
    else:
        composed.subtree(stage.GetPseudoRoot())
        for layer in own if latent else ():
            targets_in_variants(layer, rows)
    for prototype, first_instance, prototype_source in prototypes(stage, own):
        rows.prototype(prototype.GetPath().pathString, first_instance, prototype_source)
        composed.subtree(prototype)
    sublayer_arcs(own, composed)
    used = [layer for layer in stage.GetUsedLayers() if not layer.anonymous]
    files = sorted({Path(Ar.SplitPackageRelativePathOuter(layer.realPath)[0]) for layer in used if layer.realPath})
    crates.forget()
    try:
        scene = rows.freeze()
    except RuntimeError:
        # A crate file that is damaged where the composed reader asked it; OpenUSD knows better what to do with that.
        if lane != Lane.FASTEST:
            raise
        if whole and stage.GetPopulationMask() != Usd.StagePopulationMask.All():
            stage = open_stage(source)
        return extract_stage(stage, source, lane=Lane.LAYER, share=share, latent=latent, whole=whole)
    return Extraction(
        scene=scene,
        source=source,
        own_layers=[Path(layer.realPath) for layer in own if layer.realPath],
        used_layers=files,
        resolved_bytes=sum(file.stat().st_size for file in files if file.exists()),
        unresolved=sorted(set(composed.unresolved)),
        diagnostics=[],
    )


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
