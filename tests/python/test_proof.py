# SPDX-License-Identifier: Apache-2.0
"""The proof file of a run: it holds what was looked at, and anybody can hold it against its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from usdtune import api
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


@pytest.mark.parametrize("arguments", [["diff"], ["diff", "a.usd"], ["diff", "a.usd", "b.usd", "--proof", "p.json"]])
def test_diff_takes_two_scenes_or_a_proof(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "--proof FILE alone" in capsys.readouterr().err
