# SPDX-License-Identifier: Apache-2.0
"""Times and counts of one stage, measured in a process that has opened nothing else.

A layer that somebody still holds is shared instead of read, so every open starts from nothing: the stage is dropped
and garbage collected between opens. The first open of a process is reported apart, one open is thrown away to warm up,
then at least five are measured.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from pxr import Ar, Sdf, Tf, Usd, UsdGeom, UsdShade, UsdUtils

from usdtune.bridge.stage_options import StageOptions, open_stage

WARM_OPENS = 5
TRAVERSALS = 10
TRAVERSAL_SCOPE = (
    "prim_count: default traversal plus the prims of all prototypes; prim_count_authored: default traversal; "
    "prim_count_with_instance_proxies: traversal through instances"
)


def profile_stage(source: Path, options: StageOptions, tell: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Everything of a profile document that OpenUSD has to be asked for; times in milliseconds."""
    total = WARM_OPENS + 3

    processor: list[float] = []

    def open_once(step: int) -> float:
        tell("opening", step, total)
        gc.collect()
        start, worked = time.perf_counter(), time.process_time()
        stage = open_stage(source, options)
        elapsed = (time.perf_counter() - start) * 1000
        processor.append((time.process_time() - worked) * 1000)
        del stage
        gc.collect()
        return elapsed

    cold = open_once(0)
    peak_after_open = _of_process("status", "VmHWM")
    open_once(1)
    warm = [open_once(2 + i) for i in range(WARM_OPENS)]
    tell("resolving", WARM_OPENS + 2, total)
    stage = open_stage(source, options)
    middle = median(warm)
    profile: dict[str, Any] = {
        "cold_open_ms": cold,
        "warm_open_ms": middle,
        "warm_open_samples_ms": warm,
        "warm_open_sample_count": len(warm),
        "warm_open_spread_pct": (max(warm) - min(warm)) / middle * 100 if middle else 0.0,
        "open_timing_context": "fresh_process",
        "x_warm_open_cpu_ms": median(processor[-WARM_OPENS:]),
        "x_traversal_scope": TRAVERSAL_SCOPE,
    }
    if peak_after_open is not None:
        profile["x_peak_rss_open_bytes"] = 1024 * peak_after_open
    profile.update(_traversals(stage))
    if (peak := _of_process("status", "VmHWM")) is not None:
        profile["x_peak_rss_bytes"] = 1024 * peak
    if (read := _of_process("io", "rchar")) is not None:
        profile["x_bytes_read"] = read
    profile.update(_files(stage, source))
    return profile


def _traversals(stage: Usd.Stage) -> dict[str, Any]:
    prototypes = stage.GetPrototypes()

    def count_default() -> int:
        return sum(1 for _ in stage.Traverse())

    def count_full() -> int:
        return count_default() + sum(sum(1 for _ in Usd.PrimRange(prototype)) for prototype in prototypes)

    authored, traverse_ms = _mean(count_default)
    full, traverse_full_ms = _mean(count_full)
    prims = [*stage.Traverse(), *(prim for prototype in prototypes for prim in Usd.PrimRange(prototype))]
    counts = dict.fromkeys(("instances", "meshes", "materials", "references", "payloads", "triangles"), 0)
    attributes = 0
    start = time.perf_counter()
    for prim in prims:
        for attribute in prim.GetAuthoredAttributes():
            attributes += 1
            attribute.Get()
    resolution_ms = (time.perf_counter() - start) * 1000
    cache = UsdGeom.XformCache()
    start = time.perf_counter()
    for prim in prims:
        if prim.IsA(UsdGeom.Xformable):
            # An operation that OpenUSD does not know is the assessment's to tell, and no reason not to measure.
            with suppress(Tf.ErrorException):
                cache.GetLocalToWorldTransform(prim)
    transform_ms = (time.perf_counter() - start) * 1000
    start = time.perf_counter()
    UsdShade.MaterialBindingAPI.ComputeBoundMaterials([prim for prim in prims if prim.IsA(UsdGeom.Gprim)])
    binding_ms = (time.perf_counter() - start) * 1000
    for prim in prims:
        counts["instances"] += prim.IsInstance()
        counts["references"] += prim.HasAuthoredReferences()
        counts["payloads"] += prim.HasAuthoredPayloads()
        kind = prim.GetTypeName()
        if kind == "Mesh":
            counts["meshes"] += 1
            face_counts = UsdGeom.Mesh(prim).GetFaceVertexCountsAttr().Get()
            if face_counts:
                counts["triangles"] += max(sum(face_counts) - 2 * len(face_counts), 0)
        elif kind == "Material":
            counts["materials"] += 1
    proxies = sum(1 for _ in stage.Traverse(Usd.TraverseInstanceProxies()))
    return {
        "traverse_ms": traverse_ms,
        "traverse_full_ms": traverse_full_ms,
        "attribute_resolution_ms": resolution_ms,
        "transform_ms": transform_ms,
        "material_binding_ms": binding_ms,
        "prim_count": full,
        "prim_count_authored": authored,
        "prim_count_with_instance_proxies": proxies,
        "instance_count": counts["instances"],
        "prototype_count": len(prototypes),
        "total_attributes": attributes,
        "x_mesh_count": counts["meshes"],
        "x_material_count": counts["materials"],
        "x_unique_triangle_count": counts["triangles"],
        "x_reference_count": counts["references"],
        "x_payload_count": counts["payloads"],
    }


