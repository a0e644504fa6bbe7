# SPDX-License-Identifier: Apache-2.0
"""Operations applied to one scene without the flow: what `op` and `stack` share.

The worker is forked: this process has not touched `pxr` and has no threads, so the child costs a few milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from usdtune import _core
from usdtune.cli.arguments import Parser
from usdtune.report.words import spaced
from usdtune.workflow.options import StageView, check_place_of_result, local_source
from usdtune.workflow.stack import apply_stack
from usdtune.workflow.stops import BadUsage
from usdtune.workflow.supervise import Child, no_progress

Json = Any

EXTENSIONS = (".usdc", ".usd", ".usda")
PLURALS = {"prim_count": "prims", "mesh_count": "meshes", "material_count": "materials"}


def output_file(text: str, source: Path) -> Path:
    """The file to write: never the scene itself, and in a folder that exists."""
    out = Path(text).expanduser().absolute()
    if out.suffix not in EXTENSIONS:
        raise BadUsage(f"-o {text}: expected a file that ends in {', '.join(EXTENSIONS)}.")
    if out.resolve() == source.resolve():
        raise BadUsage(f"-o {text} is the scene itself, and sources are only ever read: name another file.")
    if not out.parent.is_dir():
        raise BadUsage(f"-o {text}: there is no folder {out.parent}.")
    if not os.access(out.parent, os.W_OK):
        raise BadUsage(f"-o {text}: nothing can be written into {out.parent}.")
    check_place_of_result(text, out)
    return out


def apply_chain(chain: list[dict[str, Json]], arguments: argparse.Namespace, *, title: str) -> Json:
    """Reads the scene, runs the chain, writes the result when a name for it is given."""
    source = local_source(arguments.scene)
    view = StageView.from_texts(arguments.mask, arguments.unloaded, arguments.variant)
    out = output_file(arguments.out, source) if arguments.out else None
    if out and not view.is_whole:
        raise BadUsage("--mask, --unloaded and --variant show a part of the scene; leave -o out, or them.")
    if arguments.verify and not out:
        raise BadUsage("--verify looks at what was written: name the file with -o.")
    with Child(title, fork=True, progress=progress_lines(arguments)) as worker:
        return apply_stack(
            worker, source, chain, out, view=view, threads=arguments.threads, prove=bool(arguments.verify)
        )


def add_result(parser: Parser) -> None:
    parser.add_argument(
        "-o", "--out", metavar="OUT.usdc", help="write the result here; without it, only say what would be done"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read the result in a fresh process, compare it with SCENE, and write it only when every promise is kept",
    )


def progress_lines(arguments: argparse.Namespace) -> Any:
    """Progress on a terminal only; one line that is overwritten."""
    if getattr(arguments, "quiet", False) or not sys.stderr.isatty():
        return no_progress

    def show(message: str, done: int, total: int) -> None:
        count = f"{done + 1}/{total} " if total else ""
        print(f"\r\033[K{count}{message} …", end="", file=sys.stderr, flush=True)

    return show


def _shown(value: Any) -> str:
    """
    >>> _shown(979584), _shown(0.0022586666)
    ('979,584', '0.002259')
    """
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def show_answer(answer: Json, *, as_json: bool) -> None:
    """What was done, for people or for machines."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if as_json:
        json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return
    for step in answer["steps"]:
        counts = ", ".join(f"{spaced(name)} {_shown(value)}" for name, value in step["counts"].items() if value)
        changed = f"{step['edit_count']:,} edits" if step["edit_count"] else "nothing to do"
        print(f"{step['order']:>3}  {step['key']:<24}{changed:<18}{step['elapsed_ms']:>9,.0f} ms  {counts}")
        for row in step["declined"]:
            example = f", such as {row['examples'][0]}" if row["examples"] else ""
            print(f"     passed over {row['count']:,}: {_core.in_words(row['reason'])}{example}")
        if step["output"]:
            print(f"     {json.dumps(step['output'], ensure_ascii=False)[:2000]}")
    before, after = answer["before"], answer["after"]
    changes = [f"{PLURALS[name]} {before[name]:,} → {after[name]:,}" for name in before if before[name] != after[name]]
    proven = "verified" if answer["verified"] else "as promised, not verified"
    print(f"     {', '.join(changes) or 'no prim came or went'}; surface: {answer['label']} ({proven})")
    if "root" in answer:
        seconds = answer["seconds"]
        print(
            f"     {answer['root']}  (read {seconds['read']:.2f} s, operate {seconds['operate']:.2f} s, "
            f"write {seconds['write']:.2f} s)"
        )
        if answer["proof"]:
            print(f"     {answer['proof']}  (`usdtune diff --proof` checks it again)")
