# SPDX-License-Identifier: Apache-2.0
"""Questions that only the owner of a scene can answer, and who answered them.

A question is answered by a flag (`--approve ID=CHOICE`), by an answers file or at a prompt on a terminal. No question
has a silent default. Every question of a run is in `gates.json`, answered or not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.stops import BadUsage

FILE_NAME = documents.FILE_NAMES["gates"][0]

PLAIN_IDS = (
    "output_path",
    "runtime_choice",
    "runtime_confirm",
    "auth_interactive",
    "full_sweep",
    "restructure",
    "restructure_level",
    "restructure_goal",
    "material_boundary",
    "budget_continue",
    "cross_runtime_compare",
    "publish_regressed",
    "iterate",
)
OPERATION_IDS = ("tolerance", "destructive")
_ID = re.compile(r"^(descend_level|menu):[0-9]+$|^(instancing_overrides|confirm_removal):.+$")


@dataclass(frozen=True)
class Option:
    """One way to answer, and what it leads to."""

    choice: str
    effect: str


@dataclass(frozen=True)
class Question:
    """What is asked, with the evidence that the person who answers should see."""

    id: str
    text: str
    options: Sequence[Option]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None
    default_option: str | None = None
    skip_option: str | None = None
    unavailable: Mapping[str, str] = field(default_factory=dict)
    """Choices that people may know and that cannot be carried out here, with the reason."""

    @property
    def how_to_answer(self) -> str:
        return f"--approve {self.id}={'|'.join(option.choice for option in self.options)}"


Prompt = Callable[[Question], str | None]
"""Shows a question on a terminal and gives the choice, or None when the person would rather not say."""


def parse_approvals(texts: Sequence[str], operations: Sequence[str] = ()) -> dict[str, str]:
    """`ID=CHOICE` texts as a mapping; an id that no gate has is refused with the nearest one.

    >>> parse_approvals(["restructure=optimize-as-is"])
    {'restructure': 'optimize-as-is'}
    >>> parse_approvals(["restucture=exit"])
    Traceback (most recent call last):
    ...
    usdtune.workflow.stops.BadUsage: --approve restucture=exit: there is no gate `restucture`; did you mean ...
    """
    approvals: dict[str, str] = {}
    for text in texts:
        gate, equals, choice = text.partition("=")
        if not equals or not choice:
            raise BadUsage(f"--approve {text}: expected ID=CHOICE, such as restructure=optimize-as-is.")
        _check_id(gate, f"--approve {text}", operations)
        if approvals.setdefault(gate, choice) != choice:
            raise BadUsage(f"--approve {gate} is given twice, with {approvals[gate]} and {choice}.")
    return approvals


def _check_id(gate: str, where: str, operations: Sequence[str]) -> None:
    head, colon, tail = gate.partition(":")
    if gate in PLAIN_IDS or _ID.match(gate):
        return
    if colon and head in OPERATION_IDS and (not operations or tail in operations):
        return
    known = [*PLAIN_IDS, *(f"{kind}:{key}" for kind in OPERATION_IDS for key in operations)]
    near = difflib.get_close_matches(gate, known, 1)
    hint = f"; did you mean `{near[0]}`?" if near else "."
    raise BadUsage(f"{where}: there is no gate `{gate}`{hint}")


def check_choice(gate: str, choice: str, choices: Sequence[str], unavailable: Mapping[str, str]) -> None:
    """Refuses a choice that a question does not offer, with the nearest one that it does.

    >>> check_choice("restructure", "optimise-as-is", ["optimize-as-is", "exit"], {})
    Traceback (most recent call last):
    ...
    usdtune.workflow.stops.BadUsage: restructure=optimise-as-is is not one of the choices: optimize-as-is, exit; did ...
    """
    if choice in choices:
        return
    offered = ", ".join(choices)
    if choice in unavailable:
        raise BadUsage(f"{gate}={choice}: {unavailable[choice]} Offered are: {offered}.")
    near = difflib.get_close_matches(choice, choices, 1)
    hint = f"; did you mean `{near[0]}`?" if near else "."
    raise BadUsage(f"{gate}={choice} is not one of the choices: {offered}{hint}")


def read_answers(path: Path, source_sha256: str) -> tuple[dict[str, str], str | None]:
    """The answers of a file, and the plan they were given for; answers for another source are refused."""
    try:
        document = documents.load(path, "answers")
    except documents.DocumentError as error:
        raise BadUsage(str(error)) from None
    if document["source_sha256"] != source_sha256:
        raise BadUsage(f"{path} answers for another source: its source_sha256 is not that of the scene given.")
    for gate in document["answers"]:
        _check_id(gate, str(path), ())
    return dict(document["answers"]), document["plan_sha256"]


class Gates:
    """The questions of one run and their answers."""

    def __init__(
        self,
        out: Path,
        run_id: str,
        source_sha256: str,
        *,
        approvals: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
        answers_plan: str | None = None,
        prompt: Prompt | None = None,
    ) -> None:
        self.path = out / FILE_NAME
        self._document: dict[str, Any] = {
            "schemaVersion": "1.0",
            "run_id": run_id,
            "source_sha256": source_sha256,
            "plan_sha256": None,
            "gates": [],
        }
        if self.path.exists():
            earlier = documents.load(self.path, "gates")
            if earlier["run_id"] == run_id:
                self._document = earlier
        self._approvals = dict(approvals or {})
        self._answers = dict(answers or {})
        self._answers_plan = answers_plan
        self._prompt = prompt

    @property
    def records(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._document["gates"]
        return records

    def record(self, gate: str) -> dict[str, Any] | None:
        return next((record for record in self.records if record["id"] == gate), None)

    @property
    def given(self) -> dict[str, str]:
        """Every answer given so far, asked for or not: flags win over the file, the file over earlier calls."""
        earlier = {record["id"]: record["answer"] for record in self.records if record["answered"]}
        return {**earlier, **self._answers, **self._approvals}

    @property
    def changed(self) -> list[str]:
        """Questions whose recorded answer is not the one given now."""
        now = {**self._answers, **self._approvals}
        return [record["id"] for record in self.records if now.get(record["id"], record["answer"]) != record["answer"]]

    def bind_plan(self, plan_sha256: str) -> None:
        """From here on questions are about this plan, and answers for another one are refused."""
        if self._answers and self._answers_plan not in (None, plan_sha256):
            raise BadUsage("The answers file answers for another plan: look at the new plan and answer again.")
        self._document["plan_sha256"] = plan_sha256
        if self.records:
            documents.write(self.path, "gates", self._document)

    def ask(self, question: Question) -> str | None:
        """The answer, or None when nobody gave one; either way the question is on record."""
        answer, source = self._find_answer(question)
        self._put(question, answer, source)
        return answer

    def withdraw(self, gate: str) -> None:
        """A question that no longer comes up leaves the record."""
        self._document["gates"] = [record for record in self.records if record["id"] != gate]

    def _find_answer(self, question: Question) -> tuple[str | None, str | None]:
        for source, answers in (("flag", self._approvals), ("answers_file", self._answers)):
            if question.id in answers:
                choices = [option.choice for option in question.options]
                check_choice(question.id, answers[question.id], choices, question.unavailable)
                return answers[question.id], source
        earlier = self.record(question.id)
        if earlier and earlier["answered"]:
            return earlier["answer"], earlier["answer_source"]
        if self._prompt is None:
            return None, None
        self._put(question, None, None)
        answer = self._prompt(question)
        return (answer, "prompt") if answer is not None else (None, None)

    def _put(self, question: Question, answer: str | None, source: str | None) -> None:
        record = {
            "id": question.id,
            "code": question.code,
            "question": question.text,
            "options": [{"choice": option.choice, "effect": option.effect} for option in question.options],
            "default_option": question.default_option,
            "skip_option": question.skip_option,
            "evidence": dict(question.evidence),
            "how_to_answer": question.how_to_answer,
            "answered": answer is not None,
            "answer": answer,
            "answer_source": source,
            "at": documents.timestamp() if answer is not None else None,
        }
        earlier = self.record(question.id)
        if earlier is None:
            self.records.append(record)
        else:
            if earlier["answer"] == answer and earlier["answer_source"] == source:
                record["at"] = earlier["at"]
            earlier.clear()
            earlier.update(record)
        documents.write(self.path, "gates", self._document)
