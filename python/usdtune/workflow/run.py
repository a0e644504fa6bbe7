# SPDX-License-Identifier: Apache-2.0
"""What every phase of one run shares: where things are, who works, what was answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.fresh_look import FreshLook
from usdtune.workflow.gates import Gates
from usdtune.workflow.options import RunOptions
from usdtune.workflow.run_state import RunState, result_name
from usdtune.workflow.stops import BadUsage
from usdtune.workflow.supervise import Child, Progress, Worker, no_progress

SCHEMA_VERSION = "1.0"

WorkerFactory = Callable[[str, Progress], Worker]


def start_child(title: str, progress: Progress) -> Worker:
    return Child(title, progress=progress)


@dataclass
class Run:
    """One scene, one output folder, one state; phases read and write documents through it."""

    source: Path
    out: Path
    options: RunOptions
    state: RunState
    gates: Gates
    progress: Progress = no_progress
    new_worker: WorkerFactory = start_child
    dry: bool = False
    """Nothing is authored; questions are reported instead of asked."""
    notes: list[str] = field(default_factory=list)
    """What a person should know and no document has a place for; it ends in the report."""
    open_secs: float | None = None
    """How long the source worker took to read the scene, once it has."""
    _workers: list[Worker] = field(default_factory=list)
    _source_worker: Worker | None = None
    _result_worker: Worker | None = None
    _witness: Worker | None = None
    _facts: dict[str, Any] = field(default_factory=dict)

    # --- Documents --------------------------------------------------------------------------------------------

    def path(self, name: str, which: int = 0) -> Path:
        """Where a document of this run lies."""
        return self.out / documents.FILE_NAMES[name][which].format(
            asset_name=self.source.stem, result_stem=self.result_path.stem, stem=self.source.stem, hash12=self.hash12
        )

    @property
    def hash12(self) -> str:
        import hashlib

        return hashlib.sha1(str(self.source).encode(), usedforsecurity=False).hexdigest()[:12]

    @property
    def result_path(self) -> Path:
        return self.out / result_name(self.source)

    def write(self, name: str, document: Any, which: int = 0) -> Path:
        path = self.path(name, which)
        path.parent.mkdir(parents=True, exist_ok=True)
        documents.write(path, name, document)
        return path

    def read(self, name: str, which: int = 0) -> Any:
        """A document of an earlier phase; one that is missing or broken is said in a sentence."""
        try:
            return documents.load(self.path(name, which), name)
        except documents.DocumentError as error:
            raise BadUsage(str(error)) from None

    def has(self, name: str, which: int = 0) -> bool:
        return self.path(name, which).exists()

    # --- Workers ----------------------------------------------------------------------------------------------

    def start_worker(self, title: str) -> Worker:
        """A worker of this run's own; what it says on stderr is kept when something goes wrong."""
        worker = self.new_worker(title, self.progress)
        self._workers.append(worker)
        return worker

    def save_logs(self) -> list[Path]:
        """What the workers have said on stderr, by their order."""
        saved: list[Path] = []
        for number, worker in enumerate(self._workers, 1):
            record = worker.save_stderr(self.out / "logs", f"worker-{number}")
            saved += [Path(record[part]) for part in ("head", "tail") if record[part]]
        return saved

    def source_worker(self) -> Worker:
        """The worker that has read the scene; it is started when first needed and reads only once."""
        if self._source_worker is None:
            worker = self.start_worker(f"Reading {self.source.name}")
            self._source_worker = worker
            start = time.perf_counter()
            self._facts = worker.call("open", source=str(self.source), view=self.options.view.to_json())
            self.open_secs = round(time.perf_counter() - start, 3)
            self.state.add_source_files(Path(path) for path in self._facts["used_layers"])
        return self._source_worker

    def source_facts(self) -> dict[str, Any]:
        """Files, bytes and counts of the scene, as its extraction saw them."""
        self.source_worker()
        return self._facts

    def release_source(self) -> None:
        if self._source_worker is not None:
            self._source_worker.close()
            self._source_worker = None

    def result_worker(self, result: Path) -> Worker:
        """The fresh process that has read the result; verification and re-validation share it."""
        if self._result_worker is None:
            worker = self.start_worker(f"Reading {result.name}")
            self._result_worker = worker
            worker.call("open", source=str(result), view=self.options.view.to_json())
        return self._result_worker

    def look_freshly(self) -> FreshLook:
        """Fresh processes for the proof; the one that reads the result is then there for its re-validation."""
        self.release_result()
        fresh = FreshLook(self.start_worker, self.source, self.options.view.to_json(), self.result_path.name)
        self._result_worker, self._witness = fresh.reader, fresh.witness
        return fresh

    def release_result(self) -> None:
        if self._result_worker is not None:
            self._result_worker.close()
            self._result_worker = None
        if self._witness is not None:
            self._witness.close()
            self._witness = None

    def close(self) -> None:
        self.release_source()
        self.release_result()
