# SPDX-License-Identifier: Apache-2.0
"""The report as one static page: no scripts, nothing loaded from elsewhere, dark where the reader's system is dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.report.render_markdown import RUNTIME, amount, change, title
from usdtune.report.words import in_words

Json = dict[str, Any]

TEMPLATES = Path(__file__).with_name("templates")
BAR_WIDTH = 180


def render_html(report: Json) -> str:
    """The whole page out of the JSON document alone; every value is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: "N/A" if value is None else value,
    )
    environment.filters.update(amount=amount, change=change, title=title, in_words=in_words)
    page = environment.get_template("report.html").render(
        report=report,
        notes=[note for note in report.get("notes", "").split("\n\n") if note.strip()],
        reasoning=[part for part in report["reasoning"].split("\n\n") if part.strip()],
        runtime_parts=RUNTIME,
        degrees=round(report["optimization_score"] * 36, 1),
        bars={row["name"]: bars(row["before"], row["after"]) for row in report["metrics"]},
    )
    return page if page.endswith("\n") else page + "\n"


def bars(before: float, after: float) -> tuple[float, float]:
    """Widths of the two bars of a metric; the longer one fills the room.

    >>> bars(10, 5), bars(0, 0)
    ((180.0, 90.0), (0.0, 0.0))
    """
    longest = max(before, after)
    if longest <= 0:
        return 0.0, 0.0
    return round(before / longest * BAR_WIDTH, 1), round(after / longest * BAR_WIDTH, 1)
