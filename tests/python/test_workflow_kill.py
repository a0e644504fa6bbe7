# SPDX-License-Identifier: Apache-2.0
"""A run that is killed leaves nothing half-written, and the same command finishes it with the same bytes.

One folder sees all the kills of a test: each start goes on from the last milestone, so that every moment of a run is
met once and the whole costs little more than one run.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from usdtune.bridge.author_delivery import sha256
from usdtune.report import documents
from usdtune.workflow.run_state import MILESTONES, PICTURES

pytest.importorskip("pxr")

RESULT = "plant.optimized.usdc"
REPORT = "plant_optimization_report"


def start(*texts: str) -> "subprocess.Popen[str]":
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))
    command = [sys.executable, "-P", "-m", "usdtune", *texts]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def run(scene: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    return start("run", str(scene), "-o", str(out), "--approve", "restructure=optimize-as-is", *more)


def finish(process: "subprocess.Popen[str]") -> str:
    _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    return told


def kill(process: "subprocess.Popen[str]") -> None:
    """The whole group, at once: nobody gets the chance to tidy up."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scene") / "plant.usdc"
    finish(start("example", "plant", "-o", str(path), "--meshes", "300"))
    return path


@pytest.fixture(scope="module")
def undisturbed(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    finish(run(plant, out, "--threads", "1"))
    return out


def assert_nothing_is_half_written(out: Path, undisturbed: Path) -> None:
    """Every file under a name of its own is whole; a scene has the bytes that it always has."""
    for path in out.rglob("*") if out.exists() else []:
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".jsonl":
            assert path.read_bytes() == (undisturbed / path.relative_to(out)).read_bytes()
        elif path.suffix == ".html":
            assert path.read_text().rstrip().endswith("</html>")
        elif path.name == RESULT:
            assert sha256(path) == sha256(undisturbed / RESULT)
    commit = out / "plant.optimized.commit.json"
    if commit.exists():
        for entry in json.loads(commit.read_text())["files"]:
            assert sha256(out / entry["path"]) == entry["sha256"]


def assert_finished(out: Path, undisturbed: Path) -> None:
    assert_nothing_is_half_written(out, undisturbed)
    assert (out / RESULT).exists() and (out / f"{REPORT}.html").exists()
    assert documents.load(out / "run_state.json", "run_state")["status"] == "done"
    strays = [*out.parent.glob(".out.staging-*"), *out.rglob("*.tmp"), *out.rglob("*.part"), *out.glob(".repack-*")]
    assert strays == []


def test_killed_after_every_milestone(plant: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told_before: set[str] = set()
    kills = 0
    while True:
        process = run(plant, out)
        assert process.stderr is not None
        for line in process.stderr:
            milestone = line.rpartition(":")[0]
            if "reused" not in line and milestone not in told_before:
                told_before.add(milestone)
                break
        else:
            finish(process)
            break
        kill(process)
        kills += 1
        assert_nothing_is_half_written(out, undisturbed)
        assert kills <= len(MILESTONES)
    assert kills >= len(MILESTONES) - 1
    assert_finished(out, undisturbed)


def moments(out: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Moments within writing and delivering, each with what tells that it has come."""

    def staged(pattern: str) -> bool:
        with contextlib.suppress(FileNotFoundError):  # what an earlier start left is being taken away
            return any(out.parent.glob(f".out.staging-*/{pattern}"))
        return False

    yield "a staging folder stands", lambda: staged("owner.json")
    yield "the scene is being written", lambda: staged("*.usdc*")
    yield "it is written, not verified", lambda: staged(RESULT) and (out / "pathmap.jsonl").exists()
    yield "pictures are being written", lambda: any((out / PICTURES).glob(".*.tmp"))
    yield "it is verified", lambda: (out / "verification_report.json").exists()
    yield "the delivery is decided", lambda: staged("commit.json")
    yield "it has its name", (out / RESULT).exists


def test_killed_while_writing_and_delivering(plant: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _, has_come in moments(out):
        process = run(plant, out, "-q")
        while process.poll() is None and not has_come():
            time.sleep(0.001)
        kill(process)
        assert_nothing_is_half_written(out, undisturbed)
    finish(run(plant, out, "-q"))
    assert_finished(out, undisturbed)


def test_killed_at_any_time(plant: Path, undisturbed: Path, tmp_path: Path) -> None:
    """After a while that grows from start to start, whatever the run is at."""
    out = tmp_path / "out"
    for number in range(1, 40):
        process = run(plant, out, "-q")
        assert process.stdout is not None
        ended, _, _ = select.select([process.stdout], [], [], 0.25 * number)
        if ended:
            finish(process)
            break
        kill(process)
        assert_nothing_is_half_written(out, undisturbed)
    else:  # a slow machine, on which no start got as far as its end
        finish(run(plant, out, "-q"))
    assert_finished(out, undisturbed)


TIMED = ("_ms", "_at", "seconds", "timestamp", "updated", "started", "ended", "run_id", "mtime_ns", "secs")


UNIQUE = ("at", "sha256")


def settled(value: Any) -> Any:
    """A document without what a clock or a name of the run has put into it."""
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items() if not key.endswith(TIMED) and key not in UNIQUE}
    return [settled(item) for item in value] if isinstance(value, list) else value


def test_bytes_are_the_same_at_any_number_of_threads(plant: Path, undisturbed: Path) -> None:
    out = undisturbed
    one = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    finish(run(plant, out, "--overwrite", "--threads", "4"))
    four = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert one.keys() == four.keys()
    measured = {"run_state.json", "baseline_profile.json", "compare_profiles.json", "after_profile.json"}
    for path, data in one.items():
        if path.suffix == ".json" and path.name not in measured and not path.name.startswith(REPORT):
            assert settled(json.loads(data)) == settled(json.loads(four[path])), path
        elif path.suffix in (".usdc", ".jsonl"):
            assert data == four[path], path
    counts = [
        [row for row in json.loads(side[Path("compare_profiles.json")])["metrics"] if row.get("unit") != "ms"]
        for side in (one, four)
    ]
    assert counts[0] == counts[1]
