# SPDX-License-Identifier: Apache-2.0
"""From the rows of a made-up plant to a layer on disk.

Everything is written through Sdf in one change block, by path, each property once: about 8 µs per property
(`AttributeSpec(prim, …)` costs twice that).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pxr import Gf, Sdf

from usdtune._core import ExamplePlant
from usdtune.bridge.extract import collector_off

# Rows turned into Python numbers at a time: all of a million meshes at once would take gigabytes.
CHUNK = 1 << 16

SPECIFIERS = (Sdf.SpecifierDef, Sdf.SpecifierOver, Sdf.SpecifierClass)
UNIFORM, CUSTOM = 1, 2
# Kinds of edits that a variant of the plant holds, by their number in the core.
SET_API_SCHEMAS, SET_ATTRIBUTE, SET_TARGETS = 5, 7, 10
SCALARS: dict[str, Callable[..., Any]] = {
    "matrix4d": Gf.Matrix4d,
    "double3": Gf.Vec3d,
    "float2": Gf.Vec2f,
    "float3": Gf.Vec3f,
    "color3f": Gf.Vec3f,
}


def write_plant(plant: ExamplePlant, out: Path) -> None:
    """Writes the plant's layer, `<out>`, its texture below `textures/` and what was planted, `<out stem>.truth.json`.

    Each file appears under its name only when it is complete.

    >>> write_plant(make_example(200, 1), Path("plant.usdc"))  # doctest: +SKIP
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    textures = out.parent / "textures"
    textures.mkdir(exist_ok=True)
    replace_file(textures / "plant_checker.png", lambda path: path.write_bytes(checker_png()))
    with collector_off():
        layer = Sdf.Layer.CreateAnonymous(out.suffix)
        fill_layer(layer, plant)
        replace_file(out, lambda path: export(layer, path))
    replace_file(truth_path(out), lambda path: path.write_text(plant.truth, encoding="utf-8"))


def truth_path(out: Path) -> Path:
    """Where the truth about a plant lies: `plant.usdc` → `plant.truth.json`."""
    return out.with_name(out.stem + ".truth.json")


def fill_layer(layer: Sdf.Layer, plant: ExamplePlant) -> None:
    """Authors all rows of the plant into an empty layer."""
    texts: list[str] = plant.tokens
    values = converted_values(plant, texts)
    start, end = plant.time_range
    with Sdf.ChangeBlock():
        layer.defaultPrim = "Plant"
        root = layer.pseudoRoot
        root.SetInfo("metersPerUnit", 1.0)
        root.SetInfo("upAxis", "Z")
        layer.startTimeCode, layer.endTimeCode = start, end
        prim_paths = write_prims(layer, plant, texts, values)
        write_attributes(layer, plant, texts, values, prim_paths)
        write_relationships(layer, plant, texts, prim_paths)
        write_arcs(layer, plant)
        write_variants(layer, plant)


def write_prims(layer: Sdf.Layer, plant: ExamplePlant, texts: list[str], values: list[Any]) -> list[Sdf.Path]:
    create, prim_at, info = Sdf.JustCreatePrimInLayer, layer.GetPrimAtPath, Sdf.Spec.SetInfo
    schema_lists: dict[tuple[int, ...], Sdf.TokenListOp] = {}
    schemas = plant.api_schemas.tolist()
    paths = []
    at = 0
    for path_token, type_token, specifier, schema_count in rows_of(plant.prims):
        path = Sdf.Path(texts[path_token])
        paths.append(path)
        create(layer, path)
        spec = prim_at(path)
        spec.specifier = SPECIFIERS[specifier]
        if type_name := texts[type_token]:
            spec.typeName = type_name
        if schema_count:
            key = tuple(schemas[at : at + schema_count])
            at += schema_count
            if key not in schema_lists:
                schema_lists[key] = Sdf.TokenListOp.Create(prependedItems=[texts[i] for i in key])
            info(spec, "apiSchemas", schema_lists[key])
    for row, key_token, value in rows_of(plant.prim_metadata):
        info(prim_at(paths[row]), texts[key_token], values[value])
    return paths


def write_attributes(
    layer: Sdf.Layer, plant: ExamplePlant, texts: list[str], values: list[Any], prim_paths: list[Sdf.Path]
) -> None:
    create, attribute_at, append = Sdf.JustCreatePrimAttributeInLayer, layer.GetAttributeAtPath, Sdf.Path.AppendProperty
    set_default, info = Sdf.AttributeSpec.default.fset, Sdf.Spec.SetInfo
    varying, uniform = Sdf.VariabilityVarying, Sdf.VariabilityUniform
    types = value_type_names(plant, texts)
    connections = [Sdf.Path(texts[i]) for i in plant.connections.tolist()]
    metadata, samples = metadata_by_row(plant), samples_by_row(plant)
    at = 0
    for row, (prim, name, type_token, bits, value, connection_count) in enumerate(rows_of(plant.attributes)):
        path = append(prim_paths[prim], texts[name])
        variability = uniform if bits & UNIFORM else varying
        create(layer, path, types[type_token], variability, bool(bits & CUSTOM))
        if value >= 0:
            spec = attribute_at(path)
            set_default(spec, values[value])
            for key_token, datum in metadata.get(row, ()):
                info(spec, texts[key_token], values[datum])
        if connection_count:
            attribute_at(path).connectionPathList.explicitItems = connections[at : at + connection_count]
            at += connection_count
        for time, sample in samples.get(row, ()):
            layer.SetTimeSample(path, time, values[sample])


