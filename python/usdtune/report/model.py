# SPDX-License-Identifier: Apache-2.0
"""The report of a run as one JSON document; pages are rendered from it and from nothing else.

What was not measured is said to be so; nothing here claims a number that no phase has written down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from usdtune.report import claims, documents, narrative
from usdtune.report.compare import METRICS, SIZE_FLOOR_BYTES, THRESHOLDS, Metric
from usdtune.report.evidence import Evidence, issues_by_rule, unable_rules
from usdtune.report.score import NEUTRAL, WEIGHTS, improvement_score, label, rounded, total_score
from usdtune.report.words import sentence, spaced

Json = dict[str, Any]

UNMEASURED = "not measured: frame rate, frame time, GPU memory, shader and render cost; gains there are plausible only"

GROUP_TITLES = {
    "load_time": "Load time",
    "composition": "Composition",
    "instancing": "Geometry and sharing",
    "storage_proxy": "Storage",
    "validation": "Validation",
}

_LEADING_METRIC = {
    "load_time": "warm_open_ms",
    "composition": "prim_count_authored",
    "instancing": "x_unique_triangle_count",
    "storage_proxy": "total_size_bytes",
}


def build(evidence: Evidence, artifacts: Mapping[str, str]) -> Json:
    """The report document."""
    metrics = metric_rows(evidence)
    groups = metric_groups(evidence, metrics)
    score = total_score(groups)
    verdict = evidence.comparison["verdict"] if evidence.comparison else "neutral"
    report: Json = {
        "asset_name": evidence.source.stem,
        "input_path": str(evidence.source),
        "output_path": str(evidence.result) if evidence.result else None,
        "timestamp": documents.timestamp(),
        "verdict": verdict,
        "workflow_mode": evidence.workflow_mode,
        "optimization_score": score,
        "score_scope": "stage_optimization",
        "score_label": label(score),
        "executive_summary": narrative.executive_summary(evidence),
        "reasoning": narrative.reasoning(evidence),
        "notes": "\n\n".join([UNMEASURED[0].upper() + UNMEASURED[1:] + ".", *notes(evidence)]),
        "runtime_context": evidence.preflight["runtime_context"],
        "measurement_context": measurement_context(evidence),
        "metric_groups": groups,
        "metrics": metrics,
        "operations": operation_rows(evidence),
        "validators": validator_rows(evidence),
        "target_coverage": target_coverage(evidence),
        "structural_summary": claims.structural_summary(evidence),
        "safety_gate": claims.safety_gate(evidence),
        "runtime_profiling": {"status": "not_run", "summary": "No renderer took part.", "caveat": UNMEASURED},
        "artifacts": dict(artifacts),
    }
    footprint = claims.footprint_of(evidence)
    if footprint:
        report["footprint"] = footprint
    if evidence.verification and evidence.after and evidence.was_written:
        report["fidelity"] = claims.fidelity(evidence.verification)
        if "x_rendered_mesh_count" in evidence.after:  # a folder that an earlier version began has none
            report["preservation"] = claims.preservation(evidence, evidence.verification, evidence.after)
    check(report)
    return report


def check(report: Json) -> None:
    """Raises DocumentError unless the arithmetic of a report holds; its shape is the schema's matter."""
    path = Path("optimization_report")
    score = total_score(report["metric_groups"])
    if score != report["optimization_score"]:
        raise documents.DocumentError(
            path, "/optimization_score", str(report["optimization_score"]), f"{score}, the weighted mean of the groups,"
        )
    if label(score) != report["score_label"]:
        raise documents.DocumentError(path, "/score_label", report["score_label"], label(score))
    for index, row in enumerate(report["metrics"]):
        before, after = row["before"], row["after"]
        if before and abs((after - before) / before * 100 - row["change_pct"]) > 0.05 + 1e-9:
            raise documents.DocumentError(
                path, f"/metrics/{index}/change_pct", str(row["change_pct"]), "what before and after give"
            )


# --- Numbers ------------------------------------------------------------------------------------------------


def metric_rows(evidence: Evidence) -> list[Json]:
    """Every compared metric; without a second capture the first one stands on both sides, and says so."""
    by_name = {metric.name: metric for metric in METRICS}
    if evidence.comparison:
        return [_metric_row(by_name[row["name"]], row) for row in evidence.comparison["metrics"]]
    return [
        _metric_row(
            metric,
            {
                "before": evidence.baseline[metric.name],
                "after": evidence.baseline[metric.name],
                "change_pct": 0.0,
                "verdict": "neutral",
                "notes": "measured once: no result was written",
            },
        )
        for metric in METRICS
        if metric.name in evidence.baseline
    ]


