# SPDX-License-Identifier: Apache-2.0
"""The flow: which phase comes when, what it needs, and what becomes of a run that stops.

Progress and documents carry the twelve milestone labels of the reference, in its order. A phase that is settled and
whose files are still what it left is not done again; one that is done again takes along what is built on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow import (
    assess,
    compare,
    decide,
    optimize,
    plan,
    preflight,
    profile,
    report,
    validate,
)
from usdtune.workflow.rollback import RunAgain
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.run_state import MILESTONES
from usdtune.workflow.stops import AtGate, Blocked, Failed, Refused, Stop

Outcome = Sequence[Path] | str
"""The files a phase has written, or the reason why there was nothing for it to do."""


def after_result(run: Run) -> Outcome:
    """The second profile and the second validation, by the protocol and the scope note of the first."""
    if not _result_stands(run):
        return "no result was written"
    captured = profile.run_after(run)
    validated = validate.run_after(run)
    run.release_result()
    return [*captured, *validated]


def compare_result(run: Run) -> Outcome:
    return compare.run(run) or "no result was written"


def restructure(_: Run) -> Outcome:
    return "optimize-as-is: nothing is restructured"


def validators(_: Run) -> Outcome:
    return "they ran within usd-validation-runner"


def _result_stands(run: Run) -> bool:
    if compare.is_withdrawn(run):
        compare.republish(run)
    return run.result_path.exists()


@dataclass(frozen=True)
class Phase:
    """A milestone, the function that reaches it, and the milestones it reads from."""

    label: str
    title: str
    run: Callable[[Run], Outcome]
    needs: tuple[str, ...] = ()
    exit_skips: bool = True
    """Left out when the owner chose to stop at the diagnosis."""


PHASES = (
    Phase("omniverse-usd-performance-tuning", "Preflight", preflight.run, exit_skips=False),
    Phase(
        "profile-stage:baseline",
        "Profile",
        profile.run_baseline,
        ("omniverse-usd-performance-tuning",),
        exit_skips=False,
    ),
    Phase("usd-structure-assessment", "Assess", assess.run, ("omniverse-usd-performance-tuning",), exit_skips=False),
    Phase("usd-validation-runner", "Validate", validate.run_baseline, ("usd-structure-assessment",), exit_skips=False),
    Phase("restructure-decision", "Decide", decide.run, ("usd-validation-runner",), exit_skips=False),
    Phase("apply-restructure", "Restructure", restructure, ("restructure-decision",)),
    Phase("so-run-validators", "Run validators", validators, ("usd-validation-runner",)),
    Phase("so-interpret-validators", "Plan", plan.run, ("usd-validation-runner", "restructure-decision")),
    Phase("so-run-operations", "Optimize and verify", optimize.run, ("so-interpret-validators",)),
    Phase("profile-stage:after", "Profile again", after_result, ("so-run-operations", "usd-validation-runner")),
    Phase("compare-profiles", "Compare", compare_result, ("profile-stage:baseline", "profile-stage:after")),
    Phase(
        "optimization-report",
        "Report",
        report.run,
        ("profile-stage:baseline", "compare-profiles", "so-run-operations"),
        exit_skips=False,
    ),
)

BY_LABEL = {phase.label: phase for phase in PHASES}
assert tuple(BY_LABEL) == MILESTONES

COMMANDS = {
    "preflight": "omniverse-usd-performance-tuning",
    "profile": "profile-stage:baseline",
    "assess": "usd-structure-assessment",
    "validate": "usd-validation-runner",
    "decide": "restructure-decision",
    "plan": "so-interpret-validators",
    "optimize": "so-run-operations",
    "compare": "compare-profiles",
    "report": "optimization-report",
}
"""The milestone that each phase's own command reaches."""

Told = Callable[[Phase, str], None]
"""Hears of a phase: `started`, `done`, `reused` or `skipped`."""


def nobody(phase: Phase, event: str) -> None:
    """For callers who do not want to hear."""


def needed_for(label: str) -> list[str]:
    """The milestones that have to be reached before this one, in order, itself last.

    >>> needed_for("usd-structure-assessment")
    ['omniverse-usd-performance-tuning', 'usd-structure-assessment']
    """
    wanted = {label}
    for phase in reversed(PHASES):
        if phase.label in wanted:
            wanted.update(phase.needs)
    return [phase.label for phase in PHASES if phase.label in wanted]


