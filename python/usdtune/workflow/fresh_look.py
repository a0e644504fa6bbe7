# SPDX-License-Identifier: Apache-2.0
"""Fresh processes that look at a result beside its source, while it is still being written.

One reads both scenes and compares what is drawn and what is written down. The other asks those who share no code with
that reading: the second witness and OpenUSD's own validators. They work at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from usdtune.workflow.supervise import Worker

Json = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What was found, as the jobs of a session answer it. `shown`: how far surfaces moved, and the pictures, where
    these were asked for and the comparison found no difference."""

    relations: dict[str, Json]
    variants: Json
    witness: Json
    validation: Json
    shown: Json | None


class FreshLook:
    """Both processes; the first begins with the source as soon as it is made."""

    def __init__(self, new_worker: Callable[[str], Worker], source: Path, view: Json, name: str) -> None:
        self.source, self.view = str(source), view
        self.reader = new_worker(f"Verifying {name}")
        self._opened = self.reader.start("open", source=self.source, view=view)
        self._facts: Json = {}
        self.witness = new_worker(f"Asking others about {name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.reader.close()
        self.witness.close()

    def look(
        self, staged_root: Path, pathmap: Path, tolerance: float, threads: int, pictures: Path | None = None
    ) -> Seen:
        """Everything there is to find; `tolerance` in stage units. With a folder for `pictures` both scenes are shown
        while the others are still being asked."""
        result = str(staged_root)
        both = {"source": self.source, "result": result}
        asked = self.witness.start("ask_others", **both, pathmap=str(pathmap), tolerance=tolerance)
        self._wait_for_source()
        self.reader.call("open_other", source=result, view=self.view)
        self.reader.call("follow", pathmap=str(pathmap))
        relations = {
            relation: self.reader.call("diff", relation=relation, tolerance=tolerance, threads=threads)
            for relation in ("rendered", "authored")
        }
        variants = self.reader.call("variants", **both, view=self.view, tolerance=tolerance, threads=threads)
        shown = None
        if pictures and not variants["differences"] and all(diff["same"] for diff in relations.values()):
            shown = self.reader.call("show", folder=str(pictures), tolerance=tolerance, threads=threads)
        others = asked()
        return Seen(relations, variants, others["witness"], others["validation"], shown)

    @property
    def meters_per_unit(self) -> float:
        """The length of a stage unit of the source, in metres."""
        return float(self._wait_for_source()["meters_per_unit"])

    def _wait_for_source(self) -> Json:
        self._facts = self._facts or self._opened()
        return self._facts

    def keep_result(self) -> None:
        """From then on `reader` works on the result alone."""
        self.reader.call("keep_other")
