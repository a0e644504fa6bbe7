# SPDX-License-Identifier: Apache-2.0
"""How far a run has come, on disk after every milestone: what is done is not done again.

A milestone is reused when its files still have the hashes it left them with.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.options import RunOptions
from usdtune.workflow.pictures import pictures_in
from usdtune.workflow.stops import BadUsage, Failed

MILESTONES: tuple[str, ...] = documents.vocabulary("milestone")
FILE_NAME = documents.FILE_NAMES["run_state"][0]
PLANNED = "so-interpret-validators"
"""The milestone that makes the chain: what was taken back from an earlier one does not count any more."""
PICTURES = "proof"
"""Folder of the pictures that a proof tells of."""
WITHDRAWN = "withdrawn"
"""Folder of a result that was proven right and measured worse, until somebody decides."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> dict[str, Any]:
    """What tells whether a file is still the one that was read."""
    status = path.stat()
    return {
        "path": str(path),
        "size_bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "sha256": sha256_of(path),
    }


class RunState:
    """`run_state.json` of one output folder."""

    def __init__(self, out: Path, document: dict[str, Any]) -> None:
        self.out = out
        self.document = document

    @classmethod
    def begin(cls, source: Path, out: Path, options: RunOptions) -> RunState:
        record = file_record(source)
        now = documents.timestamp()
        pending: dict[str, Any] = {"state": "pending", "started": None, "ended": None, "artifacts": []}
        document = {
            "schemaVersion": "1.0",
            "run_id": uuid.uuid4().hex,
            "entry": "omniverse-usd-performance-tuning",
            "asset_name": source.stem,
            "input_path": str(source),
            "output_dir": str(out),
            "status": "running",
            "workflow_mode": "full",
            "iteration": 1,
            "started": now,
            "updated": now,
            "source_sha256": record["sha256"],
            "source_files": [record],
            "options_sha256": options.sha256(),
            "options": options.deciding(),
            "milestones": [{"label": label, **pending, "artifacts": []} for label in MILESTONES],
            "inserted": [],
            "stop": None,
        }
        state = cls(out, document)
        state.save()
        return state

    @classmethod
    def open(cls, source: Path, out: Path, options: RunOptions, *, overwrite: bool = False) -> RunState:
        """The run of this folder, begun or continued; a folder that holds another run is refused."""
        out.mkdir(parents=True, exist_ok=True)
        path = out / FILE_NAME
        if overwrite:
            for file in left_here(out, source):
                file.unlink()
            return cls.begin(source, out, options)
        if not path.exists():
            foreign = [name for name in own_names(source) if (out / name).exists()]
            if foreign:
                raise BadUsage(
                    f"{out} already holds {foreign[0]}, which no run here has written; "
                    "choose another folder, or say --overwrite."
                )
            return cls.begin(source, out, options)
        state = cls(out, documents.load(path, "run_state"))
        difference = state._difference(source, options)
        if difference:
            raise BadUsage(f"{out} holds another run ({difference}); choose another folder, or say --overwrite.")
        state.document["status"] = "running"
        state.document["stop"] = None
        return state

    @classmethod
    def source_of(cls, out: Path) -> Path:
        """The scene that the run in this folder is about."""
        path = out / FILE_NAME
        if not path.exists():
            raise BadUsage(f"{out} holds no run yet: name the scene as well.")
        return Path(documents.load(path, "run_state")["input_path"])

    def _difference(self, source: Path, options: RunOptions) -> str:
        if self.document["input_path"] != str(source):
            return f"of {self.document['input_path']}"
        if self.document["options_sha256"] != options.sha256():
            return "with other options"
        for record in self.document["source_files"]:
            path = Path(record["path"])
            if not path.exists():
                return f"of a scene that still had {path.name}"
            if not _is_unchanged(path, record):
                return f"of an earlier {path.name}"
        return ""

    def with_lost_files(self) -> list[str]:
        """Milestones whose files are gone or no longer what they left."""
        return [label for label in MILESTONES if self.is_settled(label) and not self._has_its_files(label)]

    def _has_its_files(self, label: str) -> bool:
        for artifact in self.milestone(label)["artifacts"]:
            path = self.standing_place(Path(artifact["path"]))
            if not path.exists() or ("sha256" in artifact and sha256_of(path) != artifact["sha256"]):
                return False
        return True

    def standing_place(self, path: Path) -> Path:
        """Where a file of this run is: at its place, or kept back until its owner decides."""
        if path.exists() or self.out not in path.parents:
            return path
        kept_back = self.out / WITHDRAWN / path.relative_to(self.out)
        return kept_back if kept_back.exists() else path

    @property
    def run_id(self) -> str:
        return str(self.document["run_id"])

    @property
    def source_sha256(self) -> str:
        return str(self.document["source_sha256"])

    def milestone(self, label: str) -> dict[str, Any]:
        record: dict[str, Any] = self.document["milestones"][MILESTONES.index(label)]
        return record

    def is_settled(self, label: str) -> bool:
        return self.milestone(label)["state"] in ("done", "skipped")

    def forget(self, labels: Iterable[str]) -> None:
        """These milestones are to be reached again."""
        for label in labels:
            record = self.milestone(label)
            record.update(state="pending", started=None, ended=None, artifacts=[])
            record.pop("reason", None)
            if label == PLANNED:
                self.document.pop("taken_back", None)

    @property
    def taken_back(self) -> list[dict[str, Any]]:
        """Steps of the plan whose result measured worse: the chain runs without them."""
        return list(self.document.get("taken_back", []))

    def take_back(self, steps: Iterable[Mapping[str, Any]]) -> None:
        self.document["taken_back"] = [dict(step) for step in steps]

    def start(self, label: str) -> None:
        self.milestone(label).update(state="running", started=documents.timestamp(), ended=None, artifacts=[])
        self.milestone(label).pop("reason", None)
        self.save()

    def finish(self, label: str, artifacts: Iterable[Path] = (), *, skipped: str = "") -> None:
        record = self.milestone(label)
        now = documents.timestamp()
        record.update(state="skipped" if skipped else "done", started=record["started"] or now, ended=now)
        record["artifacts"] = [
            {"path": str(path), "sha256": sha256_of(path), "size_bytes": path.stat().st_size} for path in artifacts
        ]
        if skipped:
            record["reason"] = skipped
        self.save()

    def break_off(self, label: str, state: str, reason: str, status: str, stop: Mapping[str, Any] | None) -> None:
        record = self.milestone(label)
        record.update(state=state, ended=documents.timestamp(), reason=reason)
        self.document.update(status=status, stop=dict(stop) if stop is not None else None)
        self.save()

    def complete(self, workflow_mode: str) -> None:
        self.document.update(status="done", workflow_mode=workflow_mode)
        self.save()

    def add_source_files(self, paths: Iterable[Path]) -> None:
        """Every further file the scene uses; the root layer stays first."""
        root = self.document["source_files"][0]
        others = [file_record(path) for path in sorted(set(paths)) if str(path) != root["path"] and path.exists()]
        self.document["source_files"] = [root, *others]
        self.save()

    def check_sources(self) -> None:
        """Raises when a source file is no longer what was read."""
        for record in self.document["source_files"]:
            path = Path(record["path"])
            if not path.exists() or not _is_unchanged(path, record):
                raise Failed(f"{path} changed while the run was reading it; start again once it is finished.")

    def save(self) -> None:
        self.document["updated"] = documents.timestamp()
        documents.write(self.out / FILE_NAME, "run_state", self.document)


