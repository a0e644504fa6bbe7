# SPDX-License-Identifier: Apache-2.0
"""Findings with what became of their prims: rows for a table that a reader filters and opens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SHOWN = 12_000
"""Rows that a page carries, the worst ones first; the validation report has all."""

SEVERITIES = ("ERROR", "FAILURE", "WARNING", "INFO")


def findings_block(validation: Json, plan: Json | None, pathmap: Path | None) -> Json:
    """The data of the table: texts are told once, rows refer to them.

    `rows` are [severity, rule, path, message, operation or -1], `fates` by path [what became of it, where it is], and
    `asked` the steps that were given a path to work on.
    """
    found = sorted(validation["findings"], key=lambda row: (_rank(row["severity"]), row["concept"], row["path"]))
    shown = found[:SHOWN]
    rules, severities = _names(row["concept"] for row in shown), _names(row["severity"] for row in shown)
    operations = _names(row["op"]["operation"] for row in shown if row["op"])
    paths = _names(row["path"] for row in shown)
    return {
        "total": len(found),
        "severities": severities,
        "rules": rules,
        "operations": operations,
        "paths": paths,
        "rows": [
            [
                severities.index(row["severity"]),
                rules.index(row["concept"]),
                place,
                row["message"],
                operations.index(row["op"]["operation"]) if row["op"] else -1,
            ]
            for row, place in zip(shown, _places(shown, paths), strict=True)
        ],
        "fates": _fates(paths, pathmap),
        "asked": _asked(set(paths), plan),
    }


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _names(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _places(rows: list[Json], paths: list[str]) -> list[int]:
    place = {path: index for index, path in enumerate(paths)}
    return [place[row["path"]] for row in rows]


def _fates(paths: list[str], pathmap: Path | None) -> dict[str, list[str]] | None:
    """Rows of the path map about these paths, which are few against those of a scene; None where no result was
    written."""
    if pathmap is None or not pathmap.is_file():
        return None
    wanted = set(paths)
    fates: dict[str, list[str]] = {}
    with pathmap.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["old"] in wanted and (row["kind"] != "kept" or row["new"] != row["old"]):
                fates[row["old"]] = [row["kind"], row["new"] or "", row["reason"]]
    return fates


def _asked(paths: set[str], plan: Json | None) -> dict[str, list[int]]:
    """Which steps were told to work on a prim, by their order."""
    asked: dict[str, list[int]] = {}
    for step in (plan or {}).get("operations", []):
        named = {path for value in step["args"].values() if isinstance(value, list) for path in value}
        for path in sorted(paths & {str(path) for path in named}):
            asked.setdefault(path, []).append(step["order"])
    return asked
