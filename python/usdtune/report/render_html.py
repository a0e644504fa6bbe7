# SPDX-License-Identifier: Apache-2.0
"""The report and the comparison of two scenes as one page each: nothing is loaded from elsewhere, it can be read
without scripts, and it is dark where the reader's system is dark.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

from usdtune.report.evidence import Evidence
from usdtune.report.lengths import length
from usdtune.report.page.model import comparison_page, run_page
from usdtune.report.render_markdown import RUNTIME, amount, change, title
from usdtune.report.words import in_words

Json = dict[str, Any]

TEMPLATES = Path(__file__).with_name("templates") / "page"


def render_html(report: Json, evidence: Evidence | None = None) -> str:
    """The page of a run out of its documents; with the report alone it has the report's sections only."""
    return _render(
        "report.html",
        notes=[note for note in report.get("notes", "").split("\n\n") if note.strip()],
        reasoning=[part for part in report["reasoning"].split("\n\n") if part.strip()],
        runtime_parts=RUNTIME,
        degrees=round(report["optimization_score"] * 36, 1),
        **run_page(report, evidence),
    )


def render_comparison(
    document: Json, proof: Json | None = None, folder: Path | None = None, counts: tuple[Json, Json] | None = None
) -> str:
    """The page of a diff document. `proof` holds the pictures and distances of both scenes, with its files in `folder`;
    `counts` what either scene holds."""
    return _render("comparison.html", degrees=0, **comparison_page(document, proof, folder, counts))


def _render(template: str, **values: Any) -> str:
    """Every value is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: "N/A" if value is None else value,
    )
    environment.filters.update(
        amount=amount,
        change=change,
        title=title,
        in_words=in_words,
        length_m=length,
        json_island=_island,
        file_name=lambda path: PurePath(path).name,
        short_title=_short_title,
        capitalize_first=lambda words: words[:1].upper() + words[1:],
    )
    page = environment.get_template(template).render(**values)
    return page if page.endswith("\n") else page + "\n"


def _short_title(words: str) -> str:
    """A title whose long paths keep their last two names.

    >>> _short_title("Close up: /World/Nijmegen_Kavel_10/Undefined/Hakron_Boutanker/Body/Geometry")
    'Close up: …/Body/Geometry'
    """
    told = (
        f"…/{'/'.join(word.split('/')[-2:])}" if word.startswith("/") and len(word) > 32 else word
        for word in words.split(" ")
    )
    return " ".join(told)


def _island(value: Any) -> Any:
    """JSON inside a script element, which nothing in it can end.

    >>> str(_island({"a": "</script>"}))
    '{"a":"\\\\u003c/script>"}'
    """
    import markupsafe

    return markupsafe.Markup(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))
