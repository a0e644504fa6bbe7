# SPDX-License-Identifier: Apache-2.0
"""Worker processes that may die without taking us along.

Whatever reads a stage can be killed by it: `pxr` maps files, and a file truncated meanwhile is a SIGBUS; a plugin can
crash; memory can run out. So that work runs in a child. Jobs go to its stdin as lines of JSON, answers and progress
come back the same way, stderr is sampled, and a death becomes one sentence.

Two ways to start one. A spawned child is a fresh interpreter: its memory and open times are its own, so measurements
and whole runs use it. A forked child shares what the parent has imported and costs a few milliseconds; `usdtune stack`
uses it from a process that has no threads and has not touched `pxr`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from usdtune.workflow.stderr_sample import StderrSample
from usdtune.workflow.stops import KINDS, Blocked, Failed

Progress = Callable[[str, int, int], None]
"""Message, steps done, steps in all (0 when unknown)."""

_OPENING_JOBS = frozenset({"open", "profile"})
_READ_BYTES = 1 << 20


def no_progress(message: str, done: int, total: int) -> None:
    """For callers who do not want to hear."""


class Worker(Protocol):
    """Something that does jobs; tests bring their own."""

    def call(self, job: str, **arguments: Any) -> Any: ...

    def start(self, job: str, **arguments: Any) -> Callable[[], Any]: ...

    def close(self) -> None: ...

    def save_stderr(self, folder: Path, name: str) -> dict[str, Any]: ...


class Child:
    """A supervised worker process; use it as a context, or close it."""

    def __init__(self, title: str, *, fork: bool = False, progress: Progress = no_progress) -> None:
        self.title = title
        self.stderr = StderrSample()
        self._progress = progress
        self._received: list[bytes] = []
        self._exit_status: int | None = None
        self._pid, self._jobs, self._answers, self._errors = _fork() if fork else _spawn()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._answers, selectors.EVENT_READ)
        self._selector.register(self._errors, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, job: str, **arguments: Any) -> Any:
        """The job's answer. What the worker could not do, or its death, is raised as a Stop with one sentence."""
        return self.start(job, **arguments)()

    def start(self, job: str, **arguments: Any) -> Callable[[], Any]:
        """Begins a job; the function that comes back waits for its answer. A worker has one job at a time."""
        line = json.dumps({"job": job, "arguments": arguments}) + "\n"
        try:
            _write_all(self._jobs, line.encode())
        except BrokenPipeError:
            raise self._death(job) from None
        return lambda: self._answer(job)

    def _answer(self, job: str) -> Any:
        while True:
            message = self._next_message()
            if message is None:
                raise self._death(job)
            if "progress" in message:
                self._progress(*message["progress"])
            elif "problem" in message:
                problem = message["problem"]
                raise KINDS[problem["kind"]](
                    problem["sentence"], code=problem["code"], alternatives=problem["alternatives"]
                )
            else:
                return message["answer"]

    def save_stderr(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes what the worker has said on stderr, its two ends, and tells where."""
        self._drain_stderr()
        return self.stderr.save(folder, name)

    def close(self) -> None:
        """Ends the worker now: it has answered everything, or nobody waits for its answer."""
        if self._jobs < 0:
            return
        if self._exit_status is None:
            self._kill()
        self._drain_stderr()
        self._selector.close()
        for descriptor in (self._jobs, self._answers, self._errors):
            if descriptor >= 0:
                os.close(descriptor)
        self._jobs = self._answers = self._errors = -1

    def _kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._wait()

    def _wait(self) -> int:
        if self._exit_status is None:
            _, status = os.waitpid(self._pid, 0)
            self._exit_status = os.waitstatus_to_exitcode(status)
        return self._exit_status

    def _next_message(self) -> dict[str, Any] | None:
        """The next line of the worker, or None when it is dead."""
        while True:
            if self._received and b"\n" in self._received[-1]:  # only what came last can hold the end of a line
                line, _, rest = b"".join(self._received).partition(b"\n")
                self._received = [rest] if rest else []
                message: dict[str, Any] = json.loads(line)
                return message
            for key, _ in self._selector.select():
                chunk = os.read(key.fd, _READ_BYTES)
                if key.fd == self._errors:
                    self.stderr.add(chunk)
                    if not chunk:
                        self._selector.unregister(key.fd)
                elif chunk:
                    self._received.append(chunk)
                else:
                    return None

    def _death(self, job: str) -> Failed | Blocked:
        status = self._wait()
        self._drain_stderr()
        sentence = death_sentence(self.title, status, self.stderr.last_lines(1))
        if job in _OPENING_JOBS:
            return Blocked(sentence, code="blocked_stage_open")
        return Failed(sentence)

    def _drain_stderr(self) -> None:
        if self._errors >= 0 and self._errors in self._selector.get_map():
            os.set_blocking(self._errors, False)
            try:
                while chunk := os.read(self._errors, _READ_BYTES):
                    self.stderr.add(chunk)
            except BlockingIOError:
                pass
            os.set_blocking(self._errors, True)


def death_sentence(title: str, status: int, last_words: list[str]) -> str:
    """What the death of a worker means for a person.

    >>> death_sentence("Reading plant.usdc", -7, [])
    'Reading plant.usdc stopped: a file was truncated or replaced while it was being read.'
    >>> death_sentence("Reading plant.usdc", -9, [])
    'Reading plant.usdc was killed, most likely because memory ran out.'
    """
    if status == -signal.SIGBUS:
        return f"{title} stopped: a file was truncated or replaced while it was being read."
    if status == -signal.SIGKILL:
        return f"{title} was killed, most likely because memory ran out."
    said = f" Its last words: {last_words[-1].strip()[:200]}" if last_words and last_words[-1].strip() else ""
    if status < 0:
        return f"{title} crashed in native code ({signal.Signals(-status).name}).{said}"
    return f"{title} ended early with status {status}.{said}"


def _spawn() -> tuple[int, int, int, int]:
    jobs_end, jobs = os.pipe()
    answers, answers_end = os.pipe()
    errors, errors_end = os.pipe()
    # The child sees the packages we see, whatever put them on our path; never the current folder.
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))
    command = [sys.executable, "-P", "-m", "usdtune.workflow.worker", str(os.getpid())]
    actions = [
        (os.POSIX_SPAWN_DUP2, jobs_end, 0),
        (os.POSIX_SPAWN_DUP2, answers_end, 1),
        (os.POSIX_SPAWN_DUP2, errors_end, 2),
    ]
    try:
        pid = os.posix_spawn(sys.executable, command, environment, file_actions=actions)
    finally:
        for descriptor in (jobs_end, answers_end, errors_end):
            os.close(descriptor)
    return pid, jobs, answers, errors


def _fork() -> tuple[int, int, int, int]:
    jobs_end, jobs = os.pipe()
    answers, answers_end = os.pipe()
    errors, errors_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        for descriptor in (jobs_end, answers_end, errors_end):
            os.close(descriptor)
        return pid, jobs, answers, errors
    try:
        for descriptor in (jobs, answers, errors):
            os.close(descriptor)
        os.dup2(jobs_end, 0)
        os.dup2(answers_end, 1)
        os.dup2(errors_end, 2)
        from usdtune.workflow.worker import serve

        serve(parent)
    finally:
        os._exit(0)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
