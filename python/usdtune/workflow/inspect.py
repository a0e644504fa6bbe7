# SPDX-License-Identifier: Apache-2.0
"""Facts of a scene for a person, and the likely reasons why it is slow; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.workflow.options import StageView
from usdtune.workflow.supervise import Worker

Json = dict[str, Any]

MANY_PRIMS = 10_000
LARGE_BYTES = 100_000_000


def inspect(worker: Worker, source: Path, view: StageView, threads: int) -> Json:
    """The assessment and the findings of the rules that it selects."""
    facts = worker.call("open", source=str(source), view=view.to_json())
    assessment = worker.call("assess", resolved_bytes=facts["resolved_bytes"], threads=threads)
    note = worker.call("select_scope", assessment=assessment)
    targets = [
        {"concept": target["concept"], "paths": [*target.get("paths", []), *target.get("mask_paths", [])]}
        for target in note["targets"]
    ]
    results = worker.call("validate", targets=targets, threads=threads)
    rules = {rule["name"]: rule for rule in worker.call("rules")}
    return {
        "scene": str(source),
        "files": len(facts["used_layers"]),
        "bytes": facts["resolved_bytes"],
        "unresolved": facts["unresolved"],
        "counts": assessment["summary_counts"],
        "stage": assessment["stage"],
        "composition": assessment["composition"],
        "duplicates": assessment.get("x_duplicate_geometry", {}),
        "reasons": reasons(assessment, facts, results, rules),
        "assessment": assessment,
    }


def reasons(assessment: Json, facts: Json, results: list[Json], rules: Json) -> list[Json]:
    """Why it is slow, gravest first, each with what would help."""
    found: list[Json] = []
    counts = assessment["summary_counts"]
    duplicates = assessment.get("x_duplicate_geometry", {})
    meshes = max(counts["mesh_count"], 1)
    if duplicates.get("duplicate_mesh_count"):
        share = duplicates["duplicate_mesh_count"] / meshes
        text = f"{duplicates['duplicate_mesh_count']:,} of {meshes:,} meshes repeat another one"
        found.append({"weight": 100 * share, "reason": text, "help": "deduplicateGeometry"})
    if counts["prim_count"] > MANY_PRIMS and not counts["instance_count"]:
        text = f"{counts['prim_count']:,} prims and not one instance: everything is composed one by one"
        found.append({"weight": 30, "reason": text, "help": "sharing repeated content"})
    if facts["resolved_bytes"] > LARGE_BYTES and not counts["payload_count"]:
        text = "everything loads at once: there are no payloads"
        found.append({"weight": 20, "reason": text, "help": "payloads (a later version)"})
    for layer in assessment.get("layer_health", {}).get("large_usda", []):
        name = layer.get("path", layer) if isinstance(layer, dict) else layer
        found.append({"weight": 25, "reason": f"{Path(str(name)).name} is a large text file", "help": "a crate file"})
    if facts["unresolved"]:
        text = f"{len(facts['unresolved']):,} files are missing, such as {facts['unresolved'][0]}"
        found.append({"weight": 15, "reason": text, "help": "a person"})
    for result in results:
        issues = len(result["findings"])
        if not issues or (result["concept"] == "geom_duplicates" and duplicates.get("duplicate_mesh_count")):
            continue
        rule = rules[result["concept"]]
        example = result["findings"][0]
        found.append(
            {
                "weight": min(10 + 30 * issues / meshes, 60),
                "reason": f"{rule['title']}: {issues:,}, such as {example.get('path') or '/'}: {example['message']}",
                "help": rule.get("repairedBy") or "a person",
            }
        )
    return sorted(found, key=lambda row: (-row["weight"], row["reason"]))