def write_relationships(layer: Sdf.Layer, plant: ExamplePlant, texts: list[str], prim_paths: list[Sdf.Path]) -> None:
    targets = plant.targets.tolist()
    at = 0
    for prim, name, bits, target_count in rows_of(plant.relationships):
        spec = Sdf.RelationshipSpec(layer.GetPrimAtPath(prim_paths[prim]), texts[name], bool(bits & CUSTOM))
        spec.targetPathList.explicitItems = [Sdf.Path(texts[i]) for i in targets[at : at + target_count]]
        at += target_count


def write_arcs(layer: Sdf.Layer, plant: ExamplePlant) -> None:
    for path, kind, asset, target in plant.arcs:
        prim = layer.GetPrimAtPath(path)
        if kind == "inherit":
            prim.inheritPathList.prependedItems = [Sdf.Path(target)]
        else:
            prim.referenceList.prependedItems = [Sdf.Reference(asset, Sdf.Path(target) if target else Sdf.Path())]


def write_variants(layer: Sdf.Layer, plant: ExamplePlant) -> None:
    for path, set_name, selection in plant.selections:
        prim = layer.GetPrimAtPath(path)
        prim.variantSetNameList.prependedItems = [set_name]
        prim.variantSelections[set_name] = selection
    for path, set_name, variant, edits in plant.variants:
        root = Sdf.Path(path)
        inside = root.AppendVariantSelection(set_name, variant)
        Sdf.JustCreatePrimInLayer(layer, inside)
        for kind, target_path, name, type_name, value, targets in edits:
            place = Sdf.Path(target_path).ReplacePrefix(root, inside)
            Sdf.JustCreatePrimInLayer(layer, place)
            prim = layer.GetPrimAtPath(place)
            if kind == SET_API_SCHEMAS:
                prim.SetInfo("apiSchemas", Sdf.TokenListOp.Create(prependedItems=targets))
            elif kind == SET_ATTRIBUTE:
                Sdf.AttributeSpec(prim, name, Sdf.ValueTypeNames.Find(type_name)).default = value
            elif kind == SET_TARGETS:
                relationship = Sdf.RelationshipSpec(prim, name, False)
                relationship.targetPathList.explicitItems = [Sdf.Path(target) for target in targets]
            else:
                raise ValueError(
                    f"{target_path}: a variant of the plant holds an edit of kind {kind}, which has no writer"
                )


def converted_values(plant: ExamplePlant, texts: list[str]) -> list[Any]:
    """The plant's values as `pxr` takes them, each converted once. Arrays are copied."""
    out = []
    makers: dict[tuple[int, bool], Callable[[Any], Any]] = {}
    for type_token, is_array, content in plant.values:
        key = (type_token, is_array)
        if key not in makers:
            makers[key] = value_maker(texts[type_token], is_array)
        out.append(makers[key](content))
    return out


def value_maker(type_name: str, is_array: bool) -> Callable[[Any], Any]:
    make: Any
    if is_array:
        array_class = type(Sdf.ValueTypeNames.Find(type_name).defaultValue)
        make = array_class if type_name == "token[]" else array_class.FromBuffer
    elif type_name in ("token", "string"):
        make = str
    elif type_name == "asset":
        make = Sdf.AssetPath
    elif type_name in SCALARS:
        gf_class = SCALARS[type_name]
        return lambda content: gf_class(*content.ravel().tolist())
    else:
        return lambda content: content.item()
    checked: Callable[[Any], Any] = make
    return checked


def value_type_names(plant: ExamplePlant, texts: list[str]) -> dict[int, Sdf.ValueTypeName]:
    tokens = {row[2] for row in rows_of(plant.attributes)}
    return {token: Sdf.ValueTypeNames.Find(texts[token]) for token in tokens}


def rows_of(table: Any) -> Iterator[list[int]]:
    """The rows of a table of numbers."""
    for start in range(0, len(table), CHUNK):
        yield from table[start : start + CHUNK].tolist()


def metadata_by_row(plant: ExamplePlant) -> dict[int, list[tuple[int, int]]]:
    out: dict[int, list[tuple[int, int]]] = {}
    for row, key, value in rows_of(plant.attribute_metadata):
        out.setdefault(row, []).append((key, value))
    return out


def samples_by_row(plant: ExamplePlant) -> dict[int, list[tuple[float, int]]]:
    out: dict[int, list[tuple[float, int]]] = {}
    for (row, value), time in zip(plant.samples.tolist(), plant.sample_times.tolist(), strict=True):
        out.setdefault(row, []).append((time, value))
    return out


def export(layer: Sdf.Layer, path: Path) -> None:
    if not layer.Export(str(path)):
        raise OSError(f"{path}: the layer cannot be written.")


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Writes beside `path` and renames, so that nobody ever reads half a file."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def checker_png(size: int = 64, squares: int = 8) -> bytes:
    """A checkerboard as PNG. Stored without compression, whose bytes differ between versions of zlib."""
    edge = size // squares
    rows = b"".join(
        b"\0" + bytes(230 if (x // edge + y // edge) % 2 else 60 for x in range(size) for _ in range(3))
        for y in range(size)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
