# SPDX-License-Identifier: Apache-2.0
"""`usdtune inspect SCENE`: one readable screen; writes nothing."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from typing import Any

from usdtune.cli.arguments import Parser, add_machine, add_scene, add_view
from usdtune.cli.chains import progress_lines

SHOWN = 8


def configure(parser: Parser) -> None:
    parser.description = "Shows what is in a scene and the likely reasons why it is slow. Writes nothing."
    parser.epilog = "example:\n  usdtune inspect plant.usd"
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
        ("size", f"{megabytes(facts['bytes'])} in {facts['files']:,} files"),
        (
            "units",
            f"{stage['metersPerUnit']:g} m, {stage['upAxis']} up, default prim {stage.get('defaultPrim') or 'none'}",
        ),
        ("prims", f"{counts['prim_count']:,}"),
        ("meshes", _with_duplicates(counts["mesh_count"], facts["duplicates"])),
        ("materials", f"{counts['material_count']:,}"),
        ("sharing", f"{counts['instance_count']:,} instances of {counts['prototype_count']:,} prototypes"),
        ("arcs", f"{counts['reference_count']:,} references, {counts['payload_count']:,} payloads"),
        ("structure", facts["composition"].get("x_classification", "not classified")),
    ]
    for title, value in rows:
        print(f"  {title:<10} {value}")
    print("\nlikely reasons why it is slow:" if facts["reasons"] else "\nnothing found that would make it slow")
    for row in facts["reasons"][:SHOWN]:
        print(textwrap.fill(row["reason"], 100, initial_indent="  - ", subsequent_indent="    "))
        print(f"    → {row['help']}")
    if len(facts["reasons"]) > SHOWN:
        print(f"  … and {len(facts['reasons']) - SHOWN} more; --json lists them")


def _with_duplicates(meshes: int, duplicates: dict[str, Any]) -> str:
    repeated = duplicates.get("duplicate_mesh_count", 0)
    return f"{meshes:,}" + (f", {repeated:,} of them repeat another" if repeated else "")


def megabytes(count: int) -> str:
    """
    >>> megabytes(12_470_166), megabytes(900)
    ('12.5 MB', '900 bytes')
    """
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"
