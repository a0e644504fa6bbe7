# SPDX-License-Identifier: Apache-2.0
"""The report as Markdown, out of the JSON document alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from usdtune.report.words import in_words, proof_sentences

Json = dict[str, Any]

RUNTIME = {"kit": "Kit application", "sceneOptimizer": "Operations", "assetValidator": "Rules"}


def render_markdown(report: Json, proof: Json | None = None) -> str:
    """The whole page; tables stand without blank lines in them, so that every renderer shows them. Pictures of a proof
    are linked beside the page."""
    sections = [
        _head(report),
        _section("Reasoning", _paragraphs(report["reasoning"])),
        _section("Notes", _bullets(report.get("notes", "").split("\n\n"))),
        _section("Proof", _proof(proof) if proof else ""),
        _section("Views", _views(proof) if proof else ""),
        _section("Runtime context", _table(("what", "value"), _runtime(report.get("runtime_context", {})))),
        _section("Stage impact areas", _impact(report["metric_groups"])),
        _section("Metric evidence", _metrics(report["metrics"])),
        _section("Storage footprint", _facts(report.get("footprint"))),
        _section("Preservation", _facts(report.get("preservation"))),
        _section("Structure", _facts(report.get("structural_summary"))),
        _section("Safety", _facts(report.get("safety_gate"))),
        _section("Fidelity", _facts(report.get("fidelity"))),
        _section("Runtime profiling", _facts(report.get("runtime_profiling"))),
        _section("Next capture", text(report.get("next_profile_capture", ""))),
        _section("Operations", _operations(report["operations"])),
        _section("Validators", _validators(report["validators"])),
        _section("Target coverage", _coverage(report["target_coverage"])),
        _section("Measurement context", _facts(report["measurement_context"])),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(report: Json) -> str:
    return "\n".join(
        [
            f"# USD Performance Tuning Report: {text(report['asset_name'])}",
            "",
            f"- Verdict: **{report['verdict']}**",
            f"- Score: **{report['optimization_score']:.1f}** ({report['score_label']})",
            f"- Mode: {in_words(report.get('workflow_mode', 'full'))}",
            f"- Time: {report['timestamp']}",
            f"- Input: {text(report.get('input_path'))}",
            f"- Output: {text(report['output_path'] or 'none was written')}",
            "",
            text(report.get("executive_summary", "")),
        ]
    )


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _proof(proof: Json) -> str:
    opening = "Nothing was lost." if proof["accepted"] else "Something was lost."
    told = text(" ".join([opening, *proof_sentences(proof)]))
    laws = [
        (
            law["law"].replace("_", " "),
            law["status"].replace("_", " ") if law["checked"] or law["status"] != "held" else "nothing to check",
            f"{law['checked']:,}",
            f"{law['violations']:,}",
            law.get("reason") or "",
        )
        for law in proof["laws"]
    ]
    missing = _bullets(f"Not measured: {row['what']}: {row['why']}." for row in proof["not_measured"])
    table = _table(("law", "status", "checked", "violations", "note"), laws)
    return "\n\n".join(part for part in (told, table, missing) if part)


def _views(proof: Json) -> str:
    """A table of pictures; a view without colours is told and not linked."""
    rows = [
        (
            view["title"],
            view["verdict"].replace("_", " "),
            view["sentence"],
            _picture(view["before"].get("colour"), "source"),
            _picture(view["after"].get("colour"), "result"),
        )
        for view in (proof["pictures"] or {"views": []})["views"]
    ]
    if not rows:
        return ""
    head = ("view", "verdict", "what is seen", "source", "result")
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join([*map(text, row[:3]), *row[3:]]) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _picture(name: str | None, words: str) -> str:
    """A link relative to the page; angle brackets keep any letter of the name."""
    return f"![{words}](<{name}>)" if name else ""


def _impact(groups: list[Json]) -> str:
    rows = [
        (
            group["display_name"],
            "not measured" if group["score"] is None else f"{group['score']:.1f}",
            str(group["weight"]),
            group["summary"] + (f" {group['caveat']}" if group.get("caveat") else ""),
        )
        for group in groups
    ]
    return _table(("area", "score", "weight", "summary"), rows) + ("\n\nMemory and renderer numbers are never scored.")


def _metrics(metrics: list[Json]) -> str:
    rows = [
        (
            metric.get("display_name") or metric["name"],
            amount(metric["before"], metric.get("unit", "")),
            amount(metric["after"], metric.get("unit", "")),
            change(metric),
            metric["verdict"],
            metric.get("notes", ""),
        )
        for metric in metrics
    ]
    return _table(("metric", "before", "after", "change", "verdict", "notes"), rows)


def _operations(operations: list[Json]) -> str:
    if not operations:
        return "None ran."
    rows = [(str(row["order"]), row["name"], row["method"], row["result"]) for row in operations]
    return _table(("order", "operation", "how", "result"), rows)


def _validators(validators: list[Json]) -> str:
    if not validators:
        return "None ran."
    return _table(
        ("rule", "issues", "notes"), [(row["name"], f"{row['issues']:,}", row.get("notes", "")) for row in validators]
    )


def _coverage(coverage: Json) -> str:
    if not coverage["entries"]:
        return "No target was worked on."
    rows = [
        (
            row["path"],
            in_words(row["role"]),
            f"{row['mesh_count']:,}",
            in_words(row["disposition"]),
            ", ".join(row.get("operations", [])),
            row.get("notes", ""),
        )
        for row in coverage["entries"]
    ]
    return _table(("target", "role", "meshes", "disposition", "operations", "notes"), rows)


def _runtime(context: Json) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for part in RUNTIME:
        if part in context:
            facts = ", ".join(f"{key} {value}" for key, value in context[part].items() if value is not None)
            rows.append((RUNTIME[part], facts))
    return rows


def _facts(facts: Json | None) -> str:
    if not facts:
        return ""
    return _table(("what", "value"), [(title(key), amount(value, "")) for key, value in facts.items()])


def _paragraphs(words: str) -> str:
    return "\n\n".join(text(paragraph) for paragraph in words.split("\n\n") if paragraph.strip())


def _bullets(paragraphs: Iterable[str]) -> str:
    return "\n".join(f"- {text(paragraph)}" for paragraph in paragraphs if paragraph.strip())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(text(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def amount(value: Any, unit: str) -> str:
    """
    >>> amount(12345, "bytes"), amount(1.25, "ms"), amount(None, ""), amount(True, ""), amount("not_run", "")
    ('12,345 bytes', '1.25 ms', 'N/A', 'yes', 'did not run')
    """
    if value is None:
        return "N/A"
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = (
        f"{value:,}"
        if isinstance(value, int)
        else f"{value:,.2f}"
        if isinstance(value, float)
        else str(in_words(value))
    )
    return f"{number} {unit}".rstrip()


def change(row: Json) -> str:
    """A metric's change as people read it: from nothing there is no percentage.

    >>> change({"before": 4, "after": 3, "change_pct": -25.0}), change({"before": 0, "after": 9, "change_pct": 100.0})
    ('-25.0 %', 'from 0')
    """
    if not row["before"] and row["after"]:
        return "from 0"
    return f"{row['change_pct']:+.1f} %"


def title(key: str) -> str:
    """
    >>> title("warm_open_samples"), title("raw_delta_pct")
    ('Warm open samples', 'Raw delta, %')
    """
    words = key.removeprefix("x_").replace("_", " ").capitalize()
    return f"{words.removesuffix(' pct')}, %" if words.endswith(" pct") else words


def text(value: Any) -> str:
    """A value inside Markdown: a scene's names may hold anything, and none of it is markup.

    >>> text("a|b_c*<i>")
    'a\\\\|b\\\\_c\\\\*&lt;i&gt;'
    """
    if value is None:
        return "N/A"
    plain = " ".join(str(value).split())
    for letter in "\\|`*_[]":
        plain = plain.replace(letter, f"\\{letter}")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
