# SPDX-License-Identifier: Apache-2.0
"""The manual pages of operations and rules as Markdown, out of the catalogue; `docs/` and the terminal show the same.

>>> print(rule_page(rules()["extents_zero"]).splitlines()[0])
# extents_zero
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from usdtune import _core

Entry = dict[str, Any]

OP_PARAGRAPHS = {
    "changes": "What it changes",
    "preserves": "What it preserves",
    "loses": "What it may lose",
    "example": "Example",
    "notes": "Notes",
}
RULE_PARAGRAPHS = {
    "finds": "What it finds",
    "costs": "Why it costs",
    "example": "Example",
    "repair": "What repairs it",
    "fine": "When it is fine",
}
SURFACES = {
    "exact": "the surface stays exact",
    "bounded": "the surface stays within a tolerance",
    "changes": "the surface changes",
}
IDENTITIES = {
    "kept": "every path is kept",
    "moved": "paths move, with a row each in the path map",
    "removed": "paths are removed, with a row each in the path map",
}


@cache
def descriptors() -> dict[str, Entry]:
    """Every operation of this version, by key."""
    return {entry["key"]: entry for entry in json.loads(_core.op_catalog())}


@cache
def rules() -> dict[str, Entry]:
    """Every rule of this version, by name."""
    return {entry["name"]: entry for entry in json.loads(_core.rule_catalog())}


def show(page: str) -> None:
    """Prints a page: laid out on a terminal, as Markdown elsewhere."""
    if not sys.stdout.isatty():
        print(page, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))


def op_page(entry: Entry) -> str:
    """One operation: what it promises, its paragraphs, its arguments, and which rules find work for it."""
    found_by = [rule["name"] for rule in rules().values() if rule["repairedBy"] == entry["key"]]
    facts = [
        f"- loss: {entry['lossClass']}; {SURFACES[entry['surface']]}, {IDENTITIES[entry['identity']]}",
        f"- risk: {entry['risk']}; authority: {entry['authority']}"
        + ("; asks before it runs" if entry["needsConfirmation"] else ""),
        f"- category: {entry['category']}" + ("; works on meshes" if entry["needsMeshes"] else ""),
        f"- analysis: {'yes' if entry['supportsAnalysis'] else 'no'}; "
        + ("twice is once" if entry["idempotent"] else "a second run may find more"),
    ]
    if entry["proofMetric"]:
        facts.append(f"- proof metric: `{entry['proofMetric']}`")
    if found_by:
        facts.append(f"- found by: {', '.join(f'[{name}](../rules/{name}.md)' for name in found_by)}")
    parts = [f"# {entry['key']}", f"{entry['title']}. {entry['summary']}", "\n".join(facts)]
    parts += _paragraphs(entry, OP_PARAGRAPHS)
    parts += ["## Arguments", _arguments_table(entry["arguments"]) if entry["arguments"] else "It takes none."]
    return "\n\n".join(parts) + "\n"


def rule_page(entry: Entry) -> str:
    """One rule: what it costs to ask, its paragraphs, and what repairs its findings."""
    op = entry["repairedBy"]
    facts = [
        f"- tier: {entry['tier']}; cost: {entry['costClass']}; scope: {entry['scopePolicy']}",
        f"- repaired by: {f'[{op}](../ops/{op}.md)' if op else 'a person'}",
    ]
    parts = [f"# {entry['name']}", f"{entry['title']}.", "\n".join(facts), *_paragraphs(entry, RULE_PARAGRAPHS)]
    return "\n\n".join(parts) + "\n"


def ops_index() -> str:
    """The table of all operations."""
    rows = [
        f"| [{entry['key']}]({entry['key']}.md) | {_cell(entry['summary'])} | {entry['lossClass']} "
        f"| {entry['surface']} | {entry['identity']} | {'yes' if entry['needsConfirmation'] else 'no'} |"
        for entry in descriptors().values()
    ]
    head = "| operation | what it does | loss | surface | paths | asks first |\n|---|---|---|---|---|---|"
    lead = "`usdtune op KEY SCENE` runs one, `usdtune stack FILE SCENE` several, `usdtune ops KEY` shows its page."
    return "\n".join(["# Operations", "", lead, "", head, *rows]) + "\n"


def rules_index() -> str:
    """The table of all rules."""
    rows = [
        f"| [{entry['name']}]({entry['name']}.md) | {_cell(entry['title'])} | {entry['tier']} "
        f"| {f'[{op}](../ops/{op}.md)' if (op := entry['repairedBy']) else 'a person'} |"
        for entry in rules().values()
    ]
    head = "| rule | what it finds | tier | repaired by |\n|---|---|---|---|"
    lead = "`usdtune validate SCENE -o OUT` asks them, `usdtune rules NAME` shows a page."
    return "\n".join(["# Rules", "", lead, "", head, *rows]) + "\n"


def _paragraphs(entry: Entry, titles: dict[str, str]) -> list[str]:
    parts = []
    for name, title in titles.items():
        if text := entry["manual"][name]:
            parts += [f"## {title}", text]
    return parts


def _arguments_table(arguments: list[Entry]) -> str:
    rows = ["| argument | type | default | range | meaning |", "|---|---|---|---|---|"]
    for argument in arguments:
        meaning = argument["description"]
        if choices := argument.get("choices"):
            meaning += " " + ", ".join(f"{choice['value']} = {choice['label']}" for choice in choices) + "."
        if argument.get("hidden"):
            meaning += " (Not listed by `--help`.)"
        kind = argument["type"] + (f", {argument['unit']}" if argument.get("unit") else "")
        default = "none" if argument["default"] is None else f"`{json.dumps(argument['default'])}`"
        rows.append(f"| `{argument['name']}` | {kind} | {default} | {value_range(argument)} | {_cell(meaning)} |")
    return "\n".join(rows)


def value_range(argument: Entry) -> str:
    """
    >>> value_range({"minimum": 0, "maximum": 180.0}), value_range({"minimum": 2}), value_range({})
    ('0 to 180', 'at least 2', '')
    """
    lowest, highest = argument.get("minimum"), argument.get("maximum")
    if lowest is None and highest is None:
        return ""
    if highest is None:
        return f"at least {lowest:g}"
    return f"at most {highest:g}" if lowest is None else f"{lowest:g} to {highest:g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
