# SPDX-License-Identifier: Apache-2.0
"""Reports pass what the public checker of reports enforces beyond the schema, in every way a run can end.

The rules keep the checker's ids: C for coverage, F for footprint, P for preservation, D for convergence.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeScene, finding, step
from test_workflow_flow import AS_IS, load, run

Json = dict[str, Any]

RESOLVED = ("optimized", "skipped_zero_meshes", "skipped_user_declined")
RESTRUCTURED = ("assembly_root", "prototype", "shared_layer", "loadable_subasset")
DEDUPES = ("deduplicate", "instanceable", "internal_reference", "internal_share", "externalize")
GEOMETRY = (
    *("decimat", "fitprimitiv", "quantiz", "remesh", "subdivid", "triangulat", "removesmall"),
    *("mergevertices", "dicemesh", "sparsemesh"),
)


def broken(report: Json) -> list[str]:
    return sorted({*coverage(report), *footprint(report), *preservation(report), *convergence(report)})


def coverage(report: Json) -> Iterator[str]:
    block = report["target_coverage"]
    for entry in block["entries"]:
        if entry["disposition"] == "skipped_zero_meshes" and entry["mesh_count"]:
            yield "C2"
        if entry["disposition"] == "optimized" and entry["mesh_count"] and entry.get("optimized_mesh_count") == 0:
            yield "C3"
        if entry["role"] in RESTRUCTURED and not block["source_manifests"]:
            yield "C5"
        if block["complete"] and entry["disposition"] not in RESOLVED:
            yield "C7"
    if not block["complete"]:
        yield "C6"


def footprint(report: Json) -> Iterator[str]:
    block = report.get("footprint")
    if block is None:
        return
    raw, repacked, optimized = (
        block[name] for name in ("raw_input_bytes", "repack_normalized_baseline_bytes", "optimized_bytes")
    )
    if min(raw, repacked, optimized) < 0:
        yield "F1"
    if block["scored_against"] != "repack_normalized":
        yield "F2"
    if abs((optimized - repacked) / repacked * 100 - block["structural_delta_pct"]) > 0.6:
        yield "F3"
    for name, before, after in (("repack_delta_pct", raw, repacked), ("raw_delta_pct", raw, optimized)):
        if abs((after - before) / before * 100 - block[name]) > 0.6:
            yield "F4"
    if block["structural_delta_pct"] > -1.0 and (optimized - raw) / raw * 100 < -1.0:
        yield "F5"


def preservation(report: Json) -> Iterator[str]:
    block = report.get("preservation")
    if block is None:
        return
    if any(type(block[name]) is not int or block[name] < 0 for name in ("rendered_mesh_count", "dangling")):
        yield "P-a"
    if any(type(block[name]) is not bool for name in ("distinct_geometry_bytes_preserved", "bounds_preserved")):
        yield "P-b"


def convergence(report: Json) -> Iterator[str]:
    state = report.get("structural_summary", {})
    rescan = state.get("frontier_final_rescan_new_groups_above_floor")
    if state.get("frontier_descent_converged") and rescan:
        yield "D1"
    words = " ".join(
        [row["name"] + row["method"] for row in report["operations"]]
        + [key for entry in report["target_coverage"]["entries"] for key in entry.get("operations", [])]
    ).lower()
    instances = next((row for row in report["metrics"] if row["name"] == "instance_count"), {"before": 0, "after": 0})
    dedupes = state.get("reuse_measured") or instances["after"] > instances["before"]
    dedupes = dedupes or any(part in words for part in DEDUPES)
    geometry = state.get("merge_applied") or any(part in words for part in GEOMETRY)
    waived = state.get("frontier_convergence_waived") and state.get("frontier_convergence_waiver_reason", "").strip()
    converged = state.get("frontier_descent_converged") is True and rescan == 0
    if dedupes and geometry and not (waived or converged):
        yield "D2"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "plant.usda"
    path.write_text("#usda 1.0\n")
    return path


def scene_of(ending: str) -> FakeScene:
    scene = FakeScene()
    scene.operations += ["deduplicateGeometry", "mergeVertices"]
    scene.steps = [step("mergeVertices"), step("deduplicateGeometry")]
    if ending == "nothing changed":
        scene.edit_count = 0
    elif ending == "no step":
        scene.steps = []
    elif ending == "only the encoding":
        scene.after = {"total_size_bytes": 3_890_000}
    elif ending == "a step failed":
        scene.failing = {"mergeVertices"}
    elif ending == "no meshes":
        scene.meshes, scene.edit_count = 0, 0
    elif ending == "dangling before":
        scene.findings.append(finding("material_dangling_binding", "/Plant/A", operation=""))
    return scene


@pytest.mark.parametrize(
    "ending",
    ["improved", "nothing changed", "no step", "only the encoding", "a step failed", "no meshes", "dangling before"],
)
def test_a_report_keeps_the_rules(ending: str, source: Path) -> None:
    report = load(run(source, scene_of(ending)), "optimization_report")
    assert broken(report) == []


def test_a_diagnosis_keeps_the_rules(source: Path) -> None:
    report = load(run(source, FakeScene(), approvals={"restructure": "exit"}), "optimization_report")
    assert broken(report) == []
    assert report["target_coverage"]["entries"] == []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ({"target_coverage": {"disposition": "skipped_zero_meshes"}}, "C2"),
        ({"target_coverage": {"optimized_mesh_count": 0}}, "C3"),
        ({"target_coverage": {"role": "prototype"}}, "C5"),
        ({"target_coverage": {"disposition": "blocked"}}, "C7"),
        ({"footprint": {"scored_against": "raw"}}, "F2"),
        ({"footprint": {"structural_delta_pct": 3.0}}, "F3"),
        ({"footprint": {"raw_delta_pct": 3.0}}, "F4"),
        ({"preservation": {"rendered_mesh_count": 1.0}}, "P-a"),
        ({"preservation": {"bounds_preserved": 1}}, "P-b"),
        ({"structural_summary": {"frontier_convergence_waiver_reason": " "}}, "D2"),
    ],
)
def test_the_rules_can_be_broken(spoil: Json, rule: str, source: Path) -> None:
    report = load(run(source, scene_of("improved"), AS_IS), "optimization_report")
    for block, change in spoil.items():
        (report[block]["entries"][0] if block == "target_coverage" else report[block]).update(change)
    assert rule in broken(report)
