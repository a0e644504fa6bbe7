# SPDX-License-Identifier: Apache-2.0
"""What a report claims about a result: bytes, preservation, deviation, structure, safety.

Each block stands on what a phase has measured or proved; where that is missing, the block is.
"""

from __future__ import annotations

from typing import Any

from usdtune.report.evidence import Evidence, issues_by_rule
from usdtune.report.score import rounded

Json = dict[str, Any]


def footprint_of(evidence: Evidence) -> Json | None:
    """Bytes on one basis: as found, the same content written again, and the result."""
    if evidence.after is None or "x_repacked_size_bytes" not in evidence.baseline:
        return None
    raw = evidence.baseline["total_size_bytes"]
    repacked = evidence.baseline["x_repacked_size_bytes"]
    optimized = evidence.after["total_size_bytes"]
    if not raw or not repacked:
        return None
    structural = (optimized - repacked) / repacked * 100
    raw_delta = (optimized - raw) / raw * 100
    if structural > -1.0 and raw_delta < -1.0:
        return None  # the gain is the encoding's alone; notes say so
    return {
        "raw_input_bytes": raw,
        "repack_normalized_baseline_bytes": repacked,
        "optimized_bytes": optimized,
        "structural_delta_pct": rounded(structural),
        "scored_against": "repack_normalized",
        "repack_delta_pct": rounded((repacked - raw) / raw * 100),
        "raw_delta_pct": rounded(raw_delta),
        "disk_win_source": _disk_win_source(evidence) if structural < -1.0 else "none",
    }


LEVERS = (
    ("removeUnusedUVs", "unused_primvar_removal"),
    ("meshCleanup", "vertex_weld"),
    ("mergeVertices", "vertex_weld"),
    ("optimizePrimvars", "primvar_indexing"),
    ("pruneLeaves", "dead_data_removal"),
    ("removePrims", "dead_data_removal"),
    ("optimizeMaterials", "dead_data_removal"),
    ("deduplicateGeometry", "sharing"),
)
"""What an operation saves bytes by, those first that shared arrays alone cannot explain."""


def _disk_win_source(evidence: Evidence) -> str:
    changed = {row["key"] for row in (evidence.summary or {}).get("operations", []) if row["changed"]}
    return next((source for key, source in LEVERS if key in changed), "repack")


def preservation(evidence: Evidence, verification: Json, after: Json) -> Json:
    laws = {law["law"]: law for law in verification["laws"]}
    surface_held = laws["surface"]["status"] == "held"
    drawn = after["x_rendered_mesh_count"]
    before = evidence.assessment["instancing"].get("x_rendered_mesh_count", drawn)
    return {
        "rendered_mesh_count": drawn,
        "rendered_triangle_count": after["x_triangle_count"],
        "distinct_geometry_bytes_preserved": surface_held and verification["promised"]["surface"] == "exact",
        "bounds_preserved": surface_held and laws["bounds"]["status"] != "broken",
        "dangling": laws["dangling_targets"]["violations"],
        "notes": f"{before:,} meshes are met in the source when instances are entered, {drawn:,} in the result; "
        "both were compared in a fresh process, corner by corner.",
    }


def fidelity(verification: Json) -> Json:
    promised = verification["promised"]
    tolerance = promised["tolerance_m"]
    surface = next(law for law in verification["laws"] if law["law"] == "surface")
    return {
        "max_deviation_within_band": surface["status"] == "held",
        "band": f"{tolerance:g} m" if tolerance else "a millionth of each mesh's own size",
        "notes": f"largest deviation {verification['deviation']['max_m']:.3g} m; surface {promised['surface']}",
    }


def structural_summary(evidence: Evidence) -> Json:
    """The waiver stands in every report: names of operations and arguments alone can call for a frontier."""
    summary: Json = {
        "reuse_measured": False,
        "frontier_convergence_waived": True,
        "frontier_convergence_waiver_reason": "hierarchy frontier not assessed in this version",
    }
    after = evidence.after
    if after is None or not evidence.was_written:
        return summary
    before_count, after_count = evidence.baseline["prim_count_authored"], after["prim_count_authored"]
    return summary | {
        "reuse_measured": True,
        "authored_prim_delta_pct": rounded((after_count - before_count) / before_count * 100) if before_count else 0.0,
        "unique_prototype_count": after["prototype_count"],
        "merge_applied": False,
        **({"instance_ratio": after["x_instance_ratio"]} if "x_instance_ratio" in after else {}),
    }


SAFETY_CONCEPTS = ("composition_missing_ref", "material_dangling_binding")


def safety_gate(evidence: Evidence) -> Json:
    """Whether the result is as safe as its source; what the source has already is told and holds nothing up."""
    if evidence.validation is None:
        return {"status": "not_required", "notes": "No rule ran."}
    before = _safety_findings(evidence.validation)
    if evidence.validation_after is None:
        gate = {"status": "not_required" if before else "clear"}
        if before:
            gate |= {"finding": _told(before), "notes": "The source has these already; nothing was written."}
        return gate
    after = _safety_findings(evidence.validation_after)
    if any(count > before.get(name, 0) for name, count in after.items()):
        return {"status": "failed", "finding": _told(after), "notes": f"The source has {_told(before) or 'none'}."}
    if not after:
        return {"status": "clear"}
    notes = "The source has these already and no operation repairs them: a person has to."
    return {"status": "passed", "finding": _told(after), "notes": notes}


def _safety_findings(report: Json) -> dict[str, int]:
    counts = issues_by_rule(report)
    return {name: counts[name] for name in SAFETY_CONCEPTS if counts.get(name)}


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in counts.items())
