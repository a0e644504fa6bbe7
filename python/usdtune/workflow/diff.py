# SPDX-License-Identifier: Apache-2.0
"""Whether two scenes are the same, and where not: the comparison of verification for any two stages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from usdtune.workflow.options import StageView
from usdtune.workflow.path_map import path_map_name
from usdtune.workflow.run import SCHEMA_VERSION
from usdtune.workflow.run_state import sha256_of
from usdtune.workflow.stops import BadUsage, Blocked, Failed
from usdtune.workflow.supervise import Worker
from usdtune.workflow.verify import difference_record

Json = dict[str, Any]


def diff(
    worker: Worker,
    left: Path,
    right: Path,
    *,
    relation: str = "rendered",
    pathmap: Path | None = None,
    tolerance: float = 0.0,
    tolerance_m: float | None = None,
    view: StageView | None = None,
    threads: int = 0,
) -> Json:
    """The diff document. `tolerance` is in stage units of `left`, unless it is told in metres. A scene that cannot be
    read is BadUsage: there is nothing to compare.

    Without a path map the one of the delivery is used, where `right` is a delivery that was made from `left`; else
    paths that are not found are inferred from what is drawn, and differences on them say so.
    """
    opened = (view or StageView()).to_json()
    pathmap = pathmap or delivered_pathmap(left, right)
    worker.call("follow", pathmap=str(pathmap) if pathmap else None)
    try:
        facts = worker.call("open", source=str(_existing(left)), view=opened)
        worker.call("open_other", source=str(_existing(right)), view=opened)
    except (Blocked, Failed) as problem:
        raise BadUsage(problem.sentence) from None
    metres = float(facts["meters_per_unit"])
    tolerance = tolerance if tolerance_m is None else tolerance_m / metres
    inferred: list[Json] = []
    if not pathmap:
        drawn = worker.call("diff", relation="rendered", tolerance=tolerance, threads=threads)
        inferred = drawn["inferred_moves"]
    if pathmap or relation == "authored":
        if inferred:
            moves = [[row["old"], row["new"], row["kind"], "inferred", ""] for row in inferred]
            worker.call("follow", pathmap=None, moves=moves)
        found = worker.call("diff", relation=relation, tolerance=tolerance, threads=threads)
    else:
        found = drawn
    differences = [difference_record(row) for row in found["differences"]]
    guessed = {row["old"] for row in inferred}
    for difference in differences:
        if difference["path"].partition(".")[0] in guessed:
            difference["inferred_path"] = True
    return {
        "schemaVersion": SCHEMA_VERSION,
        "left": str(left),
        "right": str(right),
        "relation": relation,
        "same": found["same"],
        "pathmap": str(pathmap) if pathmap else None,
        "difference_count": found["difference_count"],
        "counts_by_kind": dict(sorted(Counter(row["kind"] for row in differences).items())),
        "differences": differences,
        "inferred_moves": inferred,
        "compared": found["checked"],
        "tolerance_m": tolerance * metres or None,
        "declined": [],
    }


def delivered_pathmap(left: Path, right: Path) -> Path | None:
    """The path map beside `right`, when the commit beside it says that `right` is what was delivered of `left`."""
    from usdtune.report import documents

    try:
        commit = documents.load(right.parent / f"{right.stem}.commit.json", "commit")
    except documents.DocumentError:
        return None
    in_a_run = right.parent / documents.FILE_NAMES["pathmap_row"][0]
    alone = right.parent / path_map_name(right.name)
    pathmap = alone if alone.is_file() else in_a_run
    if commit["root_layer"] != right.name or not pathmap.is_file() or not left.is_file() or not right.is_file():
        return None
    delivered = {file["path"]: file["sha256"] for file in commit["files"]}
    same = sha256_of(left) == commit["source"]["sha256"] and sha256_of(right) == delivered.get(right.name)
    if pathmap.name in delivered:  # outside of a run it is delivered with the result
        same = same and sha256_of(pathmap) == delivered[pathmap.name]
    return pathmap if same else None


def _existing(path: Path) -> Path:
    if not path.exists():
        raise BadUsage(f"{path}: there is no such file.")
    if path.is_dir():
        raise BadUsage(f"{path}: a USD file was expected, and this is a folder.")
    return path.absolute()
