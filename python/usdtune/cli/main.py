# SPDX-License-Identifier: Apache-2.0
"""The usdtune command: finds the command that was meant, runs it, and turns its end into an exit code.

A command's file is imported when it is called: `usdtune stack` should not wait for what only `usdtune run` needs.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from usdtune.cli.arguments import Parser
from usdtune.workflow.stops import BadUsage, Stop


@dataclass(frozen=True)
class Command:
    """A line of `usdtune --help`; its file is `commands/<name>.py`, or the one that `module` names."""

    name: str
    summary: str
    module: str = ""

    @property
    def module_name(self) -> str:
        return f"usdtune.cli.commands.{self.module or self.name}"


GROUPS: dict[str, tuple[Command, ...]] = {
    "Looking": (
        Command("inspect", "what is in a scene and what likely makes it slow; writes nothing"),
        Command("diff", "are two scenes the same, and where not"),
        Command("render", "pictures of a scene, without a GPU"),
        Command("ops", "the operations, with their arguments"),
        Command("rules", "the rules that find what is slow"),
    ),
    "Tuning": (
        Command("run", "the whole flow: measure, find, repair, prove, measure again, report"),
        Command("op", "one operation on a scene"),
        Command("stack", "a JSON list of operations on a scene"),
    ),
    "The flow, phase by phase, over one output folder": (
        Command("preflight", "what runs here: versions and operations", "phase"),
        Command("profile", "open times, counts, memory and bytes", "phase"),
        Command("assess", "the structure of the scene", "phase"),
        Command("validate", "the rules that the assessment selects", "phase"),
        Command("decide", "the questions that are the owner's", "phase"),
        Command("plan", "which operations, in which order, and why", "phase"),
        Command("optimize", "run the plan, write the result, verify it", "phase"),
        Command("compare", "measure the result and compare", "phase"),
        Command("report", "the report as JSON, Markdown and HTML", "phase"),
    ),
    "Around it": (
        Command("example", "write a scene to try things on"),
        Command("completion", "shell completion for bash, zsh or fish"),
    ),
}

LATER = ("restructure", "instancing", "remap")
"""Commands that a later version brings; asking for one is answered, not misunderstood."""

EPILOG = """\
first steps:
  usdtune inspect plant.usd                     look, without writing anything
  usdtune run plant.usd -o tuned/               measure, repair, prove, report
  usdtune run plant.usd -o tuned/ --dry-run     only say what would be done, and why
  usdtune op meshCleanup --help                 one operation and its arguments

exit codes:
  0 done (diff: the same)      4 blocked
  1 failed                     5 verification refused the result (diff: different)
  2 bad usage                  6 findings at or above --fail-on
  3 stopped at a question      7 nothing to do, with --fail-on-noop
"""


def commands() -> dict[str, Command]:
    return {command.name: command for group in GROUPS.values() for command in group}


def overview() -> str:
    lines = ["usage: usdtune COMMAND …", "", "Takes a slow USD scene and gives back a faster one, with proof."]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {command.name:<12}{command.summary}" for command in group)]
    return "\n".join([*lines, "", "`usdtune COMMAND --help` tells more.", "", EPILOG])


def parser_of(command: Command) -> Parser:
    """The parser of one command, with everything it takes."""
    parser = Parser(prog=f"usdtune {command.name}")
    importlib.import_module(command.module_name).configure(parser)
    return parser


def main(texts: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code.

    >>> main(["--version"])
    usdtune 0.1.0
    0
    """
    texts = sys.argv[1:] if texts is None else list(texts)
    as_json = "--json" in texts
    try:
        return _run(texts)
    except Stop as stop:
        _tell(stop, as_json)
        return stop.exit_code
    except KeyboardInterrupt:
        print("usdtune: interrupted; the same command goes on from here.", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _run(texts: list[str]) -> int:
    if not texts or texts[0] in ("-h", "--help", "help"):
        print(overview(), end="")
        return 0 if texts else 2
    if texts[0] == "--version":
        from usdtune import __version__

        print(f"usdtune {__version__}")
        return 0
    command = _find(texts[0])
    module: Any = importlib.import_module(command.module_name)
    if hasattr(module, "main"):  # a command that reads its own arguments
        return int(module.main(texts[1:]) or 0)
    parser = Parser(prog=f"usdtune {command.name}")
    module.configure(parser)
    try:
        arguments = parser.parse(texts[1:])
    except SystemExit as done:  # --help
        return int(done.code or 0)
    arguments.command = command.name
    return int(module.run(arguments))


def _find(name: str) -> Command:
    known = commands()
    if name in known:
        return known[name]
    if name in LATER:
        raise BadUsage(f"usdtune {name} is not in this version; a later one brings it.")
    near = difflib.get_close_matches(name, [*known, "--help", "--version"], 1)
    hint = f"did you mean `{near[0]}`?" if near else "see usdtune --help."
    raise BadUsage(f"There is no command `{name}`; {hint}")


def _tell(stop: Stop, as_json: bool) -> None:
    print(f"usdtune: {stop.sentence}", file=sys.stderr)
    if stop.gate is not None:
        print(f"  question: {stop.gate['question']}", file=sys.stderr)
        for option in stop.gate["options"]:
            print(f"    {option['choice']}: {option.get('effect', '')}", file=sys.stderr)
        print(f"  answer with: {stop.gate.get('how_to_answer', '')}", file=sys.stderr)
    if as_json:
        document = {
            "exit_code": stop.exit_code,
            "code": stop.code,
            "message": stop.sentence,
            "gate": stop.gate,
            "alternatives": stop.alternatives,
        }
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        print()


if __name__ == "__main__":
    sys.exit(main())
