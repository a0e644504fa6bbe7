# SPDX-License-Identifier: Apache-2.0
"""Phases 1a and 6a: one capture, in a process of its own, by the same protocol before and after."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.run import SCHEMA_VERSION, Run

Json = dict[str, Any]

REPACK_PREFIX = ".repack-"
BASELINE, AFTER = 0, 1
"""Places of the two captures in the list of profile files."""


def run_baseline(run: Run) -> list[Path]:
    return [run.write("profile", capture(run, run.source, repack=True), BASELINE)]


def run_after(run: Run) -> list[Path]:
    if not run.result_path.exists():
        return []
    return [run.write("profile", {**capture(run, run.result_path), **what_is_drawn(run)}, AFTER)]


def what_is_drawn(run: Run) -> Json:
    """What the result shows when instances are entered; of the source the assessment tells it."""
    worker = run.result_worker(run.result_path)
    instancing = worker.call("assess", resolved_bytes=0, threads=run.options.threads)["instancing"]
    return {
        "x_rendered_mesh_count": instancing["x_rendered_mesh_count"],
        "x_triangle_count": instancing["x_rendered_triangle_count"],
        "x_instance_ratio": instancing["ratio"],
    }


def capture(run: Run, stage: Path, *, repack: bool = False) -> Json:
    """One profile. `repack` also weighs the same layers as freshly written crate files, the fair baseline for bytes."""
    worker = run.start_worker(f"Profiling {stage.name}")
    try:
        measured = worker.call("profile", source=str(stage), view=run.options.view.to_json())
        if repack:
            with tempfile.TemporaryDirectory(dir=run.out, prefix=REPACK_PREFIX) as folder:
                measured["x_repacked_size_bytes"] = worker.call("repack", folder=folder) + measured["x_texture_bytes"]
    finally:
        worker.close()
    return {
        "schemaVersion": SCHEMA_VERSION,
        "mode": "quick",
        "stage_path": str(stage),
        "captured_at": documents.timestamp(),
        "runtime_context": run.read("setup_preflight")["runtime_context"],
        **{name: _rounded(value) for name, value in measured.items() if name != "layers"},
    }


def _rounded(value: Any) -> Any:
    """Microseconds are noise: times keep three decimals of a millisecond."""
    if isinstance(value, float):
        return round(value, 3)
    return [_rounded(item) for item in value] if isinstance(value, list) else value
