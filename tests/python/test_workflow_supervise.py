# SPDX-License-Identifier: Apache-2.0
"""Workers that die, chatter or fail are one sentence to their parent."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from usdtune.workflow import jobs
from usdtune.workflow.stderr_sample import StderrSample
from usdtune.workflow.stops import Blocked, Failed
from usdtune.workflow.supervise import Child


class Troubled:
    """A session whose jobs are ways to get into trouble."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self.tell = tell

    def do(self, job: str, arguments: dict[str, Any]) -> Any:
        return getattr(self, job)(**arguments)

    def echo(self, value: Any) -> Any:
        self.tell("echoing", 1, 2)
        print("libraries print what they like")
        return value

    def open(self) -> None:
        self.signal(signal.SIGSEGV)

    def signal(self, number: int) -> None:
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        os.kill(os.getpid(), number)
        time.sleep(5)

    def leave(self) -> None:
        sys.stderr.write("the licence has expired\n")
        sys.stderr.flush()
        os._exit(3)

    def chatter(self, megabytes: int) -> int:
        for _ in range(megabytes):
            os.write(2, b"x" * (1 << 20))
        return megabytes

    def stumble(self) -> None:
        raise KeyError("nobody knows")

    def explain(self) -> None:
        raise ValueError("/A: 3 points were expected, and there are 2.")

    def exhaust(self) -> None:
        raise MemoryError

    def wait(self, note: str) -> None:
        Path(note).write_text(str(os.getpid()))
        time.sleep(60)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(jobs, "Session", Troubled)
    with Child("Reading plant.usd", fork=True) as worker:
        yield worker


def test_answers_and_progress_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "Session", Troubled)
    heard: list[tuple[str, int, int]] = []
    with Child("Echo", fork=True, progress=lambda *what: heard.append(what)) as worker:
        assert worker.call("echo", value={"ε": [1, None]}) == {"ε": [1, None]}
    assert heard == [("echoing", 1, 2)]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGBUS, "truncated or replaced while it was being read"),
        (signal.SIGKILL, "memory ran out"),
        (signal.SIGSEGV, "crashed in native code (SIGSEGV)"),
        (signal.SIGABRT, "crashed in native code (SIGABRT)"),
    ],
)
def test_death_by_signal_is_a_sentence(child: Child, number: int, words: str) -> None:
    with pytest.raises(Failed) as caught:
        child.call("signal", number=int(number))
    assert words in caught.value.sentence
    assert caught.value.sentence.startswith("Reading plant.usd")


def test_death_while_opening_is_a_block(child: Child) -> None:
    with pytest.raises(Blocked) as caught:
        child.call("open")
    assert caught.value.code == "blocked_stage_open"


def test_last_words_are_told(child: Child) -> None:
    with pytest.raises(Failed, match=r"status 3.*the licence has expired"):
        child.call("leave")


def test_worker_that_is_dead_stays_dead(child: Child) -> None:
    for _ in range(2):
        with pytest.raises(Failed):
            child.call("leave")


def test_chatter_is_sampled_and_does_not_block(child: Child) -> None:
    assert child.call("chatter", megabytes=5) == 5
    child.call("echo", value=1)
    assert len(child.stderr.head) == 1 << 20
    assert len(child.stderr.tail) <= 1 << 20


def test_exceptions_are_sentences_without_a_traceback(child: Child) -> None:
    with pytest.raises(Failed, match=r"^/A: 3 points were expected, and there are 2\.$"):
        child.call("explain")
    with pytest.raises(Failed, match="Unexpected KeyError"):
        child.call("stumble")
    with pytest.raises(Failed, match="Memory ran out"):
        child.call("exhaust")
    assert child.call("echo", value=2) == 2


def test_spawned_worker_is_a_process_of_its_own() -> None:
    with Child("Probing") as worker, pytest.raises(Failed, match="no job named nonsense"):
        worker.call("nonsense")


def test_worker_dies_with_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "Session", Troubled)
    note = tmp_path / "pid"
    parent = os.fork()
    if parent == 0:
        Child("Waiting", fork=True).call("wait", note=str(note))
        os._exit(0)
    deadline = time.monotonic() + 20
    while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = int(note.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    while is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(worker)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_sample_keeps_both_ends(tmp_path: Path) -> None:
    sample = StderrSample(head_limit=10, tail_limit=10)
    for number in range(100):
        sample.add(f"line {number}\n".encode())
    assert sample.head == b"line 0\nlin"
    assert sample.tail == b"8\nline 99\n"
    assert sample.truncated
    record = sample.save(tmp_path, "verify")
    assert record["bytes"] == sample.byte_count
    assert Path(record["tail"]).read_bytes() == sample.tail


def test_silent_worker_leaves_no_log(tmp_path: Path) -> None:
    assert StderrSample().save(tmp_path / "logs", "verify") == {
        "bytes": 0,
        "truncated": False,
        "head": None,
        "tail": None,
    }
    assert not (tmp_path / "logs").exists()
