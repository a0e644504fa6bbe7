# SPDX-License-Identifier: Apache-2.0
"""The path map: what became of every path of a source, one row each; written with a result, read to prove it.

The proof goes by the file that its readers get: a row that is missing there is missing for the proof too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from usdtune.atomic_file import write_text
from usdtune.workflow.stops import BadUsage

MoveRow = tuple[str, str | None, str, str, str]
"""Old path, new path or None, kind, reason, step."""


def path_map_name(result: str) -> str:
    """The name of the path map that is delivered with a result outside of a run.

    >>> path_map_name("plant.usdc")
    'plant.pathmap.jsonl'
    """
    return f"{Path(result).stem}.pathmap.jsonl"


def step_numbers(steps: list[dict[str, Any]]) -> dict[str, int]:
    """The place in its chain of each operation, the first where one comes twice."""
    return {step["key"]: step["order"] for step in reversed(steps)}


def write_path_map(path: Path, edits: Any, source: Any, steps: Mapping[str, int]) -> dict[str, int]:
    """One row for each prim of the source, and for each property that moved or was rewritten; gives how many prims
    there are of each kind."""
    lines, counts = edits.path_map(source, dict(steps))
    write_text(path, lines)
    return dict(counts)


def read_moves(path: Path) -> list[MoveRow]:
    """The rows of a path map that say anything, as comparisons take them."""
    # Not at the top: who only writes one should not wait for the schemas.
    from usdtune.report import documents

    try:
        return [
            (row["old"], row["new"], row["kind"], row["reason"], str(row["step"] or ""))
            for row in documents.load_jsonl(path, "pathmap_row")
            if row["kind"] != "kept" or row["reason"]
        ]
    except documents.DocumentError as error:
        raise BadUsage(str(error)) from None
