# SPDX-License-Identifier: Apache-2.0
"""What a finished run says to a person."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

from usdtune.report.render_markdown import amount, change

Json = dict[str, Any]


def show_result(report: Json) -> None:
    """The verdict, what was done, before and after, and where everything lies."""
    score = f"{report['optimization_score']:.1f} ({report['score_label']})"
    print(f"{report['asset_name']}: {report['verdict']}, score {score}")
    print(report["executive_summary"])
    if report["operations"]:
        print("\noperations:")
        for row in report["operations"]:
            print(
                textwrap.fill(f"{row['order']:>4}  {row['name']:<22} {row['result']}", 110, subsequent_indent=" " * 29)
            )
    changed = [row for row in report["metrics"] if row["before"] != row["after"]]
    if changed:
        print()
        _table(changed)
    print(f"\nresult   {report['output_path'] or 'none was written'}")
    print(f"source   {report['input_path']} (untouched)")
    print(f"report   {report['artifacts']['html']}")


def _table(rows: list[Json]) -> None:
    cells: list[tuple[str, ...]] = [
        (
            row.get("display_name") or row["name"],
            amount(row["before"], row.get("unit", "")),
            amount(row["after"], row.get("unit", "")),
            change(row),
            row["verdict"],
        )
        for row in rows
    ]
    if sys.stdout.isatty():
        _rich_table(cells)
        return
    head = ("metric", "before", "after", "change", "verdict")
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(len(head))]
    for row in [head, *cells]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich_table(cells: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"improved": "green", "regressed": "red", "neutral": "dim"}
    table = Table("metric", "before", "after", "change", "verdict", box=None, pad_edge=False)
    for row in cells:
        table.add_row(*(escape(cell) for cell in row), style=colours.get(row[-1], ""))
    Console().print(table)