def _metric_row(metric: Metric, row: Json) -> Json:
    record: Json = {
        "name": metric.name,
        "display_name": metric.title,
        "category": metric.category,
        "before": row["before"],
        "after": row["after"],
        "change_pct": row["change_pct"],
        "direction": "higher_is_better" if metric.higher_is_better else "lower_is_better",
        "evidence_type": "direct",
        "verdict": row["verdict"],
    }
    if metric.unit:
        record["unit"] = metric.unit
    if row.get("notes"):
        record["notes"] = row["notes"]
    return record


def metric_groups(evidence: Evidence, metrics: list[Json]) -> list[Json]:
    """A group is scored by its leading metric, as far as its row is believed."""
    rows = {row["name"]: row for row in metrics}
    groups = []
    for group, weight in WEIGHTS.items():
        if group == "validation":
            groups.append(_validation_group(evidence, weight))
            continue
        row = rows.get(_LEADING_METRIC[group])
        if row is None or evidence.comparison is None:
            groups.append(_unscored(group, weight, "Nothing was changed, so nothing was measured twice."))
            continue
        if group == "storage_proxy" and evidence.after and evidence.baseline.get("x_repacked_size_bytes"):
            groups.append(_storage_group(evidence.baseline["x_repacked_size_bytes"], row, weight))
            continue
        believed = row["verdict"] != "neutral" or abs(row["change_pct"]) <= 5.0
        better = -row["change_pct"] if row["direction"] == "lower_is_better" else row["change_pct"]
        record: Json = {
            "id": group,
            "display_name": GROUP_TITLES[group],
            "score": improvement_score(better) if believed else NEUTRAL,
            "status": "measured",
            "weight": weight,
            "summary": f"{row['display_name']}: {row['change_pct']:+.1f} %.",
        }
        if row.get("notes"):
            record["caveat"] = sentence(row["notes"])
        groups.append(record)
    return groups


def _storage_group(repacked: int, row: Json, weight: int) -> Json:
    """Scored against the same content written again: a smaller encoding is no merit of an operation."""
    percent = (row["after"] - repacked) / repacked * 100
    is_small = abs(row["after"] - repacked) < SIZE_FLOOR_BYTES
    group: Json = {
        "id": "storage_proxy",
        "display_name": GROUP_TITLES["storage_proxy"],
        "score": NEUTRAL if is_small else improvement_score(-percent),
        "status": "measured",
        "weight": weight,
        "summary": f"{row['display_name']}: {row['change_pct']:+.1f} %, of which {percent:+.1f} % is scored: "
        "the change against the same content written again as crate files.",
    }
    if row.get("notes"):
        group["caveat"] = sentence(row["notes"])
    return group


def _validation_group(evidence: Evidence, weight: int) -> Json:
    if evidence.validation is None or evidence.validation_after is None:
        return _unscored("validation", weight, "The rules ran once: there was no result to run them on.")
    before, after = (issue_count(report) for report in (evidence.validation, evidence.validation_after))
    percent = (before - after) / before * 100 if before else 0.0 if not after else -100.0
    group: Json = {
        "id": "validation",
        "display_name": GROUP_TITLES["validation"],
        "score": improvement_score(percent),
        "status": "measured",
        "weight": weight,
        "summary": f"Findings of the selected rules: {before:,} → {after:,}.",
    }
    if unable := unable_rules(evidence):
        group["caveat"] = f"Not everywhere: {', '.join(unable)} could not look at every target."
    return group


def _unscored(group: str, weight: int, why: str) -> Json:
    return {
        "id": group,
        "display_name": GROUP_TITLES[group],
        "score": None,
        "status": "not_measured",
        "weight": weight,
        "summary": why,
    }


def issue_count(report: Json) -> int:
    return sum(row.get("issues", 0) for row in report["validators"] if row["kind"] == "rule")


def measurement_context(evidence: Evidence) -> Json:
    """Scalars only: how it was measured, and by which thresholds it was judged."""
    environment = evidence.preflight.get("x_environment", {})
    context: Json = {
        "mode": evidence.baseline["mode"],
        "open_timing_context": evidence.baseline["open_timing_context"],
        "warm_open_samples": evidence.baseline["warm_open_sample_count"],
        "warm_open_spread_before_pct": rounded(evidence.baseline["warm_open_spread_pct"]),
        "openusd": environment.get("usd"),
        "python": environment.get("python"),
        "platform": environment.get("platform"),
        "peak_memory_before_bytes": evidence.baseline.get("x_peak_rss_bytes"),
        "not_measured": UNMEASURED,
        **THRESHOLDS,
    }
    if evidence.after:
        context["warm_open_spread_after_pct"] = rounded(evidence.after["warm_open_spread_pct"])
        context["peak_memory_after_bytes"] = evidence.after.get("x_peak_rss_bytes")
    return context


# --- What was done ------------------------------------------------------------------------------------------


