# SPDX-License-Identifier: Apache-2.0
"""Whether two scenes are the same, and where not: the comparison of verification for any two stages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from usdtune.workflow.options import StageView
from usdtune.workflow.run import SCHEMA_VERSION
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
    view: StageView | None = None,
    threads: int = 0,
) -> Json:
    """The diff document. A scene that cannot be read is BadUsage: there is nothing to compare."""
    opened = (view or StageView()).to_json()
    moves = read_moves(pathmap) if pathmap else []
    try:
        worker.call("open", source=str(_existing(left)), view=opened)
        worker.call("open_other", source=str(_existing(right)), view=opened)
    except (Blocked, Failed) as problem:
        raise BadUsage(problem.sentence) from None
    found = worker.call("diff", relation=relation, moves=moves, tolerance=tolerance, threads=threads)
    differences = [difference_record(row) for row in found["differences"]]
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
        "compared": found["checked"],
        "tolerance_m": None,
        "declined": [],
    }


def read_moves(pathmap: Path) -> list[list[Any]]:
    """The rows of a path map as the comparison takes them."""
    from usdtune.report import documents

    try:
        rows = list(documents.load_jsonl(pathmap, "pathmap_row"))
    except documents.DocumentError as error:
        raise BadUsage(str(error)) from None
    return [
        [row["old"], row["new"], row["kind"], row["reason"], str(row["step"] or "")]
        for row in rows
        if row["kind"] != "kept" or row["reason"]
    ]


def _existing(path: Path) -> Path:
    if not path.exists():
        raise BadUsage(f"{path}: there is no such file.")
    if path.is_dir():
        raise BadUsage(f"{path}: a USD file was expected, and this is a folder.")
    return path.absolute()
