# SPDX-License-Identifier: Apache-2.0
"""The parser all commands share: errors are one sentence with the nearest valid name, help is written to be read."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from usdtune.workflow.stops import BadUsage


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises BadUsage instead of ending the process."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", HelpText)
        super().__init__(allow_abbrev=False, **settings)

    @property
    def name(self) -> str:
        """The command without the program's name, which stands before every sentence anyway."""
        return self.prog.removeprefix("usdtune ")

    def error(self, message: str) -> NoReturn:
        raise BadUsage(f"{self.name}: {readable(message)}")

    def parse(self, texts: Sequence[str]) -> argparse.Namespace:
        """Like parse_args; an option that does not exist is refused with the nearest one that does."""
        arguments, unknown = self.parse_known_args(texts)
        if not unknown:
            return arguments
        flag = unknown[0].partition("=")[0]
        if not flag.startswith("-"):
            raise BadUsage(f"{self.name}: {flag} is one argument too many; see {self.prog} --help.")
        near = difflib.get_close_matches(flag, list(self._option_string_actions), 1)
        hint = f"did you mean {near[0]}?" if near else f"see {self.prog} --help."
        raise BadUsage(f"{self.name}: there is no option {flag}; {hint}")


_INVALID_CHOICE = re.compile(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)$")
_INVALID_NUMBER = re.compile(r"argument (\S+): invalid (int|float) value: '(.*)'$")


def readable(message: str) -> str:
    """What argparse says as a sentence, with the nearest choice where one is near.

    >>> readable("argument --fail-on: invalid choice: 'warnin' (choose from 'info', 'warning')")
    '--fail-on warnin is not one of info, warning; did you mean `warning`?'
    >>> readable("argument --tolerance: invalid float value: 'abc'")
    '--tolerance abc: a number was expected.'
    """
    if found := _INVALID_CHOICE.match(message):
        flag, value, listed = found.groups()
        choices = re.findall(r"'([^']*)'", listed)
        return f"{flag} {not_one_of(value, choices)}"
    if found := _INVALID_NUMBER.match(message):
        flag, kind, value = found.groups()
        return f"{flag} {value}: a {'whole ' if kind == 'int' else ''}number was expected."
    message = message.removeprefix("argument ")
    message = message.replace("the following arguments are required:", "these are missing:")
    return message if message.endswith((".", "?")) else f"{message}."


def not_one_of(value: str, choices: Sequence[str]) -> str:
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(value.lower(), by_lower, 1)
    hint = f"; did you mean `{by_lower[near[0]]}`?" if near else "."
    return f"{value} is not one of {', '.join(choices)}{hint}"


def thread_count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text}: a whole number was expected, or 0 for every core")
    return int(text)


class HelpText(argparse.RawDescriptionHelpFormatter):
    """Paragraphs and examples stay as written; defaults are told where there are any."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=100)


EXIT_CODES = {
    0: "done",
    1: "failed",
    2: "bad usage or configuration",
    3: "stopped at a question that is yours to answer",
    4: "blocked",
    5: "verification refused the result",
    6: "findings at or above --fail-on",
    7: "nothing to do, with --fail-on-noop",
}


def epilog(examples: Sequence[str], codes: Sequence[int], *more: str) -> str:
    """What stands below the options of a command: examples, what else there is to know, exit codes."""
    told = ["examples:" if len(examples) > 1 else "example:", *(f"  {example}" for example in examples)]
    for text in more:
        told += ["", text]
    return "\n".join([*told, "", "exit codes:", *(f"  {code}  {EXIT_CODES[code]}" for code in codes)])


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
        "--threads",
        metavar="N",
        type=thread_count,
        default=0,
        help="cores to use; the result is the same at any number",
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
