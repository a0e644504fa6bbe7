# SPDX-License-Identifier: Apache-2.0
"""The inside of a worker process: takes jobs from stdin, answers on what was stdout, dies with its parent."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from typing import Any

from usdtune.workflow.stops import Failed, Stop

_PR_SET_PDEATHSIG = 1


def serve(parent: int) -> None:
    """Works until stdin ends. What libraries print to stdout goes to stderr: answers have a channel of their own."""
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    answers = os.dup(1)
    os.dup2(2, 1)
    # A forked child has its parent's objects, which may lead elsewhere.
    sys.stdout = sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115

    def send(message: dict[str, Any]) -> None:
        data = memoryview((json.dumps(message) + "\n").encode())
        while data:
            data = data[os.write(answers, data) :]

    def tell_progress(message: str, done: int = 0, total: int = 0) -> None:
        send({"progress": [message, done, total]})

    # fd 0 as a file of our own: a forked child still has the parent's sys.stdin object.
    with os.fdopen(os.dup(0), "rb") as lines:
        session: Any = None
        for line in lines:
            try:
                if session is None:
                    from usdtune.workflow.jobs import Session

                    session = Session(tell_progress)
                request = json.loads(line)
                send({"answer": session.do(request["job"], request["arguments"])})
            except Stop as stop:
                send({"problem": _problem(stop)})
            except MemoryError:
                send({"problem": _problem(Failed("Memory ran out."))})
            except Exception as error:  # noqa: BLE001 - a worker answers, whatever happens
                traceback.print_exc()
                send({"problem": _problem(Failed(_sentence(error)))})


def _problem(stop: Stop) -> dict[str, Any]:
    return {
        "kind": type(stop).__name__,
        "sentence": stop.sentence,
        "code": stop.code,
        "alternatives": stop.alternatives,
    }


def _sentence(error: Exception) -> str:
    """The core and the bridge speak in whole sentences, the system in codes; anything else is ours to be ashamed of.

    >>> _sentence(PermissionError(13, "Permission denied", "plant.usdc"))
    'plant.usdc: Permission denied.'
    """
    text = str(error).strip()
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename2 or error.filename or 'A file'}: {error.strerror}."
    if type(error).__name__ == "ErrorException":  # OpenUSD's, with its place in a source file that nobody has
        from usdtune.bridge.stage_options import first_reason

        return first_reason(error)
    if text and type(error).__name__ in ("ValueError", "RuntimeError", "OSError", "CoreError", "AuthorError"):
        return text.splitlines()[0]
    return f"Unexpected {type(error).__name__}: {text.splitlines()[0] if text else 'no message'}"


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
