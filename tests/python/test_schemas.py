# SPDX-License-Identifier: Apache-2.0
"""A small good document of every kind keeps its contract, and each way to break it is refused."""

import copy
import doctest
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from usdtune.report import documents
from usdtune.report.documents import FILE_NAMES, SCHEMAS, DocumentError, check, load, vocabulary, write

SCHEMA_FOLDER = Path(documents.__file__).with_name("schemas")
NOW = "2026-01-01T00:00:00Z"
HASH = "0" * 64

RUNTIME: dict[str, Any] = {
    "kit": {"application": "standalone (no Kit)", "version": "none", "path": "/opt/usdtune", "build": None},
    "sceneOptimizer": {"extension": "usdtune", "version": "0.1.0"},
    "usdOptimize": {"extension": "usdtune", "version": "0.1.0"},
    "assetValidator": {"package": "usdtune", "version": "0.1.0", "source": "standalone"},
}
OPERATIONS_LIBRARY: dict[str, Any] = {
    "extension": "usdtune",
    "version": "0.1.0",
    "operationsAvailable": ["computeExtents", "meshCleanup"],
    "source": "standalone-package",
}
OPEN_GATE: dict[str, Any] = {
    "id": "destructive:removePrims",
    "code": "blocked_destructive_confirmation",
    "question": "Deactivate the 6 invisible prims?",
    "options": [{"choice": "deactivate", "effect": "6 prims stay in the file, inactive"}, {"choice": "skip"}],
    "evidence": {"structure_invisible": 6},
    "answered": False,
    "answer": None,
    "answer_source": None,
    "at": None,
}
STOP: dict[str, Any] = {
    "schemaVersion": "1.0",
    "exit_code": 3,
    "exit_class": 28,
    "code": "blocked_destructive_confirmation",
    "phase": "so-run-operations",
    "message": "Removing 6 invisible prims waits for an answer.",
    "gate": OPEN_GATE,
    "at": NOW,
}
DIFFERENCE: dict[str, Any] = {"kind": "surface", "path": "/World/Bolt", "deviation_m": 0.1, "message": "It moved."}

