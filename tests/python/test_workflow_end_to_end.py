# SPDX-License-Identifier: Apache-2.0
"""Whole runs on real stages, through the command line as a user calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from usdtune.report import documents
from usdtune.workflow import stack, verify
from usdtune.workflow.options import StageView
from usdtune.workflow.stops import Refused
from usdtune.workflow.supervise import Child

Sdf = pytest.importorskip("pxr.Sdf")

AS_IS = ("--approve", "restructure=optimize-as-is")


def usdtune(*texts: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "usdtune.cli.main", *texts]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment(), check=False)


def environment() -> dict[str, str]:
    return dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scene") / "plant.usdc"
    done = usdtune("example", "plant", "-o", str(path), "--meshes", "400")
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def tuned(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tuned") / "out"
    done = usdtune("run", str(plant), "-o", str(out), *AS_IS)
    assert done.returncode == 0, done.stderr
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def load(out: Path, name: str) -> Any:
    return documents.load(out / documents.FILE_NAMES[name][0].format(asset_name="plant"), name)


def test_run_improves_the_plant_and_leaves_it_alone(plant: Path, tmp_path: Path) -> None:
    before = files(plant.parent)
    done = usdtune("run", str(plant), "-o", str(tmp_path / "out"), *AS_IS, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["workflow_mode"] == "full"
    assert report["verdict"] == "improved"
    assert Path(report["output_path"]).name == "plant.optimized.usdc"
    assert files(plant.parent) == before


def test_result_is_the_same_scene(plant: Path, tuned: Path) -> None:
    result = str(tuned / "plant.optimized.usdc")
    drawn = usdtune("diff", str(plant), result)
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    authored = usdtune("diff", str(plant), result, "--authored")
    assert authored.returncode == 0, authored.stdout + authored.stderr


def test_documents_count_what_openusd_counts(plant: Path, tuned: Path) -> None:
    from pxr import Usd

    def drawn(path: Path) -> int:
        stage = Usd.Stage.Open(str(path))
        return sum(prim.GetTypeName() == "Mesh" for prim in stage.Traverse(Usd.TraverseInstanceProxies()))

    stage = Usd.Stage.Open(str(plant))
    counts = load(tuned, "sa_report")["summary_counts"]
    assert counts["prim_count"] == sum(1 for _ in stage.Traverse())
    assert counts["mesh_count"] == sum(prim.GetTypeName() == "Mesh" for prim in stage.Traverse())
    assert counts["material_count"] == sum(prim.GetTypeName() == "Material" for prim in stage.Traverse())
    assert load(tuned, "sa_report")["instancing"]["x_rendered_mesh_count"] == drawn(plant)
    result = Usd.Stage.Open(str(tuned / "plant.optimized.usdc"))
    after = json.loads(next(tuned.glob("*.summary.json")).read_text())["after"]
    stored = [*result.Traverse(), *(prim for root in result.GetPrototypes() for prim in Usd.PrimRange(root))]
    assert after["prim_count"] == sum(1 for _ in result.Traverse())
    assert after["mesh_count"] == sum(prim.GetTypeName() == "Mesh" for prim in stored)
    preservation = load(tuned, "optimization_report")["preservation"]
    assert preservation["rendered_mesh_count"] == drawn(tuned / "plant.optimized.usdc") == drawn(plant)


def test_files_of_a_run_keep_their_contracts(tuned: Path) -> None:
    commit = next(tuned.glob("*.commit.json"))
    documents.load(commit, "commit")
    documents.load(next(tuned.glob("*.summary.json")), "op_summary")
    for name in ("gates", "run_state", "compare_profiles", "validation_scope_note", "optimization_plan"):
        load(tuned, name)


def test_files_that_arrive_by_an_arc_count_as_layers(tmp_path: Path) -> None:
    (tmp_path / "bolt.usda").write_text('#usda 1.0\n(\n    subLayers = [@./more.usda@]\n)\ndef Xform "Bolt" {}\n')
    (tmp_path / "more.usda").write_text('#usda 1.0\n(\n    doc = "the north facade, cascaded"\n)\n')
    arc = "(\n    references = @./bolt.usda@</Bolt>\n)\n{\n}\n"
    root = tmp_path / "root.usda"
    root.write_text(f'#usda 1.0\ndef "A" {arc}def "B" {arc}')
    assert usdtune("assess", str(root), "-o", str(tmp_path / "out")).returncode == 0
    report = load(tmp_path / "out", "sa_report")
    assert (report["composition"]["layers"], report["composition"]["references"]) == (3, 2)
    assert report["composition"]["counting_method"] == "authored_list_op_items"
    assert report["x_posture"]["converted"] is False, "a facade is no CAD"


def test_verification_accepted_what_was_delivered(tuned: Path) -> None:
    report = load(tuned, "verification_report")
    assert report["accepted"] is True
    assert report["second_witness"]["status"] == "held"
    assert not any(law["status"] == "broken" for law in report["laws"])


def test_run_stops_at_the_gate_without_a_terminal(plant: Path, tmp_path: Path) -> None:
    done = usdtune("run", str(plant), "-o", str(tmp_path / "out"))
    assert done.returncode == 3
    assert "--approve restructure=optimize-as-is" in done.stderr
    stop = load(tmp_path / "out", "stop")
    assert stop["gate"]["how_to_answer"].startswith("--approve restructure=")


def test_dry_run_explains_and_keeps_nothing(plant: Path) -> None:
    done = usdtune("run", str(plant), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Plan for ")
    assert "because" in done.stdout


def no_steps(folder: Path) -> Path:
    path = folder / "nothing.json"
    path.write_text("[]")
    return path


def test_second_run_finds_the_first_one_finished(plant: Path, tuned: Path) -> None:
    before = files(tuned)
    done = usdtune("run", str(plant), "-o", str(tuned), *AS_IS)
    assert done.returncode == 0, done.stderr
    after = files(tuned)
    assert {name for name in before if before[name] != after.get(name)} <= {"run_state.json"}


def test_result_has_nothing_more_to_do(tuned: Path, tmp_path: Path) -> None:
    scene = tmp_path / "again" / "again.usdc"
    scene.parent.mkdir()
    usdtune("stack", str(no_steps(tmp_path)), str(tuned / "plant.optimized.usdc"), "-o", str(scene))
    done = usdtune("run", str(scene), "-o", str(tmp_path / "out"), *AS_IS, "--json", "--fail-on-noop")
    report = json.loads(done.stdout)
    changed = [row for row in report["operations"] if "edits" in row["result"]]
    assert done.returncode in (0, 7), done.stderr
    assert len(changed) <= 1


def test_phases_one_by_one_give_what_the_run_gives(plant: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for phase in ("preflight", "assess", "validate"):
        assert usdtune(phase, str(plant), "-o", str(out)).returncode == 0
    assert usdtune("decide", "-o", str(out), *AS_IS).returncode == 0
    for phase in ("plan", "optimize", "compare", "report"):
        done = usdtune(phase, "-o", str(out))
        assert done.returncode == 0, done.stderr
    assert load(out, "optimization_report")["verdict"] == "improved"


BROKEN = {
    "syntax.usda": b'#usda 1.0\ndef Xform "A" {\n',
    "empty.usda": b"",
    "noise.usdc": b"PXR-USDC" + bytes(range(200)),
    "noise.usd": os.urandom(300),
    "notes.txt": b"hello",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    done = usdtune("run", str(path), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("usdtune: ")]
    assert len(told) == 1
    assert documents.load(tmp_path / "out" / "stop.json", "stop")["code"] == "blocked_stage_open"
    other = usdtune("diff", str(path), str(path))
    assert other.returncode == 2
    assert "Traceback" not in other.stderr


def test_truncated_crate_is_one_sentence(plant: Path, tmp_path: Path) -> None:
    whole = plant.read_bytes()
    for part in (0.3, 0.9):
        path = tmp_path / "cut.usdc"
        path.write_bytes(whole[: int(len(whole) * part)])
        done = usdtune("inspect", str(path))
        assert done.returncode == 4, done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_stack_writes_only_what_it_was_told_to(plant: Path, tmp_path: Path) -> None:
    chain = tmp_path / "stack.json"
    chain.write_text('[{"operation": "meshCleanup", "tolerance": 0.001}, {"operation": "computeExtents"}]')
    out = tmp_path / "small.usdc"
    done = usdtune("stack", str(chain), str(plant), "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["label"] == "bounded by 0.001"
    written = ["small.commit.json", "small.pathmap.jsonl", "small.usdc", "stack.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == written


def test_path_map_of_a_stack_is_found_by_diff(plant: Path, tmp_path: Path) -> None:
    """Instances of a point instancer have no paths of their own: only the map tells where a mesh is drawn now."""
    out = tmp_path / "shared.usdc"
    arguments = ["--duplicateMethod", "4", "--tolerance", "0"]
    done = usdtune("op", "deduplicateGeometry", str(plant), "-o", str(out), *arguments)
    assert done.returncode == 0, done.stderr
    for relation in ([], ["--authored"]):
        found = usdtune("diff", str(plant), str(out), *relation, "--json")
        assert json.loads(found.stdout)["pathmap"] == str(tmp_path / "shared.pathmap.jsonl")
        assert found.returncode == 0, found.stdout


def test_inspect_writes_nothing(plant: Path) -> None:
    before = files(plant.parent)
    done = usdtune("inspect", str(plant))
    assert done.returncode == 0, done.stderr
    assert "likely reasons" in done.stdout
    assert files(plant.parent) == before


def test_stack_says_that_nobody_has_looked_or_proves_it(plant: Path, tmp_path: Path) -> None:
    chain = tmp_path / "stack.json"
    chain.write_text('[{"operation": "optimizeMaterials"}, {"operation": "pruneLeaves"}]')
    told = usdtune("stack", str(chain), str(plant), "-o", str(tmp_path / "told.usdc"))
    assert "surface: exact (as promised, not verified)" in told.stdout
    proven = usdtune("stack", str(chain), str(plant), "-o", str(tmp_path / "proven.usdc"), "--verify", "--json")
    assert proven.returncode == 0, proven.stderr
    assert json.loads(proven.stdout)["verified"] is True
    assert (tmp_path / "told.usdc").read_bytes() == (tmp_path / "proven.usdc").read_bytes()


def test_stack_that_breaks_its_promise_is_not_written(
    plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify.Promise, "of", lambda _: verify.Promise("exact", "kept", 0.0))
    chain = [{"operation": "meshCleanup", "tolerance": 0.5}]
    out = tmp_path / "loose.usdc"
    with Child("Working") as worker, pytest.raises(Refused, match=r"breaks .* was not written"):
        stack.apply_stack(worker, plant, chain, out, view=StageView(), threads=0, prove=True)
    assert list(tmp_path.iterdir()) == []


def test_diff_follows_the_path_map_of_a_delivery(plant: Path, tuned: Path, tmp_path: Path) -> None:
    result = tuned / "plant.optimized.usdc"
    for relation in ((), ("--authored",)):
        done = usdtune("diff", str(plant), str(result), *relation, "--json")
        assert done.returncode == 0, done.stdout[-2000:]
        document = json.loads(done.stdout)
        assert document["pathmap"] == str(tuned / "pathmap.jsonl")
        assert document["inferred_moves"] == []
    # The map beside it says nothing about another scene.
    other = tmp_path / "other.usdc"
    assert usdtune("example", "plant", "-o", str(other), "--meshes", "130", "--seed", "9").returncode == 0
    assert json.loads(usdtune("diff", str(other), str(result), "--json").stdout)["pathmap"] is None


def test_diff_finds_what_moved_without_a_path_map(plant: Path, tuned: Path) -> None:
    beside = tuned / "renamed.usdc"
    beside.write_bytes((tuned / "plant.optimized.usdc").read_bytes())
    done = usdtune("diff", str(plant), str(beside), "--json")
    beside.unlink()
    document = json.loads(done.stdout)
    assert document["pathmap"] is None
    assert document["inferred_moves"]
    assert done.returncode == 0, document["counts_by_kind"]


LOST_TEXTURES = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def Material "Sign"
    {
        token outputs:surface.connect = </World/Sign/S.outputs:surface>
        def Shader "S"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </World/Sign/T.outputs:rgb>
            token outputs:surface
        }
        def Shader "T"
        {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @./textures/lost.png@
            asset inputs:tiles = @./textures/lost.<UDIM>.png@
            float3 outputs:rgb
        }
    }
    def Scope "Empty"
    {
    }
    def Mesh "Plate" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3]
        int[] faceVertexIndices = [0, 1, 2, 3, 4, 5]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 0, 0), (1, 1, 0), (0, 1, 0)]
        rel material:binding = </World/Sign>
    }
}
"""


