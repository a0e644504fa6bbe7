"""What a crate file must read as, told by pxr: the oracle of test_crate.py."""

from __future__ import annotations

import json
import math
from typing import Any

from pxr import Sdf, Usd, Vt
from usdtune import _core

ROLES = {
    "point3": "3",
    "vector3": "3",
    "normal3": "3",
    "color3": "3",
    "color4": "4",
    "texCoord2": "2",
    "texCoord3": "3",
}
SCALARS = {"h": "half", "f": "float", "d": "double"}
STRUCTURAL = {
    "specifier", "typeName", "active", "instanceable", "apiSchemas", "primChildren", "properties",
    "custom", "variability", "default", "timeSamples", "targetPaths", "connectionPaths",
    "subLayers", "subLayerOffsets",
}  # fmt: skip
COMPOSITION = {
    "references", "payload", "inheritPaths", "specializes", "variantSetNames", "variantSelection", "relocates",
    "clips", "clipSets", "primOrder", "propertyOrder",
}  # fmt: skip


def storage_name(type_name: str) -> str:
    """The role-free name of a value type: ``point3f[]`` becomes ``float3[]``."""
    base = type_name.removesuffix("[]")
    if base == "frame4d":
        base = "matrix4d"
    elif base[:-1] in ROLES:
        base = SCALARS[base[-1]] + ROLES[base[:-1]]
    return base + ("[]" if type_name.endswith("[]") else "")


def value_row(value: Any, type_name: str) -> dict[str, Any]:
    """A pxr value as crate_dump shows it."""
    name = storage_name(type_name)
    base = name.removesuffix("[]")
    array = name.endswith("[]")
    if base in ("string", "token", "pathExpression"):
        texts = [text_of(v) for v in value] if array else [text_of(value)]
        element = "opaque" if base == "pathExpression" else "text"
        return {"element": element, "components": 1, "array": array, "count": len(texts), "texts": texts}
    if base == "asset":
        texts = [v.path for v in value] if array else [value.path]
        return {"element": "asset", "components": 1, "array": array, "count": len(texts), "texts": texts}
    element, components = element_of(base)
    # A fresh array of one scalar has the scalar's memory layout, whatever buffers Python gives of the scalar.
    whole = value if array else array_class(base)([value])
    return {
        "element": element,
        "components": components,
        "array": array,
        "count": len(whole),
        "hex": array_bytes(whole, base).hex(),
    }


def text_of(value: Any) -> str:
    return value.GetText() if isinstance(value, Sdf.PathExpression) else str(value)


def element_of(base: str) -> tuple[str, int]:
    if base == "timecode":
        return "double", 1
    if base.startswith("matrix"):
        return "double", int(base[6]) ** 2
    if base.startswith("quat"):
        return SCALARS[base[4]], 4
    if is_tuple(base):
        return base[:-1], int(base[-1])
    return base, 1


def is_tuple(base: str) -> bool:
    return base[:-1] in ("float", "double", "half", "int")


NUMBER_CLASSES = ("Float", "Double", "Half", "Int", "UInt", "Int64", "UInt64", "Bool", "UChar", "TimeCode")
CLASSES = {name.lower(): name for name in NUMBER_CLASSES}


def array_class(base: str) -> Any:
    if base == "timecode":
        return lambda values: Vt.DoubleArray([float(v.GetValue()) for v in values])
    if base.startswith("matrix"):
        return getattr(Vt, f"Matrix{base[6:]}Array")
    if base.startswith("quat"):
        return getattr(Vt, f"Quat{base[4]}Array")
    if is_tuple(base):
        return getattr(Vt, f"Vec{base[-1]}{base[0]}Array")
    return getattr(Vt, CLASSES[base] + "Array")


def array_bytes(value: Any, base: str) -> bytes:
    if base == "timecode" and not isinstance(value, Vt.DoubleArray):
        value = Vt.DoubleArray([float(v.GetValue()) for v in value])
    if len(value) == 0:
        return b""
    return memoryview(value).tobytes()


# --- canonical texts ---------------------------------------------------------------------------------------------

