# SPDX-License-Identifier: Apache-2.0
"""`usdtune ops [KEY]`: the catalogue of operations."""

from __future__ import annotations

import argparse
import json
import sys

from usdtune.cli.arguments import Parser, epilog
from usdtune.cli.from_descriptor import descriptor_of
from usdtune.cli.manual_page import descriptors, op_page, show


def configure(parser: Parser) -> None:
    parser.description = "Lists the operations of this version; with KEY, the manual page of one."
    parser.epilog = epilog(["usdtune ops", "usdtune ops meshCleanup", "usdtune ops --json"], (0, 2))
    parser.add_argument("key", metavar="KEY", nargs="?", help="one operation")
    parser.add_argument("--json", action="store_true", help="the descriptors as JSON")


def run(arguments: argparse.Namespace) -> int:
    chosen = [descriptor_of(arguments.key)] if arguments.key else list(descriptors().values())
    if arguments.json:
        json.dump(chosen[0] if arguments.key else chosen, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    if arguments.key:
        show(op_page(chosen[0]))
        return 0
    width = max((len(entry["key"]) for entry in chosen), default=0)
    for entry in chosen:
        asks = "  asks first" if entry["needsConfirmation"] else ""
        print(f"{entry['key']:<{width}}  {entry['lossClass']:<13} {entry['title']}{asks}")
    print("\n`usdtune ops KEY` shows its page; `usdtune op KEY SCENE` runs it.", file=sys.stderr)
    return 0
