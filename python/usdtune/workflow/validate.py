# SPDX-License-Identifier: Apache-2.0
"""Phases 2c and 6b: the rules that the assessment selects, no more and no fewer, before and after by one scope note.

Every planned unit gets a row in the ledger: an expectation that nobody looked at never reads as a clean result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.stops import Failed
from usdtune.workflow.supervise import Worker

BASELINE, AFTER = 0, 1
FINDING_LIMIT = 10_000
"""Findings of one concept that are written; all are counted."""

ERRORS = frozenset({"ERROR", "FAILURE"})
WHOLE_STAGE = "<whole_stage>"

Json = dict[str, Any]


def run_baseline(run: Run) -> list[Path]:
    worker = run.source_worker()
    assessment = run.read("sa_report")
    note = worker.call("select_scope", assessment=assessment)
    note["artifact_paths"] = [str(run.path(name)) for name in ("sa_report", "validation_report", "provider_summary")]
    registry = {rule["name"]: rule for rule in worker.call("rules")}
    check_note(note, registry)
    note_path = run.write("validation_scope_note", note)
    return [note_path, *validate(run, worker, note, registry, BASELINE, run.source)]


def run_after(run: Run) -> list[Path]:
    """The same scope note again, on the result."""
    if not run.result_path.exists():
        return []
    worker = run.result_worker(run.result_path)
    registry = {rule["name"]: rule for rule in worker.call("rules")}
    return validate(run, worker, run.read("validation_scope_note"), registry, AFTER, run.result_path)


def validate(run: Run, worker: Worker, note: Json, registry: Json, phase: int, stage: Path) -> list[Path]:
    targets = [{"concept": target["concept"], "paths": paths_of(target)} for target in note["targets"]]
    results = worker.call("validate", targets=targets, threads=run.options.threads, limit=FINDING_LIMIT)
    report = report_of(note, results, registry, phase, stage)
    report["runtime_context"] = run.read("setup_preflight")["runtime_context"]
    report["artifacts"] = {
        "scope_note": str(run.path("validation_scope_note")),
        "provider_summary": str(run.path("provider_summary", phase)),
        "phase_recommendation": run.read("sa_report")["phase_recommendation"],
    }
    report_path = run.write("validation_report", report, phase)
    summary = summary_of(run, note, results, registry, report_path, phase)
    return [report_path, run.write("provider_summary", summary, phase)]


def check_note(note: Json, registry: Json) -> None:
    """What no schema can say: concepts exist, targets and tiers cover exactly them."""
    unknown = sorted(set(note["concepts"]) - set(registry))
    if unknown:
        raise Failed(f"The scope note names {unknown[0]}, and there is no such rule.")
    if {target["concept"] for target in note["targets"]} != set(note["concepts"]):
        raise Failed("The scope note's targets are not about its concepts.")
    for concept in note["concepts"]:
        if note["tier_assignments"].get(concept) != registry[concept]["tier"]:
            raise Failed(f"The scope note gives {concept} another tier than the registry.")


def paths_of(target: Json) -> list[str]:
    return [
        *target.get("paths", []),
        *target.get("mask_paths", []),
        *(p for pair in target.get("pairs", []) for p in pair),
    ]


def units_of(target: Json) -> list[str]:
    """The rows a target has in the ledger."""
    units = [*target.get("paths", []), *target.get("mask_paths", [])]
    units += ["::".join(pair) for pair in target.get("pairs", [])]
    return units or [WHOLE_STAGE]


def report_of(note: Json, results: list[Json], registry: Json, phase: int, stage: Path) -> Json:
    ledger: list[Json] = []
    validators: list[Json] = [{"name": "openability", "kind": "openability", "status": "PASS", "issues": 0}]
    findings: list[Json] = []
    severities: Counter[str] = Counter()
    for target, result in zip(note["targets"], results, strict=True):
        concept = target["concept"]
        findings += [finding_record(finding) for finding in result["findings"][:FINDING_LIMIT]]
        severities.update(severity_of(finding) for finding in result["findings"])
        for unit, issues in _by_unit(units_of(target), result["findings"]):
            status, row = _outcome(issues, result["problem"])
            ledger.append({"target": unit, "concept": concept, "tier": registry[concept]["tier"], **row})
            validators.append(
                {
                    "name": concept if unit == WHOLE_STAGE else f"{concept} {unit}",
                    "kind": "rule",
                    "canonical_name": concept,
                    "module": "usdtune.rules",
                    "class_name": concept,
                    "status": status,
                    "issues": issues,
                }
            )
    blocked = any(row["status"] == "blocked_validation_runtime" for row in ledger)
    issues_found = any(validator["issues"] for validator in validators)
    return {
        "schemaVersion": "1.0.0",
        "generated_at": documents.timestamp(),
        "stage": {"identifier": str(stage), "rootLayer": str(stage)},
        "phase": ("baseline", "after")[phase],
        "summary": {
            "status": "BLOCKED" if blocked else "FAIL" if issues_found else "PASS",
            "errorCount": sum(severities[severity] for severity in ERRORS),
            "warningCount": severities["WARNING"],
        },
        "coverage_ledger": {"complete": True, "entries": ledger},
        "validators": validators,
        "findings": findings,
    }


def finding_record(finding: Json) -> Json:
    """A rule's finding as the documents hold it."""
    record = dict(finding)
    record["severity"] = severity_of(record)
    record.setdefault("provider", "native")
    if not record.get("path"):
        record["path"] = "/"
    return record


