"""The native reader of crate files against pxr, field by field."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pxr")
from crate_oracle import canonical, check_against_pxr
from pxr import Gf, Sdf, Usd, UsdGeom, Vt
from usdtune import _core


def is_crate(path: Path) -> bool:
    with path.open("rb") as file:
        return path.suffix == ".usdc" or (path.suffix == ".usd" and file.read(8) == b"PXR-USDC")


REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = next((p for p in (REPOSITORY / "shared", REPOSITORY.parent / "shared") if (p / "data").is_dir()), None)
FILES = [p for p in sorted((SHARED / "data").rglob("*.usd*")) if is_crate(p)] if SHARED else []

TYPES = [getattr(Sdf.ValueTypeNames, name) for name in dir(Sdf.ValueTypeNames)]
UNREAD = ["group", "opaque", "duration"]
if not hasattr(Sdf, "PathExpressionArray"):
    UNREAD.append("pathExpression[]")  # pxr 24.11 cannot hand these to Python
KNOWN = [t for t in TYPES if isinstance(t, Sdf.ValueTypeName) and not str(t).startswith(tuple(UNREAD))]


def random_scalar(rng: random.Random, type_name: Any, whole: bool) -> Any:
    """A value of the scalar type; `whole` ones are small integers, which crate files inline."""
    base = str(type_name.scalarType)
    sample = type_name.scalarType.defaultValue

    def number() -> float:
        return float(rng.randint(-100, 100)) if whole else rng.uniform(-1e3, 1e3)

    if base == "bool":
        return rng.random() < 0.5
    if base == "uchar":
        return rng.randint(0, 255)
    if base in ("int", "int64"):
        return rng.randint(-100, 100) if whole else rng.randint(-(2**31), 2**31 - 1) * (1 if base == "int" else 2**20)
    if base in ("uint", "uint64"):
        return rng.randint(0, 100) if whole else rng.randint(0, 2**32 - 1) * (1 if base == "uint" else 2**20)
    if base in ("half", "float", "double"):
        return number()
    if base in ("string", "token"):
        return rng.choice(["", "plain", 'quoted "text"', "ünïcode ✓", "tab\tline\n"])
    if base == "asset":
        return Sdf.AssetPath(rng.choice(["", "./a.png", "textures/b.<UDIM>.exr"]))
    if base == "pathExpression":
        return Sdf.PathExpression(rng.choice(["//foo", "/World//bar*"]))
    if base == "timecode":
        return Sdf.TimeCode(number())
    cls = type(sample)
    if base.startswith("quat"):
        return cls(number(), number(), number(), number())
    if base.startswith(("matrix", "frame")):
        n = cls.dimension[0]
        if whole:
            return cls(number())
        matrix = cls()
        for row in range(n):
            matrix.SetRow(row, type(matrix.GetRow(row))(*[number() for _ in range(n)]))
        return matrix
    if base.startswith("int"):
        low, high = (-100, 100) if whole else (-(2**31), 2**31 - 1)
        return cls(*[rng.randint(low, high) for _ in range(cls.dimension)])
    return cls(*[number() for _ in range(cls.dimension)])


def random_value(rng: random.Random, type_name: Any, whole: bool, count: int) -> Any:
    if not type_name.isArray:
        return random_scalar(rng, type_name, whole)
    cls = type(type_name.defaultValue)
    # A few distinct elements, so that long arrays of numbers are stored by a table.
    pool = [random_scalar(rng, type_name, whole) for _ in range(max(1, min(count, 20)))]
    return cls([rng.choice(pool) for _ in range(count)])


def new_layer(path: Path) -> Any:
    return Sdf.Layer.CreateNew(str(path))


def add_attribute(prim: Any, name: str, type_name: Any, value: Any = None, **facts: Any) -> Any:
    spec = Sdf.AttributeSpec(prim, name, type_name)
    if value is not None:
        spec.default = value
    for key, fact in facts.items():
        spec.SetInfo(key, fact)
    return spec


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_files_read_as_pxr_reads_them(path: Path) -> None:
    if path.stem == "truncated":
        with pytest.raises(RuntimeError):
            _core.crate_dump(path)
        return
    layer = Sdf.Layer.FindOrOpen(str(path))
    if len(layer.subLayerPaths) > 0:
        assert refusal(path) == "not supported: sublayers"
    else:
        check_against_pxr(str(path))


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 1000])
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "fractional"])
def test_every_value_type_reads_as_pxr_reads_it(tmp_path: Path, count: int, whole: bool) -> None:
    rng = random.Random(count)
    layer = new_layer(tmp_path / "types.usdc")
    prim = Sdf.CreatePrimInLayer(layer, "/Types")
    for type_name in KNOWN:
        name = str(type_name).replace("[]", "Array")
        spec = add_attribute(prim, f"p:{name}", type_name, random_value(rng, type_name, whole, count))
        for time in (-1.5, 0.0, 24.0):
            layer.SetTimeSample(spec.path, time, random_value(rng, type_name, whole, count))
    layer.Save()
    check_against_pxr(str(tmp_path / "types.usdc"))


def test_integer_arrays_of_every_width_decode(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "ints.usdc")
    prim = Sdf.CreatePrimInLayer(layer, "/P")
    rng = random.Random(3)
    steps = [0, 1, -1, 127, -128, 128, 32767, -32768, 32768]
    steps += [2**31 - 1, -(2**31), 2**40, -(2**62), 2**63 - 1, -(2**63)]
    for name, bits in (("Int", 32), ("UInt", 32), ("Int64", 64), ("UInt64", 64)):
        low, high = (0, 2**bits - 1) if name.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        type_name, array = getattr(Sdf.ValueTypeNames, name + "Array"), getattr(Vt, name + "Array")
        for count in (16, 18, 19, 4001):
            values = [min(max(rng.choice(steps) * (1 if rng.random() < 0.7 else 3), low), high) for _ in range(count)]
            add_attribute(prim, f"{name}{count}", type_name, array(values))
        add_attribute(prim, f"{name}same", type_name, array([4] * 100000))
    layer.Save()
    check_against_pxr(str(tmp_path / "ints.usdc"))


def test_metadata_dictionaries_and_layer_facts(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "meta.usdc")
    layer.defaultPrim = "A"
    layer.comment = "made for a test"
    layer.documentation = 'layer "doc"'
    layer.startTimeCode, layer.endTimeCode, layer.framesPerSecond = 1, 48, 30
    layer.customLayerData = {"b": 1, "a": {"nested": [1.5, 2.5][0], "empty": {}}, "z": Vt.FloatArray([0.1] * 20)}
    layer.pseudoRoot.SetInfo("metersPerUnit", 0.001)
    layer.pseudoRoot.SetInfo("upAxis", "Z")
    prim = Sdf.CreatePrimInLayer(layer, "/A")
    prim.specifier, prim.typeName = Sdf.SpecifierDef, "Xform"
    prim.kind = "component"
    prim.documentation = "doc"
    prim.hidden = True
    prim.SetInfo("displayName", "An A")
    prim.assetInfo = {"identifier": Sdf.AssetPath("./a.usd"), "version": "1"}
    prim.customData = {
        "bool": True, "int": -3, "float": 0.1, "big": 1e22, "small": 1.5e-7, "exact": 1e16, "below": 123456789012345.0,
        "text": "q\"\\\n\u00e9\x01", "vec": Gf.Vec3f(0.1, 2, -3), "ivec": Gf.Vec2i(1, -2),
        "quat": Gf.Quatf(1, 0.5, 0, 0), "matrix": Gf.Matrix4d(2),
        "half": Gf.Vec3h(0.1, 1, 2), "time": Sdf.TimeCode(3), "asset": Sdf.AssetPath("x.png"),
        "ints": Vt.IntArray(range(100)), "tokens": Vt.TokenArray(["a", "b"]), "strings": Vt.StringArray(["", "c"]),
        "vecs": Vt.Vec3fArray([(1, 2, 3)] * 5), "bools": Vt.BoolArray([True, False]), "none": Vt.IntArray(),
        "doubles": Vt.DoubleArray([0.25] * 40), "dict": {"x": {"y": {"z": "deep"}}},
    }  # fmt: skip
    schemas = Sdf.TokenListOp.Create(prependedItems=["MaterialBindingAPI"], appendedItems=["SkelBindingAPI"])
    prim.SetInfo("apiSchemas", schemas)
    attribute = add_attribute(prim, "x", Sdf.ValueTypeNames.TokenArray, Vt.TokenArray(["t"]))
    attribute.SetInfo("allowedTokens", Vt.TokenArray(["t", "u"]))
    attribute.SetInfo("interpolation", "vertex")
    attribute.SetInfo("elementSize", 3)
    attribute.SetInfo("colorSpace", "sRGB")
    attribute.customData = {"k": 1}
    attribute.displayGroup = "g"
    attribute.hidden = True
    layer.Save()
    dump = check_against_pxr(str(tmp_path / "meta.usdc"))
    assert dump["stage"]["metersPerUnit"] == 0.001
    assert dump["stage"]["upAxis"] == "Z"
    assert dump["stage"]["timeCodesPerSecond"] == 30


def test_targets_connections_blocks_and_inactive_prims(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "targets.usdc")
    for path in ("/B/Zed", "/B/Able", "/A/Off/Child/Leaf", "/C"):
        Sdf.CreatePrimInLayer(layer, path).specifier = Sdf.SpecifierDef
    layer.GetPrimAtPath("/C").specifier = Sdf.SpecifierClass
    layer.GetPrimAtPath("/A/Off").active = False
    prim = layer.GetPrimAtPath("/B")
    prim.specifier = Sdf.SpecifierDef
    explicit = Sdf.RelationshipSpec(prim, "explicit")
    explicit.targetPathList.explicitItems = ["/C", "/B/Zed", "/B.x"]
    mixed = Sdf.RelationshipSpec(prim, "mixed", custom=True)
    mixed.targetPathList.appendedItems = ["/C", "/B/Able"]
    mixed.targetPathList.prependedItems = ["/B/Zed", "/C"]
    mixed.targetPathList.deletedItems = ["/Gone"]
    Sdf.RelationshipSpec(prim, "none")
    Sdf.RelationshipSpec(prim, "cleared").targetPathList.ClearEditsAndMakeExplicit()
    connected = add_attribute(prim, "x", Sdf.ValueTypeNames.Float, 1.25)
    connected.connectionPathList.prependedItems = ["/B/Zed.out"]
    blocked = add_attribute(prim, "blocked", Sdf.ValueTypeNames.Float, Sdf.ValueBlock())
    layer.SetTimeSample(blocked.path, 1, 2.0)
    layer.SetTimeSample(blocked.path, 2, Sdf.ValueBlock())
    leaf = Sdf.RelationshipSpec(layer.GetPrimAtPath("/A/Off/Child/Leaf"), "hidden")
    leaf.targetPathList.explicitItems = ["/B/Able"]
    layer.Save()
    dump = check_against_pxr(str(tmp_path / "targets.usdc"))
    assert dump["latentTargets"] == ["/B/Able"]
    assert dump["composedRoots"] == []


def test_composed_subtrees_are_left_to_usd(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "arcs.usdc"))
    paths = [
        "/Proto/Mesh",
        "/World/Plain/Leaf",
        "/World/Instance/Own",
        "/World/Varied/Child",
        "/Class",
        "/World/Derived",
    ]
    for path in paths:
        stage.DefinePrim(path, "Xform")
    references = stage.GetPrimAtPath("/World/Instance").GetReferences()
    references.AddInternalReference("/Proto")
    references.AddReference(Sdf.Reference("./other.usd", "/Elsewhere", customData={"k": 1}))
    stage.GetPrimAtPath("/World/Derived").GetInherits().AddInherit("/Class")
    varied = stage.GetPrimAtPath("/World/Varied")
    variants = varied.GetVariantSets().AddVariantSet("look")
    for name in ("red", "blue"):
        variants.AddVariant(name)
        variants.SetVariantSelection(name)
        with variants.GetVariantEditContext():
            binds = stage.GetPrimAtPath("/World/Varied/Child").CreateRelationship("binds")
            binds.SetTargets([f"/Looks/{name}", "/World/Varied/Child"])
    stage.GetRootLayer().Save()
    dump = check_against_pxr(str(tmp_path / "arcs.usdc"))
    assert set(dump["composedRoots"]) == {"/World/Instance", "/World/Varied", "/World/Derived"}
    # Arcs are rows of the composed reader; only what a variant points at is known to nobody else.
    assert dump["latentTargets"] == ["/Looks/blue", "/Looks/red", "/World/Varied/Child"]
    assert "/World/Plain/Leaf" in [row["path"] for row in dump["prims"]]
    assert "/World/Instance/Own" not in [row["path"] for row in dump["prims"]]


def test_assets_are_listed_with_their_places(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "assets.usdc")
    prim = Sdf.CreatePrimInLayer(layer, "/M")
    spec = add_attribute(prim, "file", Sdf.ValueTypeNames.Asset, Sdf.AssetPath("a.png"))
    layer.SetTimeSample(spec.path, 5, Sdf.AssetPath("b.png"))
    files = Sdf.AssetPathArray([Sdf.AssetPath("c.png"), Sdf.AssetPath("d.png")])
    add_attribute(prim, "files", Sdf.ValueTypeNames.AssetArray, files)
    layer.Save()
    dump = check_against_pxr(str(tmp_path / "assets.usdc"))
    rows = [(a["owner"], a["time"], a["text"], a["count"]) for a in dump["assets"]]
    assert rows == [("/M.file", None, "a.png", 1), ("/M.file", 5.0, "b.png", 1), ("/M.files", None, "c.png", 2)]


def test_siblings_keep_the_order_of_the_layer(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "order.usdc")
    names = [f"P{i}" for i in range(50)]
    random.Random(1).shuffle(names)
    for name in names:
        Sdf.CreatePrimInLayer(layer, f"/{name}/Sub")
    layer.Save()
    dump = check_against_pxr(str(tmp_path / "order.usdc"))
    assert [row["path"] for row in dump["prims"] if row["name"] != "Sub"] == [f"/{n}" for n in names]


@pytest.mark.parametrize("version", ["0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "0.9.0", "0.10.0"])
def test_older_versions_read_alike(tmp_path: Path, version: str) -> None:
    target = tmp_path / "old.usdc"
    script = f"""
