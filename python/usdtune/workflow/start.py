# SPDX-License-Identifier: Apache-2.0
"""Opens a run over an output folder: a new one, or the unfinished one of the same inputs."""

from __future__ import annotations

import difflib
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from usdtune.atomic_file import clear_drafts
from usdtune.bridge.author_delivery import recover
from usdtune.workflow import compare, decide, plan
from usdtune.workflow.flow import built_on
from usdtune.workflow.gates import Gates, Prompt, check_choice, read_answers
from usdtune.workflow.options import RunOptions, StageView, check_place_of_result, local_source
from usdtune.workflow.profile import REPACK_PREFIX
from usdtune.workflow.run import Run, WorkerFactory, start_child
from usdtune.workflow.run_state import PICTURES, RunState, left_here, own_names
from usdtune.workflow.stops import AtGate, BadUsage, Failed
from usdtune.workflow.supervise import Progress, no_progress

_ASKED_AT = {"restructure": "restructure-decision", "publish_regressed": "compare-profiles"}


@dataclass(frozen=True)
class Request:
    """What a caller wants, before anything was looked at."""

    source: str | Path | None
    out: str | Path | None
    options: RunOptions = field(default_factory=RunOptions)
    approvals: Mapping[str, str] = field(default_factory=dict)
    answers: Path | None = None
    prompt: Prompt | None = None
    overwrite: bool = False
    dry: bool = False
    progress: Progress = no_progress
    new_worker: WorkerFactory = start_child


@contextmanager
def opened(request: Request) -> Iterator[Run]:
    """The run of a request, with its folder locked: two processes never work in one."""
    check_answers(request.approvals)
    if request.out is None:
        raise AtGate(
            "A run writes documents and a result, and never into the current folder by itself: say -o OUT.",
            code="blocked_output_path_missing",
            gate=_OUTPUT_GATE,
        )
    out = Path(request.out).expanduser().absolute()
    if out.exists() and not out.is_dir():
        raise BadUsage(f"-o {request.out}: a folder was expected, and this is a file.")
    check_place_of_result(str(request.out), out)
    source = local_source(request.source) if request.source is not None else local_source(RunState.source_of(out))
    if source.parent == out and _is_own_name(source, out):
        raise BadUsage(f"{source} is the result of a run in {out}: name the scene it was made from, or another folder.")
    _make_folder(out)
    with _lock(out):
        _tidy(out, source)
        yield _open(request, source, out)


def _spare_sources(request: Request, source: Path, out: Path) -> None:
    """Refuses to clear a folder whose earlier result the scene uses by now. The scene is read for that only where there
    is such a result."""
    doomed = {file.resolve() for file in left_here(out, source) if file.suffix in _LAYER_SUFFIXES}
    if not doomed:
        return
    worker = request.new_worker(f"Reading {source.name}", request.progress)
    try:
        used = worker.call("open", source=str(source), view=StageView().to_json())["used_layers"]
    finally:
        worker.close()
    for file in used:
        if Path(file).resolve() in doomed:
            raise BadUsage(f"--overwrite would take {file} away, which is a layer of the scene; choose another folder.")


_LAYER_SUFFIXES = (".usdc", ".usd", ".usda")


CHOICES = {decide.GATE: (decide.AS_IS, decide.EXIT), compare.GATE: (compare.PUBLISH, compare.KEEP_BACK)}
DESTRUCTIVE = (plan.APPLY, plan.SKIP)


def check_answers(answers: Mapping[str, str]) -> None:
    """Refuses answers that no question of this version can take, before anything is opened."""
    for gate, choice in answers.items():
        if gate.startswith("destructive:"):
            check_choice(gate, choice, DESTRUCTIVE, {})
        elif gate in CHOICES:
            check_choice(gate, choice, CHOICES[gate], decide.LATER if gate == decide.GATE else {})
        elif gate != _OUTPUT_GATE["id"]:
            near = difflib.get_close_matches(gate, CHOICES, 1)
            hint = (
                f"; did you mean `{near[0]}`?" if near else f"; it asks {', '.join(CHOICES)} and destructive:OPERATION."
            )
            raise BadUsage(f"{gate}={choice}: this version never asks that{hint}")


def _tidy(out: Path, source: Path) -> None:
    """What a killed run left: a delivery is finished or taken away, drafts go."""
    recover(out)
    for folder in {(out / name).parent for name in own_names(source)} | {out / PICTURES}:
        clear_drafts(folder)
    for folder in out.glob(f"{REPACK_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _open(request: Request, source: Path, out: Path) -> Run:
    if request.overwrite:
        _spare_sources(request, source, out)
    try:
        state = RunState.open(source, out, request.options, overwrite=request.overwrite)
    except OSError as error:
        raise Failed(f"{error.filename or out}: {error.strerror}.") from None
    answers, answers_plan = read_answers(request.answers, state.source_sha256) if request.answers else ({}, None)
    gates = Gates(
        out,
        state.run_id,
        state.source_sha256,
        approvals=request.approvals,
        answers=answers,
        answers_plan=answers_plan,
        prompt=request.prompt,
    )
    for label in state.with_lost_files():
        state.forget(built_on(label))
    for gate in gates.changed:
        state.forget(built_on(_ASKED_AT.get(gate, "so-interpret-validators")))
    return Run(
        source=source,
        out=out,
        options=request.options,
        state=state,
        gates=gates,
        progress=request.progress,
        new_worker=request.new_worker,
        dry=request.dry,
    )


_OUTPUT_GATE = {
    "id": "output_path",
    "code": "blocked_output_path_missing",
    "question": "Where may this run write?",
    "options": [{"choice": "-o OUT", "effect": "everything the run writes goes into this folder"}],
    "evidence": {},
    "how_to_answer": "-o OUT",
    "answered": False,
    "answer": None,
    "answer_source": None,
    "at": None,
}


def _is_own_name(source: Path, out: Path) -> bool:
    return source.name.endswith(".optimized.usdc") and (out / f"{source.stem}.commit.json").exists()


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadUsage(f"-o {out}: the folder cannot be made ({error.strerror}).") from None
    if not os.access(out, os.W_OK):
        raise BadUsage(f"-o {out}: nothing can be written there.")


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Held by the process on the folder itself, so that a killed run leaves no lock behind."""
    descriptor = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadUsage(f"Another run is working in {out}; wait for it, or choose another folder.") from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


__all__ = ["Request", "opened"]