GOOD: dict[str, Any] = {
    "setup_preflight": {
        "schemaVersion": "1.0",
        "runtime_route": "standalone",
        "sceneOptimizer": OPERATIONS_LIBRARY,
        "usdOptimize": OPERATIONS_LIBRARY,
        "assetValidator": RUNTIME["assetValidator"],
        "runtime_context": RUNTIME,
        "probed_at": NOW,
    },
    "profile": {
        "mode": "quick",
        "stage_path": "/data/rack.usdc",
        "cold_open_ms": 12.5,
        "warm_open_ms": 3,
        "warm_open_samples_ms": [3, 3, 3.5, 2.5, 3],
        "warm_open_sample_count": 5,
        "warm_open_spread_pct": 33.3,
        "open_timing_context": "fresh_process",
        "traverse_ms": 1.0,
        "traverse_full_ms": 1.0,
        "attribute_resolution_ms": 4.0,
        "transform_ms": 1.0,
        "prim_count": 4,
        "prim_count_authored": 4,
        "prim_count_with_instance_proxies": 4,
        "layer_count": 1,
        "instance_count": 0,
        "prototype_count": 0,
        "total_attributes": 30,
        "x_peak_rss_bytes": 90000000,
    },
    "sa_report": {
        "stage": {"identifier": "rack.usdc", "rootLayer": "/data/rack.usdc", "metersPerUnit": 0.01, "upAxis": "Z"},
        "asset_physical_context": {"metersPerUnit": 0.01, "upAxis": "Z"},
        "summary_counts": {
            "prim_count": 4,
            "mesh_count": 2,
            "material_count": 1,
            "prototype_count": 0,
            "instance_count": 0,
            "reference_count": 0,
            "payload_count": 0,
        },
        "composition": {
            "layers": 1,
            "references": 0,
            "payloads": 0,
            "counting_method": "authored_list_op_items",
        },
        "instancing": {"instances": 0, "prototypes": 0, "candidates": 0, "ratio": 0},
        "hierarchy_dedupe": {
            "recommended": False,
            "reason": "not assessed",
            "top_candidates": [],
            "x_assessed": False,
        },
        "validation_scope": {"per_asset": [], "cross_component_pairs": [], "skip": []},
        "phase_recommendation": "optimization",
        "asset_boundary_suggestions": {
            "boundaries": [
                {
                    "boundary_id": "b1",
                    "prim_path": "/World/Pump",
                    "candidate_source": "semantics",
                    "semantic_label": "pump",
                }
            ]
        },
        "flagged_assets": [{"asset": "/World/Rack", "reason": "mesh_hygiene"}],
    },
    "validation_scope_note": {
        "scope": "targeted",
        "concepts": ["material_duplicates", "vertex_weld"],
        "targets": [{"concept": "material_duplicates"}, {"concept": "vertex_weld", "paths": ["/World/Rack"]}],
        "tier_assignments": {"material_duplicates": 1, "vertex_weld": 2},
        "selection_reason": "mesh hygiene flag on /World/Rack",
        "artifact_paths": [],
        "full_sweep": {"status": "skipped", "reason": "nobody asked", "approved_by_user": False},
    },
    "validation_report": {
        "schemaVersion": "1.0.0",
        "stage": {"identifier": "/data/rack.usdc"},
        "phase": "baseline",
        "validators": [
            {"name": "openability", "kind": "openability", "status": "PASS"},
            {
                "name": "vertex_weld",
                "kind": "rule",
                "canonical_name": "vertex_weld",
                "module": "usdtune.rules",
                "class_name": "vertex_weld",
                "status": "FAIL",
                "issues": 1,
            },
        ],
        "summary": {"status": "FAIL", "errorCount": 0, "warningCount": 1},
        "coverage_ledger": {
            "complete": True,
            "entries": [
                {"target": "/World/Rack", "concept": "vertex_weld", "tier": 2, "status": "probed_with_findings"}
            ],
        },
        "findings": [
            {
                "concept": "vertex_weld",
                "severity": "WARNING",
                "path": "/World/Rack/Bolt",
                "message": "24 points can be welded to 8.",
                "unit": "/World/Rack",
            }
        ],
    },
    "provider_summary": {
        "schemaVersion": "1.0",
        "provider": "native",
        "version": "0.1.0",
        "package": "usdtune",
        "api_path": "usdtune.workflow.validate",
        "usd_version": "26.11",
        "scope": "targeted",
        "concepts": ["vertex_weld"],
        "identities": [{"concept": "vertex_weld", "module": "usdtune.rules", "class_name": "vertex_weld"}],
        "mask_paths": ["/World/Rack"],
        "approvals": [],
        "open_secs": 0.1,
        "validate_secs": 0.2,
        "total": 1,
        "by_severity": {"WARNING": 1},
        "by_concept": {"vertex_weld": 1},
        "timed_out": [],
        "skipped": [],
        "limitations": [],
        "artifacts": [],
    },
    "restructure_decision": {
        "phase": "2e",
        "choice": "optimize-as-is",
        "recommended": "optimize-as-is",
        "reasoning": "One file of 4 prims with nothing repeated.",
        "boundary_plan_ref": None,
        "user_confirmed_at": NOW,
        "answer_source": "flag",
        "offered": ["optimize-as-is", "exit"],
    },
    "restructure_decision_pending": {
        "code": "restructure_decision_pending",
        "phase": "2e",
        "recommended": "optimize-as-is",
        "offered": ["optimize-as-is", "exit"],
        "evidence": {"prim_count": 4},
        "how_to_answer": {"flag": "--approve restructure=optimize-as-is", "answers_file_key": "restructure"},
        "written_at": NOW,
    },
    "gates": {
        "schemaVersion": "1.0",
        "run_id": "r1",
        "source_sha256": HASH,
        "plan_sha256": None,
        "gates": [OPEN_GATE, {**OPEN_GATE, "answered": True, "answer": "skip", "answer_source": "flag", "at": NOW}],
    },
    "answers": {"source_sha256": HASH, "plan_sha256": None, "answers": {"restructure": "optimize-as-is"}},
    "op_chain": [{"operation": "meshCleanup", "mergeVertices": True}, {"operation": "computeExtents"}],
    "optimization_plan": {
        "schemaVersion": "1.0",
        "stage": {"identifier": "/data/rack.usdc"},
        "inputs": {},
        "editTarget": "processor_output",
        "gates": {"mutationPolicy": "new files only"},
        "operations": [
            {
                "order": 1,
                "key": "computeExtents",
                "target": "/data/rack.usdc",
                "args": {},
                "loss_class": "lossless",
                "apply_authority": "auto",
                "gate": None,
                "evidence": ["2 meshes without extent"],
            }
        ],
        "outputs": {"outputDirectory": "/out"},
    },
    "plan_response": {
        "decision": "ready_to_plan",
        "entry": "omniverse-usd-performance-tuning",
        "planned_phases": ["omniverse-usd-performance-tuning", "profile-stage:baseline"],
        "committed_milestones": ["omniverse-usd-performance-tuning", "profile-stage:baseline"],
        "gates_observed": ["restructure"],
    },
    "op_summary": {
        "before": {"mesh_count": 2},
        "after": {"mesh_count": 1},
        "operations": [
            {"key": "deduplicateGeometry", "success": True, "error": None, "elapsed_ms": 1.5, "changed": True}
        ],
        "output_path": "/out/rack.usdc",
        "log_path": "/out/rack.log",
        "warnings": [],
    },
    "compare_profiles": {
        "verdict": "improved",
        "severity": "none",
        "summary": "Warm open 100 to 50 ms (-50.0 %).",
        "metrics": [
            {"name": "warm_open_ms", "before": 100, "after": 50, "change_pct": -50.0, "verdict": "improved"},
        ],
        "regressions": [],
        "recommendations": [],
    },
    "optimization_report": {
        "asset_name": "rack",
        "output_path": "/out/rack.usdc",
        "timestamp": NOW,
        "verdict": "improved",
        "workflow_mode": "full",
        "optimization_score": 7.5,
        "score_scope": "stage_optimization",
        "score_label": "strong",
        "reasoning": "Meshes are shared.",
        "measurement_context": {"mode": "quick", "samples": 5},
        "artifacts": {"json": "a.json", "markdown": "a.md", "html": "a.html"},
        "metric_groups": [
            {
                "id": "load_time",
                "display_name": "Load time",
                "score": 7.5,
                "status": "measured",
                "weight": 35,
                "summary": "Faster.",
            }
        ],
        "metrics": [
            {"name": "warm_open_ms", "before": 100, "after": 50, "change_pct": -50.0, "verdict": "improved"},
        ],
        "operations": [{"order": 1, "name": "computeExtents", "method": "usdtune", "result": "2 extents"}],
        "validators": [{"name": "vertex_weld", "issues": 0}],
        "target_coverage": {
            "complete": True,
            "entries": [
                {
                    "path": "/data/rack.usdc",
                    "role": "monolith",
                    "mesh_count": 2,
                    "disposition": "optimized",
                    "optimized_mesh_count": 2,
                }
            ],
        },
        "structural_summary": {"frontier_convergence_waived": True, "frontier_convergence_waiver_reason": "monolith"},
    },
    "pathmap_row": {"old": "/World/A", "new": "/World/P", "kind": "merged", "reason": "equal material", "step": 2},
    "verification_report": {
        "schemaVersion": "1.0",
        "source": "/data/rack.usdc",
        "result": "/out/rack.usdc",
        "verified_at": NOW,
        "fresh_process": True,
        "accepted": True,
        "promised": {"surface": "exact", "identity": "kept", "tolerance_m": 0},
        "laws": [
            {"law": "surface", "status": "held", "checked": 2, "violations": 0, "max_deviation_m": 0.0},
            {"law": "variants", "status": "not_checked", "checked": 0, "violations": 0, "reason": "no variant sets"},
        ],
        "relations": [{"relation": "rendered", "same": True, "difference_count": 0}],
        "differences": [],
        "difference_count": 0,
        "second_witness": {
            "status": "held",
            "spec_count": 40,
            "field_count": 90,
            "sampled_prim_count": 2,
            "differences": [],
        },
        "pathmap": {
            "path": "pathmap.jsonl",
            "counts": {"kept": 4, "moved": 0, "instanced": 0, "merged": 0, "removed": 0},
        },
        "rolled_back": [],
        "declined": [{"reason": "animated points", "count": 1, "examples": ["/World/Flag"]}],
    },
    "proof": {
        "schemaVersion": "1.0",
        "usdtune": "0.1.0",
        "made_at": NOW,
        "source": {"path": "/data/rack.usdc", "sha256": HASH},
        "result": {"path": "/out/rack.optimized.usdc", "sha256": HASH},
        "pathmap": None,
        "accepted": True,
        "sentence": "Nothing was lost.",
        "promised": {"surface": "exact", "identity": "kept", "tolerance_m": 0.0},
        "laws": [{"law": "surface", "status": "held", "checked": 8, "violations": 0}],
        "steps": [
            {
                "order": 1,
                "operation": "mergeVertices",
                "status": "kept",
                "promised": {"surface": "exact", "identity": "kept", "tolerance_m": 0.0},
                "laws": [],
                "edited_prim_count": 1,
                "compared_prim_count": 1,
                "max_deviation_m": 0.0,
                "id_pixels_changed": None,
                "sentence": "1 prim edited, 1 compared.",
            }
        ],
        "deviation": {
            "sampling": {"points_per_mesh_diagonal": 100, "sample_count": 9, "corners": True, "sentence": "All of it."},
            "forward": {"max_m": 0.0, "mean_m": 0.0, "p99_m": 0.0, "worst_path": None},
            "backward": {"max_m": 0.0, "mean_m": 0.0, "p99_m": 0.0, "worst_path": "/World/Bolt"},
            "normal_drift_deg": None,
            "uv_drift": {"max": 0.0, "mean": 0.0},
            "material_change_count": 0,
            "mesh_count": 1,
            "exact_mesh_count": 1,
            "meshes": [
                {
                    "path": "/World/Bolt",
                    "other_path": None,
                    "max_m": 0.0,
                    "mean_m": 0.0,
                    "p99_m": 0.0,
                    "sample_count": 9,
                    "exact": True,
                    "normal_max_deg": None,
                    "uv_max": 0.0,
                    "material_changed": False,
                }
            ],
        },
        "pictures": {
            "width": 1024,
            "height": 768,
            "samples_per_pixel": 4,
            "views": [
                {
                    "name": "ring-1",
                    "title": "From the south-east, above",
                    "why": "Eight directions around the scene.",
                    "camera": {"eye": [3, 3, 3], "target": [0, 0, 0], "up": [0, 0, 1], "fov_deg": 40},
                    "before": {"colour": "proof/ring-1.before.png"},
                    "after": {"colour": "proof/ring-1.after.png"},
                    "heat": {},
                    "flip": {"mean": 0.0, "max": 0.0},
                    "id_pixels": {"differ": 0, "ties": 0, "compared": 786432},
                    "depth_max_m": 0.0,
                    "verdict": "same",
                    "sentence": "No pixel differs.",
                }
            ],
        },
        "not_measured": [{"what": "Frame rate", "why": "No GPU took part."}],
    },
    "diff": {
        "schemaVersion": "1.0",
        "left": "a.usdc",
        "right": "b.usdc",
        "relation": "rendered",
        "same": False,
        "pathmap": None,
        "difference_count": 1,
        "counts_by_kind": {"surface": 1},
        "differences": [DIFFERENCE],
        "declined": [],
    },
    "stop": STOP,
    "run_state": {
        "schemaVersion": "1.0",
        "run_id": "r1",
        "entry": "omniverse-usd-performance-tuning",
        "asset_name": "rack",
        "input_path": "/data/rack.usdc",
        "output_dir": "/out",
        "status": "stopped_at_gate",
        "workflow_mode": "full",
        "iteration": 1,
        "started": NOW,
        "updated": NOW,
        "source_sha256": HASH,
        "source_files": [{"path": "/data/rack.usdc", "size_bytes": 1, "mtime_ns": 1, "sha256": HASH}],
        "options_sha256": HASH,
        "milestones": [
            {"label": label, "state": "pending", "started": None, "ended": None, "artifacts": []}
            for label in vocabulary("milestone")
        ],
        "stop": STOP,
    },
    "commit": {
        "schemaVersion": "1.0",
        "run_id": "r1",
        "committed_at": NOW,
        "usdtune_version": "0.1.0",
        "source": {"path": "/data/rack.usdc", "sha256": HASH},
        "root_layer": "rack.usdc",
        "files": [{"path": "rack.usdc", "size_bytes": 10, "sha256": HASH}],
        "verification": {"path": "verification_report.json", "sha256": HASH, "accepted": True},
    },
}

