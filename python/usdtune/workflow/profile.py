# SPDX-License-Identifier: Apache-2.0
"""Phases 1a and 6a: one capture, in a process of its own, by the same protocol before and after."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.run import SCHEMA_VERSION, Run

BASELINE, AFTER = 0, 1
"""Places of the two captures in the list of profile files."""


def run_baseline(run: Run) -> list[Path]:
    profile = capture(run, run.source)
    profile["x_repacked_size_bytes"] = repacked_size(run, profile)
    return [run.write("profile", profile, BASELINE)]


def run_after(run: Run) -> list[Path]:
    if not run.result_path.exists():
        return []
    return [run.write("profile", capture(run, run.result_path), AFTER)]


def capture(run: Run, stage: Path) -> dict[str, Any]:
    worker = run.start_worker(f"Profiling {stage.name}", run.progress)
    try:
        measured = worker.call("profile", source=str(stage), view=run.options.view.to_json())
    finally:
        worker.close()
    return {
        "schemaVersion": SCHEMA_VERSION,
        "mode": "quick",
        "stage_path": str(stage),
        "captured_at": documents.timestamp(),
        "runtime_context": run.read("setup_preflight")["runtime_context"],
        **{name: _rounded(value) for name, value in measured.items()},
    }


def repacked_size(run: Run, profile: dict[str, Any]) -> int:
    """What the same layers weigh when they are only written again, plus the assets that are not layers."""
    layers = run.source_facts()["used_layers"]
    worker = run.start_worker("Weighing the scene as fresh crate files", run.progress)
    try:
        with tempfile.TemporaryDirectory(dir=run.out, prefix=".repack-") as folder:
            layer_bytes = worker.call("repack", layers=layers, folder=folder)
    finally:
        worker.close()
    return int(layer_bytes) + int(profile["x_texture_bytes"])


def _rounded(value: Any) -> Any:
    """Microseconds are noise: times keep three decimals of a millisecond."""
    if isinstance(value, float):
        return round(value, 3)
    return [_rounded(item) for item in value] if isinstance(value, list) else value
