# SPDX-License-Identifier: Apache-2.0
"""The whole flow on real scenes, as their owners run it: nothing lost, nothing worse, every end one sentence.

The scenes lie beside the repository and not in it; without them these tests say so and skip.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pxr")

from usdtune.bridge.inventory import Stages
from usdtune.bridge.usd_validation import all_validators, compare_validation
from usdtune.report import documents
from usdtune.workflow.path_map import read_moves

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = next(
    (folder / "shared" / "data" for folder in REPOSITORY.parents if (folder / "shared" / "data").is_dir()),
    REPOSITORY.parent / "shared" / "data",
)
MONOLITH = "bim/schependomlaan_monolith/schependomlaan_monolith.usdc"
ROOTS = (
    "bim/schependomlaan_composed/root.usda",
    "bim/bimwhale/tall_building_world_cm_yup.usdc",
    "bim/bimwhale/many_simple_walls.usda",
    "dcc/Teapot/Teapot.usd",
    "dcc/Teapot/DrawModes.usd",
    "anim/CesiumMan.usdz",
    "anim/BoxAnimated.usdz",
    "anim/InterpolationTest.usdz",
    "anim/HIK_Export.usda",
    "instancing/PointInstancer_Grid_7k.usda",
    "instancing/point_instanced_axis.usda",
    "instancing/appleBite_flattened.usda",
    "instancing/CubeModel.usda",
    "robot/panda/panda.usda",
)
DO_NOT_OPEN = ("edge_cases/authored/syntax_error.usda", "edge_cases/authored/truncated.usdc")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"there are no real scenes at {DATA}")


def edge_cases() -> list[str]:
    files = sorted((DATA / "edge_cases").rglob("*.usd*")) if DATA.is_dir() else []
    return [str(path.relative_to(DATA)) for path in files]


def usdtune(*texts: str) -> "subprocess.CompletedProcess[str]":
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))
    command = [sys.executable, "-P", "-m", "usdtune", *texts]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=600, env=environment, check=False, stdin=subprocess.DEVNULL
    )


def run(scene: str, out: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return usdtune("run", str(DATA / scene), "-o", str(out), "--approve", "restructure=optimize-as-is", "-q", *more)


def load(out: Path, name: str, scene: str) -> Any:
    return documents.load(out / documents.FILE_NAMES[name][0].format(asset_name=Path(scene).stem), name)


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def assert_one_sentence(done: "subprocess.CompletedProcess[str]") -> None:
    lines = done.stderr.splitlines()
    assert lines and lines[0].startswith("usdtune: ") and lines[0].endswith("."), done.stderr
    assert not any(line.startswith("usdtune: ") for line in lines[1:]), done.stderr
    for noise in ("Traceback", "pxrInternal", "Warning:", "Error in '"):
        assert noise not in done.stderr


def assert_kept(scene: str, out: Path) -> None:
    """What a finished run promises about any scene."""
    report = load(out, "optimization_report", scene)
    assert_steps_proven(out)
    if report["output_path"] is None:
        assert (report["workflow_mode"], report["verdict"]) == ("no_op", "neutral")
        assert report["executive_summary"].startswith("Nothing was written. ")
        assert not list(out.glob("*.optimized.*"))
        return
    assert report["workflow_mode"] == "full"
    assert report["verdict"] in ("improved", "neutral")
    assert report["preservation"]["dangling"] == 0
    assert report["fidelity"]["max_deviation_within_band"] is True
    verification = load(out, "verification_report", scene)
    assert verification["accepted"] and verification["fresh_process"]
    assert verification["promised"]["surface"] == "exact"
    assert all(relation["same"] for relation in verification["relations"])
    guarded = load(out, "compare_profiles", scene)["x_guarded"]
    assert [row["message"] for row in guarded if row["worse"]] == []
    assert_nothing_new_for_openusd(scene, out, Path(report["output_path"]))


def assert_steps_proven(out: Path) -> None:
    """Every step kept its promise, and each that changed something was looked at."""
    steps = documents.load(next(out.glob("*.summary.json")), "op_summary")["operations"]
    assert [step["error"] for step in steps if step.get("rolled_back")] == []
    for step in steps:
        assert step["changed"] == ("proof" in step)
        assert all(law["status"] == "held" for law in step.get("proof", {"laws": []})["laws"])


def assert_nothing_new_for_openusd(scene: str, out: Path, result: Path) -> None:
    if all_validators() is not None:
        moves = [(old, new, kind, reason, step) for old, new, kind, reason, step in read_moves(out / "pathmap.jsonl")]
        assert compare_validation(Stages.open(DATA / scene, result), moves).new == []


@dataclass(frozen=True)
class Finished:
    """A run that has ended, its folder, and the source files as they were before it."""

    done: "subprocess.CompletedProcess[str]"
    out: Path
    before: dict[str, str]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, "Future[Finished]"]]:
    """A run of every scene that was selected, as many at a time as there are cores."""
    folder = tmp_path_factory.mktemp("runs")

    def finish(number: int, scene: str) -> Finished:
        out, before = folder / str(number), digests((DATA / scene).parent)
        return Finished(run(scene, out), out, before)

    here = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    scenes = [item.callspec.params["scene"] for item in here]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {scene: pool.submit(finish, number, scene) for number, scene in enumerate(scenes)}


@pytest.mark.parametrize("scene", ROOTS)
def test_nothing_is_lost_and_the_end_is_honest(scene: str, runs: dict[str, "Future[Finished]"]) -> None:
    finished = runs[scene].result()
    assert finished.done.returncode == 0, finished.done.stderr
    assert finished.done.stderr == ""
    assert_kept(scene, finished.out)
    assert digests((DATA / scene).parent) == finished.before


@pytest.mark.parametrize("scene", edge_cases())
def test_edge_case_ends_with_the_right_code_and_one_sentence(scene: str, runs: dict[str, "Future[Finished]"]) -> None:
    finished = runs[scene].result()
    if scene in DO_NOT_OPEN:
        assert finished.done.returncode == 4
        assert_one_sentence(finished.done)
        assert load(finished.out, "stop", scene)["code"] == "blocked_stage_open"
    else:
        assert finished.done.returncode == 0, finished.done.stderr
        assert finished.done.stderr == ""
        assert_kept(scene, finished.out)
    assert digests((DATA / scene).parent) == finished.before


@pytest.mark.slow
def test_monolith_gets_smaller_and_nothing_gets_worse(tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped = usdtune("run", str(DATA / MONOLITH), "-o", str(out), "-q")
    assert stopped.returncode == 3
    assert_one_sentence(stopped)
    gate = json.loads((out / "gates.json").read_text())["gates"][0]
    assert (gate["id"], gate["answered"]) == ("restructure", False)
    assert gate["how_to_answer"] == "--approve restructure=optimize-as-is|exit"
    done = run(MONOLITH, out)
    assert done.returncode == 0, done.stderr
    assert_kept(MONOLITH, out)
    report = load(out, "optimization_report", MONOLITH)
    result = Path(report["output_path"])
    metrics = {row["name"]: row for row in report["metrics"]}
    assert report["verdict"] == "improved"
    assert result.stat().st_size < (DATA / MONOLITH).stat().st_size
    assert metrics["x_material_count"]["after"] <= 65
    for relation in ([], ["--authored", "--pathmap", str(out / "pathmap.jsonl")]):
        same = usdtune("diff", str(DATA / MONOLITH), str(result), *relation)
        assert same.returncode == 0, same.stdout + same.stderr