def _is_unchanged(path: Path, record: Mapping[str, Any]) -> bool:
    status = path.stat()
    if status.st_size != record["size_bytes"]:
        return False
    return bool(status.st_mtime_ns == record["mtime_ns"] or sha256_of(path) == record["sha256"])


def result_name(source: Path) -> str:
    """The tuned scene's file name: always a crate file, whatever the input was."""
    return f"{source.stem}.optimized.usdc"


def own_names(source: Path) -> list[str]:
    """Every file a run writes under a fixed name, relative to its folder."""
    names = [name for group in documents.FILE_NAMES.values() for name in group if "{" not in name]
    names.remove("diff.json")
    report = f"{source.stem}_optimization_report"
    return [*names, result_name(source), *(f"{report}.{kind}" for kind in ("json", "md", "html"))]


def left_here(out: Path, source: Path) -> list[Path]:
    """What an earlier run left in its folder, and nothing else."""
    path = out / FILE_NAME
    doomed = [*(out / name for name in own_names(source)), *pictures_in(out / PICTURES)]
    if path.exists():
        try:
            earlier = documents.load(path, "run_state")
        except documents.DocumentError:
            earlier = {"milestones": [], "source_files": []}
        doomed += [Path(a["path"]) for milestone in earlier["milestones"] for a in milestone["artifacts"]]
    sources = {source.resolve()}
    folder = out.resolve()
    return [
        file
        for file in dict.fromkeys(doomed)
        if file.is_file() and folder in file.resolve().parents and file.resolve() not in sources
    ]
