# SPDX-License-Identifier: Apache-2.0
"""How a result comes to its final names: staged, verified, renamed, and marked complete by a commit file.

A commit record is written into the staging folder before the first rename. A run that is killed earlier leaves only
a staging folder, which `recover` takes away; one that is killed later is finished by `recover`. At no moment does a
half-written file stand under a final name.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from usdtune import __version__
from usdtune.atomic_file import write_text

RECORD = "commit.json"
OWNER = "owner.json"
SCHEMA_VERSION = "1.0.0"


@dataclass(frozen=True)
class Delivery:
    """A written result that waits for its verification. `files` are relative, root layer first."""

    source: Path
    out_dir: Path
    staging: Path
    files: tuple[str, ...]
    run_id: str

    @property
    def root(self) -> Path:
        """The staged root layer: what has to be verified."""
        return self.staging / self.files[0]

    @property
    def commit_name(self) -> str:
        return f"{Path(self.files[0]).stem}.commit.json"

    def final(self, file: str) -> Path:
        return self.out_dir / file


@dataclass(frozen=True)
class Recovery:
    """What `recover` did: staging folders taken away, and commit files of deliveries that it finished."""

    cleared: list[Path] = field(default_factory=list)
    finished: list[Path] = field(default_factory=list)


def staging_prefix(out_dir: Path) -> str:
    return f".{out_dir.name}.staging-"


def open_staging(out_dir: Path) -> tuple[Path, bool]:
    """A new staging folder and whether relative paths hold there.

    It stands beside the output folder, so that a relative path means the same before and after the rename. Where the
    output folder is a file system of its own, or nothing may be written beside it, it stands inside.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex[:12]
    beside = out_dir.parent / f"{staging_prefix(out_dir)}{name}"
    inside = out_dir / f".staging-{name}"
    same_device = out_dir.parent.stat().st_dev == out_dir.stat().st_dev
    same_depth = same_device and os.access(out_dir.parent, os.W_OK)
    staging = beside if same_depth else inside
    staging.mkdir()
    try:
        (staging / OWNER).write_text(json.dumps({"pid": os.getpid(), "started": process_start(os.getpid())}))
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return staging, same_depth


def link_neighbours(staging: Path, out_dir: Path) -> None:
    """Lets what is staged see what it will lie beside, such as the textures of a scene that is tuned into its own
    folder. Without links the verification does not find them, and refuses."""
    for neighbour in out_dir.iterdir():
        place = staging / neighbour.name
        if neighbour.name not in (RECORD, OWNER, staging.name) and not place.exists():
            with suppress(OSError):  # a file system without links
                place.symlink_to(neighbour)


def deliver(delivery: Delivery, verification: dict[str, Any] | None = None, *, run_id: str | None = None) -> Path:
    """Renames the staged files to their final names; the commit file comes last and is returned.

    `verification` is the accepted verification as the commit document holds it (path, sha256, accepted).
    """
    files = []
    for file in delivery.files:
        staged = delivery.staging / file
        flush(staged)
        files.append({"path": file, "size_bytes": staged.stat().st_size, "sha256": sha256(staged)})
    record: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "run_id": run_id or delivery.run_id,
        "committed_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "usdtune_version": __version__,
        "source": {"path": str(delivery.source), "sha256": sha256(delivery.source)},
        "root_layer": delivery.files[0],
        "files": files,
        "replaced": [file for file in delivery.files if delivery.final(file).exists()],
    }
    if verification is not None:
        record["verification"] = verification
    write_text(delivery.staging / RECORD, json.dumps(record, indent=2, sort_keys=True) + "\n")
    flush(delivery.staging)
    return finish(delivery.staging, delivery.out_dir)


def finish(staging: Path, out_dir: Path) -> Path:
    """Does the renames that a commit record names; those already done are skipped."""
    record = json.loads((staging / RECORD).read_text())
    commit = out_dir / f"{Path(record['root_layer']).stem}.commit.json"
    # From here until the end the folder is not complete, and says so by having no commit file.
    commit.unlink(missing_ok=True)
    for entry in record["files"]:
        relative = PurePosixPath(entry["path"])
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"{staging}: the commit record names {relative}, which leaves the output folder.")
        staged, final = staging / relative, out_dir / relative
        if staged.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(final)
            flush(final.parent)
    (staging / RECORD).replace(commit)
    flush(out_dir)
    shutil.rmtree(staging, ignore_errors=True)
    return commit


def recover(out_dir: Path) -> Recovery:
    """Clears what killed runs left behind, and finishes the renames of those that were complete.

    Runs that are still alive are left alone.
    """
    recovery = Recovery()
    places = sorted(out_dir.parent.glob(f"{glob.escape(staging_prefix(out_dir))}*")) + sorted(
        out_dir.glob(".staging-*")
    )
    for staging in places:
        if not staging.is_dir() or is_alive(staging):
            continue
        if is_complete(staging, out_dir):
            recovery.finished.append(finish(staging, out_dir))
        else:
            shutil.rmtree(staging, ignore_errors=True)
            recovery.cleared.append(staging)
    return recovery


def is_complete(staging: Path, out_dir: Path) -> bool:
    """True when a commit record is there and every file it names is whole, here or at its final name."""
    try:
        record = json.loads((staging / RECORD).read_text())
        for entry in record["files"]:
            staged, final = staging / entry["path"], out_dir / entry["path"]
            file = staged if staged.exists() else final
            if file.stat().st_size != entry["size_bytes"] or sha256(file) != entry["sha256"]:
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def discard(delivery: Delivery) -> None:
    """Takes a result away that was refused."""
    shutil.rmtree(delivery.staging, ignore_errors=True)


def is_alive(staging: Path) -> bool:
    """True when the process that made a staging folder still runs."""
    try:
        owner = json.loads((staging / OWNER).read_text())
        return bool(owner["started"]) and process_start(int(owner["pid"])) == owner["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def process_start(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty when none runs. Process ids come back, starts do not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    facts = stat.rpartition(")")[2].split()
    return "" if facts[0] in "ZX" else facts[19]  # a zombie is dead, whether or not somebody buried it


def flush(path: Path) -> None:
    """Makes sure that a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