GF_NAMES = {
    **{f"Vec{n}{t[0]}": f"{t}{n}" for n in (2, 3, 4) for t in ("float", "double", "half", "int")},
    **{f"Matrix{n}d": f"matrix{n}d" for n in (2, 3, 4)},
    **{f"Quat{s}": f"quat{s}" for s in "fdh"},
}
SPECIFIERS = {Sdf.SpecifierDef: "def", Sdf.SpecifierOver: "over", Sdf.SpecifierClass: "class"}
LIST_PARTS = ("added", "prepended", "appended", "deleted", "ordered")


def canonical(value: Any) -> str:
    """The canonical text of a value, by the grammar of core/usdtune/crate/canonical_text.h."""
    if value is None or isinstance(value, Sdf.ValueBlock):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (str, Sdf.Path, Sdf.PathExpression)):
        return json.dumps(text_of(value), ensure_ascii=False)
    if isinstance(value, Sdf.AssetPath):
        return f"asset({json.dumps(value.path, ensure_ascii=False)})"
    if isinstance(value, Sdf.TimeCode):
        return f"timecode({value.GetValue()!r})"
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0].encode())
        return "{" + ", ".join(f"{canonical(k)}: {canonical(v)}" for k, v in items) + "}"
    kind = type(value).__name__
    if kind in GF_NAMES:
        return f"{GF_NAMES[kind]}({', '.join(canonical(c) for c in components(value, kind))})"
    if kind.endswith("Array"):
        return canonical_array(value, kind.removesuffix("Array"))
    if kind.endswith("ListOp"):
        parts = [("explicit", value.explicitItems)] if value.isExplicit else []
        parts += [(p, getattr(value, f"{p}Items")) for p in LIST_PARTS if getattr(value, f"{p}Items")]
        return "listop(" + ", ".join(f"{name}={canonical(list(items))}" for name, items in parts) + ")"
    return "[" + ", ".join(canonical(v) for v in value) + "]"


def components(value: Any, kind: str) -> list[Any]:
    if kind.startswith("Quat"):
        return [*value.imaginary, value.real]
    if kind.startswith("Matrix"):
        return [c for row in value for c in row]
    return list(value)


def canonical_array(value: Any, kind: str) -> str:
    if kind in ("Token", "String", "Asset", "AssetPath"):
        texts = [v.path if isinstance(v, Sdf.AssetPath) else v for v in value]
        data = b"".join(t.encode() + b"\0" for t in texts)
        name = "asset" if kind.startswith("Asset") else "text"
    else:
        name = GF_NAMES.get(kind, kind.lower())
        data = array_bytes(value, name)
    return f"{name}[{len(value)}:{_core.content_hash(data)}]"


# --- rows --------------------------------------------------------------------------------------------------------


def check_metadatum(row: dict[str, Any], value: Any, where: str) -> None:
    shown, kind = row["value"], row["type"]
    if kind == "opaque":
        assert shown["texts"] == [canonical(value)], where
    elif isinstance(value, (Sdf.Permission,)):
        assert shown["texts"] == [str(value).removeprefix("Sdf.Permission").lower()], where
    elif isinstance(value, (list, Vt.TokenArray, Vt.StringArray)):
        assert shown["texts"] == list(value), where
    else:
        assert shown == value_row(value, kind), where


def applied(op: Any) -> list[Any]:
    return list(op.ApplyOperations([])) if hasattr(op, "ApplyOperations") else list(op)


def check_spec_metadata(row: dict[str, Any], spec: Any, skip: set[str], where: str) -> None:
    keys = set(spec.ListInfoKeys()) - skip
    # An older pxr does not list fields that came after it.
    assert set(row) & (keys | set(spec.GetMetaDataInfoKeys())) == keys, where
    for key in keys:
        check_metadatum(row[key], spec.GetInfo(key), f"{where} {key}")


