# SPDX-License-Identifier: Apache-2.0
"""How a stage is opened: the options that OpenUSD's own tools have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pxr import Sdf, Tf, Usd

from usdtune.bridge.errors import StageOpenError


@dataclass(frozen=True)
class StageOptions:
    """`mask`: only these prims and what they need; `unloaded`: leave payloads out;
    `variants`: {prim path: {set: selection}} put over the stage in its session layer."""

    mask: tuple[str, ...] = ()
    unloaded: bool = False
    variants: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """True when the stage is opened as it is."""
        return not (self.mask or self.unloaded or self.variants)


def open_stage(source: Path, options: StageOptions | None = None, *, only: Sequence[Sdf.Path] = ()) -> Usd.Stage:
    """Opens a stage, or raises `StageOpenError` with one sentence. `only` names the prims that have to be there, with
    what is above and below them, where not all do.

    Unresolved references do not keep a stage from opening; an unreadable root layer does.
    """
    options = options or StageOptions()
    if not source.exists():
        raise StageOpenError(f"{source}: there is no such file.")
    if source.is_dir():
        raise StageOpenError(f"{source}: a USD file was expected, and this is a folder.")
    load = Usd.Stage.LoadNone if options.unloaded else Usd.Stage.LoadAll
    try:
        root = Sdf.Layer.FindOrOpen(str(source))
        if root is None:
            raise StageOpenError(f"{source}: no OpenUSD file format recognises this file.")
        if options.mask or only:
            mask = Usd.StagePopulationMask([*only, *(Sdf.Path(path) for path in options.mask)])
            stage = Usd.Stage.OpenMasked(root, mask, load)
        else:
            stage = Usd.Stage.Open(root, load)
    except Tf.ErrorException as error:
        raise StageOpenError(f"{source}: {first_reason(error)}") from error
    if stage is None:
        raise StageOpenError(f"{source}: OpenUSD gives no reason why it cannot be opened.")
    for path, selections in options.variants.items():
        prim = stage.GetPrimAtPath(path)
        if not prim:
            raise StageOpenError(f"{source}: --variant names {path}, and there is no such prim.")
        with Usd.EditContext(stage, stage.GetSessionLayer()):
            for name, selection in selections.items():
                prim.GetVariantSets().SetSelection(name, selection)
    return stage


def first_reason(error: Tf.ErrorException) -> str:
    """The commentary of the first error that OpenUSD posted, on one line and without its source location."""
    for posted in error.args:
        text = getattr(posted, "commentary", "") or str(posted)
        text = " ".join(text.split())
        if text:
            return text.rstrip(".") + "."
    return "it cannot be opened."
