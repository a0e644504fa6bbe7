# SPDX-License-Identifier: Apache-2.0
"""`usdtune rules [NAME]`: the catalogue of rules."""

from __future__ import annotations

import argparse
import difflib
import json
import sys

from usdtune.cli.arguments import Parser, epilog
from usdtune.cli.manual_page import rule_page, rules, show
from usdtune.workflow.stops import BadUsage


def configure(parser: Parser) -> None:
    parser.description = "Lists the rules of this version; with NAME, the manual page of one."
    parser.epilog = epilog(["usdtune rules", "usdtune rules vertex_weld", "usdtune rules --json"], (0, 2))
    parser.add_argument("rule", metavar="NAME", nargs="?", help="one rule")
    parser.add_argument("--json", action="store_true", help="the descriptors as JSON")


def run(arguments: argparse.Namespace) -> int:
    catalogue = rules()
    if arguments.rule and arguments.rule not in catalogue:
        near = difflib.get_close_matches(arguments.rule, catalogue, 1)
        hint = f"did you mean `{near[0]}`?" if near else "`usdtune rules` lists them."
        raise BadUsage(f"There is no rule `{arguments.rule}` in this version; {hint}")
    chosen = [catalogue[arguments.rule]] if arguments.rule else list(catalogue.values())
    if arguments.json:
        json.dump(chosen[0] if arguments.rule else chosen, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    if arguments.rule:
        show(rule_page(chosen[0]))
        return 0
    width = max((len(entry["name"]) for entry in chosen), default=0)
    for entry in chosen:
        repaired = f"  → {entry['repairedBy']}" if entry.get("repairedBy") else ""
        print(f"{entry['name']:<{width}}  tier {entry['tier']}  {entry['title']}{repaired}")
    return 0
