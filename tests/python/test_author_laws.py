# SPDX-License-Identifier: Apache-2.0
"""The law that previews stand on: preview(Scene, Edits) equals author, then extract, for every kind of edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import Sdf
from usdtune._core import EditBuilder, Scene, edit_kinds, preview
from usdtune.bridge.author import author
from usdtune.bridge.extract import Lane, extract

KIND = {name: number for number, name in enumerate(edit_kinds())}

PLANT = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 0.001
    upAxis = "Z"
)
def Xform "World" (
    kind = "assembly"
)
{
    def Xform "A" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        double3 xformOp:translate = (1, 2, 3)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        rel material:binding = </World/Looks/Red>
        def Mesh "Shape"
        {
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            custom rel friend = [</World/B>, </World/A/Shape>]
        }
    }
    def Xform "B"
    {
        double3 xformOp:translate = (4, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Mesh "Shape"
        {
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            color3f[] primvars:displayColor = [(1, 0, 0)] (
                interpolation = "constant"
            )
            float spin.timeSamples = { 0: 1, 5: 2 }
        }
    }
    over "O"
    {
        def Scope "InO"
        {
        }
    }
    def Scope "Looks"
    {
        def Material "Red"
        {
            token outputs:surface.connect = </World/Looks/Red/S.outputs:out>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (1, 0, 0)
                token outputs:out
            }
        }
    }
    def Xform "Shown" (
        instanceable = true
        prepend references = </Sources/P>
    )
    {
        double3 xformOp:translate = (7, 0, 0)
    }
    def Xform "ShownToo" (
        instanceable = true
        prepend references = </Sources/P>
    )
    {
    }
}
class Scope "Sources"
{
    def Xform "P" (
        kind = "component"
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        rel material:binding = </Sources/P/Own>
        def Mesh "Body"
        {
            point3f[] points = [(0, 0, 0), (2, 0, 0), (0, 2, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            rel near = [</Sources/P/Own>, </World/Looks>, </Last>]
        }
        def Material "Own"
        {
        }
        class "Kept"
        {
            def Scope "In"
            {
            }
        }
    }
    def Xform "Leaf"
    {
    }
}
def Scope "Last"
{
}
"""

Call = dict[str, Any]


def edit(kind: str, path: str, **arguments: Any) -> Call:
    return {"kind": KIND[kind], "path": path, **arguments}


def attribute(path: str, name: str, type_name: str, value: Any = None, **more: Any) -> Call:
    return edit("setAttribute", path, name=name, type_name=type_name, value=value, **more)


REFERENCE_A = [
    edit("setTypeName", "/World/A", type_name="Xform"),
    edit("removePrim", "/World/A/Shape"),
    edit("addReference", "/World/A", targets=["/Sources/P"]),
    edit("setPrimMetadata", "/World/A", name="instanceable", type_name="bool", value=True),
]