DELETE = object()
BAD: list[tuple[str, str, Any]] = [
    ("setup_preflight", "/usdOptimize", DELETE),
    ("setup_preflight", "/runtime_route", "kit"),  # then the kit block is owed
    ("setup_preflight", "/sceneOptimizer/source", "kit-extension"),
    ("setup_preflight", "/sceneOptimizer/extra", 1),
    ("setup_preflight", "/sceneOptimizer/operationsAvailable", ["merge", "merge"]),
    ("setup_preflight", "/probed_at", "2026-01-01 00:00"),
    ("setup_preflight", "/runtime_context/kit", DELETE),
    ("profile", "/mode", "full"),
    ("profile", "/prim_count", 4.0),
    ("profile", "/prim_count", True),
    ("profile", "/warm_open_samples_ms", [1, 2, 3]),
    ("sa_report", "/summary_counts/light_count", 0),
    ("sa_report", "/stage/metersPerUnit", 0),
    ("sa_report", "/hierarchy_dedupe/reason", "nothing repeats"),  # it was not assessed
    ("sa_report", "/hierarchy_dedupe/recommended", True),
    ("sa_report", "/asset_boundary_suggestions/boundaries/0/semantic_label", DELETE),
    ("sa_report", "/flagged_assets/0/reason", "ugly"),
    ("sa_report", "/phase_recommendation", "optimize"),
    ("validation_scope_note", "/timeout_seconds", 5),
    ("validation_scope_note", "/concepts", ["IndexedPrimvarChecker"]),
    ("validation_scope_note", "/tier_assignments/vertex_weld", 4),
    ("validation_scope_note", "/scope", "approved_full_sweep"),
    ("validation_scope_note", "/full_sweep/status", "approved"),
    ("validation_scope_note", "/targets/0/pairs", [["/A"]]),
    ("validation_report", "/validators/1/class_name", DELETE),
    ("validation_report", "/coverage_ledger/complete", False),  # the status is not BLOCKED
    ("validation_report", "/coverage_ledger/entries/0/status", "skipped"),
    ("validation_report", "/notes", ""),
    ("validation_report", "/findings/0/severity", "warning"),
    ("provider_summary", "/by_severity", {"Warning": 1}),
    ("provider_summary", "/limitations", DELETE),
    ("restructure_decision", "/choice", "continue"),
    ("restructure_decision", "/choice", "extract-as-assets"),  # needs a boundary plan
    ("restructure_decision_pending", "/code", "pending"),
    ("gates", "/gates/0/answer", "skip"),  # nobody answered
    ("gates", "/gates/1/answer_source", None),
    ("gates", "/gates/0/id", "destructive"),
    ("gates", "/gates/0/options", []),
    ("answers", "/answers", {"colour": "red"}),
    ("answers", "/source_sha256", "abc"),
    ("op_chain", "/0/operation", DELETE),
    ("op_chain", "/0/operation", "mesh_cleanup"),
    ("optimization_plan", "/operations/0/evidence", DELETE),
    ("optimization_plan", "/operations/0/apply_authority", "sometimes"),
    ("plan_response", "/decision", "blocked"),  # a code is owed
    ("plan_response", "/blocked_code", "blocked_stage_open"),  # nothing is blocked
    ("plan_response", "/planned_phases", ["profile-stage"]),
    ("op_summary", "/after/elapsed_ms", 3),
    ("op_summary", "/operations/0/changed", DELETE),
    ("compare_profiles", "/verdict", "inconclusive"),
    ("compare_profiles", "/metrics/0/verdict", "mixed"),
    ("compare_profiles", "/regressions", DELETE),
    ("optimization_report", "/score_label", "excellent"),
    ("optimization_report", "/schemaVersion", "1.0"),
    ("optimization_report", "/measurement_context/nested", {}),
    ("optimization_report", "/target_coverage/entries/0/optimized_mesh_count", 0),
    ("optimization_report", "/target_coverage/entries/0/disposition", "blocked"),
    ("optimization_report", "/target_coverage/entries/0/disposition", "skipped_zero_meshes"),
    ("optimization_report", "/structural_summary/frontier_convergence_waiver_reason", " "),
    ("optimization_report", "/workflow_mode", "structural_only"),
    ("optimization_report", "/metrics/0/after", None),
    ("optimization_report", "/metric_groups/0/score", 11),
    ("pathmap_row", "/new", None),
    ("pathmap_row", "/new", "World"),
    ("pathmap_row", "/kind", "removed"),
    ("pathmap_row", "/kind", "kept"),
    ("pathmap_row", "/step", 0),
    ("pathmap_row", "/step", 2.0),
    ("pathmap_row", "/step", True),
    ("pathmap_row", "/reason", ""),
    ("pathmap_row", "/reason", DELETE),
    ("pathmap_row", "/extra", 1),
    ("verification_report", "/laws/0/status", "broken"),
    ("verification_report", "/laws/0/violations", 1),
    ("verification_report", "/laws/1/reason", DELETE),
    ("verification_report", "/accepted", False),  # a refusal is owed
    ("verification_report", "/pathmap/counts/kept", -1),
    ("verification_report", "/fresh_process", False),
    ("verification_report", "/second_witness", DELETE),
    ("diff", "/same", True),
    ("diff", "/relation", "visual"),
    ("diff", "/differences/0/message", DELETE),
    ("stop", "/gate", None),
    ("stop", "/exit_code", 8),
    ("stop", "/code", "blocked_by_weather"),
    ("run_state", "/milestones/0/label", "compare-profiles"),
    ("proof", "/accepted", "yes"),
    ("proof", "/laws/0", {"law": "surface", "status": "broken", "checked": 8, "violations": 1}),  # though accepted
    ("proof", "/pictures/views/0/before/colour", "../elsewhere.png"),
    ("proof", "/pictures/views/0/before/colour", "/elsewhere.png"),
    ("proof", "/pictures/views/0/verdict", "fine"),
    ("proof", "/deviation/forward/max_m", -1),
    ("run_state", "/milestones/3/state", "skipped"),  # a reason is owed
    ("run_state", "/milestones", []),
    ("commit", "/root_layer", "/abs/rack.usdc"),
    ("commit", "/files/0/path", "../rack.usdc"),
    ("commit", "/verification/accepted", False),
]


