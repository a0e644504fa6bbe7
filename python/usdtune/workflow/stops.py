# SPDX-License-Identifier: Apache-2.0
"""Ways a run ends before its end, each with its exit code and one sentence.

>>> raise Blocked("The stage does not open.", code="blocked_stage_open")
Traceback (most recent call last):
...
usdtune.workflow.stops.Blocked: The stage does not open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Stop(Exception):
    """A reason to stop that a person can act on: never a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        gate: Mapping[str, Any] | None = None,
        alternatives: Sequence[str] = (),
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.gate = dict(gate) if gate is not None else None
        self.alternatives = list(alternatives)


class Failed(Stop):
    """Something went wrong that is neither the caller's usage nor a known block."""

    exit_code = 1


class BadUsage(Stop):
    """The request or a configuration cannot be meant: nothing was opened."""

    exit_code = 2


class AtGate(Stop):
    """A question is open that only the owner of the scene can answer."""

    exit_code = 3


class Blocked(Stop):
    """The work cannot be done here and now; `code` says which of the known blocks it is."""

    exit_code = 4


class Refused(Stop):
    """The result was written, read again and did not keep its promise, so it is not delivered."""

    exit_code = 5


class FindingsAtLevel(Stop):
    """A rule found something at or above the level that `--fail-on` names."""

    exit_code = 6


class NothingToDo(Stop):
    """There was nothing to do, and `--fail-on-noop` asked to hear of it."""

    exit_code = 7


KINDS: dict[str, type[Stop]] = {
    kind.__name__: kind for kind in (Failed, BadUsage, AtGate, Blocked, Refused, FindingsAtLevel, NothingToDo)
}
"""By name, as they cross from a worker process."""
