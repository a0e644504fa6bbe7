# SPDX-License-Identifier: Apache-2.0
"""`usdtune stack FILE SCENE -o OUT`: a JSON list of operations, obeyed as it stands."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from usdtune.cli.arguments import Parser, add_machine, add_scene, add_view, epilog
from usdtune.cli.chains import add_result, apply_chain, show_answer
from usdtune.workflow.stops import BadUsage

DESCRIPTION = """\
Runs a list of operations in the order of the file and writes the result.

The file is a JSON list of {"operation": KEY, …arguments}, as other optimizers write it. It is checked against the
catalogue before the scene is opened. Arguments are obeyed as they stand, also where they lose something: the result
is labelled with the loosest promise of its steps.
"""


def configure(parser: Parser) -> None:
    parser.description = DESCRIPTION
    parser.epilog = epilog(
        [
            """echo '[{"operation": "meshCleanup"}, {"operation": "computeExtents"}]' > stack.json""",
            "usdtune stack stack.json plant.usd                          what would be done",
            "usdtune stack stack.json plant.usd -o small.usdc --verify   written only when every promise is kept",
        ],
        (0, 1, 2, 4, 5),
    )
    parser.add_argument("file", metavar="FILE", help="JSON list of operations")
    add_scene(parser)
    add_result(parser)
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    chain = read_stack(Path(arguments.file))
    answer = apply_chain(chain, arguments, title=f"Running {Path(arguments.file).name} on {Path(arguments.scene).name}")
    show_answer(answer, as_json=arguments.json)
    return 0


def read_stack(path: Path) -> list[dict[str, Any]]:
    """The list of a file, checked against the catalogue and the ordering invariants."""
    from usdtune.workflow.jobs import check_chain

    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadUsage(f"{path} cannot be read: {error.strerror}.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadUsage(f"{path} is not JSON: {error}.") from None
    if not isinstance(stack, list):
        raise BadUsage(f"{path} holds no JSON list of operations.")
    check_chain(stack)
    return stack