CASES: dict[str, list[Call]] = {
    "nothing": [],
    "defineRoot": [edit("definePrim", "/New", type_name="Scope")],
    "defineChildren": [
        edit("definePrim", "/World/Z", type_name="Xform"),
        edit("definePrim", "/World/C"),
        edit("definePrim", "/World/Z/K", type_name="Mesh", specifier=2),
        edit("definePrim", "/World/Z/K/In"),
        edit("definePrim", "/World/O/Below"),
    ],
    "defineOver": [edit("definePrim", "/World/V", specifier=1), edit("definePrim", "/World/V/In")],
    "removePrim": [edit("removePrim", "/World/A")],
    "removeAndDefineAnew": [
        edit("removePrim", "/World/A"),
        edit("definePrim", "/World/A", type_name="Scope"),
        attribute("/World/A", "n", "int", 3, flags=2),
    ],
    "removeWhatWasDefined": [
        edit("definePrim", "/World/T"),
        edit("definePrim", "/World/T/U"),
        edit("removePrim", "/World/T"),
    ],
    "removeDefaultPrim": [edit("removePrim", "/World")],
    "removeAll": [edit("removePrim", "/World"), edit("removePrim", "/Sources"), edit("removePrim", "/Last")],
    "setTypeName": [edit("setTypeName", "/World/A", type_name="Scope"), edit("setTypeName", "/World/B", type_name="")],
    "setSpecifier": [
        edit("setSpecifier", "/World/A", specifier=2),
        edit("setSpecifier", "/World/O", specifier=0),
        edit("setSpecifier", "/World/B", specifier=1),
    ],
    "setKind": [
        edit("setPrimMetadata", "/World/A", name="kind", type_name="token", value="component"),
        edit("setPrimMetadata", "/World", name="kind", type_name="token"),
        edit("setPrimMetadata", "/World/B", name="hidden", type_name="bool", value=True),
        edit("setPrimMetadata", "/World/B", name="documentation", type_name="string", value="a text"),
    ],
    "instanceableWithoutArcs": [edit("setPrimMetadata", "/World/A", name="instanceable", type_name="bool", value=True)],
    "deactivate": [edit("setPrimMetadata", "/World/A", name="active", type_name="bool", value=False)],
    "setApiSchemas": [
        edit("setApiSchemas", "/World/A", targets=[]),
        edit("setApiSchemas", "/World/B", targets=["MaterialBindingAPI", "PhysicsRigidBodyAPI"]),
    ],
    "instance": REFERENCE_A,
    "instanceWithOwnChildren": REFERENCE_A[2:],
    "instanceOfNewSource": [
        edit("definePrim", "/Prototypes", specifier=2),
        edit("definePrim", "/Prototypes/Q", type_name="Xform"),
        edit("definePrim", "/Prototypes/Q/M", type_name="Mesh"),
        attribute("/Prototypes/Q/M", "points", "point3f[]", np.arange(9, dtype=np.float32).reshape(3, 3)),
        edit("setTargets", "/Prototypes/Q/M", name="up", targets=["/Prototypes/Q"]),
        *[
            call
            for path in ("/World/B", "/World/A")
            for call in (
                edit("removePrim", f"{path}/Shape"),
                edit("addReference", path, targets=["/Prototypes/Q"]),
                edit("setPrimMetadata", path, name="instanceable", type_name="bool", value=True),
            )
        ],
    ],
    "instanceOfLeaf": [
        edit("addReference", "/Last", targets=["/Sources/Leaf"]),
        edit("setPrimMetadata", "/Last", name="instanceable", type_name="bool", value=True),
    ],
    "referenceInPlace": [edit("addReference", "/World/A", targets=["/Sources/P"])],
    "referenceInPlaceWithNewChild": [
        edit("addReference", "/Last", targets=["/Sources/P"]),
        edit("definePrim", "/Last/Mine", type_name="Xform"),
    ],
    "inactiveInstance": [
        *REFERENCE_A,
        edit("setPrimMetadata", "/World/A", name="active", type_name="bool", value=False),
    ],
    "nestedInstance": [
        edit("definePrim", "/Sources/Outer", type_name="Xform"),
        edit("definePrim", "/Sources/Outer/In", type_name="Xform"),
        edit("addReference", "/Sources/Outer/In", targets=["/Sources/P"]),
        edit("setPrimMetadata", "/Sources/Outer/In", name="instanceable", type_name="bool", value=True),
        edit("definePrim", "/World/AA", type_name="Xform"),
        edit("addReference", "/World/AA", targets=["/Sources/Outer"]),
        edit("setPrimMetadata", "/World/AA", name="instanceable", type_name="bool", value=True),
    ],
    "firstInstanceLeaves": [edit("removePrim", "/World/Looks")],
    "sourceOfInstancesChanges": [
        attribute("/Sources/P/Body", "points", "point3f[]", np.ones((4, 3), np.float32)),
        edit("definePrim", "/Sources/P/More", type_name="Scope"),
        edit("removePrim", "/Sources/P/Kept"),
    ],
    "setAttribute": [
        attribute("/World/A/Shape", "points", "point3f[]", np.arange(12, dtype=np.float32).reshape(4, 3)),
        attribute("/World/A/Shape", "faceVertexIndices", "int[]", np.arange(3, dtype=np.int32)),
        attribute("/World/A", "xformOp:translate", "double3", np.array([1.0, 2.0, 4.0])),
        attribute("/World/A", "xformOpOrder", "token[]", [], flags=1),
    ],
    "createAttribute": [
        attribute("/World/A/Shape", "extent", "float3[]", np.zeros((2, 3), np.float32)),
        attribute("/World/A/Shape", "note", "string", "text", flags=2),
        attribute("/World/A/Shape", "declared", "float"),
        attribute(
            "/World/A/Shape",
            "primvars:st",
            "texCoord2f[]",
            np.zeros((3, 2), np.float32),
            metadata=[("interpolation", "token", "vertex"), ("elementSize", "int", 2)],
        ),
    ],
    "attributeMetadataOnly": [
        attribute(
            "/World/B/Shape", "primvars:displayColor", "color3f[]", metadata=[("interpolation", "token", "uniform")]
        ),
    ],
    "emptyArray": [attribute("/World/A/Shape", "points", "point3f[]", np.zeros((0, 3), np.float32))],
    "blockAttribute": [
        edit("blockAttribute", "/World/A/Shape", name="points"),
        edit("blockAttribute", "/World/B/Shape", name="new", type_name="float"),
    ],
    "blockThenSet": [
        edit("blockAttribute", "/World/A/Shape", name="faceVertexCounts"),
        attribute("/World/A/Shape", "faceVertexCounts", "int[]", np.array([3, 0], np.int32)),
    ],
    "removeProperty": [
        edit("removeProperty", "/World/A/Shape", name="points"),
        edit("removeProperty", "/World/A/Shape", name="friend"),
        edit("removeProperty", "/World/A/Shape", name="never"),
    ],
    "retypeByRemoving": [
        edit("removeProperty", "/World/A/Shape", name="points"),
        attribute("/World/A/Shape", "points", "point3d[]", np.zeros((1, 3))),
    ],
    "samplesStay": [attribute("/World/B/Shape", "spin", "float", 4.0)],
    "setTargets": [
        edit("setTargets", "/World/A", name="material:binding", targets=["/World/Looks"]),
        edit("setTargets", "/World/B", name="fresh", targets=["/World/A", "/World/A.x"], flags=2),
        edit("setTargets", "/World/A/Shape", name="friend", targets=[]),
    ],
    "setConnections": [
        edit(
            "setTargets",
            "/World/Looks/Red/S",
            name="inputs:diffuseColor",
            targets=["/World/Looks/Red.inputs:c"],
            flags=4,
        ),
        edit("setTargets", "/World/Looks/Red", name="outputs:surface", targets=[], flags=4),
        edit(
            "setTargets",
            "/World/Looks/Red",
            name="outputs:new",
            type_name="token",
            targets=["/World/Looks/Red/S.outputs:out"],
            flags=4,
        ),
    ],
}


