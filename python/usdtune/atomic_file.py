# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all: written beside their place, then renamed over it."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path
from typing import Final

_DRAFT_NAME: Final = re.compile(r"\..+\.[0-9]+\.[0-9a-f]{32}\.tmp")


def write_text(path: Path, text: str) -> None:
    """Puts a text at `path` in one step: a reader sees the old file or the new one.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "page.md", "all of it")
    ...     [path.name for path in Path(folder).iterdir()]
    ['page.md']
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """The same for bytes."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}.tmp")  # no other writer has this name
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not tell where
        raise
    finally:
        draft.unlink(missing_ok=True)


def clear_drafts(folder: Path) -> None:
    """Takes away what writers that were killed have left in a folder; nobody else may be writing there."""
    for draft in folder.glob(".*.tmp"):
        if _DRAFT_NAME.fullmatch(draft.name):
            draft.unlink(missing_ok=True)
