# SPDX-License-Identifier: Apache-2.0
"""Phase 1b: the structure of the scene, from the one extraction that every later phase uses as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.workflow.run import SCHEMA_VERSION, Run

FOREIGN_SHOWN = 5


def run(run: Run) -> list[Path]:
    facts = run.source_facts()
    report = run.source_worker().call("assess", resolved_bytes=facts["resolved_bytes"], threads=run.options.threads)
    report.setdefault("schemaVersion", SCHEMA_VERSION)
    report["x_source_files"] = {
        "own": facts["own_layers"],
        "used": facts["used_layers"],
        "resolved_bytes": facts["resolved_bytes"],
        "unresolved": facts["unresolved"],
        "largest_foreign": largest_foreign(facts["used_layers"], facts["own_layers"]),
    }
    return [run.write("sa_report", report)]


def largest_foreign(used: list[str], own: list[str]) -> list[dict[str, Any]]:
    """The heaviest files that arrive by an arc: scenes of their own, where tuning may pay more than here."""
    sizes = {path: Path(path).stat().st_size for path in set(used) - set(own) if Path(path).is_file()}
    heaviest = sorted(sizes, key=lambda path: (-sizes[path], path))[:FOREIGN_SHOWN]
    return [{"path": path, "size_bytes": sizes[path]} for path in heaviest]
