# SPDX-License-Identifier: Apache-2.0
"""A stage gives the same Scene whichever lane reads it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pxr import Sdf, Usd
from usdtune import _core
from usdtune.bridge import extract as extract_module
from usdtune.bridge.extract import Lane, extract
from usdtune.bridge.extract_crate import NativeRead
from usdtune.bridge.stage_options import StageOptions

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
UNREADABLE = {"syntax_error.usda", "truncated.usdc"}
BIG = 300_000
STAGES = sorted(
    path
    for path in DATA.rglob("*")
    if path.suffix in (".usd", ".usda", ".usdc", ".usdz") and path.name not in UNREADABLE
)

FIXTURE = """#usda 1.0
(
    defaultPrim = "World"
    upAxis = "Z"
)
def Xform "World" (
    kind = "assembly"
)
{
    def Mesh "Plate" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        customData = {
            int made = 1
        }
    )
    {
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
        rel material:binding = </World/Looks/Red>
        double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 10: (1, 0, 0) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Xform "Switch" (
        variants = {
            string look = "a"
        }
        prepend variantSets = "look"
    )
    {
        variantSet "look" = {
            "a" {
                float a = 1
            }
            "b" (
                prepend references = </Kind>
            )
            {
                rel other = </World/Plate>
                over "Inner" (
                    prepend inherits = </World/Looks>
                )
                {
                    add rel another = </World/Looks/Red>
                }
            }
        }
        def Xform "Inner"
        {
            rel plain = </World/Later>
        }
    }
    def Xform "Copy" (
        instanceable = true
        prepend references = </World/Switch>
    )
    {
    }
    def Xform "Off" (
        active = false
    )
    {
        rel own = </World/Switch>
        def Mesh "Hidden" (
            prepend references = </World/Copy>
        )
        {
            append rel seen = </World/Off>
        }
    }
    def Xform "Half" (
        prepend references = </World/Switch>
    )
    {
        over "Inner" (
            active = false
        )
        {
            def Xform "Asleep"
            {
                rel dreams = </World/Half>
            }
        }
    }
    over "Later"
    {
        float x = 1
    }
    def Scope "Looks"
    {
        def Material "Red"
        {
            token outputs:surface
        }
    }
}
class Xform "Kind"
{
    custom string note = "x" (
        permission = private
    )
    custom pathExpression which = "/World//{isa:Mesh} %/World/Plate:parts"
    custom pathExpression near = "Plate//"
}
"""


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
def test_lanes_agree_on_arcs_variants_instances_and_samples(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "text.usda").write_text(FIXTURE)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / f"scene{suffix}"))
    dumps = {lane: extract(tmp_path / f"scene{suffix}", lane=lane).scene.dump() for lane in Lane}
    latent = {line.removeprefix("latent ") for line in dumps[Lane.COMPOSED].splitlines() if line.startswith("latent ")}
    assert latent == {
        "/Kind",
        "/World/Copy",
        "/World/Half",
        "/World/Looks",
        "/World/Looks/Red",
        "/World/Off",
        "/World/Plate",
        "/World/Switch",
        "/World/Switch/Inner",
    }
    assert dumps[Lane.LAYER] == dumps[Lane.COMPOSED]
    assert dumps[Lane.FASTEST] == dumps[Lane.COMPOSED]


NESTED = """#usda 1.0
def "World"
{
    def Xform "Source"
    {
        def Xform "Inner" (
            instanceable = true
            references = </Shared>
        )
        {
        }
    }
    def Xform "A" (
        instanceable = true
        references = </World/Source>
    )
    {
        custom string own = "a"
    }
    def Xform "B" (
        instanceable = true
        references = </World/Source>
    )
    {
    }
}
class Xform "Shared"
{
    def Sphere "Ball"
    {
    }
}
"""


def test_lanes_agree_on_instances_inside_of_instances(tmp_path: Path) -> None:
    """A stage that showed only what is composed would name the inner prototype after another instance."""
    (tmp_path / "text.usda").write_text(NESTED)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / "scene.usdc"))
    dumps = {lane: extract(tmp_path / "scene.usdc", lane=lane).scene.dump() for lane in Lane}
    assert dumps[Lane.FASTEST] == dumps[Lane.LAYER] == dumps[Lane.COMPOSED]


INSTANCES = """#usda 1.0
(
    defaultPrim = "World"
)
def Scope "Sources"
{
    def Xform "Plain" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        customData = {
            int made = 1
        }
        kind = "component"
    )
    {
        rel material:binding = </World/Looks/Red>
        rel inside = [</Sources/Plain/Body>, </Sources/Plain.size>, </Sources/PlainNot>, </Sources/Plain>]
        float size = 2
        float size.connect = </Sources/Plain/Body.radius>
        asset picture = @nowhere.png@
        float wave.timeSamples = { 0: 1, 5: None, 10: 3 }
        float gone = None
        timecode when = 4
        uniform token[] xformOpOrder = []
        def Sphere "Body"
        {
            double radius = 2
            rel outside = </World/Looks/Red>
        }
    }
    def Xform "PlainNot"
    {
    }
    def Xform "Anchored"
    {
        pathExpression which = "//{isa:Sphere}"
    }
    def Xform "Asleep" (
        active = false
    )
    {
    }
    def Xform "Awake" (
        active = true
    )
    {
    }
    def Xform "Chain" (
        instanceable = true
        references = </Sources/Plain>
    )
    {
    }
    def Xform "Varied" (
        variants = {
            string look = "a"
        }
        prepend variantSets = "look"
    )
    {
        variantSet "look" = {
            "a" {
                float a = 1
            }
        }
        def Xform "Part"
        {
            float b = 1
        }
    }
}
class Xform "Kind"
{
    float b = 2
    def Sphere "Ball"
    {
    }
}
over "Untyped"
{
    custom int x = 1
    def Cube "Box"
    {
    }
}
def Xform "World"
{
    def "Typeless" (
        instanceable = true
        references = </Sources/Plain>
    )
    {
        double3 xformOp:translate = (1, 2, 3)
        custom rel own = [</World/Typeless/Body>, </World>]
    }
    def Scope "Typed" (
        instanceable = true
        prepend references = </Sources/Plain>
        assetInfo = {
            string name = "x"
        }
        displayName = "a name"
    )
    {
    }
    def "Repeated" (
        instanceable = true
        append references = </Sources/Plain>
    )
    {
        float size = 3
    }
    def "SameMetadata" (
        instanceable = true
        references = </Sources/Plain>
        customData = {
            int found = 2
        }
    )
    {
    }
    def "SameSchemas" (
        instanceable = true
        references = </Sources/Plain>
        delete apiSchemas = ["MaterialBindingAPI"]
    )
    {
    }
    def "OwnSchemas" (
        instanceable = true
        references = </Kind>
        append apiSchemas = ["MaterialBindingAPI"]
    )
    {
    }
    def "Late" (
        instanceable = true
        references = </Sources/Plain> (offset = 10; scale = 2)
    )
    {
    }
    def "Both" (
        instanceable = true
        references = [</Sources/Plain>, </Kind>]
    )
    {
    }
    def "Elsewhere" (
        instanceable = true
        references = [@./nowhere.usda@</Kind>]
    )
    {
    }
    def "Missing" (
        instanceable = true
        references = </Sources/Nothing>
    )
    {
    }
    over "Over" (
        instanceable = true
        references = </Sources/Plain>
    )
    {
    }
    def "Told" (
        instanceable = true
        references = </Sources/Plain>
    )
    {
        over "Body"
        {
            double radius = 5
        }
    }
    def "Off" (
        active = false
        instanceable = true
        references = </Sources/Plain>
    )
    {
    }
    def "On" (
        active = true
        instanceable = true
        references = </Sources/Plain>
    )
    {
    }
    def "Apart" (
        instanceable = false
        references = </Sources/Plain>
    )
    {
    }
    def "Loaded" (
        instanceable = true
        payload = </Sources/Plain>
    )
    {
    }
    def "ByExpression" (
        instanceable = true
        references = </Sources/Anchored>
    )
    {
    }
    def "BySleeper" (
        instanceable = true
        references = </Sources/Asleep>
    )
    {
    }
    def "ByWaker" (
        instanceable = true
        references = </Sources/Awake>
    )
    {
    }
    def "ByChain" (
        instanceable = true
        references = </Sources/Chain>
    )
    {
    }
    def "BelowVariants" (
        instanceable = true
        references = </Sources/Varied/Part>
    )
    {
    }
    def "ByClass" (
        instanceable = true
        references = </Kind>
    )
    {
    }
    def "ByOver" (
        instanceable = true
        references = </Untyped>
    )
    {
    }
    def Scope "Looks"
    {
        def Material "Red"
        {
        }
    }
    def "Group"
    {
        def "Deep" (
            instanceable = true
            references = </Sources/Plain>
        )
        {
        }
    }
    def "Around" (
        instanceable = true
        references = </World/Group>
    )
    {
    }
    over "Ghost"
    {
        def "Haunted" (
            instanceable = true
            references = </Sources/Plain>
        )
        {
        }
    }
    class "Pattern"
    {
        def "Drawn" (
            instanceable = true
            references = </Sources/Plain>
        )
        {
        }
    }
}
"""
READ_NATIVELY = {
    "/Sources/Chain",
    "/World/Around",
    "/World/ByClass",
    "/World/ByOver",
    "/World/Ghost/Haunted",
    "/World/Group/Deep",
    "/World/On",
    "/World/OwnSchemas",
    "/World/Pattern/Drawn",
    "/World/Typed",
    "/World/Typeless",
}


def test_lanes_agree_on_every_sort_of_instance(tmp_path: Path) -> None:
    (tmp_path / "text.usda").write_text(INSTANCES)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / "scene.usdc"))
    rows = json.loads(_core.crate_dump(tmp_path / "scene.usdc"))["prims"]
    assert {row["path"] for row in rows if row["instance"]} == READ_NATIVELY
    dumps = {lane: extract(tmp_path / "scene.usdc", lane=lane).scene.dump() for lane in Lane}
    assert dumps[Lane.LAYER] == dumps[Lane.COMPOSED]
    assert dumps[Lane.FASTEST] == dumps[Lane.COMPOSED]


def random_layer(rng: random.Random) -> Sdf.Layer:
    """Prims with variants, opinions at random, and arcs from one root into those before it.

    Targets lie outside of all that: OpenUSD maps those of a prototype through the one of its instances that it met
    first, which differs from opening to opening. So do the ends of what contains itself.
    """
    layer = Sdf.Layer.CreateAnonymous()
    prims = [Sdf.PrimSpec(layer, name, Sdf.SpecifierDef, "Xform") for name in ("A", "B", "C")]
    for number in range(rng.randint(8, 30)):
        kind = rng.choice((Sdf.SpecifierDef, Sdf.SpecifierDef, Sdf.SpecifierOver, Sdf.SpecifierClass))
        prims.append(Sdf.PrimSpec(rng.choice(prims), f"P{number}", kind, rng.choice(("", "Xform", "Mesh"))))
    outside = Sdf.PrimSpec(layer, "Outside", Sdf.SpecifierDef).path
    targets = [outside, outside.AppendProperty("size"), Sdf.Path("/Nowhere")]

    def speak(prim: Sdf.PrimSpec) -> None:
        for name in rng.sample(("size", "xformOp:x", "other", "when", "file"), rng.randint(0, 3)):
            kinds = {"when": Sdf.ValueTypeNames.TimeCode, "file": Sdf.ValueTypeNames.Asset}
            attribute = Sdf.AttributeSpec(prim, name, kinds.get(name, Sdf.ValueTypeNames.Float))
            if name == "file":
                attribute.default = Sdf.AssetPath("nothing.png")
            elif rng.random() < 0.7:
                attribute.default = Sdf.TimeCode(3) if name == "when" else rng.random()
            elif rng.random() < 0.3:
                attribute.default = Sdf.ValueBlock()
            if name != "file" and rng.random() < 0.2:
                layer.SetTimeSample(attribute.path, 1, Sdf.TimeCode(2) if name == "when" else 2.0)
            if rng.random() < 0.2:
                attribute.connectionPathList.explicitItems = [rng.choice(targets)]
            if rng.random() < 0.2:
                attribute.displayGroup = "group"
        if rng.random() < 0.3:
            relationship = Sdf.RelationshipSpec(prim, "link", custom=rng.random() < 0.5)
            relationship.targetPathList.prependedItems = rng.sample(targets, 2)
        if rng.random() < 0.2:
            prim.customData = {"made": rng.randint(0, 9)}
        if rng.random() < 0.2:
            schemas = Sdf.TokenListOp.Create(prependedItems=["MaterialBindingAPI"])
            prim.SetInfo("apiSchemas", schemas)

    for prim in prims:
        speak(prim)
        if rng.random() < 0.05:
            prim.active = rng.random() < 0.5
        before = [other for other in prims if other.path.pathString[1] < prim.path.pathString[1]]
        if before and rng.random() < 0.7:
            prim.instanceable = rng.random() < 0.9
        if before and rng.random() < 0.6:
            offset = Sdf.LayerOffset(2) if rng.random() < 0.1 else Sdf.LayerOffset()
            arcs = [
                Sdf.Reference("", path.path, offset)
                for path in rng.sample(before, min(len(before), rng.choice((1, 1, 1, 2))))
            ]
            prim.referenceList.prependedItems = arcs
        if before and rng.random() < 0.05:
            prim.inheritPathList.explicitItems = [rng.choice(before).path]
        if rng.random() < 0.05:
            variants = Sdf.VariantSetSpec(prim, "look")
            for name in ("a", "b"):
                speak(Sdf.VariantSpec(variants, name).primSpec)
            prim.variantSetNameList.prependedItems = ["look"]
            if rng.random() < 0.7:
                prim.variantSelections["look"] = "b"
    return layer


@pytest.mark.parametrize("seed", range(120))
def test_lanes_agree_on_layers_at_random(tmp_path: Path, seed: int) -> None:
    random_layer(random.Random(seed)).Export(str(tmp_path / "scene.usdc"))
    dumps = {lane: extract(tmp_path / "scene.usdc", lane=lane).scene.dump() for lane in Lane}
    assert dumps[Lane.LAYER] == dumps[Lane.COMPOSED]
    assert dumps[Lane.FASTEST] == dumps[Lane.COMPOSED]


FLAT = """#usda 1.0
def Xform "First" (
    references = </Kind>
)
{
}
def Xform "Second" (
    variants = {
        string look = "a"
    }
    prepend variantSets = "look"
)
{
    variantSet "look" = {
        "a" {
            def Cube "Chosen" {}
        }
    }
}
class Xform "Kind"
{
    float size = 2
}
"""


class Damaged:
    """Rows of a file that turns out to be damaged when everything was read."""

    def __init__(self, rows: _core.Rows) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    def freeze(self) -> None:
        raise RuntimeError("a value is cut off")


def test_what_is_found_damaged_late_is_read_as_a_whole_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.usda").write_text(FLAT)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / "scene.usdc"))
    read = extract_module.read_natively

    def damaged(*arguments: Any) -> NativeRead | None:
        native = read(*arguments)
        # Another lane may find more to compose than this one.
        return native and replace(native, rows=Damaged(native.rows), roots=native.roots[:1])

    monkeypatch.setattr(extract_module, "read_natively", damaged)
    fastest = extract(tmp_path / "scene.usdc").scene.dump()
    assert "/Second/Chosen" in fastest
    assert fastest == extract(tmp_path / "scene.usdc", lane=Lane.COMPOSED).scene.dump()


VIEWS = {
    "variants": StageOptions(variants={"/World/Switch": {"look": "b"}}),
    "mask": StageOptions(mask=("/World/Copy", "/World/Off"), follow=True),
    "both": StageOptions(mask=("/World/Half",), follow=True, variants={"/World/Half": {"look": "b"}}),
    "unloaded": StageOptions(unloaded=True),
}


@pytest.mark.parametrize("view", VIEWS)
def test_lanes_agree_on_what_is_shown_in_part(tmp_path: Path, view: str) -> None:
    """Nothing of this is trivially composed, but single specs still say what they say."""
    (tmp_path / "text.usda").write_text(FIXTURE)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / "scene.usdc"))
    dumps = {lane: extract(tmp_path / "scene.usdc", VIEWS[view], lane=lane).scene.dump() for lane in Lane}
    assert dumps[Lane.FASTEST] == dumps[Lane.LAYER] == dumps[Lane.COMPOSED]


STRONG = """#usda 1.0
(
    subLayers = [
        @./weak.usdc@ (offset = 10; scale = 2)
    ]
)
over "World"
{
    over "Plate"
    {
        double3 xformOp:translate = (1, 2, 3)
    }
    over "Later"
    {
        float y = 2
    }
    def Cube "Box"
    {
        timecode when = 4
        double size = 3
    }
}
"""


def test_lanes_agree_on_sublayers(tmp_path: Path) -> None:
    """Each own layer may be a crate file; times of one are offset, and one speaks about what another defines."""
    for name, text in (("weak", FIXTURE), ("strong", STRONG)):
        layer = Sdf.Layer.CreateAnonymous(".usda")
        layer.ImportFromString(text)
        layer.Export(str(tmp_path / f"{name}.usdc"))
    dumps = {lane: extract(tmp_path / "strong.usdc", lane=lane).scene.dump() for lane in Lane}
    assert dumps[Lane.FASTEST] == dumps[Lane.LAYER] == dumps[Lane.COMPOSED]
    assert "/World/Box" in dumps[Lane.FASTEST]


@pytest.mark.skipif(not STAGES, reason="the sample scenes are not here")
@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(path, id=path.name, marks=[pytest.mark.slow] if path.stat().st_size > BIG else [])
        for path in STAGES
    ],
)
def test_lanes_agree_on_real_scenes(stage: Path) -> None:
    expected = extract(stage, lane=Lane.COMPOSED).scene.dump()
    # A file that is read natively keeps fields which an older OpenUSD does not know.
    unknown = () if Usd.GetVersion() >= (0, 25, 11) else ("uiHints: ",)
    for lane in (Lane.LAYER, Lane.FASTEST):
        # Not `==` in the assertion: to tell two long texts apart takes pytest minutes.
        differing = set(expected.splitlines()) ^ set(extract(stage, lane=lane).scene.dump().splitlines())
        assert sorted(line for line in differing if not line.lstrip().startswith(unknown))[:10] == [], lane
