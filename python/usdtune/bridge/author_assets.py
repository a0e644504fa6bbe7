# SPDX-License-Identifier: Apache-2.0
"""Asset paths of a layer that moves to another folder: what resolved before resolves after, the rest stays as it is.

`UsdUtils.ModifyAssetPaths` is not used: with usd-core 26.11 it drops empty entries of asset arrays, forgets sublayer
offsets and writes evaluated texts over expressions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pxr import Ar, Sdf

from usdtune.bridge.author_values import AuthorError

LIST_OP_PARTS = ("explicitItems", "prependedItems", "appendedItems", "deletedItems", "addedItems", "orderedItems")
PLAIN_PRIM_KEYS = frozenset({"specifier", "typeName", "apiSchemas", "kind"})
PLAIN_KEYS = frozenset(
    {"custom", "typeName", "variability", "default", "timeSamples", "targetPaths", "connectionPaths", "interpolation"}
)
SWITCHES = ("active", "instanceable")
ARC_KEYS = frozenset(
    {"references", "payload", "subLayers", "subLayerOffsets", "inheritPaths", "specializes", "variantSetNames"}
)
UDIM = re.compile(r"<(?:UDIM|UVTILE\d)>")


class Anchor:
    """Gives asset paths as they have to read in the layer's new place.

    `copied` maps files that are delivered beside the layer (by real path) to their final places.
    """

    def __init__(self, source: Path, target: Path, copied: dict[Path, Path], *, absolute: bool = False) -> None:
        self.source = source
        self.target = target
        self.copied = copied
        self.absolute = absolute
        self.resolver = Ar.GetResolver()
        self.anchor = Ar.ResolvedPath(str(source))
        self.known: dict[str, str] = {}

    def __call__(self, asset: str) -> str:
        found = self.known.get(asset)
        if found is None:
            found = self.known[asset] = self.moved(asset)
        return found

    def moved(self, asset: str) -> str:
        if not asset or asset.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", asset):
            return asset
        if asset.startswith("`"):
            return self.moved_expression(asset)
        outer, bracket, inner = asset.partition("[") if asset.endswith("]") else (asset, "", "")
        identifier = self.resolver.CreateIdentifier(outer, self.anchor)
        if not identifier.startswith("/"):
            return asset  # a search path, and not beside the layer
        if not self.exists(identifier):
            return asset
        return self.place_of(Path(identifier), outer) + bracket + inner

    def exists(self, identifier: str) -> bool:
        pattern = UDIM.search(identifier) or re.search(r"#+(?:\.#+)?", Path(identifier).name)
        if pattern is None or Path(identifier).exists():
            return bool(self.resolver.Resolve(identifier))
        name = Path(identifier).name
        parts = re.split(r"(<(?:UDIM|UVTILE\d)>|#+)", name)
        matcher = re.compile("".join(r"[\d_uv]+" if i % 2 else re.escape(part) for i, part in enumerate(parts)))
        folder = Path(identifier).parent
        return folder.is_dir() and any(matcher.fullmatch(entry.name) for entry in folder.iterdir())

    def place_of(self, file: Path, written: str) -> str:
        """The path of a file, seen from the layer's new place; its own spelling is kept where it still holds."""
        real = Path(os.path.realpath(file))
        final = self.copied.get(real, file)
        if final == file and self.absolute:
            return file.as_posix()
        relative = Path(os.path.relpath(final, self.target.parent)).as_posix()
        if relative == os.path.normpath(written):
            return written
        return relative if relative.startswith("../") else f"./{relative}"

    def moved_expression(self, asset: str) -> str:
        """A quoted text with variables in it: the folder in front of it changes, the variables stay."""
        if self.source.parent == self.target.parent:
            return asset
        literal = re.fullmatch(r"`(['\"])(\.{0,2}/?[^'\"`]*)\1`", asset)
        if literal is None or literal[2].startswith("${"):
            raise AuthorError(
                f"{self.source}: the asset path {asset} is an expression whose result cannot be moved with the layer; "
                "write the result beside its source instead."
            )
        if literal[2].startswith("/") or ":" in literal[2]:
            return asset
        folder = self.source.parent if not self.absolute else self.source.parent.absolute()
        prefix = folder.as_posix() if self.absolute else Path(os.path.relpath(folder, self.target.parent)).as_posix()
        rest = literal[2].removeprefix("./")
        return f"`{literal[1]}{prefix}/{rest}{literal[1]}`"


