# SPDX-License-Identifier: Apache-2.0
"""Phase 1b: the structure of the scene, from the one extraction that every later phase uses as well."""

from __future__ import annotations

from pathlib import Path

from usdtune.workflow.run import SCHEMA_VERSION, Run


def run(run: Run) -> list[Path]:
    facts = run.source_facts()
    report = run.source_worker().call("assess", resolved_bytes=facts["resolved_bytes"], threads=run.options.threads)
    report.setdefault("schemaVersion", SCHEMA_VERSION)
    report["x_source_files"] = {
        "own": facts["own_layers"],
        "used": facts["used_layers"],
        "resolved_bytes": facts["resolved_bytes"],
        "unresolved": facts["unresolved"],
    }
    return [run.write("sa_report", report)]
