# SPDX-License-Identifier: Apache-2.0
"""The programs and stacks of examples/ do what their first lines say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import usdtune
from usdtune.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = tmp_path_factory.mktemp("scenes") / "plant.usdc"
    assert main(["example", "plant", "-o", str(scene), "--meshes", "200", "--seed", "1"]) == 0
    return scene


def run(name: str, *arguments: Path) -> str:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_share_repeated_parts_shares_and_draws_the_same(plant: Path, tmp_path: Path) -> None:
    said = run("share_repeated_parts.py", plant, tmp_path / "shared.usdc")
    assert said.splitlines()[1:] == ["surface: exact", "draws the same"]


def test_tune_folder_gives_a_line_and_a_report_per_scene(plant: Path, tmp_path: Path) -> None:
    said = run("tune_folder.py", plant.parent, tmp_path)
    assert len(said.splitlines()) == 1
    assert said.startswith("plant.usdc: improved, ")
    assert (tmp_path / "plant" / "plant_optimization_report.html").is_file()


def test_light_cleanup_is_exact_throughout(plant: Path, tmp_path: Path) -> None:
    chain = json.loads((EXAMPLES / "stacks" / "light_cleanup.json").read_text())
    done = usdtune.stack(chain, plant, tmp_path / "clean.usdc", verify=True)
    assert (done.label, done.changed) == ("exact", True)
