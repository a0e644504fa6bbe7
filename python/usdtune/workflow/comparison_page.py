# SPDX-License-Identifier: Apache-2.0
"""The page of two scenes that were compared: pictures, distances and counts, taken for it or out of a proof."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from usdtune.workflow.proof import ProvenAgain
from usdtune.workflow.supervise import Worker

Json = dict[str, Any]


def page_of_scenes(worker: Worker, document: Json, tolerance: float, threads: int) -> str:
    """The page of a diff document whose scenes `worker` has open; `tolerance` in stage units."""
    from usdtune.report.render_html import render_comparison

    if document["inferred_moves"] and not document["pathmap"]:
        moves = [[row["old"], row["new"], row["kind"], "inferred", ""] for row in document["inferred_moves"]]
        worker.call("follow", pathmap=None, moves=moves)
    before, after = worker.call("both_facts")
    with tempfile.TemporaryDirectory(prefix="usdtune-") as folder:
        pictures = Path(folder) / "pictures"
        shown = worker.call("show", folder=str(pictures), tolerance=tolerance, threads=threads)
        looked = {"accepted": document["same"], "laws": [], "not_measured": [], **shown}
        return render_comparison(document, looked, Path(folder), (before, after))


def page_of_proof(again: ProvenAgain, folder: Path) -> str:
    """The page of a proof that was checked again, with the pictures that lie beside it in its folder."""
    from usdtune.report.render_html import render_comparison

    return render_comparison(again.document, again.proof, folder, again.facts)
