# SPDX-License-Identifier: Apache-2.0
"""Phase 4c: from findings to a chain of operations, each with its evidence, its place and the metric that proves it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.gates import Option, Question
from usdtune.workflow.preflight import require_operations
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.run_state import MILESTONES, result_name, sha256_of

Json = dict[str, Any]

APPLY, SKIP = "apply", "skip"
LOSS_CLASSES = {"destructive": "bounded-loss"}
"""Words of descriptors that the documents do not have."""


def run(run: Run) -> list[Path]:
    worker = run.source_worker()
    assessment = run.read("sa_report")
    report = run.read("validation_report")
    planned = worker.call("plan", assessment=assessment, validation_report=report, approvals=run.gates.given)
    run.gates.bind_plan(proposal_sha256(planned))
    steps, excluded = choose_steps(run, planned)
    chain = [{"operation": step["operation"], **step["args"]} for step in steps]
    require_operations(run, [step["operation"] for step in steps])
    worker.call("check_chain", chain=chain)
    chain_path = run.write("op_chain", chain)
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "stage": {"identifier": str(run.source), "rootLayer": str(run.source)},
        "inputs": {
            "auditReport": str(run.path("sa_report")),
            "validationReport": str(run.path("validation_report")),
            "x_scope_note": str(run.path("validation_scope_note")),
            **({"x_baseline_profile": str(run.path("profile"))} if run.has("profile") else {}),
        },
        "editTarget": "processor_output",
        "reasoning": reasoning(steps, excluded),
        "gates": {
            "preValidation": "the selected rules ran on the source and every planned unit is in the ledger",
            "postValidation": "the same scope note runs on the result; the result is read again and compared",
            "mutationPolicy": "lossless steps run; anything else only after its question was answered",
        },
        "operations": [operation_record(order, step, run.source) for order, step in enumerate(steps, 1)],
        "x_excluded": excluded,
        "x_manual": manual_work(report, {rule["name"]: rule.get("repairedBy") or "" for rule in worker.call("rules")}),
        "x_order": planned.get("order", []),
        "rollbackPath": str(run.source),
        "outputs": {
            "outputDirectory": str(run.out),
            "generatedFiles": [result_name(run.source)] if steps else [],
            "modifiedLayers": [],
        },
        "x_chain_file": str(chain_path),
        "x_chain_sha256": sha256_of(chain_path),
    }
    plan_path = run.write("optimization_plan", document)
    return [chain_path, plan_path]


def proposal_sha256(planned: Json) -> str:
    """What answers are bound to: everything that the findings ask for, whatever is answered about it later.

    >>> proposal_sha256({"steps": [], "dropped": []})[:12]
    '4f53cda18c2b'
    """
    steps = [
        [row["operation"], row.get("args", {}), row.get("gate")] for row in (*planned["steps"], *planned["dropped"])
    ]
    return hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()


def choose_steps(run: Run, planned: Json) -> tuple[list[Json], list[Json]]:
    """The steps that may run, and those that may not with their reason; every question is put on record."""
    steps: list[Json] = []
    excluded = [
        {"key": row["operation"], "reason": row["reason"], "gate": row.get("gate")} for row in planned["dropped"]
    ]
    for row in planned["dropped"]:
        if row.get("gate"):
            run.gates.ask(question_of(row))
    for step in planned["steps"]:
        key = step["operation"]
        if run.options.keep_paths and step["identity"] != "kept":
            reason = f"--keep-paths: its paths would be {step['identity']}"
            excluded.append({"key": key, "reason": reason, "gate": None})
            continue
        if step.get("gate"):
            question = question_of(step)
            answer = run.gates.ask(question)
            if answer != APPLY:
                reason = (
                    "declined by the owner" if answer else f"nobody answered; {question.how_to_answer} brings it in"
                )
                excluded.append({"key": key, "reason": reason, "gate": step["gate"]})
                continue
        steps.append(step)
    return steps, excluded


def question_of(step: Json) -> Question:
    key = step["operation"]
    evidence = evidence_texts(step.get("evidence", []))
    return Question(
        id=step["gate"],
        text=f"{key} may lose something: {step.get('reason', 'it changes more than it can undo')}. Apply it?",
        options=(
            Option(APPLY, f"{key} runs with the plan's arguments"),
            Option(SKIP, f"the plan goes on without {key}"),
        ),
        evidence={"because": evidence, "arguments": step.get("args", {})},
        code="blocked_destructive_confirmation",
        default_option=None,
        skip_option=SKIP,
    )


def operation_record(order: int, step: Json, source: Path) -> Json:
    return {
        "order": order,
        "key": step["operation"],
        "target": str(source),
        "args": step["args"],
        "loss_class": LOSS_CLASSES.get(step["lossClass"], step["lossClass"]),
        "risk_class": step.get("risk", "low"),
        "surface": step["surface"],
        "identity": step["identity"],
        "apply_authority": step.get("authority") or ("intent-gated" if step.get("gate") else "auto"),
        "gate": step.get("gate"),
        "evidence": evidence_texts(step.get("evidence", [])) or [step["reason"]],
        "concepts": concepts_of(step),
        "order_reason": step.get("orderReason") or step["reason"],
        "proving_metric": step.get("proofMetric", ""),
    }


def evidence_texts(evidence: Any) -> list[str]:
    """Evidence as sentences, whatever detail the planner gives with it."""
    rows = evidence if isinstance(evidence, list) else [evidence]
    texts = []
    for row in rows:
        if isinstance(row, dict):
            concept, message = row.get("concept", ""), row.get("message") or row.get("text", "")
            count = f" ({row['count']:,})" if isinstance(row.get("count"), int) else ""
            texts.append(f"{concept}{count}: {message}" if message else f"{concept}{count}")
        else:
            texts.append(str(row))
    return texts


def concepts_of(step: Json) -> list[str]:
    if "concepts" in step:
        return list(step["concepts"])
    rows = step.get("evidence", [])
    return sorted({row["concept"] for row in rows if isinstance(row, dict) and "concept" in row})


def reasoning(steps: list[Json], excluded: list[Json]) -> str:
    if not steps:
        return "No finding asks for an operation that may run here."
    names = ", ".join(step["operation"] for step in steps)
    left_out = f" Left out: {', '.join(sorted({row['key'] for row in excluded}))}." if excluded else ""
    return f"Findings ask for {names}, in this order.{left_out}"


def manual_work(report: Json, repaired_by: dict[str, str]) -> list[Json]:
    """Findings that get no step: what no operation repairs, or not there."""
    by_concept: dict[str, list[Json]] = {}
    for finding in report.get("findings", []):
        if not finding.get("op"):
            by_concept.setdefault(finding["concept"], []).append(finding)
    rows = []
    for concept, found in sorted(by_concept.items()):
        operation = repaired_by.get(concept, "")
        paths = [finding["path"] for finding in found]
        reason = (
            f"{operation} cannot repair these, such as {paths[0]}: {found[0]['message'].rstrip('.')}"
            if operation
            else "no operation repairs it; the source has to be corrected"
        )
        rows.append({"concept": concept, "reason": reason, "count": len(paths), "paths": paths[:10]})
        if operation:
            rows[-1]["operation"] = operation
    return rows


def response(run: Run) -> Json:
    """The answer to a planning call: what would run, and what waits for the owner."""
    open_gates = [record["id"] for record in run.gates.records if not record["answered"]]
    phases = list(MILESTONES)
    document: Json = {
        "decision": "ready_to_plan",
        "entry": "omniverse-usd-performance-tuning",
        "planned_phases": phases,
        "committed_milestones": phases,
        "gates_observed": sorted(open_gates),
        "workflow_mode": "full" if run.read("op_chain") else "no_op",
        "output_path": str(run.result_path) if run.read("op_chain") else None,
        "runtime_context": run.read("setup_preflight")["runtime_context"],
    }
    documents.check(run.path("plan_response"), "plan_response", document)
    return document
