# SPDX-License-Identifier: Apache-2.0
"""Phase 0: what runs here. A child asks the live registry, so that a broken native library cannot take us down."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.stops import Blocked, Failed

EXTENSION = "usdtune"
EXPECTED_OPERATIONS = 40


def run(run: Run) -> list[Path]:
    worker = run.start_worker("Looking at what runs here")
    try:
        facts = worker.call("probe")
    except Failed as error:
        raise Blocked(
            f"The operations cannot be loaded here: {error.sentence}", code="blocked_missing_scene_optimizer"
        ) from None
    finally:
        worker.close()
    return [run.write("setup_preflight", document_of(facts))]


def document_of(facts: dict[str, Any]) -> dict[str, Any]:
    """The preflight document; every value stands in it once and is copied, never rephrased."""
    library = {"extension": EXTENSION, "version": facts["usdtune"]}
    full_library = {**library, "operationsAvailable": facts["operations"], "source": "standalone-package"}
    validator = {"package": EXTENSION, "version": facts["usdtune"], "source": "standalone"}
    context = {
        "kit": {
            "application": "standalone (no Kit)",
            "version": "none",
            "path": str(Path(__file__).parents[1]),
            "build": None,
        },
        "sceneOptimizer": library,
        "usdOptimize": dict(library),
        "assetValidator": validator,
        "cuda_available": None,
        "chosen_by": "standalone_preferred",
    }
    errors = []
    if len(facts["operations"]) < EXPECTED_OPERATIONS:
        errors.append(
            f"{len(facts['operations'])} operations are registered; the reference has {EXPECTED_OPERATIONS} or more, "
            "and later versions bring the rest."
        )
    return {
        "schemaVersion": SCHEMA_VERSION,
        "x_status": "ready-standalone",
        "runtime_route": "standalone",
        "sceneOptimizer": full_library,
        "usdOptimize": dict(full_library),
        "assetValidator": validator,
        "runtime_context": context,
        "probed_at": documents.timestamp(),
        "cuda_available": None,
        "errors": errors,
        "x_environment": {
            "usd": facts["usd"],
            "python": facts["python"],
            "platform": facts["platform"],
            "usd_validation_nvidia": installed_version("usd-validation-nvidia"),
            "rules": facts["rules"],
        },
    }


def installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def require_operations(run: Run, keys: list[str]) -> None:
    """Blocks when a planned operation is not in the registry that the preflight saw; nothing is substituted."""
    import difflib

    available = run.read("setup_preflight")["sceneOptimizer"]["operationsAvailable"]
    if not available:
        raise Blocked("The preflight found no operations at all.", code="blocked_missing_scene_optimizer")
    for key in keys:
        if key not in available:
            close = difflib.get_close_matches(key, available, 3, cutoff=0.4)
            near = f" Close ones are: {', '.join(close)}." if close else ""
            raise Blocked(
                f"The plan needs the operation {key}, which is not available here; nothing is substituted.{near}",
                code="blocked_missing_so_operation",
                alternatives=close,
            )


def header(context: dict[str, Any]) -> str:
    """The runtime in full, as shown with every question."""
    kit, library, validator = context["kit"], context["sceneOptimizer"], context["assetValidator"]
    return "\n".join(
        [
            "─── Runtime context ───",
            f"Kit application:    {kit['application']} {kit['version']}",
            f"  path:             {kit['path']}",
            f"  build:            {kit['build'] or 'none'}",
            f"Scene Optimizer:    {library['extension']} {library['version']}",
            f"Asset Validator:    {validator['package']} {validator['version']} via {validator['source']}",
        ]
    )
