# SPDX-License-Identifier: Apache-2.0
"""The proof file of a run: it holds what was looked at, and anybody can hold it against its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mutation_scene import make_scene
from planting import spoil
from test_mutations import unbound_in_variant
from usdtune import api
from usdtune.bridge.author_delivery import sha256
from usdtune.cli.commands.example import example
from usdtune.cli.main import main
from usdtune.report import documents


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proof")
    example("plant", folder / "plant.usdc", meshes=200, seed=5)
    api.run(folder / "plant.usdc", folder / "out", approve={"restructure": "optimize-as-is"})
    return folder / "out"


def test_a_run_leaves_a_proof_with_pictures_and_deviation(tuned: Path) -> None:
    proof = documents.load(tuned / "proof.json", "proof")
    assert proof["accepted"]
    assert proof["deviation"]["exact_mesh_count"] == proof["deviation"]["mesh_count"] > 0
    assert {view["verdict"] for view in proof["pictures"]["views"]} == {"same"}
    for view in proof["pictures"]["views"]:
        assert all((tuned / name).is_file() for side in ("before", "after") for name in view[side].values())
    assert [step["status"] for step in proof["steps"]].count("kept") > 0
    assert next(law for law in proof["laws"] if law["law"] == "pictures")["status"] == "held"


def test_a_proof_is_proven_again(tuned: Path) -> None:
    assert main(["diff", "--proof", str(tuned / "proof.json")]) == 0


def test_a_proof_of_other_files_is_refused(tuned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = json.loads((tuned / "proof.json").read_text())
    other = tmp_path / "pathmap.jsonl"
    other.write_text("")
    proof["pathmap"]["path"] = str(other)
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    assert main(["diff", "--proof", str(tmp_path / "proof.json")]) == 5
    assert "is not the file that was proven" in capsys.readouterr().err


def test_a_forged_proof_is_found_out_under_another_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "small.usdc"
    scene = make_scene(tmp_path / "in")
    assert main(["op", "deduplicateGeometry", str(scene), "-o", str(out), "--verify", "-q"]) == 0
    spoil(out, unbound_in_variant)
    forged = json.loads((tmp_path / "small.proof.json").read_text())
    forged["result"]["sha256"] = sha256(out)
    (tmp_path / "small.proof.json").write_text(json.dumps(forged))
    assert main(["diff", "--proof", str(tmp_path / "small.proof.json")]) == 5
    assert "finish=" in capsys.readouterr().out


@pytest.mark.parametrize("key, more", [("deduplicateGeometry", []), ("meshCleanup", ["--tolerance", "0.001"])])
def test_an_operation_that_is_verified_leaves_its_proof(key: str, more: list[str], tmp_path: Path) -> None:
    example("plant", tmp_path / "plant.usdc", meshes=200, seed=5)
    out = tmp_path / "small.usdc"
    assert main(["op", key, str(tmp_path / "plant.usdc"), "-o", str(out), "--verify", "-q", *more]) == 0
    proof = documents.load(tmp_path / "small.proof.json", "proof")
    assert proof["accepted"] and proof["deviation"] is None
    assert [(step["operation"], step["status"]) for step in proof["steps"]] == [(key, "kept")]
    assert proof["promised"]["surface"] == ("bounded" if more else "exact")
    commit = documents.load(tmp_path / "small.commit.json", "commit")
    delivered = {file["path"]: file["sha256"] for file in commit["files"]}
    assert delivered["small.usdc"] == proof["result"]["sha256"]
    assert delivered["small.proof.json"] == commit["verification"]["sha256"]
    assert main(["diff", "--proof", str(tmp_path / "small.proof.json")]) == 0


def test_what_may_change_is_not_called_held(tmp_path: Path) -> None:
    example("plant", tmp_path / "plant.usdc", meshes=200, seed=5)
    texts = ["op", "optimizeMaterials", str(tmp_path / "plant.usdc"), "--optimizeMaterialsMode", "1"]
    assert main([*texts, "-o", str(tmp_path / "flat.usdc"), "--verify", "-q"]) == 0
    proof = documents.load(tmp_path / "flat.proof.json", "proof")
    status = {law["law"]: law["status"] for law in proof["laws"]}
    assert (status["surface"], status["variants"], status["metadata"]) == ("declined", "declined", "held")
    assert proof["promised"] == {"surface": "changes", "identity": "removed", "tolerance_m": 0.0}
    assert main(["diff", "--proof", str(tmp_path / "flat.proof.json")]) == 0


@pytest.mark.parametrize("arguments", [["diff"], ["diff", "a.usd"], ["diff", "a.usd", "b.usd", "--proof", "p.json"]])
def test_diff_takes_two_scenes_or_a_proof(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "--proof FILE alone" in capsys.readouterr().err
