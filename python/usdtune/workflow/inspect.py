# SPDX-License-Identifier: Apache-2.0
"""Facts of a scene for a person, and the likely reasons why it is slow; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.workflow.assess import assessment_of, largest_foreign, layer_health
from usdtune.workflow.options import StageView
from usdtune.workflow.supervise import Worker
from usdtune.workflow.validate import FINDING_LIMIT

Json = dict[str, Any]

SLOW, WRONG = "slow", "wrong"
MANY_PRIMS = 10_000
MANY_LAYERS = 1_000
LARGE_BYTES = 100_000_000


def inspect(worker: Worker, source: Path, view: StageView, threads: int) -> Json:
    """The assessment and the findings of the rules that it selects."""
    facts = worker.call("open", source=str(source), view=view.to_json())
    assessment = assessment_of(worker, facts, threads)
    note = worker.call("select_scope", assessment=assessment)
    targets = [
        {"concept": target["concept"], "paths": [*target.get("paths", []), *target.get("mask_paths", [])]}
        for target in note["targets"]
    ]
    results = worker.call("validate", targets=targets, threads=threads, limit=FINDING_LIMIT)
    rules = {rule["name"]: rule for rule in worker.call("rules")}
    foreign = largest_foreign(facts["used_layers"], facts["own_layers"])
    return {
        "scene": str(source),
        "files": len(facts["used_layers"]),
        "bytes": facts["resolved_bytes"],
        "largest_foreign": foreign,
        "unresolved": facts["unresolved"],
        "counts": assessment["summary_counts"],
        "stage": assessment["stage"],
        "composition": assessment["composition"],
        "duplicates": assessment.get("x_duplicate_geometry", {}),
        "reasons": reasons(assessment, facts, results, rules, foreign),
        "assessment": assessment,
    }


def reasons(assessment: Json, facts: Json, results: list[Json], rules: Json, foreign: list[Json]) -> list[Json]:
    """What is likely to make it slow, gravest first, then what is wrong with it; each with what would help."""
    findings = {result["concept"]: result["findings"] for result in results if result["findings"]}
    found = [*_about_structure(assessment, facts, findings, foreign)]
    meshes = max(assessment["summary_counts"]["mesh_count"], 1)
    for concept, rows in findings.items():
        if concept != "geom_duplicates":
            found.append(_about_findings(rules[concept], rows, assessment["summary_counts"], meshes, foreign))
    return sorted(found, key=lambda row: (row["kind"] != SLOW, -row["weight"], row["reason"]))


def _about_structure(assessment: Json, facts: Json, findings: Json, foreign: list[Json]) -> list[Json]:
    counts, composition = assessment["summary_counts"], assessment["composition"]
    duplicates = assessment.get("x_duplicate_geometry", {}).get("duplicate_mesh_count", 0)
    found = []
    if duplicates:
        share = duplicates / max(counts["mesh_count"], 1)
        here = findings.get("geom_duplicates", [])
        text = f"{duplicates:,} of {counts['mesh_count']:,} meshes repeat another one"
        found.append(_reason(100 * share, text, "deduplicateGeometry" if here else elsewhere(foreign)))
    if counts["prim_count"] > MANY_PRIMS and not counts["instance_count"]:
        text = f"{counts['prim_count']:,} prims and not one instance: everything is composed one by one"
        found.append(_reason(30, text, "deduplicateGeometry, and sharing whole subtrees (a later version)"))
    if facts["resolved_bytes"] > LARGE_BYTES and not counts["payload_count"]:
        found.append(_reason(20, "everything loads at once: there are no payloads", "payloads (a later version)"))
    for layer in layer_health(facts["used_layers"])["large_usda"]:
        text = f"{Path(layer).name} is a text file of {Path(layer).stat().st_size / 1e6:,.1f} MB"
        found.append(_reason(25, text, f"a crate file: usdcat {Path(layer).name} -o {Path(layer).stem}.usdc"))
    if composition["layers"] > MANY_LAYERS:
        found.append(_reason(15, f"{composition['layers']:,} layers have to be opened", "fewer, larger files"))
    return found


def _about_findings(rule: Json, rows: list[Json], counts: Json, meshes: int, foreign: list[Json]) -> Json:
    example = rows[0]
    place = f"such as {example.get('path') or '/'}: {example['message']}"
    repairing = rule.get("repairedBy") or ""
    if rule["name"] == "material_duplicates":
        repeated = sum(len(row["related_paths"]) for row in rows)
        text = f"{repeated:,} of {counts['material_count']:,} materials repeat another one"
        return _reason(60 * repeated / max(counts["material_count"], 1), text, repairing)
    text = f"{rule['title']}: {len(rows):,}, {place}"
    if not repairing:
        return {**_reason(len(rows), text, "a person"), "kind": WRONG}
    here = any(row.get("op") for row in rows)
    return _reason(min(10 + 30 * len(rows) / meshes, 60), text, repairing if here else elsewhere(foreign))


def _reason(weight: float, text: str, help_: str) -> Json:
    return {"kind": SLOW, "weight": weight, "reason": text, "help": help_}


def elsewhere(foreign: list[Json]) -> str:
    """What helps where things arrive from other files."""
    names = ", ".join(Path(row["path"]).name for row in foreign[:3])
    return f"not here: tune the files it arrives from, such as {names}" if names else "not in this version"