def test_textures_that_lead_nowhere_do_not_refuse_a_result(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sign.usda").write_text(LOST_TEXTURES)
    done = usdtune("run", str(tmp_path / "in" / "sign.usda"), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "sign.optimized.usdc").is_file()


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
def test_scene_is_tuned_into_its_own_folder(suffix: str, tmp_path: Path) -> None:
    """What waits for its verification lies elsewhere, and has to see the textures it will lie beside."""
    text = LOST_TEXTURES.replace("lost.png", "there.png").replace("lost.<UDIM>", "tile.<UDIM>")
    (tmp_path / "textures").mkdir()
    for name in ("there.png", "tile.1001.png", "tile.1002.png"):
        (tmp_path / "textures" / name).write_bytes(name.encode())
    scene = tmp_path / f"sign{suffix}"
    layer = Sdf.Layer.CreateAnonymous(".usda")
    assert layer.ImportFromString(text) and layer.Export(str(scene))
    before = files(tmp_path)

    done = usdtune("op", "meshCleanup", str(scene), "-o", str(tmp_path / "clean.usdc"), "--verify", "--tolerance", "0")
    assert done.returncode == 0, done.stderr
    done = usdtune("run", str(scene), "-o", str(tmp_path), *AS_IS)
    assert done.returncode == 0, done.stderr
    result = Sdf.Layer.FindOrOpen(str(tmp_path / "sign.optimized.usdc"))
    texture = result.GetAttributeAtPath("/World/Sign/T.inputs:file").default
    assert Path(result.ComputeAbsolutePath(texture.path)) == tmp_path / "textures" / "there.png"
    after = files(tmp_path)
    assert {name: after[name] for name in before} == before
    assert not [path for path in tmp_path.iterdir() if path.is_symlink()]


TWICE_A_QUAD = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"%s
)
def Xform "World"
{
    def Mesh "A" { %s
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 0)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        texCoord2f[] primvars:st = [(0, 0)]
    }
    def Mesh "B" {
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        texCoord2f[] primvars:st = [(0, 0)]
    }
}
"""


def test_a_scene_with_its_own_sublayer_keeps_the_arc_to_its_copy(tmp_path: Path) -> None:
    (tmp_path / "over.usda").write_text(
        '#usda 1.0\nover "World"\n{\n    over "B"\n    {\n        custom int note = 1\n    }\n}\n'
    )
    scene = tmp_path / "scene.usda"
    scene.write_text(TWICE_A_QUAD % ("\n    subLayers = [@./over.usda@ (offset = 10; scale = 2)]", ""))
    done = usdtune("run", str(scene), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 0, done.stderr
    assert {"over.usda", "scene.optimized.usdc"} <= set(files(tmp_path / "out"))
    report = json.loads((tmp_path / "out" / "verification_report.json").read_text())
    assert report["accepted"]


def test_a_reference_by_expression_is_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "asset.usda").write_text('#usda 1.0\n(\n    defaultPrim = "X"\n)\ndef Xform "X"\n{\n}\n')
    scene = tmp_path / "scene.usda"
    variables = '\n    expressionVariables = {\n        string NAME = "asset"\n    }'
    text = TWICE_A_QUAD % (variables, "") + 'def "E" (\n    references = @`"./${NAME}.usda"`@\n)\n{\n}\n'
    scene.write_text(text)
    done = usdtune("run", str(scene), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 0, done.stderr
    assert "scene.optimized.usdc" in files(tmp_path / "out")


@pytest.mark.parametrize("name", ["[bracket]", "with space", "per%20cent", "sharp#1"])
def test_files_may_have_odd_names(tmp_path: Path, name: str) -> None:
    scene = tmp_path / f"{name}.usda"
    scene.write_text(TWICE_A_QUAD % ("", ""))
    done = usdtune("run", str(scene), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 0, done.stderr
    assert f"{name}.optimized.usdc" in files(tmp_path / "out")


def test_a_transform_that_openusd_does_not_know_stops_nothing(tmp_path: Path) -> None:
    scene = tmp_path / "scene.usda"
    scene.write_text(TWICE_A_QUAD % ("", '\n        uniform token[] xformOpOrder = ["xformOp:nope"]'))
    done = usdtune("run", str(scene), "-o", str(tmp_path / "out"), *AS_IS)
    assert done.returncode == 0, done.stderr