def _mean(count: Callable[[], int]) -> tuple[int, float]:
    found = 0
    start = time.perf_counter()
    for _ in range(TRAVERSALS):
        found = count()
    return found, (time.perf_counter() - start) * 1000 / TRAVERSALS


def _files(stage: Usd.Stage, source: Path) -> dict[str, Any]:
    """Bytes on disk of every used layer, and of the textures and other assets that resolve."""
    layers = [layer for layer in stage.GetUsedLayers() if not layer.anonymous]
    files = {Path(Ar.SplitPackageRelativePathOuter(layer.realPath)[0]) for layer in layers if layer.realPath}
    textures = {path for path in _asset_files(layers) if path not in files}
    layer_bytes = sum(path.stat().st_size for path in files if path.is_file())
    texture_bytes = sum(path.stat().st_size for path in textures if path.is_file())
    if source not in files and not files:
        layer_bytes = source.stat().st_size
    size = layer_bytes + texture_bytes
    return {
        "layers": sorted(str(path) for path in files),
        "layer_count": len(layers),
        "total_size_bytes": size,
        "total_size_kb": size / 1024,
        "x_layer_bytes": layer_bytes,
        "x_texture_bytes": texture_bytes,
    }


def _asset_files(layers: list[Sdf.Layer]) -> set[Path]:
    found: set[Path] = set()
    for layer in layers:
        for asset in UsdUtils.ExtractExternalReferences(layer.identifier)[1]:
            resolved = Ar.GetResolver().Resolve(layer.ComputeAbsolutePath(asset)) if asset else ""
            if resolved:
                found.add(Path(Ar.SplitPackageRelativePathOuter(str(resolved))[0]))
    return found


def repacked_bytes(layers: list[Path], folder: Path) -> int:
    """What the same layers weigh as freshly written crate files: the fair baseline for claims about bytes."""
    total = 0
    for index, path in enumerate(layers):
        layer = Sdf.Layer.FindOrOpen(str(path))
        if layer is None:
            total += path.stat().st_size
            continue
        draft = folder / f"{index}.usdc"
        layer.Export(str(draft))
        total += draft.stat().st_size
        draft.unlink()
    return total


def _of_process(file: str, name: str) -> int | None:
    """A number that the kernel keeps about this process; None where it does not tell: then nothing is said about it."""
    with suppress(OSError):
        for line in Path(f"/proc/self/{file}").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return int(value.split()[0])
    return None


def usd_version() -> str:
    """OpenUSD's version as people write it.

    >>> usd_version().count(".")
    1
    """
    _, minor, patch = Usd.GetVersion()
    return f"{minor}.{patch:02d}"
