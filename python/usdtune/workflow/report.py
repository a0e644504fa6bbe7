# SPDX-License-Identifier: Apache-2.0
"""Phase 6d: the report as JSON, and its two pages rendered from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.atomic_file import write_text
from usdtune.report import model
from usdtune.report.evidence import Evidence
from usdtune.report.render_html import render_html
from usdtune.report.render_markdown import render_markdown
from usdtune.workflow.compare import commit_path, is_withdrawn
from usdtune.workflow.profile import AFTER, BASELINE
from usdtune.workflow.run import Run
from usdtune.workflow.run_state import WITHDRAWN
from usdtune.workflow.stops import BadUsage

Json = dict[str, Any]


def run(run: Run) -> list[Path]:
    stem = f"{run.source.stem}_optimization_report"
    paths = {
        "json": run.out / f"{stem}.json",
        "markdown": run.out / f"{stem}.md",
        "html": run.out / f"{stem}.html",
    }
    evidence = evidence_of(run)
    report = model.build(evidence, {kind: str(path) for kind, path in paths.items()})
    run.write("optimization_report", report)
    write_text(paths["markdown"], render_markdown(report, evidence.proof))
    write_text(paths["html"], render_html(report, evidence))
    return list(paths.values())


def evidence_of(run: Run) -> Evidence:
    """The documents of this run, as far as it got."""

    def read(name: str, which: int = 0) -> Json | None:
        document: Json | None = run.read(name, which) if run.has(name, which) else None
        return document

    if not run.has("profile", BASELINE) or not run.has("sa_report"):
        raise BadUsage(f"{run.out} holds no profile and assessment to report on; run these phases first.")
    delivered = commit_path(run).exists() and run.result_path.exists()
    kept_back = is_withdrawn(run)
    written = delivered or kept_back
    return Evidence(
        source=run.source,
        preflight=run.read("setup_preflight"),
        baseline=run.read("profile", BASELINE),
        assessment=run.read("sa_report"),
        scope=read("validation_scope_note"),
        validation=read("validation_report", 0),
        validation_after=read("validation_report", 1) if written else None,
        decision=read("restructure_decision"),
        plan=read("optimization_plan"),
        summary=read("op_summary"),
        verification=read("verification_report") if written else None,
        after=read("profile", AFTER) if written else None,
        comparison=read("compare_profiles") if written else None,
        gates=run.gates.records,
        result=run.result_path if delivered else None,
        withdrawn=run.out / WITHDRAWN / run.result_path.name if kept_back else None,
        notes=list(run.notes),
        proof=read("proof") if delivered else None,
        folder=run.out,
        pathmap=run.path("pathmap_row") if written else None,
        options={**run.state.document["options"], "pictures": run.options.pictures},
    )
