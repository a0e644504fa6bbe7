# SPDX-License-Identifier: Apache-2.0
"""Phase 6c: the two profiles against each other, and the question whether a worse result is published.

A result that got critically worse is withdrawn into `withdrawn/` until somebody says that it should be published.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from usdtune.report.compare import compare, title_of
from usdtune.workflow import profile, rollback
from usdtune.workflow.gates import Option, Question
from usdtune.workflow.profile import AFTER, BASELINE
from usdtune.workflow.run import Run
from usdtune.workflow.run_state import WITHDRAWN, result_name
from usdtune.workflow.stops import AtGate, BadUsage

Json = dict[str, Any]

GATE = "publish_regressed"
PUBLISH, KEEP_BACK = "publish", "keep-back"
FOLDER = WITHDRAWN


def run(run: Run) -> list[Path]:
    if not run.has("profile", AFTER):
        return []
    before, after = run.read("profile", BASELINE), run.read("profile", AFTER)
    if before["mode"] != after["mode"]:
        raise BadUsage("The two profiles were taken in different modes and cannot be compared.")
    document = compare(before, after)
    if any(row["worse"] and row["name"] != "total_size_bytes" for row in document["x_guarded"]):
        document = compare(before, after, unconfirmed(run, document))
    document["baseline_path"] = str(run.path("profile", BASELINE))
    document["after_path"] = str(run.path("profile", AFTER))
    document["runtime_context"] = run.read("setup_preflight")["runtime_context"]
    path = run.write("compare_profiles", document)
    worse = [row for row in document["x_guarded"] if row["worse"]]
    if worse and run.gates.given.get(GATE) != PUBLISH:
        rollback.take_back(run, worse)
    if not worse and not is_critical(document):
        run.gates.withdraw(GATE)
        return [path]
    question = question_of(document)
    answer = run.gates.ask(question)
    if answer == PUBLISH:
        republish(run)
        return [path]
    withdraw(run)
    if answer is None:
        raise AtGate(
            f"The result got worse and is kept back in {run.out / FOLDER}: {document['summary']}",
            code=GATE,
            gate=run.gates.record(GATE),
        )
    return [path]


def unconfirmed(run: Run, document: Json) -> set[str]:
    """Guarded metrics that are worse and are not when both stages are measured once more, one after the other."""
    again = compare(profile.capture(run, run.source), profile.capture(run, _result(run)))
    confirmed = {row["name"] for row in again["x_guarded"] if row["worse"]}
    return {row["name"] for row in document["x_guarded"] if row["worse"]} - confirmed


def _result(run: Run) -> Path:
    return run.out / FOLDER / run.result_path.name if is_withdrawn(run) else run.result_path


def is_critical(document: Json) -> bool:
    """Worse as a whole, with a critical row."""
    return bool(document["verdict"] == "regressed" and document["severity"] == "critical")


def question_of(document: Json) -> Question:
    guarded = {row["name"]: row["message"] for row in document["x_guarded"] if row["worse"]}
    others = {
        row["name"]: f"{title_of(row['name'])} {row['change_pct']:+.1f} %"
        for row in document["regressions"]
        if row["name"] not in guarded
    }
    return Question(
        id=GATE,
        text=f"The result is worse than the source: {'; '.join([*guarded.values(), *others.values()])}. "
        "Publish it anyway?",
        options=(
            Option(PUBLISH, "the result stays under its name"),
            Option(KEEP_BACK, f"the result stays in {FOLDER}/ and the report says so"),
        ),
        evidence={"summary": document["summary"], "recommendations": document["recommendations"]},
        default_option=KEEP_BACK,
    )


def commit_path(run: Run) -> Path:
    return run.out / f"{Path(result_name(run.source)).stem}.commit.json"


def withdraw(run: Run) -> None:
    """Takes the delivery from its final names; the commit file goes first, so the folder never looks complete."""
    commit = commit_path(run)
    if not commit.exists():
        return
    folder = run.out / FOLDER
    folder.mkdir(exist_ok=True)
    files = [entry["path"] for entry in json.loads(commit.read_text())["files"]]
    commit.replace(folder / commit.name)
    _move(files, run.out, folder)


def republish(run: Run) -> None:
    """Puts a withdrawn delivery back; the commit file comes last."""
    folder = run.out / FOLDER
    commit = folder / commit_path(run).name
    if not commit.exists():
        return
    files = [entry["path"] for entry in json.loads(commit.read_text())["files"]]
    _move(files, folder, run.out)
    commit.replace(commit_path(run))


def retract(run: Run) -> None:
    """Takes an earlier delivery of this run away, published or kept back; the commit file goes first."""
    for folder in (run.out, run.out / FOLDER):
        commit = folder / commit_path(run).name
        if commit.exists():
            files = [entry["path"] for entry in json.loads(commit.read_text())["files"]]
            commit.unlink()
            for file in files:
                (folder / file).unlink(missing_ok=True)


def is_withdrawn(run: Run) -> bool:
    return (run.out / FOLDER / commit_path(run).name).exists()


def _move(files: list[str], source: Path, target: Path) -> None:
    for file in files:
        if (source / file).exists():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            (source / file).replace(target / file)
