# SPDX-License-Identifier: Apache-2.0
"""Phase 1b: the structure of the scene, from the one extraction that every later phase uses as well."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.supervise import Worker

Json = dict[str, Any]

FOREIGN_SHOWN = 5
LARGE_TEXT = 100_000
"""Bytes above which text costs more time than it is worth reading by eye."""
TINY = 500
"""Bytes below which a layer is likely a leftover of some automation."""


def run(run: Run) -> list[Path]:
    facts = run.source_facts()
    report = assessment_of(run.source_worker(), facts, run.options.threads)
    report.setdefault("schemaVersion", SCHEMA_VERSION)
    report["x_source_files"] = {
        "own": facts["own_layers"],
        "used": facts["used_layers"],
        "resolved_bytes": facts["resolved_bytes"],
        "unresolved": facts["unresolved"],
        "largest_foreign": largest_foreign(facts["used_layers"], facts["own_layers"]),
    }
    report["layer_health"] = {**report.get("layer_health", {}), **layer_health(facts["used_layers"])}
    return [run.write("sa_report", report)]


def assessment_of(worker: Worker, facts: Json, threads: int) -> Json:
    """What the core says about the scene that a worker has opened, and what only its files tell."""
    report: Json = worker.call("assess", resolved_bytes=facts["resolved_bytes"], threads=threads)
    report["composition"]["layers"] = len(facts["used_layers"])
    return report


def layer_health(used: list[str]) -> Json:
    """Formats and sizes of the files a scene is made of: text that should be a crate, and crumbs.

    >>> layer_health([])
    {'formats': {}, 'large_usda': [], 'tiny': []}
    """
    files = sorted(path for path in map(Path, used) if path.is_file())
    formats = {path: _format_of(path) for path in files}
    return {
        "formats": dict(sorted(Counter(formats.values()).items())),
        "large_usda": [str(path) for path in files if formats[path] == "usda" and path.stat().st_size > LARGE_TEXT],
        "tiny": [str(path) for path in files if path.stat().st_size < TINY],
    }


def _format_of(path: Path) -> str:
    """What a file is, whatever it is called."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PXR-USDC"):
        return "usdc"
    return "usda" if start.startswith(b"#usda") else path.suffix[1:].lower() or "unknown"


def largest_foreign(used: list[str], own: list[str]) -> list[Json]:
    """The heaviest files that arrive by an arc: scenes of their own, where tuning may pay more than here."""
    sizes = {path: Path(path).stat().st_size for path in set(used) - set(own) if Path(path).is_file()}
    heaviest = sorted(sizes, key=lambda path: (-sizes[path], path))[:FOREIGN_SHOWN]
    return [{"path": path, "size_bytes": sizes[path]} for path in heaviest]
