# SPDX-License-Identifier: Apache-2.0
"""`usdtune diff A B`: are two scenes the same, and where not."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from usdtune.cli.arguments import Parser, add_machine, add_view
from usdtune.cli.chains import progress_lines
from usdtune.workflow.stops import BadUsage

DESCRIPTION = """\
Compares two scenes. By default as a renderer sees them: instances expanded, indices resolved, materials by network,
corners within a millionth of each mesh's own size. With --authored: every path, property, arc and piece of metadata.
What moved is found by its path map; beside a delivery of A, its own is taken. Without one, it is found by its looks.

Exit code 0: the same; 5: different; 2: one of them cannot be read.
"""

EPILOG = """\
examples:
  usdtune diff plant.usd tuned/plant.optimized.usdc
  usdtune diff plant.usd tuned/plant.optimized.usdc --authored
  usdtune diff plant.usd elsewhere/plant.usdc --html comparison.html
  usdtune diff plant.usd elsewhere/plant.usdc --authored --pathmap tuned/pathmap.jsonl
"""

SHOWN = 20


def configure(parser: Parser) -> None:
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("left", metavar="A", nargs="?", help="a USD file")
    parser.add_argument("right", metavar="B", nargs="?", help="another one")
    parser.add_argument(
        "--proof",
        metavar="FILE",
        help="instead of A and B: check a proof, its hashes and all that was held against its scenes, once more",
    )
    parser.add_argument("--authored", action="store_true", help="compare what is written down instead of what is drawn")
    parser.add_argument("--pathmap", metavar="FILE", help="pathmap.jsonl that tells where paths of A are in B")
    parser.add_argument(
        "--tolerance",
        metavar="X",
        type=float,
        default=0.0,
        help="stage units that a surface may move on top of each mesh's ε",
    )
    parser.add_argument("--html", metavar="FILE", help="also write a page with pictures of both, distances and counts")
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    from usdtune.atomic_file import write_text
    from usdtune.workflow.comparison_page import page_of_proof, page_of_scenes
    from usdtune.workflow.diff import diff
    from usdtune.workflow.options import StageView
    from usdtune.workflow.proof import prove_again
    from usdtune.workflow.supervise import Child

    if bool(arguments.proof) == bool(arguments.left) or bool(arguments.left) != bool(arguments.right):
        raise BadUsage("diff: expected two scenes A and B, or --proof FILE alone.")
    if arguments.proof:
        proof = Path(arguments.proof)
        again = prove_again(proof, arguments.threads, partial(Child, progress=progress_lines(arguments)))
        if arguments.html:
            write_text(Path(arguments.html), page_of_proof(again, proof.parent))
        return _tell(arguments, again.document)
    with Child("Comparing the scenes", fork=True, progress=progress_lines(arguments)) as worker:
        document = diff(
            worker,
            Path(arguments.left),
            Path(arguments.right),
            relation="authored" if arguments.authored else "rendered",
            pathmap=Path(arguments.pathmap) if arguments.pathmap else None,
            tolerance=arguments.tolerance,
            view=StageView.from_texts(arguments.mask, arguments.unloaded, arguments.variant),
            threads=arguments.threads,
        )
        if arguments.html:
            page = page_of_scenes(worker, document, arguments.tolerance, arguments.threads)
            write_text(Path(arguments.html), page)
    return _tell(arguments, document)


def _tell(arguments: argparse.Namespace, document: dict[str, Any]) -> int:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if arguments.json:
        from usdtune.report import documents

        documents.check(Path("diff.json"), "diff", document)
        sys.stdout.write(documents.dumps("diff", document))
    else:
        _show(document, "proven again" if arguments.proof else f"the same ({document['relation']})")
    return 0 if document["same"] else 5


def _show(document: dict[str, Any], same: str) -> None:
    if document["same"]:
        print(f"{same}: {sum(document['compared'].values()):,} things compared")
        _show_moves(document)
        return
    print(f"different ({document['relation']}): {document['difference_count']:,} differences")
    for kind, count in document["counts_by_kind"].items():
        print(f"  {kind}: {count:,}")
    for row in document["differences"][:SHOWN]:
        print(f"  {row['path']}: {row['message']}")
    rest = document["difference_count"] - SHOWN
    if rest > 0:
        print(f"  … and {rest:,} more; --json lists them")
    _show_moves(document)


def _show_moves(document: dict[str, Any]) -> None:
    moves = document["inferred_moves"]
    if document["pathmap"]:
        print(f"  paths followed by {document['pathmap']}")
    elif moves:
        first = f"{moves[0]['old']} → {moves[0]['new']}"
        print(f"  {len(moves):,} paths found elsewhere by their looks, such as {first}")
