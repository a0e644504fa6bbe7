# SPDX-License-Identifier: Apache-2.0
"""What happens to a result that is right and measures worse: the steps that made it so are taken back, once.

A run that nobody told otherwise never leaves time to open, peak memory or bytes more than 5 % worse. Where one of them
is, the chain runs again without the steps that can have caused it; the record of what was taken back is in the run's
state, so that a killed run goes on with it. Steps that the owner asked for by an answer stay.
"""

from __future__ import annotations

from typing import Any

from usdtune.workflow.run import Run

Json = dict[str, Any]

SUSPECTS: dict[str, tuple[str, ...]] = {
    "warm_open_ms": ("deduplicateGeometry",),
    "x_peak_rss_bytes": ("deduplicateGeometry", "generateNormals"),
    "total_size_bytes": ("generateNormals",),
}
"""Steps known to trade one of the guarded metrics for something else; where none of them ran, it can be any step."""


class RunAgain(Exception):
    """Steps were taken back: the chain has to run again without them."""


def take_back(run: Run, worse: list[Json]) -> None:
    """Raises RunAgain when steps could be blamed for what is worse; returns when there is nothing left to take back."""
    if run.state.taken_back:
        return
    blamed = blame(run, [row["name"] for row in worse])
    if not blamed:
        return
    told = "; ".join(row["message"] for row in worse)
    run.state.take_back(
        {"order": step["order"], "operation": step["key"], "reason": f"the result measured worse: {told}"}
        for step in blamed
    )
    raise RunAgain


def blame(run: Run, names: list[str]) -> list[Json]:
    """The steps that changed something and relate to these metrics; every one that changed something, if none does."""
    asked_for = {row["key"] for row in run.read("optimization_plan")["operations"] if row["gate"]}
    changed = [
        step
        for step in run.read("op_summary")["operations"]
        if step["success"] and step["changed"] and step["key"] not in asked_for
    ]
    suspected = {key for name in names for key in SUSPECTS[name]}
    return [step for step in changed if step["key"] in suspected] or changed
