# SPDX-License-Identifier: Apache-2.0
"""A worker that knows one small made-up scene: phases can be tested without pxr and without a core that works."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from usdtune.workflow.stops import Failed, Stop

Json = dict[str, Any]

PROFILE: Json = {
    "cold_open_ms": 120.0,
    "warm_open_ms": 100.0,
    "warm_open_samples_ms": [99.0, 100.0, 100.0, 101.0, 102.0],
    "warm_open_sample_count": 5,
    "warm_open_spread_pct": 3.0,
    "open_timing_context": "fresh_process",
    "traverse_ms": 20.0,
    "traverse_full_ms": 20.0,
    "attribute_resolution_ms": 80.0,
    "transform_ms": 10.0,
    "prim_count": 1000,
    "prim_count_authored": 1000,
    "prim_count_with_instance_proxies": 1000,
    "layer_count": 1,
    "instance_count": 0,
    "prototype_count": 0,
    "total_attributes": 5000,
    "total_size_bytes": 4_000_000,
    "total_size_kb": 3906.25,
    "x_texture_bytes": 0,
    "x_mesh_count": 100,
    "x_material_count": 10,
    "x_unique_triangle_count": 50_000,
    "x_peak_rss_bytes": 100_000_000,
    "layers": [],
}

OP_FACTS: Json = {"surface": "exact", "identity": "kept", "lossClass": "lossless", "risk": "low"}


class FakeScene:
    """What the fake workers of one test share: the scene's answers, and what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.titles: list[str] = []
        self.operations = ["computeExtents", "meshCleanup", "removePrims"]
        self.after: Json = {"warm_open_ms": 60.0, "total_size_bytes": 2_000_000, "total_attributes": 4000}
        self.edit_count = 12
        self.payloads = 0
        self.meshes = 100
        self.classification = "monolithic-fine-as-is"
        self.findings: list[Json] = [finding("vertex_weld", "/Plant/A")]
        self.steps: list[Json] = [step("meshCleanup"), step("computeExtents")]
        self.differences: dict[str, list[Json]] = {}
        self.broken_steps: set[str] = set()
        """Operations whose proof accuses them."""
        self.after_of: Callable[[list[str]], Json] = lambda _: self.after
        """What the result of a chain measures, where it depends on the chain."""
        self.before_job: Callable[[str], None] = lambda _: None
        self.chain: list[str] = []
        self.failing: set[str] = set()
        self.problem: str | None = None
        """Why no rule can run."""
        self.validation_news: list[Json] = []
        self.news_of: Callable[[list[str]], list[Json]] = lambda _: self.validation_news
        """What OpenUSD's validators report anew about the result of a chain."""
        self.stop_at: dict[str, Stop] = {}

    def start(self, title: str, progress: Callable[[str, int, int], None]) -> "FakeWorker":
        self.titles.append(title)
        return FakeWorker(self)


def finding(concept: str, path: str, operation: str = "meshCleanup") -> Json:
    return {
        "concept": concept,
        "severity": "WARNING",
        "path": path,
        "message": "12 points coincide",
        "unit": "points",
        "op": {"operation": operation} if operation else None,
    }


def step(key: str, **facts: Any) -> Json:
    evidence = [{"concept": "vertex_weld", "count": 1, "message": "12 points to be saved"}]
    base = {"operation": key, "args": {}, "reason": f"{key} helps", "evidence": evidence, "gate": None}
    return {**base, **OP_FACTS, "proofMetric": "x_unique_triangle_count", **facts}


