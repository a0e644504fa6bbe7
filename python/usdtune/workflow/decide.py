# SPDX-License-Identifier: Apache-2.0
"""Phase 2e: the question whether the scene should be restructured. It is the owner's, and it has no default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.gates import Option, Question
from usdtune.workflow.preflight import header
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.stops import AtGate

GATE = "restructure"
PENDING = "restructure_decision_pending"

LATER = {
    "deduplicate-internally": "Sharing repeated subtrees inside one file comes with a later version.",
    "extract-as-assets": "Splitting a scene into asset files comes with a later version.",
    "decompose-for-selective-loading": "Splitting a scene into payloads comes with a later version.",
}
"""Branches that people know of and that this version cannot carry out: named, never offered."""

AS_IS, EXIT = "optimize-as-is", "exit"

Json = dict[str, Any]


def why_not_asked(assessment: Json) -> str:
    """Empty when the owner has to be asked: a monolith without payloads is where restructuring could pay."""
    composition, counts = assessment["composition"], assessment["summary_counts"]
    classification = composition.get("x_classification", "monolithic-fine-as-is")
    if classification == "composed" or counts["payload_count"]:
        return f"{classification}: the scene is composed of assets or payloads already, nothing is to decide."
    if counts["mesh_count"] < 2:
        return f"{classification}: with {counts['mesh_count']} meshes there is nothing to split or to share."
    return ""


def run(run: Run) -> list[Path] | str:
    """The decision document, or the reason why nothing was to decide."""
    assessment = run.read("sa_report")
    classification = assessment["composition"].get("x_classification", "monolithic-fine-as-is")
    for name in (GATE, PENDING):
        stale = run.path("restructure_decision" if name == GATE else PENDING)
        stale.unlink(missing_ok=True)
    if reason := why_not_asked(assessment):
        run.gates.withdraw(GATE)
        return reason
    context = run.read("setup_preflight")["runtime_context"]
    question = question_of(assessment, context)
    answer = run.gates.ask(question)
    if answer is None:
        return _pending(run, question, context)
    record = run.gates.record(GATE)
    assert record is not None
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "phase": "2e",
        "choice": answer,
        "recommended": AS_IS,
        "reasoning": reasoning(assessment),
        "boundary_plan_ref": None,
        "user_confirmed_at": record["at"],
        "answer_source": record["answer_source"],
        "offered": [option.choice for option in question.options],
        "unavailable": [{"choice": choice, "reason": reason} for choice, reason in LATER.items()],
        "classification": classification,
        "evidence": dict(question.evidence),
        "runtime_context": context,
    }
    return [run.write("restructure_decision", document)]


def question_of(assessment: Json, context: Json) -> Question:
    return Question(
        id=GATE,
        text="This scene is one monolith without payloads. How should the run go on?",
        options=(
            Option(AS_IS, "every step works on the scene as it is; its structure stays"),
            Option(EXIT, "nothing is written but the diagnosis"),
        ),
        evidence={**evidence_of(assessment), "runtime": header(context)},
        code=PENDING,
        unavailable=LATER,
    )


def evidence_of(assessment: Json) -> Json:
    counts = assessment["summary_counts"]
    duplicates = assessment.get("x_duplicate_geometry", {})
    evidence: Json = {
        "prims": counts["prim_count"],
        "meshes": counts["mesh_count"],
        "materials": counts["material_count"],
        "references": counts["reference_count"],
        "payloads": counts["payload_count"],
        "instances": counts["instance_count"],
        "not_in_this_version": " ".join(LATER.values()),
        "what_restructuring_cannot_give": "It does not make any mesh smaller.",
    }
    if duplicates.get("assessed"):
        evidence["duplicate_meshes"] = duplicates["duplicate_mesh_count"]
        evidence["duplicate_groups"] = duplicates["group_count"]
    return evidence


def reasoning(assessment: Json) -> str:
    dedupe = assessment["hierarchy_dedupe"]["reason"]
    return f"Of the branches, this version can carry out optimize-as-is only. Repeated subtrees: {dedupe}"


def _pending(run: Run, question: Question, context: Json) -> list[Path]:
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "code": PENDING,
        "exit_class": documents.exit_class(PENDING),
        "phase": "2e",
        "recommended": AS_IS,
        "offered": [option.choice for option in question.options],
        "evidence": dict(question.evidence),
        "how_to_answer": {"flag": question.how_to_answer, "answers_file_key": GATE},
        "written_at": documents.timestamp(),
        "runtime_context": context,
    }
    path = run.write(PENDING, document)
    if run.dry:
        run.notes.append(f"The run will ask `{GATE}`; this plan is the one for optimize-as-is.")
        return [path]
    raise AtGate(
        "The scene is one monolith without payloads, and whether to restructure it is the owner's choice: "
        f"answer with --approve {GATE}=optimize-as-is, or =exit.",
        code=PENDING,
        gate=run.gates.record(GATE),
    )


def wants_exit(run: Run) -> bool:
    """True when the owner chose to stop at the diagnosis."""
    return run.has("restructure_decision") and run.read("restructure_decision")["choice"] == EXIT