def severity_of(finding: Json) -> str:
    return str(finding.get("severity", "WARNING")).upper()


def _by_unit(units: list[str], findings: list[Json]) -> Iterator[tuple[str, int]]:
    """How many findings belong to each unit: to the one that is nearest above the finding's path, else to the first."""
    counts = dict.fromkeys(units, 0)
    for finding in findings:
        owner = next((place for place in upwards(finding["path"]) if place in counts), units[0])
        counts[owner] += 1
    yield from counts.items()


def upwards(path: str) -> Iterator[str]:
    """A prim or property path and everything above it.

    >>> list(upwards("/A/B.points"))
    ['/A/B.points', '/A/B', '/A', '/']
    """
    yield path
    prim = path.partition(".")[0]
    if prim != path:
        yield prim
    while prim := prim.rpartition("/")[0]:
        yield prim
    if path != "/":
        yield "/"


def _outcome(issues: int, problem: str | None) -> tuple[str, Json]:
    if problem:
        return "BLOCKED", {"status": "blocked_validation_runtime", "reason": problem}
    return ("FAIL", {"status": "probed_with_findings"}) if issues else ("PASS", {"status": "probed_clean"})


def summary_of(run: Run, note: Json, results: list[Json], registry: Json, report_path: Path, phase: int) -> Json:
    preflight = run.read("setup_preflight")
    concepts = list(dict.fromkeys(result["concept"] for result in results))
    found = [finding for result in results for finding in result["findings"]]
    by_concept = Counter(dict.fromkeys(concepts, 0))
    by_concept.update(result["concept"] for result in results for _ in result["findings"])
    return {
        "schemaVersion": SCHEMA_VERSION,
        "provider": "native",
        "version": preflight["assetValidator"]["version"],
        "package": preflight["assetValidator"]["package"],
        "api_path": "usdtune.rules",
        "usd_version": preflight["x_environment"]["usd"],
        "scope": note["scope"],
        "concepts": concepts,
        "identities": [{"concept": concept, "module": "usdtune.rules", "class_name": concept} for concept in concepts],
        "mask_paths": sorted({path for target in note["targets"] for path in target.get("mask_paths", [])}),
        "approvals": [],
        "open_secs": run.open_secs if phase == BASELINE else None,  # the result was read when it was verified
        "validate_secs": round(sum(result["seconds"] for result in results), 3),
        "total": len(found),
        "by_severity": dict(sorted(Counter(severity_of(finding) for finding in found).items())),
        "by_concept": dict(by_concept),
        "timed_out": [],
        "skipped": _skipped(note),
        "limitations": [*limitations(registry), *_not_written(results)],
        "artifacts": [{"path": str(report_path)}],
    }


def _skipped(note: Json) -> list[Json]:
    """Concepts that the selection table chose and this version has no rule for, as the note's reason names them."""
    names = note["selection_reason"].partition("Not in this version: ")[2].rstrip(".")
    return [{"concept": name.strip(), "reason": "no rule yet"} for name in names.split(",") if name.strip()]


def _not_written(results: list[Json]) -> list[str]:
    """
    >>> _not_written([{"concept": "vertex_weld", "findings": [{}] * 10_002}])
    ['Of 10,002 findings of vertex_weld the report holds the first 10,000; all are counted.']
    """
    return [
        f"Of {len(result['findings']):,} findings of {result['concept']} the report holds the first {FINDING_LIMIT:,}; "
        "all are counted."
        for result in results
        if len(result["findings"]) > FINDING_LIMIT
    ]


def limitations(registry: Iterable[str]) -> list[str]:
    return [
        f"{len(list(registry))} rules in this version.",
        "Only what is composed with the current variant selections was looked at.",
    ]


def worst_severity(report: Json) -> str:
    """The gravest severity among the findings of a report, NONE when there are none."""
    order = ("ERROR", "FAILURE", "WARNING", "INFO")
    found = {finding["severity"] for finding in report.get("findings", [])}
    return next((severity for severity in order if severity in found), "NONE")