from pxr import Gf, Sdf, Usd, Vt  # Usd: the file formats of 24.11 are its plugins
layer = Sdf.Layer.CreateNew({str(target)!r})
prim = Sdf.CreatePrimInLayer(layer, '/A/B')
values = dict(IntArray=Vt.IntArray(range(50)), FloatArray=Vt.FloatArray([1.0, 2.5] * 30), String='text',
              Float3Array=Vt.Vec3fArray([(1, 2, 3)] * 9), DoubleArray=Vt.DoubleArray([3.0] * 99),
              TokenArray=Vt.TokenArray(['a', 'b']), Matrix4d=Gf.Matrix4d(3), Int64Array=Vt.Int64Array([2**40] * 20))
for name, value in values.items():
    spec = Sdf.AttributeSpec(prim, name, getattr(Sdf.ValueTypeNames, name))
    spec.default = value
    layer.SetTimeSample(spec.path, 1, value)
prim.customData = {{'k': {{'l': 2}}}}
ref = Sdf.CreatePrimInLayer(layer, '/R')
ref.payloadList.explicitItems = [Sdf.Payload('x.usd', '/X')]
layer.Save()
"""
    environment = {**os.environ, "USD_WRITE_NEW_USDC_FILES_AS_VERSION": version}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True)
    dump = check_against_pxr(str(target))
    assert dump["version"] == version
    assert dump["composedRoots"] == ["/R"]


def refusal(path: Path) -> str:
    with pytest.raises(RuntimeError) as caught:
        _core.crate_dump(path)
    return str(caught.value)


def test_what_is_not_understood_is_refused(tmp_path: Path) -> None:
    layer = new_layer(tmp_path / "sub.usdc")
    layer.subLayerPaths.append("./other.usda")
    layer.Save()
    assert refusal(tmp_path / "sub.usdc") == "not supported: sublayers"

    for version in (bytes([0, 3, 0]), bytes([0, 17, 0]), bytes([1, 0, 0])):
        data = (tmp_path / "sub.usdc").read_bytes()
        (tmp_path / "version.usdc").write_bytes(data[:8] + version + data[11:])
        assert refusal(tmp_path / "version.usdc").startswith("not supported: crate version ")

    layer = new_layer(tmp_path / "relocates.usdc")
    layer.relocates = [("/A/B", "/A/C")]
    layer.Save()
    assert refusal(tmp_path / "relocates.usdc").startswith("not supported: ")

    if hasattr(Sdf, "AnimationBlock"):
        layer = new_layer(tmp_path / "block.usdc")
        add_attribute(Sdf.CreatePrimInLayer(layer, "/A"), "x", Sdf.ValueTypeNames.Float, Sdf.AnimationBlock())
        layer.Save()
        assert refusal(tmp_path / "block.usdc").startswith("not supported: ")

    from pxr import Ts

    if hasattr(Sdf.AttributeSpec, "SetSpline") or hasattr(Usd.Attribute, "SetSpline"):
        stage = Usd.Stage.CreateNew(str(tmp_path / "spline.usdc"))
        attribute = stage.DefinePrim("/A").CreateAttribute("x", Sdf.ValueTypeNames.Double)
        spline = Ts.Spline()
        spline.SetKnot(Ts.Knot(time=1, value=2.0))
        attribute.SetSpline(spline)
        stage.GetRootLayer().Save()
        assert refusal(tmp_path / "spline.usdc").startswith("not supported: ")


def test_cut_and_flipped_files_answer_with_a_sentence(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "good.usdc"))
    for i in range(20):
        mesh = UsdGeom.Mesh.Define(stage, f"/World/Mesh{i}")
        mesh.CreatePointsAttr([(i, j, 0.5) for j in range(40)])
        mesh.CreateFaceVertexIndicesAttr(list(range(40)))
        mesh.GetPrim().SetCustomDataByKey("key", {"n": i})
    stage.GetRootLayer().Save()
    good = (tmp_path / "good.usdc").read_bytes()
    rng = random.Random(5)
    bad = tmp_path / "bad.usdc"
    for trial in range(400):
        data = bytearray(good)
        if trial % 4 == 0:
            del data[rng.randrange(len(data)) :]
        else:
            for _ in range(rng.randint(1, 8)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        bad.write_bytes(data)
        try:
            json.loads(_core.crate_dump(bad))
        except RuntimeError as error:
            assert str(error)


def test_canonical_numbers_are_those_of_python(tmp_path: Path) -> None:
    rng = random.Random(9)
    numbers = [rng.uniform(-1, 1) * 10 ** rng.randint(-30, 30) for _ in range(500)]
    numbers += [0.0, -0.0, 1e-4, 9.999e-5, 1e15, 1e16, 123456.0, 5e-324, 1.7976931348623157e308]
    numbers += [float("inf"), float("-inf")]
    layer = new_layer(tmp_path / "numbers.usdc")
    data = {f"n{i}": n for i, n in enumerate(numbers)}
    Sdf.CreatePrimInLayer(layer, "/A").customData = data
    layer.Save()
    dump = json.loads(_core.crate_dump(tmp_path / "numbers.usdc"))
    assert dump["prims"][0]["metadata"]["customData"]["value"]["texts"] == [canonical(data)]
