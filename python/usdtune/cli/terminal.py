# SPDX-License-Identifier: Apache-2.0
"""Progress and questions on a terminal; plain lines, or silence, where there is none."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from usdtune.workflow.flow import Phase
from usdtune.workflow.gates import Question
from usdtune.workflow.run_state import MILESTONES


class PlainProgress:
    """One line per phase on stderr: for logs."""

    def tell(self, message: str, done: int, total: int) -> None: ...

    def phase(self, phase: Phase, event: str) -> None:
        if event != "started":
            print(f"[{MILESTONES.index(phase.label) + 1:>2}/{len(MILESTONES)}] {phase.label}: {event}", file=sys.stderr)

    def close(self) -> None: ...

    def reopen(self) -> None: ...


class NoProgress(PlainProgress):
    """Nothing at all."""

    def phase(self, phase: Phase, event: str) -> None: ...


class BarProgress(PlainProgress):
    """Two bars: the milestones, and what the current phase is about."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            TextColumn("{task.fields[what]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._phases = self._bars.add_task("starting", total=len(MILESTONES), what="")
        self._bars.start()
        self._open = True

    def tell(self, message: str, done: int, total: int) -> None:
        count = f" {done + 1}/{total}" if total else ""
        self._bars.update(self._phases, what=f"{message}{count}")

    def phase(self, phase: Phase, event: str) -> None:
        done = MILESTONES.index(phase.label) + (event != "started")
        self._bars.update(self._phases, description=phase.title, completed=done, what="")

    def close(self) -> None:
        if self._open:
            self._open = False
            self._bars.stop()

    def reopen(self) -> None:
        """After a question: what follows may take long."""
        if not self._open:
            self._open = True
            self._bars.start()


_current: list[Any] = []


@contextmanager
def shown_progress(arguments: argparse.Namespace) -> Iterator[PlainProgress]:
    """Bars on a terminal, lines elsewhere, nothing when asked to be quiet."""
    if arguments.quiet:
        progress: PlainProgress = NoProgress()
    else:
        progress = BarProgress() if sys.stderr.isatty() else PlainProgress()
    _current.append(progress)
    try:
        yield progress
    finally:
        progress.close()
        _current.pop()


def prompt_for(question: Question) -> str | None:
    """Shows a question with its evidence and takes the choice; an empty line leaves it unanswered."""
    for progress in _current:
        progress.close()
    answer = _answer_to(question)
    for progress in _current:
        progress.reopen()
    return answer


REPEATED = ("runtime", "not_in_this_version")
"""Evidence for machines that a person is shown in another place."""


def _answer_to(question: Question) -> str | None:
    write = sys.stderr.write
    write(f"\n{question.evidence.get('runtime', '')}\n\n{question.text}\n\n")
    for name, value in question.evidence.items():
        if name not in REPEATED:
            write(f"  {name.replace('_', ' ')}: {value}\n")
    write("\n")
    for number, option in enumerate(question.options, 1):
        mark = " (suggested)" if option.choice == question.default_option else ""
        write(f"  {number}  {option.choice}{mark}: {option.effect}\n")
    for choice, reason in question.unavailable.items():
        write(f"  -  {choice}: {reason}\n")
    while True:
        write("\nYour choice, or an empty line to stop here: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
        if not answer:
            return None
        choices = [option.choice for option in question.options]
        if answer in choices:
            return answer
        if answer.isdigit() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        write(f"{answer} is not one of {', '.join(choices)}.\n")