def reanchor(
    layer: Sdf.Layer, anchor: Anchor, sublayers: list[str], with_asset_metadata: Iterable[str], *, alone: bool
) -> None:
    """Rewrites every asset path of a layer, inside variants too. `sublayers` are the new sublayer paths.
    `alone` tells that no other own layer's references could be deleted from here.

    Asking a property for its fields costs more than all the rest of a visit (2.4 of 4.6 µs), so it is done only where
    the Scene says so (`with_asset_metadata`, property paths) and where the Scene does not look: in variants, and
    below inactive prims and instances.
    """
    set_sublayers(layer, sublayers)
    get = layer.GetObjectAtPath
    prim_at = layer.GetPrimAtPath
    attribute_spec = Sdf.AttributeSpec
    list_keys = Sdf.Spec.ListInfoKeys
    type_of = attribute_spec.typeName.fget
    is_property = Sdf.Path.IsPropertyPath
    is_target = Sdf.Path.IsTargetPath
    in_variant = Sdf.Path.ContainsPrimVariantSelection
    asset_types = {Sdf.ValueTypeNames.Asset, Sdf.ValueTypeNames.AssetArray}
    attributes: list[Any] = []
    annotated = [spec for path in with_asset_metadata if (spec := layer.GetPropertyAtPath(path)) is not None]
    prims: list[tuple[Any, list[str]]] = []
    hidden: list[Sdf.Path] = []
    plain = PLAIN_PRIM_KEYS
    if alone and not layer.GetCompositionAssetDependencies():
        plain = plain | {"references", "payload"}  # all inside this layer; instances are many

    def visit(path: Sdf.Path) -> None:
        if is_property(path):
            spec = get(path)
            if type(spec) is attribute_spec and type_of(spec) in asset_types:
                attributes.append(spec)
            if in_variant(path):
                annotated.append(spec)
        elif not is_target(path) and (spec := prim_at(path)) is not None:
            # Prims, the pseudo-root, and what a variant says about its prim.
            keys = list_keys(spec)
            if plain.issuperset(keys):
                return
            if ("active" in keys and not spec.active) or ("instanceable" in keys and spec.nameChildren):
                hidden.append(path)
            rest = [key for key in keys if key not in plain and key not in SWITCHES]
            if rest:
                prims.append((spec, rest))

    def visit_hidden(path: Sdf.Path) -> None:
        if is_property(path):
            annotated.append(get(path))

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    for path in hidden:
        layer.Traverse(path, visit_hidden)
    for spec in attributes:
        move_attribute(spec, anchor)
    for spec in annotated:
        move_metadata(spec, [key for key in list_keys(spec) if key not in PLAIN_KEYS], anchor)
    for spec, keys in prims:
        move_prim(spec, keys, anchor)


def reanchor_known(layer: Sdf.Layer, anchor: Anchor, holders: Iterable[str], subtrees: Iterable[str]) -> None:
    """Rewrites the asset paths of a layer without sublayers of its own, where it is known which specs hold some, and
    at and below which prims any spec may."""

    def visit(path: Sdf.Path) -> None:
        # A variant is no prim, but what it says about its prim is one.
        spec = layer.GetPropertyAtPath(path) if path.IsPropertyPath() else layer.GetPrimAtPath(path)
        if spec is None:
            return
        if isinstance(spec, Sdf.PrimSpec):
            move_prim(spec, spec.ListInfoKeys(), anchor)
            return
        if isinstance(spec, Sdf.AttributeSpec):
            move_attribute(spec, anchor)
        move_metadata(spec, [key for key in spec.ListInfoKeys() if key not in PLAIN_KEYS], anchor)

    for path in ["/", *holders]:
        visit(Sdf.Path(path))
    for path in subtrees:
        if layer.GetPrimAtPath(path) is not None:
            layer.Traverse(path, visit)