def scene_of(path: Path, lane: Lane = Lane.COMPOSED) -> Scene:
    return extract(path, lane=lane).scene


def without_latents(dump: str) -> str:
    """Preview remembers what an instance's own children point at; extraction does not look there."""
    return "\n".join(line for line in dump.splitlines() if not line.startswith("latent "))


def build(scene: Scene, calls: list[Call]) -> Any:
    builder = EditBuilder(scene)
    for call in calls:
        builder.add(**call)
    return builder.take()


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "plant.usda"
    path.parent.mkdir()
    path.write_text(PLANT)
    return path


@pytest.mark.parametrize("lane", [Lane.COMPOSED, Lane.LAYER])
@pytest.mark.parametrize("name", CASES)
def test_preview_equals_author_and_extract(name: str, lane: Lane, plant: Path, tmp_path: Path) -> None:
    scene = scene_of(plant, lane)
    edits = build(scene, CASES[name])
    seen = preview(scene, edits).dump()
    delivery = author(plant, edits, scene, tmp_path / "out")
    assert without_latents(seen) == without_latents(scene_of(delivery.root, lane).dump())


@pytest.mark.parametrize("name", CASES)
def test_compact_keeps_the_result(name: str, plant: Path) -> None:
    scene = scene_of(plant)
    edits = build(scene, CASES[name])
    compacted = edits.compact(scene)
    assert len(compacted) <= len(edits)
    assert preview(scene, compacted).dump() == preview(scene, edits).dump()
    assert (
        list(map(repr, compacted.compact(scene).sentences(scene))) == list(map(repr, compacted.sentences(scene)))
        or name
    )


def test_a_chain_of_previews_equals_one_authoring(plant: Path, tmp_path: Path) -> None:
    scene = scene_of(plant)
    now, total = scene, build(scene, [])
    for name in ("defineChildren", "setAttribute", "instance", "removeProperty", "setTargets"):
        calls = [c for c in CASES[name] if name == "instance" or not c["path"].startswith("/World/A")]
        step = build(now, calls)
        now = preview(now, step)
        total.append(step)
    delivery = author(plant, total, scene, tmp_path / "out")
    assert now.dump() == scene_of(delivery.root).dump()