def operation_rows(evidence: Evidence) -> list[Json]:
    if evidence.summary is None:
        return []
    rows = []
    for order, row in enumerate(evidence.summary["operations"], 1):
        if row.get("rolled_back"):
            result = f"rolled back: {row['error']}"
        elif row["changed"]:
            counts = [_count(note) for note in row.get("notes", []) if not note.endswith(": 0")]
            result = "; ".join([f"{row['edit_count']:,} edits", *counts])
        else:
            result = "nothing to do"
        passed = sum(item["count"] for item in row.get("declined", []))
        if passed:
            result += f"; passed over {passed:,}"
        rows.append({"order": order, "name": row["key"], "method": _method(row), "result": result})
    return rows


def _method(row: Json) -> str:
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in sorted(row.get("args", {}).items()))
    return f"{arguments or 'defaults'}; surface {row.get('surface', 'exact')}, paths {row.get('identity', 'kept')}"


def _count(note: str) -> str:
    """
    >>> _count("pointsMerged: 31089"), _count("predictedOpenSeconds: 0.0022")
    ('points merged 31,089', 'predicted open seconds 0.0022')
    """
    name, _, value = note.partition(": ")
    return f"{spaced(name)} {int(value):,}" if value.isdigit() else f"{spaced(name)} {value}"


def _short(value: Any) -> str:
    """An argument as JSON has it, long lists by their length.

    >>> _short(False), _short(["/A"]), _short([1, 2, 3, 4])
    ('false', '["/A"]', '4 entries')
    """
    if isinstance(value, list) and len(value) > 3:
        return f"{len(value)} entries"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def validator_rows(evidence: Evidence) -> list[Json]:
    """One row per rule that ran, those without a finding too."""
    if evidence.validation is None:
        return []
    before = issues_by_rule(evidence.validation)
    after = issues_by_rule(evidence.validation_after) if evidence.validation_after else None
    unable = unable_rules(evidence)
    rows = []
    for name, issues in before.items():
        notes = f"before {issues:,}, after {after.get(name, 0):,}" if after is not None else "before only"
        if name in unable:
            notes += f"; could not look everywhere: {unable[name]}"
        rows.append({"name": name, "issues": (before if after is None else after).get(name, 0), "notes": notes})
    return rows + _openusd_rows(evidence)


def _openusd_rows(evidence: Evidence) -> list[Json]:
    said = (evidence.verification or {}).get("usd_validation", {}) if evidence.was_written else {}
    if "findings_after" not in said:
        return []
    before, after = said.get("findings_before"), said["findings_after"]
    told = "before not counted, as there was nothing after;" if before is None else f"before {before:,},"
    return [
        {
            "name": f"OpenUSD's own {said['validator_count']} validators",
            "issues": after,
            "notes": f"{told} after {after:,}",
        }
    ]


def target_coverage(evidence: Evidence) -> Json:
    """The one target of a scene that is not restructured. Where no operation ran, no target was worked on."""
    operations = [] if evidence.is_exit or evidence.summary is None else evidence.summary["operations"]
    if not operations:
        return {"complete": True, "source_manifests": [], "entries": []}
    meshes = evidence.assessment["summary_counts"]["mesh_count"]
    entry: Json = {"path": str(evidence.source), "role": "monolith", "mesh_count": meshes, "disposition": "optimized"}
    entry["operations"] = [row["key"] for row in operations]
    if evidence.was_written:
        if evidence.after is not None and evidence.after.get("x_mesh_count"):
            entry["optimized_mesh_count"] = evidence.after["x_mesh_count"]
    else:
        entry["notes"] = " ".join(narrative.why_nothing(evidence))
        if meshes == 0:
            entry["disposition"] = "skipped_zero_meshes"
    return {"complete": True, "source_manifests": [], "entries": [entry]}


def notes(evidence: Evidence) -> list[str]:
    """What a person should know and no table shows."""
    told = narrative.left_to_do(evidence)
    if evidence.after and evidence.baseline.get("x_repacked_size_bytes") and claims.footprint_of(evidence) is None:
        repacked = evidence.baseline["x_repacked_size_bytes"]
        told.append(
            f"The same content, only written again as crate files, has {repacked:,} bytes: "
            "what the result saves on disk is the encoding's gain, and none is claimed."
        )
    if evidence.after and "x_peak_rss_bytes" in evidence.baseline and "x_peak_rss_bytes" in evidence.after:
        before, after = evidence.baseline["x_peak_rss_bytes"], evidence.after["x_peak_rss_bytes"]
        told.append(f"Peak memory while loading and reading everything: {before:,} → {after:,} bytes (not scored).")
    if evidence.scope:
        told.append(f"How the rules were chosen: {evidence.scope['selection_reason']}")
    told += narrative.not_assessed(evidence)
    told += [f"Question {row['id']}: {row['answer'] or 'nobody answered'}." for row in evidence.gates]
    return [sentence(text) for text in told + evidence.notes]
