# SPDX-License-Identifier: Apache-2.0
"""The native lane: crate files, which the core reads without OpenUSD."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pxr import Ar, Sdf, Usd

from usdtune._core import CrateLayer, Rows, Scene
from usdtune.bridge.asset_places import resolve, resolved_pattern


@dataclass
class CrateFiles:
    """Crate files whose structure was decoded, so that who reads one several times decodes it once. They are forgotten
    after one reading unless they are `kept`."""

    kept: bool = True
    opened: dict[Path, CrateLayer | None] = field(default_factory=dict)

    def open(self, file: Path) -> CrateLayer | None:
        """None when OpenUSD has to read the file."""
        if file not in self.opened:
            self.opened[file] = CrateLayer.open(file) if is_crate(file) else None
        return self.opened[file]

    def forget(self) -> None:
        """Frees what nobody asks for any more; the rows of a reading take memory enough."""
        if not self.kept:
            self.opened.clear()

    def of(self, layer: Sdf.Layer) -> CrateLayer | None:
        """The file behind a layer; None also when the layer in memory is newer than its file."""
        file = Path(layer.realPath)
        return self.open(file) if layer.realPath and not layer.dirty else None


@dataclass(frozen=True)
class NativeRead:
    """What reading a crate file without OpenUSD gave, and the outermost prims that have to be read composed. `shown`
    holds (source, instance) of what instances show that were read."""

    rows: Rows
    file: Path
    roots: list[Sdf.Path]
    shown: list[tuple[str, str]]


def read_natively(source: Path, share: Scene | None, crates: CrateFiles) -> NativeRead | None:
    """Reads a crate file without OpenUSD; None when it cannot, or when a layer in memory is newer than its file."""
    if not source.is_file() or not is_crate(source):
        return None
    resolver = Ar.GetResolver()
    identifier = resolver.CreateIdentifier(str(source))
    file = Path(str(resolver.Resolve(identifier)))
    loaded = Sdf.Layer.Find(identifier)
    if not file.is_file() or (loaded is not None and loaded.dirty):
        return None
    crate = crates.open(file)
    rows = Rows(share)
    read = rows.read_crate(crate, identifier) if crate else None
    if read is None:
        return None
    roots, shown, assets = read
    anchor = Ar.ResolvedPath(str(file))
    resolved: dict[str, str] = {"": ""}
    for index, authored in enumerate(assets):
        for asset in authored:
            if asset not in resolved:
                found = resolve(resolver.CreateIdentifier(asset, anchor))
                if not found and "<UDIM>" in asset:
                    found = resolved_pattern(asset, Sdf.Layer.FindOrOpen(identifier))
                resolved[asset] = found
        rows.resolve_assets(index, [resolved[asset] for asset in authored])
    return NativeRead(rows, file, [Sdf.Path(path) for path in roots], shown)


def is_crate(file: Path) -> bool:
    """Whether a file says so itself; its suffix may be `.usd`."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(8) == b"PXR-USDC"


def name_prototypes(stage: Usd.Stage, native: NativeRead) -> bool:
    """Says which prototypes the stage made of what instances show; False when it did not instance one of them."""
    for source, path in native.shown:
        instance = stage.GetPrimAtPath(path)
        if not instance or not instance.IsInstance():
            return False
        native.rows.name_prototype(source, instance.GetPrototype().GetPath().pathString)
    return True