REFUSED: dict[str, tuple[list[Call], str]] = {
    "noSuchPrim": ([edit("removePrim", "/World/Nowhere")], "/World/Nowhere: there is no such prim"),
    "notEditable": ([edit("removePrim", "/World/Shown")], "/World/Shown: the prim is not editable"),
    "insideInstance": ([edit("removePrim", "/World/Shown/Body")], "/World/Shown/Body"),
    "alreadyThere": ([edit("definePrim", "/World/A")], "/World/A: a prim is there already"),
    "noParent": ([edit("definePrim", "/World/No/Child")], "/World/No/Child: its parent does not exist"),
    "secondReference": ([*REFERENCE_A, edit("addReference", "/World/A", targets=["/Sources/Leaf"])], "arcs already"),
    "referenceToNothing": ([edit("addReference", "/World/A", targets=["/Nope"])], "there is no such prim"),
    "referenceIntoItself": ([edit("addReference", "/World/A", targets=["/World"])], "lead back into itself"),
    "sourceTakenAway": ([edit("removePrim", "/Sources/P")], "it cannot be taken away, as /World/Shown"),
    "otherType": ([attribute("/World/A/Shape", "points", "point3d[]", np.zeros((1, 3)))], "its type is point3f[]"),
    "relationshipExpected": ([edit("setTargets", "/World/A/Shape", name="points", targets=[])], "this is an attribute"),
    "noTypeToCreate": ([edit("blockAttribute", "/World/A", name="nope")], "no such attribute"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_previewed_is_refused_with_a_sentence(name: str, plant: Path) -> None:
    calls, sentence = REFUSED[name]
    scene = scene_of(plant)
    with pytest.raises(ValueError, match=r".") as caught:
        preview(scene, build(scene, calls))
    assert sentence in str(caught.value)


def test_every_value_type_crosses_unchanged(tmp_path: Path) -> None:
    """A layer with one attribute per Sdf type, written by edits only, equals what pxr itself would write."""
    source = tmp_path / "types.usda"
    source.write_text('#usda 1.0\ndef "P"\n{\n}\n')
    scene = scene_of(source)
    builder = EditBuilder(scene)
    expected: dict[str, Any] = {}
    skipped = {"opaque", "group", "pathExpression", "duration", "cellId"}
    for field in sorted(dir(Sdf.ValueTypeNames)):
        value_type = getattr(Sdf.ValueTypeNames, field)
        name = str(value_type)
        if not isinstance(value_type, Sdf.ValueTypeName) or name.removesuffix("[]") in skipped:
            continue
        value = example(value_type)
        expected[f"a:{field}"] = value
        builder.add(KIND["setAttribute"], "/P", f"a:{field}", name, value=crossing(value))
    delivery = author(source, builder.take(), scene, tmp_path / "out")
    layer = Sdf.Layer.FindOrOpen(str(delivery.root))
    assert len(expected) > 90
    for name, value in expected.items():
        assert layer.GetAttributeAtPath(f"/P.{name}").default == value, name


def example(value_type: Any) -> Any:
    """A value of a type that is not its default."""
    sample = value_type.defaultValue
    cls = type(sample)
    if str(value_type).endswith("[]"):
        one = example(value_type.scalarType)
        return cls([one, sample[0] if len(sample) else one])
    simple = {bool: True, int: 7, float: 0.5, str: "text"}
    if cls in simple:
        return simple[cls]
    if cls is Sdf.AssetPath:
        return cls("./a.png")
    if cls is Sdf.TimeCode:
        return cls(3.5)
    if cls.__name__.startswith("Quat"):
        return cls(0.5, type(sample.imaginary)(1, 2, 3))
    if cls.__name__.startswith("Matrix"):
        size = cls.dimension[0]
        return cls(*[float(i) for i in range(size * size)])
    return cls(*range(1, cls.dimension + 1))


def crossing(value: Any) -> Any:
    if isinstance(value, Sdf.TimeCodeArray):
        return np.array([item.GetValue() for item in value])
    return value.GetValue() if isinstance(value, Sdf.TimeCode) else value
