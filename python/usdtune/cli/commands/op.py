# SPDX-License-Identifier: Apache-2.0
"""`usdtune op KEY SCENE [-o OUT]`: one operation, with flags out of its descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from usdtune.cli.arguments import Parser, add_machine, add_scene, add_view
from usdtune.cli.chains import add_result, apply_chain, show_answer
from usdtune.cli.from_descriptor import (
    add_operation,
    as_in_catalogue,
    check_arguments,
    descriptor_of,
    descriptors,
    given_arguments,
)
from usdtune.workflow.stops import BadUsage

USAGE = """\
usage: usdtune op KEY SCENE [-o OUT.usdc] [arguments of the operation]

Runs one operation. Without -o nothing is written: you see what it would do.
`usdtune op KEY --help` tells what it changes, what it may lose, and its arguments.

examples:
  usdtune op countVertices plant.usd
  usdtune op meshCleanup plant.usd --tolerance 0.001 -o clean.usdc --verify
"""


def configure(parser: Parser) -> None:
    """For completion only: what the command takes depends on KEY."""
    parser.add_argument("key", metavar="KEY", choices=sorted(descriptors()))
    _common(parser)


def parser_for(key: str) -> Parser:
    parser = Parser(prog=f"usdtune op {key}", usage=f"usdtune op {key} SCENE [-o OUT.usdc] [arguments]")
    add_operation(parser, descriptor_of(key))
    _common(parser)
    return parser


def _common(parser: Parser) -> None:
    add_scene(parser)
    add_result(parser)
    add_view(parser)
    add_machine(parser)


def main(texts: Sequence[str]) -> int:
    if not texts or texts[0] in ("-h", "--help"):
        width = max(len(key) for key in descriptors())
        print(USAGE)
        for key, entry in sorted(descriptors().items()):
            print(f"  {key:<{width}}  {entry['title']}")
        return 0 if texts else 2
    key = texts[0]
    if key.startswith("-"):
        raise BadUsage(
            f"usdtune op: expected the key of an operation, and {key} is an option; `usdtune ops` lists them."
        )
    parser = parser_for(key)
    try:
        arguments = parser.parse(as_in_catalogue(texts[1:], descriptor_of(key)))
    except SystemExit as done:  # --help
        return int(done.code or 0)
    given = given_arguments(arguments)
    check_arguments(key, given)
    answer = apply_chain(
        [{"operation": key, **given}], arguments, title=f"Running {key} on {Path(arguments.scene).name}"
    )
    show_answer(answer, as_json=arguments.json)
    return 0