def built_on(label: str) -> list[str]:
    """The milestones that are no longer true when this one is reached anew, itself first.

    >>> built_on("compare-profiles")
    ['compare-profiles', 'optimization-report']
    """
    stale = {label}
    for phase in PHASES:
        if stale.intersection(phase.needs):
            stale.add(phase.label)
    return [phase.label for phase in PHASES if phase.label in stale]


def run_all(run: Run, told: Told = nobody) -> None:
    """Every phase to the report; a dry run takes the shortest way to the plan and measures nothing."""
    _run_phases(run, needed_for("so-interpret-validators") if run.dry else MILESTONES, told)


def run_phase(run: Run, command: str, told: Told = nobody) -> None:
    """One phase anew, with what it needs and has not got yet."""
    label = COMMANDS[command]
    run.state.forget(built_on(label))
    _run_phases(run, needed_for(label), told)


def _run_phases(run: Run, labels: Sequence[str], told: Told) -> None:
    label = labels[0]
    try:
        pending = list(labels)
        while pending:
            label = pending.pop(0)
            try:
                _reach(run, BY_LABEL[label], told)
            except RunAgain:
                again = built_on("so-run-operations")
                run.state.forget(again)
                run.state.save()
                compare.retract(run)
                pending = [label for label in labels if label in again]
        run.state.check_sources()
        if MILESTONES[-1] in labels:
            run.state.complete(workflow_mode(run))
            run.path("stop").unlink(missing_ok=True)
    except Stop as stop:
        record_stop(run, label, stop, _kept_logs(run, stop))
        raise
    except documents.DocumentError as error:
        raise _failed(run, label, str(error)) from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise _failed(run, label, f"{error.strerror or error}{where}") from None
    finally:
        run.close()


def _reach(run: Run, phase: Phase, told: Told) -> None:
    if run.state.is_settled(phase.label):
        told(phase, "reused")
        return
    if phase.exit_skips and decide.wants_exit(run):
        run.state.finish(phase.label, skipped="the owner chose to stop at the diagnosis")
        told(phase, "skipped")
        return
    told(phase, "started")
    run.state.forget(built_on(phase.label))
    run.state.start(phase.label)
    outcome = phase.run(run)
    if isinstance(outcome, str):
        run.state.finish(phase.label, skipped=outcome)
        told(phase, "skipped")
    else:
        run.state.finish(phase.label, outcome)
        told(phase, "done")


def _failed(run: Run, label: str, sentence: str) -> Stop:
    stop = Failed(sentence)
    record_stop(run, label, stop)
    return stop


def workflow_mode(run: Run) -> str:
    return "full" if run.result_path.exists() or compare.is_withdrawn(run) else "no_op"


def _kept_logs(run: Run, stop: Stop) -> list[Path]:
    """A failure nobody foresaw is told in a sentence; what led to it is in the logs of the workers."""
    return run.save_logs() if isinstance(stop, Failed) else []


def record_stop(run: Run, label: str, stop: Stop, logs: Sequence[Path] = ()) -> None:
    """Leaves `stop.json` and the state behind, so that a person and a machine can both go on from here."""
    document: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "exit_code": stop.exit_code,
        "exit_class": _exit_class(stop),
        "code": stop.code if stop.code and stop.code != compare.GATE else None,
        "phase": label,
        "message": stop.sentence,
        "gate": stop.gate,
        "alternatives": stop.alternatives,
        "artifacts": [
            {"path": str(path)} for path in [run.gates.path, run.path(decide.PENDING), *logs] if path.exists()
        ],
        "at": documents.timestamp(),
    }
    run.write("stop", document)
    state = "blocked" if isinstance(stop, Blocked | AtGate) else "failed"
    status = {AtGate: "stopped_at_gate", Blocked: "blocked", Refused: "refused"}.get(type(stop), "failed")
    run.state.break_off(label, state, stop.sentence, status, document)


def _exit_class(stop: Stop) -> int | None:
    try:
        return documents.exit_class(stop.code) if stop.code else None
    except KeyError:
        return None
