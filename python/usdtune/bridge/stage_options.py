# SPDX-License-Identifier: Apache-2.0
"""How a stage is opened: the options that OpenUSD's own tools have."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pxr import Sdf, Tf, Usd

from usdtune.bridge.errors import StageOpenError


@dataclass(frozen=True)
class StageOptions:
    """`mask`: only these prims and what they need; `follow`: with a mask, also what relationships and connections
    inside it lead to; `unloaded`: leave payloads out; `variants`: {prim path: {set: selection}} put over the stage in
    its session layer."""

    mask: tuple[str, ...] = ()
    follow: bool = False
    unloaded: bool = False
    variants: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """True when the stage is opened as it is."""
        return not (self.mask or self.unloaded or self.variants)


def open_stage(source: Path, options: StageOptions | None = None) -> Usd.Stage:
    """Opens a stage, or raises `StageOpenError` with one sentence.

    Unresolved references do not keep a stage from opening; an unreadable root layer does.
    """
    options = options or StageOptions()
    if not source.exists():
        raise StageOpenError(f"{source}: there is no such file.")
    if source.is_dir():
        raise StageOpenError(f"{source}: a USD file was expected, and this is a folder.")
    load = Usd.Stage.LoadNone if options.unloaded else Usd.Stage.LoadAll
    root = open_layer(source)
    try:
        session = selections_layer(options.variants)
        if options.mask:
            mask = Usd.StagePopulationMask([Sdf.Path(path) for path in options.mask])
            stage = Usd.Stage.OpenMasked(root, session, mask, load)
        else:
            stage = Usd.Stage.Open(root, session, load)
    except Tf.ErrorException as error:
        raise StageOpenError(f"{source}: {first_reason(error)}") from error
    if stage is None:
        raise StageOpenError(f"{source}: OpenUSD gives no reason why it cannot be opened.")
    for path in options.variants:
        prim = stage.GetPrimAtPath(path)
        if not prim or all(spec.layer == session for spec in prim.GetPrimStack()):
            raise StageOpenError(f"{source}: --variant names {path}, and there is no such prim.")
    if options.mask and options.follow:
        follow_targets(stage)
    return stage


def open_layer(source: Path) -> Sdf.Layer:
    """The layer of a file, or `StageOpenError`."""
    try:
        layer = Sdf.Layer.FindOrOpen(str(source))
    except Tf.ErrorException as error:
        raise StageOpenError(f"{source}: {first_reason(error)}") from error
    if layer is None:
        raise StageOpenError(f"{source}: no OpenUSD file format recognises this file.")
    return layer


def selections_layer(variants: dict[str, dict[str, str]]) -> Sdf.Layer:
    """A session layer that makes these selections. A stage that is opened with it composes once."""
    layer = Sdf.Layer.CreateAnonymous("session.usda")
    for path, selections in variants.items():
        prim = Sdf.CreatePrimInLayer(layer, path)
        for name, selection in selections.items():
            prim.variantSelections[name] = selection
    return layer


def follow_targets(stage: Usd.Stage) -> None:
    """Widens the stage's mask by what its prims point at, until nothing is missing.

    Memberships of collections are paths to compare with, not prims to look at, and would bring in whole stages; so
    would `Usd.Stage.ExpandPopulationMask`, which follows the path of a collection to the prim that holds it.
    """
    seen: set[Sdf.Path] = set()
    while True:
        wanted: set[Sdf.Path] = set()
        for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Usd.PrimAllPrimsPredicate)):
            if prim.GetPath() in seen:
                continue
            seen.add(prim.GetPath())
            for prop in prim.GetAuthoredProperties():
                if isinstance(prop, Usd.Relationship):
                    if prop.GetName().startswith("collection:"):
                        continue
                    found = prop.GetTargets()
                elif prop.HasAuthoredConnections():
                    found = prop.GetConnections()
                else:
                    continue
                wanted.update(path.GetPrimPath() for path in found if not path.name.startswith("collection:"))
        mask = stage.GetPopulationMask()
        missing = [path for path in wanted if path.IsAbsolutePath() and not mask.IncludesSubtree(path)]
        if not missing:
            return
        for path in missing:
            mask.Add(path)
        stage.SetPopulationMask(mask)


def first_reason(error: Tf.ErrorException) -> str:
    """The commentary of the first error that OpenUSD posted, on one line and without its source location."""
    for posted in error.args:
        text = getattr(posted, "commentary", "") or str(posted)
        text = " ".join(text.split())
        if text:
            return text.rstrip(".") + "."
    return "it cannot be opened."
