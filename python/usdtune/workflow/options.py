# SPDX-License-Identifier: Apache-2.0
"""What a caller may say about a run, and what of it a resumed run must agree on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from usdtune.workflow.stops import BadUsage, Blocked


@dataclass(frozen=True)
class StageView:
    """How the stage is opened: all of it, unless said otherwise.

    >>> StageView.from_texts(mask=["/Plant"], variants=["/Plant{size}=large"]).variants
    {'/Plant': {'size': 'large'}}
    """

    mask: tuple[str, ...] = ()
    unloaded: bool = False
    variants: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def from_texts(
        cls, mask: list[str] | None = None, unloaded: bool = False, variants: list[str] | None = None
    ) -> StageView:
        chosen: dict[str, dict[str, str]] = {}
        for text in variants or []:
            prim, brace, rest = text.partition("{")
            name, closing, selection = rest.partition("}")
            if not (prim.startswith("/") and brace and closing and name and selection.startswith("=")):
                raise BadUsage(f"--variant {text}: expected /Prim{{set}}=selection.")
            chosen.setdefault(prim, {})[name] = selection[1:]
        for path in mask or []:
            if not path.startswith("/"):
                raise BadUsage(f"--mask {path}: expected an absolute prim path, such as /Plant/Hall.")
        return cls(mask=tuple(mask or ()), unloaded=unloaded, variants=chosen)

    @property
    def is_whole(self) -> bool:
        return not (self.mask or self.unloaded or self.variants)

    def to_json(self) -> dict[str, Any]:
        return {"mask": list(self.mask), "unloaded": self.unloaded, "variants": self.variants}


@dataclass(frozen=True)
class RunOptions:
    """What decides the result of a run besides its source and the answers at its gates."""

    view: StageView = field(default_factory=StageView)
    keep_paths: bool = False
    threads: int = 0
    """0 uses every core; the result is the same at any number."""
    pictures: bool = True
    """Whether the proof measures how far surfaces moved and takes pictures."""

    def deciding(self) -> dict[str, Any]:
        """The part that a resumed run has to share: not threads, and not how closely it is looked at."""
        said = asdict(self)
        del said["threads"], said["pictures"]
        said["view"] = self.view.to_json()
        return said

    def sha256(self) -> str:
        import hashlib

        return hashlib.sha256(json.dumps(self.deciding(), sort_keys=True).encode()).hexdigest()


def local_source(text: str | Path) -> Path:
    """The scene's absolute path; remote ones need somebody to log in, which this version cannot."""
    if "://" in str(text):
        raise Blocked(
            f"{text} is remote, and this version opens local files only: copy the scene or name its mounted mirror.",
            code="blocked_auth",
        )
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise Blocked(f"{path}: there is no such file.", code="blocked_stage_open")
    if path.is_dir():
        raise Blocked(f"{path}: a USD file was expected, and this is a folder.", code="blocked_stage_open")
    if not os.access(path, os.R_OK):
        raise Blocked(f"{path}: the file may not be read (Permission denied).", code="blocked_stage_open")
    if reason := why_unnameable(path):
        raise Blocked(f"{path}: {reason}: rename it.", code="blocked_stage_open")
    return path


def why_unnameable(path: Path) -> str:
    """Why OpenUSD cannot name a file at this path; empty when it can.

    >>> why_unnameable(Path("plant.usda")), why_unnameable(Path("a:SDF_FORMAT_ARGS:b.usda"))
    ('', 'OpenUSD takes what follows `:SDF_FORMAT_ARGS:` in a path for arguments')
    """
    text = str(path)
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        return "no asset path of OpenUSD may hold a control character, and this path does"
    if ":SDF_FORMAT_ARGS:" in text:
        return "OpenUSD takes what follows `:SDF_FORMAT_ARGS:` in a path for arguments"
    return ""


def check_place_of_result(text: str, place: Path) -> None:
    """Refuses a place at which no asset path could lead from the result to what it uses."""
    reason = why_unnameable(place)
    if not reason and "\\" in str(place):
        reason = "OpenUSD takes a backslash in a path for a slash"
    if reason:
        raise BadUsage(f"-o {text}: {reason}: choose another name.")
