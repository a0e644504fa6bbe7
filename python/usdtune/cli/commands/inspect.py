# SPDX-License-Identifier: Apache-2.0
"""`usdtune inspect SCENE`: one readable screen; writes nothing."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from usdtune.cli.arguments import Parser, add_machine, add_scene, add_view, epilog
from usdtune.cli.chains import progress_lines
from usdtune.cli.from_descriptor import descriptors

SHOWN = 8
STRUCTURES = {
    "monolithic-fine-as-is": "one monolith",
    "monolithic-needs-restructure": "one monolith with repeated parts",
    "composed": "composed of other files",
}
REPAIRS = frozenset(descriptors())


def configure(parser: Parser) -> None:
    parser.description = "Shows what is in a scene and the likely reasons why it is slow. Writes nothing."
    parser.epilog = epilog(
        ["usdtune inspect plant.usd", "usdtune inspect plant.usd --mask /Plant/Hall --json"], (0, 2, 4)
    )
    add_scene(parser)
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    from usdtune.workflow.inspect import inspect
    from usdtune.workflow.options import StageView, local_source
    from usdtune.workflow.supervise import Child

    source = local_source(arguments.scene)
    view = StageView.from_texts(arguments.mask, arguments.unloaded, arguments.variant)
    with Child(f"Reading {source.name}", fork=True, progress=progress_lines(arguments)) as worker:
        facts = inspect(worker, source, view, arguments.threads)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if arguments.json:
        json.dump(facts, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        show(facts)
    return 0


def show(facts: dict[str, Any]) -> None:
    counts, stage = facts["counts"], facts["stage"]
    print(facts["scene"])
    rows = [
        ("size", f"{megabytes(facts['bytes'])} in {counted(facts['files'], 'file')}"),
        ("heaviest", ", ".join(f"{Path(row['path']).name} {megabytes(row['size_bytes'])}" for row in heaviest(facts))),
        (
            "units",
            f"{stage['metersPerUnit']:g} m, {stage['upAxis']} up, default prim {stage.get('defaultPrim') or 'none'}",
        ),
        ("prims", f"{counts['prim_count']:,}"),
        ("meshes", _with_duplicates(counts["mesh_count"], facts["duplicates"])),
        ("materials", f"{counts['material_count']:,}"),
        (
            "sharing",
            f"{counted(counts['instance_count'], 'instance')} of {counted(counts['prototype_count'], 'prototype')}",
        ),
        ("arcs", f"{counted(counts['reference_count'], 'reference')}, {counted(counts['payload_count'], 'payload')}"),
        ("structure", structure(facts["composition"])),
    ]
    for title, value in rows:
        if value:
            print(f"  {title:<10} {value}")
    slow = [row for row in facts["reasons"] if row["kind"] == "slow"]
    wrong = [row for row in facts["reasons"] if row["kind"] == "wrong"]
    print("\nlikely reasons why it is slow:" if slow else "\nnothing found that would make it slow")
    _list(slow)
    if wrong:
        print("\nalso wrong with it, for a person to repair:")
        _list(wrong, helps=False)
    if any(row["help"].split(",")[0] in REPAIRS for row in slow):
        print(f"\nnext: usdtune run {facts['scene']} -o OUT")


def _list(rows: list[dict[str, Any]], *, helps: bool = True) -> None:
    for row in rows[:SHOWN]:
        print(textwrap.fill(row["reason"], 100, initial_indent="  - ", subsequent_indent="    "))
        if helps:
            print(f"    → {row['help']}")
    if len(rows) > SHOWN:
        print(f"  … and {len(rows) - SHOWN} more; --json lists them")


def heaviest(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Files behind the arcs, where there are several to choose from."""
    return facts["largest_foreign"][:3] if facts["files"] > 1 else []


def structure(composition: dict[str, Any]) -> str:
    """The classification in words.

    >>> structure({"x_classification": "monolithic-fine-as-is"})
    'one monolith'
    """
    name = composition.get("x_classification", "")
    return STRUCTURES.get(name, name or "not classified")


def counted(count: int, noun: str) -> str:
    """
    >>> counted(1, "file"), counted(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _with_duplicates(meshes: int, duplicates: dict[str, Any]) -> str:
    repeated = duplicates.get("duplicate_mesh_count", 0)
    return f"{meshes:,}" + (f", {repeated:,} of them repeat another" if repeated else "")


def megabytes(count: int) -> str:
    """
    >>> megabytes(12_470_166), megabytes(900)
    ('12.5 MB', '900 bytes')
    """
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"
