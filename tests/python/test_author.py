# SPDX-License-Identifier: Apache-2.0
"""Authoring beside the laws: layers, asset paths, packages, order, and deliveries that survive a kill."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pxr import Sdf, Usd, UsdUtils
from usdtune._core import EditBuilder, asset_holders, edit_kinds, preview
from usdtune.bridge.author import AuthorError, Delivery, author, deliver, recover
from usdtune.bridge.extract import extract

KIND = {name: number for number, name in enumerate(edit_kinds())}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#usda 1.0\n" + text)
    return path


def authored(source: Path, out: Path, *calls: dict[str, Any]) -> Delivery:
    scene = extract(source).scene
    builder = EditBuilder(scene)
    for call in calls:
        builder.add(**call)
    return author(source, builder.take(), scene, out)


def say(kind: str, path: str, **arguments: Any) -> dict[str, Any]:
    return {"kind": KIND[kind], "path": path, **arguments}


ASSETS = """(
    customLayerData = {
        asset thumb = @./tex/a.png@
        dictionary deep = {
            asset[] list = [@./tex/a.png@, @@, @./nope.png@]
        }
    }
    subLayers = [
        @./sub/s.usda@ (offset = 3; scale = 2),
        @./missing.usda@
    ]
)
def "A" (
    prepend references = [@./ref.usda@, @./ref.usda@</R> (offset = 2), @ref.usda@, </B>]
    payload = @./ref.usda@</R>
    clips = {
        dictionary default = {
            asset[] assetPaths = [@./clip.001.usda@]
            string templateAssetPath = "./clip.###.usda"
            string primPath = "/R"
        }
    }
    prepend variantSets = "v"
    variants = {
        string v = "x"
    }
)
{
    asset a = @./tex/a.png@
    asset[] b = [@./tex/a.png@, @@, @tex/a.png@, @omniverse://s/a.png@, @/abs/x.png@, @./none.png@]
    asset udim = @./tex/u.<UDIM>.png@
    asset packed = @./p.usdz[tex/a.png]@
    asset expression = @`"./tex/${NAME}.png"`@
    asset ts.timeSamples = { 1: @./tex/a.png@, 2: @./tex/none.png@ }
    float noted (
        customData = {
            asset q = @./tex/a.png@
        }
    )
    string text = "./tex/a.png"
    variantSet "v" = {
        "x" {
            asset inVariant = @./tex/a.png@
        }
        "y" (
            prepend references = @./ref.usda@
        ) {
            float f (
                customData = {
                    asset q = @./tex/a.png@
                }
            )
        }
    }
}
def "B" {
}
def "Off" (
    active = false
)
{
    def "In"
    {
        asset hidden = @./tex/a.png@
        float f (
            customData = {
                asset q = @./tex/a.png@
            }
        )
    }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("tex/a.png", "tex/u.1001.png", "clip.001.usda", "sub/b.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"#usda 1.0\n")
    with zipfile.ZipFile(folder / "p.usdz", "w") as archive:
        archive.writestr("r.usda", "#usda 1.0\n")
        archive.writestr("tex/a.png", "x")
    write(folder / "ref.usda", '(\n    defaultPrim = "R"\n)\ndef "R" {\n}\n')
    write(folder / "sub" / "s.usda", 'def "S" {\n    asset t = @../tex/a.png@\n    asset u = @./b.png@\n}\n')
    write(folder / "root.usda", ASSETS)
    return folder


def test_asset_paths_resolve_as_before(project: Path, tmp_path: Path) -> None:
    delivery = authored(project / "root.usda", tmp_path / "elsewhere" / "out")
    assert delivery.files == ("root.optimized.usdc", "sub/s.usda")
    deliver(delivery)
    layer = Sdf.Layer.FindOrOpen(str(delivery.final(delivery.files[0])))
    at = "../../project/"
    get = layer.GetAttributeAtPath
    assert get("/A.a").default.path == at + "tex/a.png"
    assert [item.path for item in get("/A.b").default] == [
        at + "tex/a.png", "", at + "tex/a.png", "omniverse://s/a.png", "/abs/x.png", "./none.png",
    ]  # fmt: skip
    assert get("/A.udim").default.path == at + "tex/u.<UDIM>.png"
    assert get("/A.packed").default.path == at + "p.usdz[tex/a.png]"
    assert get("/A.expression").default.path == '`"../../project/tex/${NAME}.png"`'
    assert get("/A.text").default == "./tex/a.png"
    assert layer.QueryTimeSample("/A.ts", 1).path == at + "tex/a.png"
    assert layer.QueryTimeSample("/A.ts", 2).path == "./tex/none.png"
    assert get("/A.noted").customData["q"].path == at + "tex/a.png"
    assert get("/A{v=x}.inVariant").default.path == at + "tex/a.png"
    assert get("/A{v=y}.f").customData["q"].path == at + "tex/a.png"
    assert get("/Off/In.hidden").default.path == at + "tex/a.png"
    assert get("/Off/In.f").customData["q"].path == at + "tex/a.png"
    references = layer.GetPrimAtPath("/A").referenceList.prependedItems
    # `./ref.usda` and `ref.usda` become one path, and a list op holds an item once: the stronger place stays.
    assert [item.assetPath for item in references] == [at + "ref.usda"] * 2 + [""]
    assert references[1].layerOffset == Sdf.LayerOffset(2) and references[1].primPath == "/R"
    assert layer.GetPrimAtPath("/A{v=y}").referenceList.prependedItems[0].assetPath == at + "ref.usda"
    assert layer.GetPrimAtPath("/A").payloadList.explicitItems[0].assetPath == at + "ref.usda"
    clips = layer.GetPrimAtPath("/A").GetInfo("clips")["default"]
    assert clips["assetPaths"][0].path == at + "clip.001.usda"
    assert clips["templateAssetPath"] == at + "clip.###.usda"
    assert layer.customLayerData["thumb"].path == at + "tex/a.png"
    assert [item.path for item in layer.customLayerData["deep"]["list"]] == [at + "tex/a.png", "", "./nope.png"]
    assert list(layer.subLayerPaths) == ["./sub/s.usda", "./missing.usda"]
    assert layer.subLayerOffsets[0] == Sdf.LayerOffset(3, 2)
    sub = Sdf.Layer.FindOrOpen(str(delivery.final("sub/s.usda")))
    assert sub.GetAttributeAtPath("/S.t").default.path == "../../../project/tex/a.png"
    assert sub.GetAttributeAtPath("/S.u").default.path == "../../../project/sub/b.png"


PLAIN_ASSETS = """(
    customLayerData = {
        asset thumb = @./tex/a.png@
    }
)
def "A" (
    assetInfo = {
        asset identifier = @./ref.usda@
    }
)
{
    asset a = @./tex/a.png@
    asset[] declared
    asset ts.timeSamples = { 1: @./tex/a.png@ }
    float noted (
        customData = {
            asset q = @./tex/a.png@
            asset[] r = [@./tex/a.png@]
        }
    )
}
def "R" (
    prepend references = @./ref.usda@
)
{
}
"""


@pytest.mark.parametrize("whole", [False, True])
def test_known_holders_are_moved_as_found_ones_are(whole: bool, project: Path, tmp_path: Path) -> None:
    source = write(project / "plain.usda", PLAIN_ASSETS)
    scene = extract(source).scene
    builder = EditBuilder(scene)
    builder.add(KIND["setAttribute"], "/A", "given", "asset", value="./tex/a.png")
    assert asset_holders(scene) == (["/A", "/A.a", "/A.declared", "/A.noted", "/A.ts", "/R"], [])
    delivery = author(source, builder.take(), scene, tmp_path / "elsewhere" / "out", whole=whole)
    text = Sdf.Layer.FindOrOpen(str(delivery.root)).ExportToString()
    assert "@./" not in text
    assert text.count("@../../project/") == 8


SPEAKS_UNSEEN = """#usda 1.0
def "V" (
    variants = {
        string look = "a"
    }
    prepend variantSets = "look"
)
{
    variantSet "look" = {
        "a" {
            asset seen = @./tex/a.png@
        }
        "b" (
            customData = {
                asset note = @./tex/a.png@
            }
        ) {
            asset unseen = @./tex/a.png@
            def "Below" (
                prepend references = @./ref.usda@
            )
            {
            }
        }
    }
}
def "Off" (
    active = false
)
{
    def "Below"
    {
        asset unseen = @./tex/a.png@
    }
}
def "I" (
    instanceable = true
    prepend references = @./ref.usda@
)
{
    over "Below"
    {
        asset unseen = @./tex/a.png@
    }
}
def "Plain"
{
    asset a = @./tex/a.png@
}
"""


@pytest.mark.parametrize("whole", [False, True])
def test_paths_move_where_the_scene_does_not_look(whole: bool, project: Path, tmp_path: Path) -> None:
    source = write(project / "unseen.usda", SPEAKS_UNSEEN)
    scene = extract(source).scene
    assert asset_holders(scene) == (["/Plain.a"], ["/V", "/Off", "/I"])
    delivery = author(source, EditBuilder(scene).take(), scene, tmp_path / "elsewhere" / "out", whole=whole)
    text = Sdf.Layer.FindOrOpen(str(delivery.root)).ExportToString()
    assert "@./" not in text
    assert text.count("@../../project/") == 8


def test_holders_are_unknown_where_several_layers_speak(project: Path) -> None:
    assert asset_holders(extract(project / "root.usda").scene) is None


def test_relative_paths_hold_in_the_staging_folder_too(project: Path, tmp_path: Path) -> None:
    delivery = authored(project / "root.usda", tmp_path / "out")
    layer = Sdf.Layer.FindOrOpen(str(delivery.root))
    staged = layer.ComputeAbsolutePath(layer.GetAttributeAtPath("/A.a").default.path)
    assert Path(staged).resolve() == (project / "tex" / "a.png").resolve()


def test_sources_stay_as_they_are_even_beside_the_result(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    delivery = authored(project / "root.usda", project, say("definePrim", "/S/New"), say("definePrim", "/T"))
    deliver(delivery)
    assert {path: path.read_bytes() for path in before} == before
    assert delivery.files == ("root.optimized.usdc", "sub/s.optimized.usda")
    stage = Usd.Stage.Open(str(delivery.final(delivery.files[0])))
    assert stage.GetPrimAtPath("/S/New") and stage.GetPrimAtPath("/T")
    layer = stage.GetRootLayer()
    assert layer.GetPrimAtPath("/S/New") is None
    assert layer.GetAttributeAtPath("/A.a").default.path == "./tex/a.png"


def test_edits_go_to_the_layer_that_holds_the_opinion(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in" / "root.usda", '(\n    subLayers = [@./low.usda@]\n)\ndef "R"\n{\n    int x = 1\n}\n'
    )
    write(tmp_path / "in" / "low.usda", 'def "L"\n{\n    int x = 1\n    def "K"\n    {\n    }\n}\n')
    delivery = authored(
        source,
        tmp_path / "out",
        say("setAttribute", "/L", name="x", type_name="int", value=5),
        say("removePrim", "/L/K"),
        say("definePrim", "/L/N"),
        say("setAttribute", "/R", name="x", type_name="int", value=6),
    )
    root, low = (Sdf.Layer.FindOrOpen(str(delivery.staging / file)) for file in delivery.files)
    assert root.GetAttributeAtPath("/R.x").default == 6
    assert root.GetPrimAtPath("/L") is None
    assert low.GetAttributeAtPath("/L.x").default == 5
    assert [child.name for child in low.GetPrimAtPath("/L").nameChildren] == ["N"]


@pytest.mark.parametrize("removed", [3, 900, 1000])
def test_mass_removal_keeps_order_and_content(removed: int, tmp_path: Path) -> None:
    children = "\n".join(
        f'    def Scope "C{i}"\n    {{\n        int n = {i}\n        def "In" {{\n        }}\n    }}'
        for i in range(1000)
    )
    source = write(tmp_path / "wide.usda", f'def "First"\n{{\n}}\ndef "W"\n{{\n{children}\n}}\ndef "Last"\n{{\n}}\n')
    gone = set(range(0, 1000, 1000 // removed)) if removed < 900 else set(range(removed))
    delivery = authored(
        source, tmp_path / "out", *[say("removePrim", f"/W/C{i}") for i in sorted(gone)], say("definePrim", "/W/New")
    )
    layer = Sdf.Layer.FindOrOpen(str(delivery.root))
    kept = [i for i in range(1000) if i not in gone]
    assert [prim.name for prim in layer.rootPrims] == ["First", "W", "Last"]
    assert [prim.name for prim in layer.GetPrimAtPath("/W").nameChildren] == [f"C{i}" for i in kept] + ["New"]
    assert all(layer.GetAttributeAtPath(f"/W/C{i}.n").default == i for i in kept)
    assert all(layer.GetPrimAtPath(f"/W/C{i}/In") for i in kept)


def test_same_input_gives_same_bytes_in_other_processes(project: Path, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_author import authored, say
delivery = authored(Path(sys.argv[1]), Path(sys.argv[2]), say("definePrim", "/N", type_name="Xform"),
    say("setAttribute", "/B", name="x", type_name="double", value=2.0), say("removePrim", "/Off"))
print(*[(delivery.staging / file) for file in delivery.files], sep="\\n")
"""
    digests = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", script, project / "root.usda", tmp_path / "out", Path(__file__).parent],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        files = run.stdout.split()
        digests.add(tuple(hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files))
    assert len(digests) == 1


def test_a_package_is_expanded_and_loses_nothing(project: Path, tmp_path: Path) -> None:
    flat = write(project / "pack.usda", '(\n    defaultPrim = "A"\n)\ndef "A"\n{\n    asset a = @./tex/a.png@\n}\n')
    package = tmp_path / "in" / "asset.usdz"
    package.parent.mkdir()
    assert UsdUtils.CreateNewUsdzPackage(str(flat), str(package))
    delivery = authored(package, tmp_path / "out", say("definePrim", "/A/N"))
    assert delivery.files[0] == "asset.optimized.usdc"
    deliver(delivery)
    stage = Usd.Stage.Open(str(delivery.final(delivery.files[0])))
    assert stage.GetPrimAtPath("/A/N")
    resolved = stage.GetAttributeAtPath("/A.a").Get().resolvedPath
    assert resolved.startswith(str(tmp_path / "out")) and Path(resolved).is_file()


def test_a_package_that_leads_out_of_itself_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "evil.usdz"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("r.usda", "#usda 1.0\n")
        archive.writestr("../evil.txt", "x")
    scene = extract(write(tmp_path / "empty.usda", "")).scene
    with pytest.raises(AuthorError, match="leads out of it"):
        author(package, EditBuilder(scene).take(), scene, tmp_path / "out")
    assert not (tmp_path / "evil.txt").exists()
    assert not [path for path in tmp_path.iterdir() if "staging" in path.name]


def test_text_inside_a_usd_sublayer_stays_text(tmp_path: Path) -> None:
    source = write(tmp_path / "in" / "root.usda", "(\n    subLayers = [@./low.usd@]\n)\n")
    write(tmp_path / "in" / "low.usd", 'def "L" {\n}\n')
    delivery = authored(source, tmp_path / "out", say("definePrim", "/L/N"))
    assert (delivery.staging / "low.usd").read_bytes().startswith(b"#usda")
    assert delivery.root.read_bytes().startswith(b"PXR-USDC")


def test_what_no_own_layer_holds_cannot_be_authored(tmp_path: Path) -> None:
    source = write(tmp_path / "root.usda", 'def "A" {\n}\n')
    with pytest.raises(AuthorError, match="/Nowhere: no own layer has an opinion"):
        authored(source, tmp_path / "out", say("removePrim", "/Nowhere"))


def test_the_commit_file_names_every_file(project: Path, tmp_path: Path) -> None:
    delivery = authored(project / "root.usda", tmp_path / "out")
    commit = deliver(delivery, {"path": "verification.json", "sha256": "0" * 64, "accepted": True})
    record = json.loads(commit.read_text())
    assert commit.name == "root.optimized.commit.json"
    assert [entry["path"] for entry in record["files"]] == ["root.optimized.usdc", "sub/s.usda"]
    for entry in record["files"]:
        content = (tmp_path / "out" / entry["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size_bytes"], entry["sha256"])
    assert not [path for path in tmp_path.iterdir() if "staging" in path.name]


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from test_author import authored, say
from usdtune.bridge import author_delivery
from usdtune.bridge.author import deliver
steps = int(sys.argv[3])
real = Path.replace
def replace(self, target):
    global steps
    if steps == 0:
        os.kill(os.getpid(), 9)
    steps -= 1
    return real(self, target)
delivery = authored(Path(sys.argv[1]), Path(sys.argv[2]), say("definePrim", "/N"))
Path.replace = replace
deliver(delivery)
"""


@pytest.mark.parametrize("steps", range(5))
def test_a_kill_at_any_rename_leaves_nothing_half_done(steps: int, project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-c", KILLED, project / "root.usda", out, str(steps), Path(__file__).parent],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert run.returncode == (-signal.SIGKILL if steps < 4 else 0)
    assert (out / "root.optimized.commit.json").exists() == (steps == 4)
    recovery = recover(out)
    assert not [path for path in tmp_path.iterdir() if "staging" in path.name]
    if steps == 0:  # before the record was whole: nothing of it counts
        assert recovery.cleared and not any(out.iterdir())
    else:
        assert (out / "root.optimized.commit.json").exists()
        assert Usd.Stage.Open(str(out / "root.optimized.usdc")).GetPrimAtPath("/N")
        assert (out / "sub" / "s.usda").exists()


def test_recovery_leaves_living_runs_alone(project: Path, tmp_path: Path) -> None:
    delivery = authored(project / "root.usda", tmp_path / "out")
    assert recover(tmp_path / "out").cleared == []
    assert delivery.root.exists()


def test_moves_compose_and_keep_their_reasons(tmp_path: Path) -> None:
    scene = extract(write(tmp_path / "root.usda", 'def "A" {\n}\ndef "B" {\n}\n')).scene
    builder = EditBuilder(scene)
    builder.move("/A", "/M", 1, "grouped", "one")
    builder.move("/B", "/M", 3, "equal", "two")
    builder.move("/M", "/N", 1, "again", "three")
    builder.move("/N", "", 4, "unused", "four")
    rows = builder.take().compact(scene).moves(scene)
    assert ("/A", None, "removed", "unused", "four") in rows
    assert ("/B", None, "removed", "unused", "four") in rows


def test_preview_of_nothing_is_the_same_scene(project: Path) -> None:
    scene = extract(project / "root.usda").scene
    assert preview(scene, EditBuilder(scene).take()).dump() == scene.dump()
