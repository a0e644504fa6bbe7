# SPDX-License-Identifier: Apache-2.0
"""Copies of the target's own layers, and how edits are written into them.

Measured with usd-core 26.11: taking one of n children away costs about 18 ns × n, so many removals below one parent
are quadratic. There the survivors are copied aside (40–60 µs each), the parent's children are cleared (7 µs each,
whatever n is), and the survivors are copied back, which keeps the parent's place among its siblings. Copying them from
a second opening of the source costs half as much per survivor, and the opening more than most removals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from pxr import Sdf, Tf

from usdtune._core import EditList, Scene, edit_kinds
from usdtune.bridge.author_values import AuthorError, Values
from usdtune.bridge.pxr_versions import create_relationship
from usdtune.bridge.stage_options import first_reason

KINDS = edit_kinds()
(
    DEFINE_PRIM,
    REMOVE_PRIM,
    SET_TYPE_NAME,
    SET_SPECIFIER,
    SET_PRIM_METADATA,
    SET_API_SCHEMAS,
    ADD_REFERENCE,
    SET_ATTRIBUTE,
    BLOCK_ATTRIBUTE,
    REMOVE_PROPERTY,
    SET_TARGETS,
) = range(len(KINDS))
SPECIFIERS = (Sdf.SpecifierDef, Sdf.SpecifierOver, Sdf.SpecifierClass)
UNIFORM, CUSTOM, CONNECTION = 1, 2, 4

REMOVAL_SECONDS_PER_SIBLING = 18e-9
COPY_SECONDS = 120e-6  # there and back

Sentence = tuple[int, str, str, str, int, Any, list[str], list[tuple[str, Any]]]


class OwnLayer:
    """A copy of one layer of the target in memory; arrays stay mapped from the source until they are exported."""

    def __init__(self, source: Path) -> None:
        self.source = source
        try:
            self.copy = Sdf.Layer.OpenAsAnonymous(str(source))
        except Tf.ErrorException as error:
            raise AuthorError(f"{source}: the layer cannot be opened for authoring.") from error
        if self.copy is None:
            raise AuthorError(f"{source}: the layer cannot be opened for authoring.")
        self.values = Values()
        self.references: dict[str, Any] = {}
        self.edited = False
        self.asset_paths: list[str] = []  # attributes that edits gave asset paths

    def has_prim(self, path: Sdf.Path) -> bool:
        return self.copy.GetPrimAtPath(path) is not None

    def remove_prims(self, paths: Iterable[Sdf.Path]) -> None:
        """Takes prims with their subtrees away; linear in siblings however many there are."""
        by_parent: dict[Sdf.Path, list[str]] = defaultdict(list)
        for path in paths:
            by_parent[path.GetParentPath()].append(path.name)
        # Outer parents first: what they copy back is cleaned by the inner ones afterwards.
        for parent in sorted(by_parent, key=lambda path: (path.pathElementCount, path)):
            self.remove_children(parent, by_parent[parent])
        self.edited = self.edited or bool(by_parent)

    def remove_children(self, parent: Sdf.Path, names: list[str]) -> None:
        if parent == Sdf.Path.absoluteRootPath:
            spec: Any = self.copy.pseudoRoot
        else:
            spec = self.copy.GetPrimAtPath(parent)
        children = spec.nameChildren
        count = len(children)
        survivors = count - len(names)
        if survivors * COPY_SECONDS >= len(names) * count * REMOVAL_SECONDS_PER_SIBLING:
            for name in names:
                del children[name]
            return
        gone = set(names)
        kept = [name for name in list(children.keys()) if name not in gone]
        aside = Sdf.Layer.CreateAnonymous()
        if kept and parent != Sdf.Path.absoluteRootPath:
            Sdf.JustCreatePrimInLayer(aside, parent)
        # At the same path: copying to another one would turn targets round that lead into the copied prim.
        paths = [parent.AppendChild(name) for name in kept]
        for path in paths:
            self.copy_spec(self.copy, aside, path)
        children.clear()
        for path in paths:
            self.copy_spec(aside, self.copy, path)

    def copy_spec(self, source: Sdf.Layer, target: Sdf.Layer, path: Sdf.Path) -> None:
        if not Sdf.CopySpec(source, path, target, path):
            raise AuthorError(f"{self.source}: {path} cannot be copied while its siblings are removed.")

    def write_prim(self, path: Sdf.Path, sentences: list[Sentence]) -> None:
        """Writes what is said about one prim, removals left out."""
        self.edited = True
        layer = self.copy
        spec = layer.GetPrimAtPath(path)
        properties: Any = None
        for kind, text, name, type_name, flags, value, targets, metadata in sentences:
            if kind == DEFINE_PRIM:
                spec = self.define(path, type_name, SPECIFIERS[flags >> 3])
                continue
            if spec is None:
                raise AuthorError(f"{text}: no own layer has an opinion about this prim, so it cannot be edited.")
            if kind == REMOVE_PROPERTY:
                if properties is None:
                    properties = spec.properties
                if name in properties:
                    del properties[name]
            elif kind == SET_ATTRIBUTE:
                self.set_attribute(path.AppendProperty(name), type_name, flags, value, metadata)
            elif kind == SET_TARGETS:
                self.set_targets(path.AppendProperty(name), type_name, flags, targets)
            elif kind == SET_TYPE_NAME:
                if type_name:
                    spec.typeName = type_name
                else:
                    spec.ClearInfo("typeName")
            elif kind == SET_PRIM_METADATA:
                if value is None:
                    spec.ClearInfo(name)
                else:
                    spec.SetInfo(name, value)
            elif kind == ADD_REFERENCE:
                spec.SetInfo("references", self.reference(targets[0]))
            elif kind == SET_API_SCHEMAS:
                spec.SetInfo("apiSchemas", Sdf.TokenListOp.CreateExplicit(targets))
            elif kind == SET_SPECIFIER:
                spec.specifier = SPECIFIERS[flags >> 3]
            elif kind == BLOCK_ATTRIBUTE:
                self.attribute(path.AppendProperty(name), type_name, flags).default = Sdf.ValueBlock()

    def define(self, path: Sdf.Path, type_name: str, specifier: Any) -> Any:
        if self.copy.GetPrimAtPath(path) is not None:
            raise AuthorError(f"{path}: a prim is there already; it cannot be defined anew.")
        if not Sdf.JustCreatePrimInLayer(self.copy, path):
            raise AuthorError(f"{path}: the prim cannot be created.")
        spec = self.copy.GetPrimAtPath(path)
        spec.specifier = specifier
        if type_name:
            spec.typeName = type_name
        return spec

    def reference(self, target: str) -> Any:
        """The list op of one internal reference, made once per target."""
        found = self.references.get(target)
        if found is None:
            found = Sdf.ReferenceListOp.CreateExplicit([Sdf.Reference(primPath=target)])
            self.references[target] = found
        return found

    def attribute(self, path: Sdf.Path, type_name: str, flags: int) -> Any:
        """The attribute spec at a path, created when it is absent."""
        return self.existing_attribute(path) or self.create_attribute(path, type_name, flags)

    def existing_attribute(self, path: Sdf.Path) -> Any:
        spec = self.copy.GetPropertyAtPath(path)
        if spec is not None and not isinstance(spec, Sdf.AttributeSpec):
            raise AuthorError(f"{path}: this is a relationship, and an attribute is expected.")
        return spec

    def create_attribute(self, path: Sdf.Path, type_name: str, flags: int) -> Any:
        if not type_name:
            raise AuthorError(f"{path}: there is no such attribute, and no type is given to create it.")
        variability = Sdf.VariabilityUniform if flags & UNIFORM else Sdf.VariabilityVarying
        value_type = self.values.type_of(type_name)
        if not Sdf.JustCreatePrimAttributeInLayer(self.copy, path, value_type, variability, bool(flags & CUSTOM)):
            raise AuthorError(f"{path}: the attribute cannot be created.")
        return self.copy.GetAttributeAtPath(path)

    def set_attribute(
        self, path: Sdf.Path, type_name: str, flags: int, value: Any, metadata: list[tuple[str, Any]]
    ) -> None:
        spec = self.existing_attribute(path)
        if spec is None:
            spec = self.create_attribute(path, type_name, flags)
        else:
            self.settle(spec, path, type_name, flags)
        if value is not None:
            spec.default = self.values.make(type_name, value)
            if type_name.startswith("asset"):
                self.asset_paths.append(str(path))
        for key, item in metadata:
            if item is None:
                spec.ClearInfo(key)
            else:
                spec.SetInfo(key, item)

    def settle(self, spec: Any, path: Sdf.Path, type_name: str, flags: int) -> None:
        """Gives an attribute that is there the traits of the one that is said; its type has to be that already."""
        if spec.typeName != self.values.type_of(type_name):
            raise AuthorError(
                f"{path}: its type is {spec.typeName}, and {type_name} is given; it has to be removed first."
            )
        if spec.custom != bool(flags & CUSTOM):
            spec.custom = bool(flags & CUSTOM)
        variability = Sdf.VariabilityUniform if flags & UNIFORM else Sdf.VariabilityVarying
        if spec.variability != variability:
            spec.SetInfo("variability", variability)

    def set_targets(self, path: Sdf.Path, type_name: str, flags: int, targets: list[str]) -> None:
        if flags & CONNECTION:
            self.attribute(path, type_name, flags).connectionPathList.explicitItems = targets
            return
        spec = self.copy.GetPropertyAtPath(path)
        if spec is None:
            if not create_relationship(self.copy, path, bool(flags & CUSTOM)):
                raise AuthorError(f"{path}: the relationship cannot be created.")
            spec = self.copy.GetPropertyAtPath(path)
        elif not isinstance(spec, Sdf.RelationshipSpec):
            raise AuthorError(f"{path}: this is an attribute, and a relationship is expected.")
        if targets:
            spec.targetPathList.explicitItems = targets
        else:
            spec.targetPathList.ClearEditsAndMakeExplicit()

    def export(self, target: Path) -> None:
        """Writes the copy: `.usdc` and `.usda` by their name, `.usd` in the format that the source has."""
        target.parent.mkdir(parents=True, exist_ok=True)
        arguments = {"format": crate_or_text(self.source)} if target.suffix == ".usd" else {}
        try:
            written = self.copy.Export(str(target), args=arguments)
        except Tf.ErrorException as error:  # a full disk, mostly
            raise AuthorError(f"{target}: the layer cannot be written ({first_reason(error).rstrip('.')}).") from error
        if not written:
            raise AuthorError(f"{target}: the layer cannot be written.")


def crate_or_text(layer: Path) -> str:
    """The format inside a `.usd` file."""
    with layer.open("rb") as file:
        return "usdc" if file.read(8) == b"PXR-USDC" else "usda"


def write_edits(layers: list[OwnLayer], edits: EditList, scene: Scene) -> None:
    """Writes compacted edits into the layers that hold the prims' opinions; strongest layer first.

    New prims go where their parent's opinion is, at the top into the root layer. Sentences are made as they are
    written: a million of them at once would weigh more than the scene.
    """
    single = len(layers) == 1
    default = layers[0].copy.GetDefaultPrimAsPath()
    had_default = bool(default) and layers[0].has_prim(default)
    removals: dict[int, list[Sdf.Path]] = defaultdict(list)
    for text in edits.removals(scene):
        path = Sdf.Path(text)
        index = 0 if single else owner_of(layers, path, REMOVE_PRIM, {})
        if not layers[index].has_prim(path):
            raise AuthorError(f"{text}: no own layer has an opinion about this prim, so it cannot be removed.")
        removals[index].append(path)
    # No ChangeBlock: nobody listens to these layers, and its bookkeeping costs half as much again per removal.
    for index, paths in removals.items():
        layers[index].remove_prims(paths)
    owners: dict[Sdf.Path, int] = {}
    for text, said in groupby(edits.sentences(scene), itemgetter(1)):
        about = [sentence for sentence in said if sentence[0] != REMOVE_PRIM]
        if about:
            path = Sdf.Path(text)
            index = 0 if single else owner_of(layers, path, about[0][0], owners)
            layers[index].write_prim(path, about)
    if had_default and not layers[0].has_prim(default):
        layers[0].copy.ClearDefaultPrim()


def owner_of(layers: list[OwnLayer], path: Sdf.Path, kind: int, owners: dict[Sdf.Path, int]) -> int:
    """Which layer holds the opinion about a prim, or about its parent where the prim is to be defined."""
    if kind == DEFINE_PRIM:
        parent = path.GetParentPath()
        index = 0 if parent == Sdf.Path.absoluteRootPath else owner_of(layers, parent, SET_SPECIFIER, owners)
        owners[path] = index
        return index
    if path in owners:
        return owners[path]
    for index, layer in enumerate(layers):
        if layer.has_prim(path):
            return index
    raise AuthorError(f"{path}: no own layer has an opinion about this prim, so it cannot be edited.")
