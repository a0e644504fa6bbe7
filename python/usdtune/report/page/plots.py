# SPDX-License-Identifier: Apache-2.0
"""Plots as inline SVG whose colours are the page's own, so that they follow its dark mode."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import Any

from usdtune.report.lengths import length

Json = dict[str, Any]

INK, SOFT, BEFORE, AFTER, LINE = "#010101", "#020202", "#030303", "#040404", "#050505"
THEME = {INK: "var(--ink)", SOFT: "var(--soft)", BEFORE: "var(--before)", AFTER: "var(--after)", LINE: "var(--line)"}
"""Colours that stand for the page's variables until the SVG is written."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "usdtune",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


FLOOR = 1e-9
"""Metres."""


def relative_bars(rows: Sequence[tuple[str, float, float, str, str]]) -> str:
    """Before and after of metrics of many units, each against its own larger value: (name, before, after, and both in
    words)."""
    figure, axes = _figure(6.4, 0.55 * len(rows) + 0.3)
    for place, (_, before, after, *words) in enumerate(rows):
        longest = max(before, after) or 1
        for value, colour, step, told in ((before, BEFORE, -0.19, words[0]), (after, AFTER, 0.19, words[1])):
            axes.barh(place + step, value / longest, height=0.34, color=colour)
            axes.text(value / longest + 0.015, place + step, told, va="center", fontsize=8.5)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows], color=INK)
    axes.set_xlim(0, 1.3)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    return _svg(figure, "Before and after, each metric against its own larger value")


def samples(before: Sequence[float], after: Sequence[float]) -> str:
    """Every sample of the open time, so that a reader sees how much of a difference is noise."""
    figure, axes = _figure(6.4, 1.5)
    for place, (values, colour) in enumerate(((before, BEFORE), (after, AFTER))):
        axes.scatter(values, [place] * len(values), color=colour, s=34, zorder=3)
        axes.plot([min(values), max(values)], [place, place], color=colour, linewidth=1.2)
    axes.set_yticks((0, 1), ("before", "after"), color=INK)
    axes.set_ylim(1.6, -0.6)
    axes.set_xlim(0, max(*before, *after) * 1.08)
    axes.set_xlabel("ms to open the stage again in a process of its own")
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    return _svg(figure, "Samples of the open time before and after")


def deviations(metres: Sequence[float], mesh_count: int) -> str:
    """How many meshes moved how far, by decades; less than FLOOR is in the first."""
    moved = [max(value, FLOOR) for value in metres if value > 0]
    figure, axes = _figure(6.4, 1.9)
    decades = [math.floor(math.log10(value)) for value in moved]
    edges = list(range(min(decades), max(decades) + 2))
    counts = [decades.count(low) for low in edges[:-1]]
    axes.bar([low + 0.5 for low in edges[:-1]], counts, width=0.86, color=AFTER)
    for low, count in zip(edges, counts, strict=False):
        axes.text(low + 0.5, count, f"{count:,}", ha="center", va="bottom", fontsize=8.5)
    every = len(edges) // 6 + 1
    axes.set_xticks(edges[::every], [length(10.0**edge) for edge in edges[::every]])
    axes.set_ylim(0, max(counts) * 1.2)
    axes.set_ylabel("meshes")
    axes.set_xlabel(f"largest distance that a mesh moved; {mesh_count:,} meshes were compared")
    return _svg(figure, "How many meshes moved how far")


def _figure(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    figure.patch.set_alpha(0)
    axes.tick_params(length=0)
    return figure, axes


def _svg(figure: Any, words: str) -> str:
    """The plot for a page: no declaration, no date, colours by variables, and words for whoever cannot see it."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()[out.getvalue().index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for colour, variable in THEME.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px system-ui, sans-serif", svg)
    # Identifiers are those of one drawing; several stand on one page.
    prefix = re.sub(r"\W+", "-", words.lower())
    svg = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r"(url\(#|href=\"#)", rf"\1{prefix}-", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