class FakeWorker:
    """Answers like a Session."""

    def __init__(self, scene: FakeScene) -> None:
        self.scene = scene
        self.out = Path()
        self.name = ""
        self.opened: list[str] = []

    def close(self) -> None: ...

    def save_stderr(self, folder: Path, name: str) -> Json:
        return {"bytes": 0, "truncated": False, "head": None, "tail": None}

    def call(self, job: str, **arguments: Any) -> Any:
        self.scene.asked.append(job)
        self.scene.before_job(job)
        if job in self.scene.stop_at:
            raise self.scene.stop_at[job]
        return getattr(self, f"do_{job}")(**arguments)

    def start(self, job: str, **arguments: Any) -> Callable[[], Any]:
        answer = self.call(job, **arguments)
        return lambda: answer

    def do_probe(self) -> Json:
        versions = {"usdtune": "0.1.0", "usd": "26.11", "python": "3.11.2", "platform": "Linux"}
        return {**versions, "operations": self.scene.operations, "rules": ["vertex_weld", "geom_duplicates"]}

    def do_profile(self, source: str, view: Json) -> Json:
        return {**PROFILE, **(self.scene.after_of(self.scene.chain) if "optimized" in source else {})}

    def do_repack(self, folder: str) -> int:
        return 3_900_000

    def do_open(self, source: str, view: Json) -> Json:
        self.opened.append(source)
        facts = {"own_layers": [source], "used_layers": [source], "resolved_bytes": 4_000_000, "unresolved": []}
        counts = {"prim_count": 1000, "mesh_count": 100, "material_count": 10}
        return {**facts, **counts, "diagnostics": [], "meters_per_unit": 1.0}

    def do_open_other(self, source: str, view: Json) -> Json:
        return self.do_open(source, view)

    def do_assess(self, resolved_bytes: int, threads: int) -> Json:
        counts = dict.fromkeys(("prototype_count", "instance_count", "reference_count"), 0)
        return {
            "stage": {"identifier": "plant.usda", "rootLayer": "plant.usda", "metersPerUnit": 1.0, "upAxis": "Z"},
            "asset_physical_context": {"metersPerUnit": 1.0, "upAxis": "Z"},
            "summary_counts": {
                "prim_count": 1000,
                "mesh_count": self.scene.meshes,
                "material_count": 10,
                "payload_count": self.scene.payloads,
                **counts,
            },
            "composition": {
                "layers": 1,
                "references": 0,
                "payloads": 0,
                "counting_method": "authored_list_op_items",
                "x_classification": self.scene.classification,
            },
            "instancing": {
                "instances": 0,
                "prototypes": 0,
                "candidates": 0,
                "ratio": 0.0,
                "x_rendered_mesh_count": self.scene.meshes,
                "x_rendered_triangle_count": 50_000,
            },
            "hierarchy_dedupe": {
                "recommended": False,
                "reason": "not assessed: subtrees are not hashed",
                "top_candidates": [],
                "x_assessed": False,
            },
            "validation_scope": {"per_asset": [], "cross_component_pairs": [], "skip": []},
            "phase_recommendation": "optimization",
            "x_duplicate_geometry": {"assessed": True, "group_count": 0, "duplicate_mesh_count": 0},
        }

    def do_select_scope(self, assessment: Json) -> Json:
        return {
            "scope": "targeted",
            "concepts": ["vertex_weld"],
            "targets": [{"concept": "vertex_weld", "paths": ["/Plant"]}],
            "tier_assignments": {"vertex_weld": 2},
            "selection_reason": "mesh hygiene is flagged: vertex_weld. Not in this version: normals_winding.",
            "full_sweep": {"status": "skipped", "reason": "performance", "approved_by_user": False},
            "artifact_paths": [],
        }

    def do_rules(self) -> list[Json]:
        return [{"name": "vertex_weld", "tier": 2, "title": "Points that coincide", "repairedBy": "meshCleanup"}]

    def do_validate(self, targets: list[Json], threads: int, limit: int) -> list[Json]:
        after = any("optimized" in source for source in self.opened)
        found = [] if after or self.scene.problem else self.scene.findings
        return [
            {"concept": target["concept"], "findings": found, "problem": self.scene.problem, "seconds": 0.1}
            for target in targets
        ]

    def do_plan(self, assessment: Json, validation_report: Json, approvals: Json) -> Json:
        return {"steps": self.scene.steps, "dropped": [], "order": []}

    def do_check_chain(self, chain: list[Json]) -> Json:
        return {"warnings": []}

    def do_operate(self, chain: list[Json], threads: int, lenient: bool, prove: bool, pictures: bool) -> Json:
        counts = {"prim_count": 1000, "mesh_count": 100, "material_count": 10}
        self.scene.chain = [entry["operation"] for entry in chain]
        done = []
        for entry in chain:
            if entry["operation"] in self.scene.failing:
                done.append({"key": entry["operation"], "error": "/Plant/A: it cannot be edited."})
                continue
            facts = {"surface": "exact", "identity": "kept", "tolerance": 0.0, "counts": {"pointsMerged": 12}}
            declined = [{"reason": "animated", "count": 2, "examples": ["/Plant/B"]}]
            extra = {"output": {}, "declined": declined, "args": {}, "elapsed_ms": 5.0, "move_count": 0}
            record = {"key": entry["operation"], "edit_count": self.scene.edit_count, **facts, **extra}
            if prove and self.scene.edit_count:
                record["broken"] = entry["operation"] in self.scene.broken_steps
                record["proof"] = proof(broken=record["broken"])
            done.append(record)
        total = sum(row["edit_count"] for row in done if "error" not in row and not row.get("broken"))
        return {"steps": done, "edit_count": total, "before": counts, "after": dict(counts)}

    def do_write_pathmap(self, path: str, steps: list[Json]) -> Json:
        Path(path).write_text('{"old": "/A", "new": "/A", "kind": "kept", "reason": "", "step": null}\n')
        return {"kept": 1, "moved": 0, "instanced": 0, "merged": 0, "removed": 0}

    def do_author(self, out: str, name: str, run_id: str) -> Json:
        self.out, self.name = Path(out), name
        return {"staged_root": f"{out}/.staging/{name}", "root": f"{out}/{name}", "files": [name]}

    def do_follow(self, pathmap: str) -> None: ...

    def do_diff(self, relation: str, tolerance: float, threads: int) -> Json:
        found = self.scene.differences.get(relation, [])
        return {
            "same": not found,
            "difference_count": len(found),
            "largest_distance_m": 0.0,
            "checked": {"surface": 100, "path": 1000},
            "differences": found,
        }

    def do_variants(self, **arguments: Any) -> Json:
        return {"compositions": 0, "left_out": 0, "differences": []}

    def do_show(self, folder: str, tolerance: float, threads: int) -> Json:
        way = {"max_m": 0.0, "mean_m": 0.0, "p99_m": 0.0, "worst_path": None}
        sampling = {"points_per_mesh_diagonal": 1.0, "sample_count": 0, "corners": True, "sentence": "Every corner."}
        return {
            "deviation": {
                "sampling": sampling,
                "forward": way,
                "backward": way,
                "normal_drift_deg": None,
                "uv_drift": None,
                "material_change_count": 0,
                "mesh_count": 0,
                "exact_mesh_count": 0,
                "meshes": [],
            },
            "pictures": {"width": 4, "height": 3, "samples_per_pixel": 5, "views": []},
        }

    def do_keep_other(self) -> None: ...

    def do_ask_others(self, source: str, result: str, pathmap: str, tolerance: float) -> Json:
        counts = {"specs": 10, "fields": 20, "explained": 0, "sampled_prims": 3, "largest_distance": 0.0}
        new = self.scene.news_of(self.scene.chain)
        said = {"available": True, "validators": 30, "before": 0 if new else None, "after": len(new), "new": new}
        return {"witness": {"agrees": True, **counts, "unexplained": []}, "validation": said}

    def do_discard(self) -> None: ...

    def do_deliver(self, verification: Json | None) -> Json:
        result = self.out / self.name
        result.write_bytes(b"PXR-USDC tuned")
        digest = hashlib.sha256(result.read_bytes()).hexdigest()
        commit = self.out / f"{result.stem}.commit.json"
        record = {"path": self.name, "size_bytes": result.stat().st_size, "sha256": digest}
        commit.write_text(json.dumps({"files": [record], "verification": verification}))
        return {"root": str(result), "files": [str(result)], "commit": str(commit)}


def proof(*, broken: bool) -> Json:
    row = {"law": "surface", "path": "/A", "other_path": "", "message": "a corner moved", "distance_m": 1.0}
    rendered = {"same": not broken, "differences": [row] if broken else [], "difference_count": int(broken)}
    authored = {"same": True, "differences": [], "difference_count": 0}
    return {
        "rendered": {**rendered, "largest_distance_m": 1.0 if broken else 0.0, "checked": {"surface": 3}},
        "authored": {**authored, "largest_distance_m": 0.0, "checked": {"path": 3}},
        "pictures": None,
        "tolerance_m": 0.0,
        "edited_prim_count": 3,
        "compared_prim_count": 4,
    }


DEATH = Failed("Reading plant.usda stopped: a file was truncated or replaced while it was being read.")
