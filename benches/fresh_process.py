# SPDX-License-Identifier: Apache-2.0
"""One command in a fresh process, with its wall time, its CPU time and its peak memory.

    >>> run_fresh([sys.executable, "-c", "print('{}')"], timeout_seconds=60).report
    {}

On a machine that others use, CPU time is the fairer figure: waiting for a core is not in it. It counts all threads,
so it says nothing about how well they ran side by side.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Wall time from start to exit, CPU time of all its processes, and the peak of the largest of them."""

    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    report: dict | None = None


class RunError(Exception):
    """A process ended with an error; the message is its exit code and its last words."""


def run_fresh(command: Sequence[str], timeout_seconds: float) -> Run:
    """Runs `command` and waits for it with `wait4`, whose peak covers waited-for children too.

    This process imports neither `pxr` nor `numpy`: on Linux a child starts with the peak of the
    process that started it, so the one that measures has to stay small.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        status, usage = wait_for(process, begin + timeout_seconds)
        seconds = time.perf_counter() - begin
        stdout.seek(0)
        stderr.seek(0)
        if status != 0:
            words = (stderr.read() or stdout.read()).decode(errors="replace").strip()
            raise RunError(f"exit {status}: {words[-300:] or 'no message'}")
        text = stdout.read().decode(errors="replace")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, last_document(text))


def wait_for(process: subprocess.Popen, deadline: float):
    """Waits for `process` until `deadline`; returns its exit status and its resource usage."""
    while True:
        pid, wait_status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(wait_status)
            return process.returncode, usage
        if time.perf_counter() > deadline:
            process.kill()
            os.wait4(process.pid, 0)
            process.returncode = -9
            raise RunError("it ran past the time limit")
        time.sleep(0.002)


def last_document(text: str) -> dict | None:
    """The JSON object on the last line of `text`, if there is one."""
    lines = text.strip().splitlines()
    try:
        document = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None
