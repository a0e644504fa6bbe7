# SPDX-License-Identifier: Apache-2.0
"""From the core's Edits to files: copies of the target's own layers, written once, never flattened.

What arrives by reference or payload is not copied; its asset paths are re-anchored instead. No source file is opened
for writing. The same input and edits give the same bytes.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pxr import Ar

from usdtune._core import EditList, Scene, asset_holders, properties_with_asset_metadata
from usdtune.bridge.author_assets import Anchor, reanchor, reanchor_known, set_sublayers
from usdtune.bridge.author_delivery import Delivery, Recovery, deliver, discard, link_neighbours, open_staging, recover
from usdtune.bridge.author_layers import OwnLayer, write_edits
from usdtune.bridge.author_values import AuthorError, OverwriteError
from usdtune.bridge.extract import collector_off

LAYER_SUFFIXES = frozenset({".usd", ".usda", ".usdc"})

__all__ = ["AuthorError", "Delivery", "Recovery", "author", "deliver", "discard", "recover"]


@dataclass(frozen=True)
class Place:
    """Where an own layer is read and where it goes, relative to the output folder."""

    source: Path
    target: str


def author(
    source: Path,
    edits: EditList,
    scene: Scene,
    out_dir: Path,
    name: str = "",
    *,
    run_id: str = "",
    whole: bool = False,
    used: Iterable[Path] = (),
) -> Delivery:
    """Writes the result of `edits` into a staging folder; `deliver` moves it to `out_dir` after verification.

    The root layer becomes `<stem of the source>.optimized.usdc`, or `name`: one with a suffix of a USD file is taken
    as it stands. Sublayers keep their place beside it. `used` are the layers of the stage, own or not: none of them is
    written over, which raises `OverwriteError`. `whole` tells that the Scene is that of the whole stage (no
    mask, payloads loaded, no variants overridden): then a single layer needs no search for asset paths.

    >>> delivery = author(Path("plant.usda"), edits, scene, Path("out"))  # doctest: +SKIP
    >>> deliver(delivery)  # doctest: +SKIP
    PosixPath('out/plant.optimized.commit.json')
    """
    source, out_dir = source.absolute(), out_dir.absolute()
    staging, same_depth = open_staging(out_dir)
    root_name = name if Path(name).suffix in LAYER_SUFFIXES else f"{name or source.stem}.optimized.usdc"
    try:
        with collector_off():
            files = write_layers(
                source, edits, scene, out_dir, staging, root_name, absolute=not same_depth, whole=whole, used=used
            )
        link_neighbours(staging, out_dir)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return Delivery(source, out_dir, staging, files, run_id or staging.name.rpartition("-")[2])


def write_layers(
    source: Path,
    edits: EditList,
    scene: Scene,
    out_dir: Path,
    staging: Path,
    root_name: str,
    *,
    absolute: bool,
    whole: bool,
    used: Iterable[Path],
) -> tuple[str, ...]:
    """Writes everything below `staging` and returns the relative names, root layer first."""
    contents: list[str] = []
    copied: dict[Path, Path] = {}
    root = source
    if source.suffix.lower() == ".usdz":
        contents = expand_package(source, staging)
        root = staging / contents[0]
        copied = {(staging / file).resolve(): out_dir / file for file in contents}
    places, layers = own_layers(root, root_name, out_dir, staging if contents else None)
    refuse_overwriting(places, layers, used, out_dir)
    write_edits(layers, edits.compact(scene), scene)
    final_of = {place.source.resolve(): out_dir / place.target for place in places}
    known = asset_holders(scene) if whole and len(places) == 1 else None
    annotated = properties_with_asset_metadata(scene) if known is None else []
    for place, layer in zip(places, layers, strict=True):
        anchor = Anchor(place.source, out_dir / place.target, copied, absolute=absolute)
        to_copies = Anchor(place.source, out_dir / place.target, {**copied, **final_of}, absolute=absolute)
        sublayers = [to_copies(path) for path in layer.copy.subLayerPaths]
        if known is not None:
            set_sublayers(layer.copy, sublayers)
            specs, subtrees = known
            reanchor_known(layer.copy, anchor, [*specs, *layer.asset_paths], subtrees)
        else:
            reanchor(layer.copy, anchor, sublayers, annotated, alone=len(places) == 1)
    for place, layer in zip(places, layers, strict=True):
        layer.export(staging / place.target)
    if contents and contents[0] != root_name:
        (staging / contents.pop(0)).unlink()
    return tuple(dict.fromkeys([place.target for place in places] + contents))


def own_layers(root: Path, root_name: str, out_dir: Path, package: Path | None) -> tuple[list[Place], list[OwnLayer]]:
    """The own layers, strongest first, each opened once and with the place it gets. Layers inside packages are not
    ours to copy."""
    places: dict[Path, Place] = {root.resolve(): Place(root, root_name)}
    layers: list[OwnLayer] = []
    taken = {root_name}
    resolver = Ar.GetResolver()

    def visit(layer_file: Path, layer: OwnLayer) -> None:
        layers.append(layer)
        for asset in layers[-1].copy.subLayerPaths:
            resolved = str(resolver.Resolve(resolver.CreateIdentifier(asset, Ar.ResolvedPath(str(layer_file)))))
            file = Path(resolved)
            if not resolved or resolved.endswith("]") or not file.is_file() or file.resolve() in places:
                continue
            try:
                sublayer = OwnLayer(file)
            except AuthorError:
                continue  # the stage opened without it as well, so it stays what it is: an arc that leads nowhere
            target = sublayer_target(file, package or root.parent, taken, out_dir)
            taken.add(target)
            places[file.resolve()] = Place(file, target)
            visit(file, sublayer)

    visit(root, OwnLayer(root))
    return list(places.values()), layers


def sublayer_target(file: Path, base: Path, taken: set[str], out_dir: Path) -> str:
    """A sublayer's place: as it lay beside the root layer, or in `layers/` when it lay elsewhere."""
    try:
        relative = file.relative_to(base)
    except ValueError:
        relative = Path("layers") / file.name
    target = relative
    for number in range(1, 1000):
        clashes = (out_dir / target).exists() and (out_dir / target).resolve() == file.resolve()
        if target.as_posix() not in taken and not clashes:
            break
        mark = ".optimized" if clashes else f".{number}"
        target = relative.with_name(f"{relative.stem}{mark}{relative.suffix}")
    return target.as_posix()


