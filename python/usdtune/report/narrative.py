# SPDX-License-Identifier: Apache-2.0
"""What a run means, in sentences: what changed, why nothing did, and what is left to do.

The owner of a scene reads this first. A run that wrote nothing says which of the many reasons it was: nothing was
found, what was found waits for an answer, lies where this scene may not be edited, or could not be done.
"""

from __future__ import annotations

from pathlib import Path

from usdtune._core import in_words
from usdtune.report.evidence import Evidence, Json, issues_by_rule
from usdtune.report.words import laws_in_words


def executive_summary(evidence: Evidence) -> str:
    if evidence.is_exit:
        return "Diagnosis only, as the owner chose: nothing was written."
    if not evidence.was_written:
        return " ".join(["Nothing was written.", *why_nothing(evidence), *missing_files(evidence)])
    assert evidence.comparison is not None
    told = [evidence.comparison["summary"]]
    if evidence.withdrawn:
        told.append(f"The result is kept back in {evidence.withdrawn}.")
    else:
        told.append("Nothing visible or authored was lost: the result was read again in a fresh process and compared.")
    return " ".join([*told, *failed_steps(evidence), *missing_files(evidence)])


def why_nothing(evidence: Evidence) -> list[str]:
    """Sentences; at least one."""
    told = failed_steps(evidence)
    for row in (evidence.summary or {}).get("operations", []):
        if row["success"] and not row["changed"]:
            told.append(f"{row['key']} was asked for and found nothing that it may change{_passed(row)}.")
    waiting = [row["key"] for row in _excluded(evidence) if row.get("gate")]
    if waiting:
        told.append(f"{_listed(waiting)} could act on what was found, and waits for the owner's answer.")
    told += elsewhere(evidence)
    if told:
        return told
    found = issues_by_rule(evidence.validation or {"validators": []})
    if not any(count for name, count in found.items() if name != "composition_missing_ref"):
        return ["There was nothing to do: no selected rule found anything that makes the scene slow."]
    return ["What the selected rules found is not repaired by an operation of this version."]


def elsewhere(evidence: Evidence) -> list[str]:
    """What makes the scene slow and arrives from other files, which are scenes of their own."""
    told = []
    if locked := _locked(evidence):
        concepts = _listed([f"{row['concept']} ({row['count']:,})" for row in locked])
        told.append(f"{concepts} were found where no operation may or can repair them.")
    duplicates = evidence.assessment.get("x_duplicate_geometry", {}).get("duplicate_mesh_count", 0)
    found = issues_by_rule(evidence.validation or {"validators": []}).get("geom_duplicates", 0)
    if duplicates and not found and not evidence.was_written:
        told.append(f"{duplicates:,} meshes repeat another one and cannot be shared from here.")
    return told + heavy_files(evidence) if told else []


def heavy_files(evidence: Evidence) -> list[str]:
    files = evidence.assessment.get("x_source_files", {}).get("largest_foreign", [])
    if not files:
        return []
    names = ", ".join(Path(row["path"]).name for row in files[:3])
    scenes = "a scene of its own" if len(files) == 1 else "scenes of their own"
    return [f"Most of it arrives by reference or payload: tune {names} as {scenes}."]


def failed_steps(evidence: Evidence) -> list[str]:
    rows = [row for row in (evidence.summary or {}).get("operations", []) if row.get("rolled_back")]
    return [f"{row['key']} was left out: {row['error'].rstrip('.')}." for row in rows]


def missing_files(evidence: Evidence) -> list[str]:
    count = issues_by_rule(evidence.validation or {"validators": []}).get("composition_missing_ref", 0)
    if not count:
        return []
    arcs = "1 reference or other arc leads" if count == 1 else f"{count:,} references or other arcs lead"
    return [f"{arcs} nowhere, in the source already: a person has to repair that."]


def reasoning(evidence: Evidence) -> str:
    found = findings_text(evidence.validation)
    planned = evidence.plan["reasoning"] if evidence.plan else "No plan was made."
    return "\n\n".join([f"{found} {planned}", *proof(evidence)])


def proof(evidence: Evidence) -> list[str]:
    """What was promised and who looked whether it was kept."""
    report = evidence.verification
    if not report or not evidence.was_written:
        return []
    promised = report["promised"]
    told = [
        f"The chain promised that the surface is {promised['surface']} and that {IDENTITY[promised['identity']]}.",
        f"{laws_in_words(report['laws'])} An inventory that shares no code with the extraction agrees.",
    ]
    validators = report.get("usd_validation", {})
    if validators.get("status") == "held":
        told.append(
            f"OpenUSD's own {validators['validator_count']} validators report nothing that they did not report before."
        )
    elif validators:
        told.append(f"OpenUSD's own validators were not asked: {validators['reason']}.")
    return [" ".join(told)]


def findings_text(report: Json | None) -> str:
    if report is None:
        return "No rule ran."
    counts = {name: count for name, count in issues_by_rule(report).items() if count}
    if not counts and any(row["status"] == "BLOCKED" for row in report["validators"]):
        return "The selected rules found nothing where they could look."
    if not counts:
        return "The selected rules found nothing."
    told = _listed(
        [f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    )
    return f"The selected rules found: {told}."


def left_to_do(evidence: Evidence) -> list[str]:
    """What was found or could be done, and was not."""
    told = []
    if evidence.is_exit:
        told.append("The owner answered `exit` at the question whether to restructure.")
    told += [f"Not done: {row['key']}: {row['reason']}" for row in _excluded(evidence)]
    for row in (evidence.plan or {}).get("x_manual", []):
        whose = "Not done here" if row.get("operation") else "For a person"
        told.append(f"{whose}: {row['concept']} ({row['count']:,}): {row['reason']}")
    told += [f"{text.rstrip('.')}." for text in (evidence.summary or {}).get("warnings", [])]
    if evidence.was_written and _locked(evidence):
        told += heavy_files(evidence)
    return told


def not_assessed(evidence: Evidence) -> list[str]:
    """One sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for row in evidence.assessment.get("x_not_assessed", []):
        by_reason.setdefault(row["reason"], []).append(row["fact"].replace("_", " "))
    return [f"Not assessed: {_listed(facts)}: {reason}." for reason, facts in by_reason.items()]


IDENTITY = {
    "kept": "every path is kept",
    "moved": "every path that moves has a row in the path map",
    "removed": "every path that goes has a row in the path map",
}


def _locked(evidence: Evidence) -> list[Json]:
    """What operations repair elsewhere and not here."""
    return [row for row in (evidence.plan or {}).get("x_manual", []) if row.get("operation")]


def _excluded(evidence: Evidence) -> list[Json]:
    rows: list[Json] = (evidence.plan or {}).get("x_excluded", [])
    return rows


def _passed(row: Json) -> str:
    declined = row.get("declined", [])
    if not declined:
        return ""
    reasons = _listed([f"{item['count']:,} ({in_words(item['reason'])})" for item in declined[:3]])
    return f"; it passed over {reasons}"


def _listed(words: list[str]) -> str:
    """
    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