def check_property(row: dict[str, Any], spec: Any, where: str) -> None:
    is_relationship = isinstance(spec, Sdf.RelationshipSpec)
    assert row["relationship"] == is_relationship, where
    assert row["custom"] == spec.custom, where
    assert row["uniform"] == (spec.variability == Sdf.VariabilityUniform), where
    check_spec_metadata(row["metadata"], spec, STRUCTURAL, where)
    key = "targetPaths" if is_relationship else "connectionPaths"
    assert row["hasTargets"] == spec.HasInfo(key), where
    if row["hasTargets"]:
        assert row["targets"] == [str(p) for p in applied(spec.GetInfo(key))], where
    if is_relationship:
        return
    type_name = str(spec.typeName)
    assert row["typeName"] == type_name, where
    default = spec.default if spec.HasInfo("default") else None
    assert row["blocked"] == isinstance(default, Sdf.ValueBlock), where
    if default is None or row["blocked"]:
        assert row["value"] is None, where
    else:
        assert row["value"] == value_row(default, type_name), where
    layer = spec.layer
    times = layer.ListTimeSamplesForPath(spec.path)
    assert [s["time"] for s in row["samples"]] == times, where
    assert row["animated"] == bool(times), where
    for sample in row["samples"]:
        value = layer.QueryTimeSample(spec.path, sample["time"])
        assert sample["blocked"] == isinstance(value, Sdf.ValueBlock), where
        if not sample["blocked"]:
            assert sample["value"] == value_row(value, type_name), f"{where} at {sample['time']}"


def check_prim(row: dict[str, Any], spec: Any, prim: Any) -> None:
    where = row["path"]
    assert row["name"] == spec.name
    assert row["typeName"] == spec.typeName, where
    assert row["specifier"] == SPECIFIERS[spec.specifier], where
    assert row["active"] == prim.IsActive(), where
    assert row["defined"] == prim.IsDefined(), where
    assert row["abstract"] == prim.IsAbstract(), where
    assert row["loaded"] == (prim.IsLoaded() or not prim.IsActive()), where
    assert row["instanceable"] == prim.IsInstanceable(), where
    assert row["apiSchemas"] == list(prim.GetPrimTypeInfo().GetAppliedAPISchemas()), where
    check_spec_metadata(row["metadata"], spec, STRUCTURAL, where)
    specs = {p.name: p for p in spec.properties}
    assert [p["name"] for p in row["properties"]] == sorted(specs, key=str.encode), where
    for property_row in row["properties"]:
        check_property(property_row, specs[property_row["name"]], f"{where}.{property_row['name']}")


def has_composition(spec: Any) -> bool:
    return bool(COMPOSITION & set(spec.ListInfoKeys())) or len(spec.variantSets) > 0


def check_stage(dump: dict[str, Any], layer: Any) -> None:
    stage = dump["stage"]
    assert stage["defaultPrim"] == (layer.defaultPrim or "")
    assert stage["timeCodesPerSecond"] == layer.timeCodesPerSecond
    assert math.isclose(stage["endTimeCode"], layer.endTimeCode)
    root = layer.pseudoRoot
    for key in ("metersPerUnit", "upAxis"):
        assert stage[key + "Authored"] == root.HasInfo(key)
        if root.HasInfo(key):
            assert stage[key] == root.GetInfo(key)
    check_spec_metadata(dump["layer"], root, STRUCTURAL, "layer")


def check_against_pxr(path: str) -> dict[str, Any]:
    """Holds every row of a crate file against pxr, and gives the rows."""
    dump = json.loads(_core.crate_dump(path))
    layer = Sdf.Layer.FindOrOpen(path)
    stage = Usd.Stage.Open(layer)
    check_stage(dump, layer)
    expected: list[str] = []
    roots: list[str] = []
    instances = {row["path"] for row in dump["prims"] if row["instance"]}

    def visit(spec: Any) -> None:
        expected.append(str(spec.path))
        if has_composition(spec):
            if str(spec.path) not in instances:
                roots.append(str(spec.path))
        elif not (spec.HasInfo("active") and not spec.active):
            for child in spec.nameChildren:
                visit(child)

    for root in layer.rootPrims:
        visit(root)
    assert dump["composedRoots"] == roots
    assert [row["path"] for row in dump["prims"]] == expected
    for row in dump["prims"]:
        if row["path"] in instances:
            assert stage.GetPrimAtPath(row["path"]).IsInstance()
        elif row["path"] not in roots:
            check_prim(row, layer.GetPrimAtPath(row["path"]), stage.GetPrimAtPath(row["path"]))
    return dump