def refuse_overwriting(places: list[Place], layers: list[OwnLayer], used: Iterable[Path], out_dir: Path) -> None:
    """Nothing of the scene is written over: neither its layers nor what only variants or unloaded payloads lead to."""
    finals = [final for place in places if (final := (out_dir / place.target).resolve()).exists()]
    if not finals:
        return
    sources = {place.source.resolve() for place in places} | {file.resolve() for file in used}
    resolver = Ar.GetResolver()
    for place, layer in zip(places, layers, strict=True):
        for asset in layer.copy.GetCompositionAssetDependencies():
            found = str(resolver.Resolve(resolver.CreateIdentifier(asset, Ar.ResolvedPath(str(place.source)))))
            if found:
                sources.add(Path(Ar.SplitPackageRelativePathOuter(found)[0]).resolve())
    for final in finals:
        if final in sources:
            raise OverwriteError(
                f"{final} is a layer of the scene, and sources are only ever read: choose another name or folder."
            )


def expand_package(package: Path, staging: Path) -> list[str]:
    """Writes the files of a package below `staging`; returns their names, root layer first."""
    try:
        with zipfile.ZipFile(package) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            for name in names:
                relative = PurePosixPath(name)
                if relative.is_absolute() or ".." in relative.parts or "\\" in name:
                    raise AuthorError(f"{package}: the package holds {name}, which leads out of it.")
                (staging / relative).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as packed, (staging / relative).open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
    except zipfile.BadZipFile as error:
        raise AuthorError(f"{package}: this is not a readable package.") from error
    if not names:
        raise AuthorError(f"{package}: the package is empty.")
    return names