def set_sublayers(layer: Sdf.Layer, sublayers: list[str]) -> None:
    """New paths for the sublayers, whose offsets stay."""
    if list(layer.subLayerPaths) == sublayers:
        return
    offsets = list(layer.subLayerOffsets)
    layer.subLayerPaths = sublayers
    for index, offset in enumerate(offsets):
        layer.subLayerOffsets[index] = offset


def move_attribute(spec: Any, anchor: Anchor) -> None:
    keys = spec.ListInfoKeys()
    if "default" in keys and (value := moved_value(spec.default, anchor)) is not None:
        spec.default = value
    if "timeSamples" in keys:
        layer, path = spec.layer, spec.path
        for time in layer.ListTimeSamplesForPath(path):
            if (value := moved_value(layer.QueryTimeSample(path, time), anchor)) is not None:
                layer.SetTimeSample(path, time, value)


def move_prim(spec: Any, keys: list[str], anchor: Anchor) -> None:
    for key in ("references", "payload"):
        if key in keys:
            move_arcs(spec, key, anchor)
    move_metadata(spec, [key for key in keys if key not in ARC_KEYS], anchor)


def move_arcs(spec: Any, key: str, anchor: Anchor) -> None:
    list_op = spec.GetInfo(key)
    changed = False
    for part in LIST_OP_PARTS:
        items = list(getattr(list_op, part))
        moved = [moved_arc(item, anchor) for item in items]
        if moved != items:
            setattr(list_op, part, without_repeats(moved))
            changed = True
    if changed:
        spec.SetInfo(key, list_op)


def without_repeats(items: list[Any]) -> list[Any]:
    """Two spellings of one file may have become one; a list op holds an item once, at its stronger place."""
    return [item for index, item in enumerate(items) if item not in items[:index]]


def moved_arc(arc: Any, anchor: Anchor) -> Any:
    asset = anchor(arc.assetPath)
    if asset == arc.assetPath:
        return arc
    if isinstance(arc, Sdf.Reference):
        return Sdf.Reference(asset, arc.primPath, arc.layerOffset, arc.customData)
    return Sdf.Payload(asset, arc.primPath, arc.layerOffset)


def move_metadata(spec: Any, keys: list[str], anchor: Anchor) -> None:
    for key in keys:
        if key in SWITCHES or key in PLAIN_PRIM_KEYS:
            continue
        value = spec.GetInfo(key)
        moved = moved_clips(value, anchor) if key == "clips" else moved_value(value, anchor)
        if moved is not None:
            spec.SetInfo(key, moved)


def moved_value(value: Any, anchor: Anchor) -> Any:
    """The value with its asset paths moved, or None when nothing changes."""
    if isinstance(value, Sdf.AssetPath):
        asset = anchor(value.path)
        return Sdf.AssetPath(asset) if asset != value.path else None
    if isinstance(value, Sdf.AssetPathArray):
        paths = [item.path for item in value]
        moved = [anchor(path) for path in paths]
        return Sdf.AssetPathArray([Sdf.AssetPath(path) for path in moved]) if moved != paths else None
    if isinstance(value, dict):
        changes = {key: new for key, item in value.items() if (new := moved_value(item, anchor)) is not None}
        return {**value, **changes} if changes else None
    return None


def moved_clips(clips: Any, anchor: Anchor) -> Any:
    """Clip sets name their files by assets and by a template, which is a plain string."""
    moved = dict(moved_value(clips, anchor) or clips)
    for name, clip_set in list(moved.items()):
        if isinstance(clip_set, dict) and (template := clip_set.get("templateAssetPath")):
            moved[name] = {**clip_set, "templateAssetPath": anchor(template)}
    return moved if moved != clips else None
