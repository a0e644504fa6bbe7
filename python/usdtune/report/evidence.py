# SPDX-License-Identifier: Apache-2.0
"""What a report stands on: the documents of a run, as far as it got."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """The documents of a run that a report stands on; what a run did not get to is None."""

    source: Path
    preflight: Json
    baseline: Json
    assessment: Json
    scope: Json | None = None
    validation: Json | None = None
    validation_after: Json | None = None
    decision: Json | None = None
    plan: Json | None = None
    summary: Json | None = None
    verification: Json | None = None
    after: Json | None = None
    comparison: Json | None = None
    gates: list[Json] = field(default_factory=list)
    result: Path | None = None
    withdrawn: Path | None = None
    notes: list[str] = field(default_factory=list)
    proof: Json | None = None
    folder: Path | None = None
    """Where the pictures of the proof are."""
    pathmap: Path | None = None
    options: Json = field(default_factory=dict)

    @property
    def is_exit(self) -> bool:
        return self.decision is not None and self.decision["choice"] == "exit"

    @property
    def was_written(self) -> bool:
        return self.result is not None or self.withdrawn is not None

    @property
    def workflow_mode(self) -> str:
        return "full" if self.was_written else "no_op"


def unable_rules(evidence: Evidence) -> dict[str, str]:
    """Rules that could not look at one of their targets, before or after, with the first reason."""
    rows = [
        row
        for report in (evidence.validation, evidence.validation_after)
        for row in (report or {}).get("coverage_ledger", {}).get("entries", [])
    ]
    unable: dict[str, str] = {}
    for row in rows:
        if row["status"] in ("blocked_validation_runtime", "timeout_recorded", "user_declined"):
            unable.setdefault(row["concept"], row.get("reason") or row["status"].replace("_", " "))
    return unable


def issues_by_rule(report: Json) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in report["validators"]:
        name = row.get("canonical_name") or row["name"]
        counts[name] = counts.get(name, 0) + row.get("issues", 0)
    return counts
