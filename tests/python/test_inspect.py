# SPDX-License-Identifier: Apache-2.0
"""What `usdtune inspect` tells: where the weight lies, what helps, and what is merely wrong."""

from typing import Any

from usdtune.workflow.inspect import SLOW, WRONG, reasons

Json = dict[str, Any]

RULES: Json = {
    "material_duplicates": {"name": "material_duplicates", "title": "Duplicate materials", "repairedBy": "optimizeX"},
    "primvar_unused": {"name": "primvar_unused", "title": "Unused UV sets", "repairedBy": "removeUnusedUVs"},
    "composition_missing_ref": {"name": "composition_missing_ref", "title": "Missing references", "repairedBy": ""},
    "geom_duplicates": {"name": "geom_duplicates", "title": "Duplicates", "repairedBy": "deduplicateGeometry"},
}
FOREIGN = [{"path": "/assets/steel.usdc", "size_bytes": 9}, {"path": "/assets/rails.usdc", "size_bytes": 5}]


def told(findings: Json, *, duplicates: int = 0, foreign: list[Json] | None = None) -> list[Json]:
    assessment = {
        "summary_counts": {
            "prim_count": 500,
            "mesh_count": 100,
            "material_count": 40,
            "instance_count": 0,
            "payload_count": 0,
        },
        "composition": {"layers": 3},
        "x_duplicate_geometry": {"duplicate_mesh_count": duplicates},
    }
    facts = {"used_layers": [], "own_layers": [], "resolved_bytes": 1000}
    results = [{"concept": concept, "findings": rows} for concept, rows in findings.items()]
    return reasons(assessment, facts, results, RULES, foreign or [])


def finding(operation: str | None = None, related: int = 0) -> Json:
    op = {"operation": operation} if operation else None
    return {"path": "/A", "message": "it is so.", "op": op, "related_paths": [f"/B{i}" for i in range(related)]}


def test_repeated_meshes_that_arrive_by_an_arc_point_at_their_files() -> None:
    [row] = told({}, duplicates=60, foreign=FOREIGN)
    assert row["reason"] == "60 of 100 meshes repeat another one"
    assert row["help"] == "not here: tune the files it arrives from, such as steel.usdc, rails.usdc"


def test_repeated_meshes_of_the_scene_itself_name_their_operation() -> None:
    [row] = told({"geom_duplicates": [finding("deduplicateGeometry", related=60)]}, duplicates=60)
    assert row["help"] == "deduplicateGeometry"


def test_repeated_materials_are_counted_not_their_groups() -> None:
    [row] = told({"material_duplicates": [finding("optimizeX", related=3), finding("optimizeX", related=20)]})
    assert row["reason"] == "23 of 40 materials repeat another one"


def test_finding_without_a_step_is_not_promised_to_be_repaired() -> None:
    [here] = told({"primvar_unused": [finding("removeUnusedUVs")]})
    [elsewhere] = told({"primvar_unused": [finding()]}, foreign=FOREIGN)
    assert here["help"] == "removeUnusedUVs"
    assert elsewhere["help"].startswith("not here: ")


def test_what_is_wrong_comes_after_what_is_slow() -> None:
    rows = told({"composition_missing_ref": [finding()] * 50, "primvar_unused": [finding("removeUnusedUVs")]})
    assert [row["kind"] for row in rows] == [SLOW, WRONG]
