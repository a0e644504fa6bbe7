# SPDX-License-Identifier: Apache-2.0
"""The parser all commands share: errors are one sentence with the nearest valid name, help is written to be read."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from usdtune.workflow.stops import BadUsage


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises BadUsage instead of ending the process."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", HelpText)
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise BadUsage(f"{self.prog}: {message}")

    def parse(self, texts: Sequence[str]) -> argparse.Namespace:
        """Like parse_args; an option that does not exist is refused with the nearest one that does."""
        arguments, unknown = self.parse_known_args(texts)
        if not unknown:
            return arguments
        flag = unknown[0].partition("=")[0]
        if not flag.startswith("-"):
            raise BadUsage(f"{self.prog}: {flag} is one argument too many; see {self.prog} --help.")
        near = difflib.get_close_matches(flag, list(self._option_string_actions), 1)
        hint = f"did you mean {near[0]}?" if near else f"see {self.prog} --help."
        raise BadUsage(f"{self.prog}: there is no option {flag}; {hint}")


class HelpText(argparse.RawDescriptionHelpFormatter):
    """Paragraphs and examples stay as written; defaults are told where there are any."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=100)


def add_scene(parser: Parser, *, optional: bool = False) -> None:
    text = "the USD file to work on; only ever read"
    if optional:
        parser.add_argument("scene", metavar="SCENE", nargs="?", help=text + " (left out: that of the run in OUT)")
    else:
        parser.add_argument("scene", metavar="SCENE", help=text)


def add_view(parser: Parser) -> None:
    view = parser.add_argument_group("how the stage is opened")
    view.add_argument("--mask", metavar="PRIM", action="append", help="only this prim and what it needs; repeatable")
    view.add_argument("--unloaded", action="store_true", help="leave payloads out")
    view.add_argument(
        "--variant", metavar="/PRIM{SET}=NAME", action="append", help="select a variant first; repeatable"
    )


def add_machine(parser: Parser, *, progress: bool = True) -> None:
    machine = parser.add_argument_group("for machines")
    machine.add_argument("--json", action="store_true", help="one JSON document on stdout, everything else on stderr")
    machine.add_argument(
        "--threads", metavar="N", type=int, default=0, help="cores to use; the result is the same at any number"
    )
    if progress:
        machine.add_argument("-q", "--quiet", action="store_true", help="no progress")


def add_gates(parser: Parser) -> None:
    gates = parser.add_argument_group("questions")
    gates.add_argument(
        "--approve",
        metavar="ID=CHOICE",
        action="append",
        default=[],
        help="answer a question, such as restructure=optimize-as-is; repeatable",
    )
    gates.add_argument(
        "--answers", metavar="FILE", help="answers as a JSON document, bound to the hashes of source and plan"
    )
    gates.add_argument("--no-prompt", action="store_true", help="never ask, not even on a terminal")
