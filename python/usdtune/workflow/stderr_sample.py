# SPDX-License-Identifier: Apache-2.0
"""What a worker says on stderr, kept by its ends: a chatty plugin must not fill the disk.

>>> sample = StderrSample(head_limit=4, tail_limit=3)
>>> sample.add(b"abcdefghij")
>>> sample.head, sample.tail, sample.byte_count
(b'abcd', b'hij', 10)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEPT_BYTES = 1 << 20
SAVED_WHOLE_BYTES = 2 * KEPT_BYTES


@dataclass
class StderrSample:
    """The first and the last megabyte of a stream, and how long it was."""

    head_limit: int = KEPT_BYTES
    tail_limit: int = KEPT_BYTES
    byte_count: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def add(self, chunk: bytes) -> None:
        self.byte_count += len(chunk)
        room = self.head_limit - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:] if room > 0 else chunk
        if len(self._tail) > 2 * self.tail_limit:
            del self._tail[: -self.tail_limit]

    @property
    def head(self) -> bytes:
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        return bytes(self._tail[-self.tail_limit :])

    @property
    def truncated(self) -> bool:
        return self.byte_count > len(self._head) + min(len(self._tail), self.tail_limit)

    def last_lines(self, count: int = 20) -> list[str]:
        text = (self.tail or self.head).decode("utf-8", "replace")
        return text.splitlines()[-count:]

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes `<name>.stderr.head.log` and, where there is more, `.tail.log`; nothing for a silent worker."""
        record: dict[str, Any] = {"bytes": self.byte_count, "truncated": self.truncated, "head": None, "tail": None}
        if not self.byte_count:
            return record
        folder.mkdir(parents=True, exist_ok=True)
        for part, content in (("head", self.head), ("tail", self.tail)):
            if content:
                path = folder / f"{name}.stderr.{part}.log"
                path.write_bytes(content)
                record[part] = str(path)
        return record