def changed(document: Any, pointer: str, value: Any) -> Any:
    document = copy.deepcopy(document)
    *parents, last = (int(step) if step.isdigit() else step for step in pointer.split("/")[1:])
    place = document
    for step in parents:
        place = place[step]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return document


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for child in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from subschemas(child)


def test_every_kind_has_a_good_example() -> None:
    assert list(GOOD) == list(SCHEMAS) == list(FILE_NAMES)


def test_every_kind_is_refused_somewhere() -> None:
    assert {name for name, _, _ in BAD} == set(SCHEMAS)


def test_schema_files_are_those_of_the_table_and_the_vocabulary() -> None:
    files = {path.name.removesuffix(".schema.json") for path in SCHEMA_FOLDER.iterdir()}
    assert files == {*SCHEMAS, "vocabulary"}


@pytest.mark.parametrize("name", [*SCHEMAS, "vocabulary"])
def test_schema_is_valid_and_names_itself(name: str) -> None:
    schema = json.loads((SCHEMA_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:usdtune:schema:{name}"
    assert schema["title"]
    assert schema["description"]


def test_every_word_of_the_vocabulary_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SCHEMA_FOLDER.iterdir()]
    words = json.loads((SCHEMA_FOLDER / "vocabulary.schema.json").read_text(encoding="utf-8"))["$defs"]
    assert not [word for word in words if not any(f'#/$defs/{word}"' in text for text in texts)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_required_keys_are_described(name: str) -> None:
    for schema in subschemas(SCHEMAS[name]):
        if isinstance(schema.get("properties"), dict) and isinstance(schema.get("required"), list):
            described = set(schema["properties"])
            assert set(schema["required"]) <= described or "type" not in schema


@pytest.mark.parametrize("name", SCHEMAS)
def test_good_example_is_accepted(name: str) -> None:
    check(Path(FILE_NAMES[name][0]), name, GOOD[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_missing_root_key_is_refused(name: str) -> None:
    for key in SCHEMAS[name].get("required", []):
        with pytest.raises(DocumentError, match=f"/{key} is missing"):
            check(Path("x.json"), name, changed(GOOD[name], f"/{key}", DELETE))


@pytest.mark.parametrize("name", [n for n in SCHEMAS if SCHEMAS[n].get("additionalProperties") is False])
def test_unknown_root_key_is_refused(name: str) -> None:
    with pytest.raises(DocumentError, match="/x_more is an unknown key"):
        check(Path("x.json"), name, {**GOOD[name], "x_more": 1})


@pytest.mark.parametrize(("name", "pointer", "value"), BAD)
def test_broken_document_is_refused_in_one_sentence(name: str, pointer: str, value: Any) -> None:
    with pytest.raises(DocumentError) as refusal:
        check(Path("x.json"), name, changed(GOOD[name], pointer, value))
    sentence = str(refusal.value)
    assert sentence.startswith("x.json: ")
    assert sentence.endswith(" is expected.")
    assert "\n" not in sentence


def test_refusal_names_file_pointer_value_and_expectation() -> None:
    with pytest.raises(DocumentError) as refusal:
        check(Path("sa_report.json"), "sa_report", changed(GOOD["sa_report"], "/stage/upAxis", "W"))
    assert str(refusal.value) == ('sa_report.json: /stage/upAxis is "W", but one of "X", "Y", "Z" is expected.')


@pytest.mark.parametrize("name", [n for n in SCHEMAS if n != "pathmap_row"])
def test_written_document_comes_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write(path, name, GOOD[name])
    assert load(path, name) == GOOD[name]
    assert [child.name for child in tmp_path.iterdir()] == ["x.json"]


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SCHEMAS)
def test_text_does_not_depend_on_the_order_of_keys(name: str) -> None:
    text = documents.dumps(name, GOOD[name])
    assert documents.dumps(name, shuffled(GOOD[name])) == text
    assert text.endswith(("}\n", "]\n"))


def test_integers_stay_integers(tmp_path: Path) -> None:
    path = tmp_path / "baseline_profile.json"
    write(path, "profile", GOOD["profile"])
    assert '"prim_count": 4,' in path.read_text(encoding="utf-8")


def test_refused_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "op_chain.json"
    write(path, "op_chain", [])
    refused: tuple[Any, ...] = (
        [{}],
        [{"operation": "merge", "threshold": float("nan")}],
        [{"operation": "merge", "x": {1}}],
    )
    for broken in refused:
        with pytest.raises(DocumentError):
            write(path, "op_chain", broken)
    assert path.read_text(encoding="utf-8") == "[]\n"
    assert [child.name for child in tmp_path.iterdir()] == ["op_chain.json"]


@pytest.mark.parametrize("text", ["{", '[{"operation": NaN}]', '[{"operation": "a", "operation": "b"}]', "\ufeff[]"])
def test_text_that_is_not_plain_json_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "op_chain.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"op_chain\.json: "):
        load(path, "op_chain")


def test_newer_names_come_back_as_ours(tmp_path: Path) -> None:
    preflight = copy.deepcopy(GOOD["setup_preflight"])
    del preflight["sceneOptimizer"]
    del preflight["runtime_context"]["sceneOptimizer"]
    path = tmp_path / "setup-preflight.json"
    path.write_text(json.dumps(preflight), encoding="utf-8")
    assert load(path, "setup_preflight") == GOOD["setup_preflight"]

    answer = {**GOOD["plan_response"], "decision": "blocked", "blocked_code": "blocked_missing_usd_optimize"}
    answer["planned_phases"] = ["usd-optimize-run-operations"]
    path.write_text(json.dumps(answer), encoding="utf-8")
    read = load(path, "plan_response")
    assert read["blocked_code"] == "blocked_missing_scene_optimizer"
    assert read["planned_phases"] == ["so-run-operations"]


def test_broken_row_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pathmap.jsonl"
    broken = {**GOOD["pathmap_row"], "old": "/Z", "kind": "lost"}
    path.write_text("".join(json.dumps(row) + "\n" for row in (GOOD["pathmap_row"], broken)), encoding="utf-8")
    rows = documents.load_jsonl(path, "pathmap_row")
    assert next(rows) == GOOD["pathmap_row"]
    with pytest.raises(DocumentError, match='line 2, /kind is "lost"'):
        next(rows)


def test_both_engines_agree_about_rows() -> None:
    values: dict[str, list[Any]] = {
        "old": ["/A", "A", "", None],
        "new": ["/A", "A", None, 1],
        "kind": [*vocabulary("path_kind"), "lost", None, []],
        "reason": ["", "why", None],
        "step": [None, 1, 0, 1.0, True, "1"],
    }
    rows: list[dict[str, Any]] = [{}]
    for key, choices in values.items():
        rows = [{**row, key: choice} for row in rows for choice in choices]
    for row in rows:
        assert both_engines("pathmap_row", row) in ((True, True), (False, False)), row


def both_engines(name: str, document: Any) -> tuple[bool, bool]:
    """What the quick engine and the one that explains say."""
    return documents.is_valid(name, document), bool(documents._VALIDATORS[name].is_valid(document))


def test_every_block_code_has_its_own_class() -> None:
    codes = [*vocabulary("block_code"), "asset preflight incomplete: missing x"]
    assert len({documents.exit_class(code) for code in codes}) == len(codes)


def test_examples_in_the_docstrings_run() -> None:
    assert doctest.testmod(documents).failed == 0
