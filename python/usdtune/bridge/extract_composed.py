# SPDX-License-Identifier: Apache-2.0
"""The general lane: prims whose opinions come from several places are asked of the composed stage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pxr import Sdf, Usd

from usdtune._core import Rows
from usdtune.bridge.asset_places import resolve, with_places
from usdtune.bridge.canonical_text import canonical_text, metadata_type
from usdtune.bridge.extract_layer import (
    ACTIVE,
    ANIMATED,
    ATTRIBUTE_KEYS,
    BLOCKED,
    COMPOSED_KEYS,
    CUSTOM,
    EDITABLE,
    EDITABLE_PROPERTY,
    INSTANCEABLE,
    LOADED,
    OPAQUE,
    RELATIONSHIP,
    RELATIONSHIP_KEYS,
    SPECIFIERS,
    STRUCTURE_KEYS,
    UNIFORM,
    PlainProperties,
    applied,
    latent_below,
)
from usdtune.bridge.pxr_versions import has_authored_value, without_fallbacks

INSTANCE, HAS_ARCS, LATENT, OPAQUE_PRIM = 32, 128, 256, 512
REFERENCE, PAYLOAD, INHERIT, SPECIALIZE, SUBLAYER, CLIPS, RELOCATE = range(7)
SPOKEN_FOR = STRUCTURE_KEYS | COMPOSED_KEYS
DEFAULT_TIME = Usd.TimeCode.Default()
PROTOTYPE_PREFIX = "/__Prototype_"
VARIANT_KEYS = frozenset({"variantSetNames", "variantSelection"})
ARC_KINDS = {"references": REFERENCE, "payload": PAYLOAD, "inheritPaths": INHERIT, "specializes": SPECIALIZE}


class ComposedExtractor:
    """Gives composed prims to `rows`. One object per extraction: it remembers layers and resolved assets."""

    def __init__(self, stage: Usd.Stage, rows: Rows, own_layers: list[Sdf.Layer]) -> None:
        self.stage = stage
        self.rows = rows
        self.own = own_layers
        self.layer_indices: dict[Sdf.Layer, int] = {}
        self.resolved: dict[tuple[str, str], tuple[str, Sdf.Layer | None]] = {}
        self.composed_targets: dict[tuple[str, str], bool] = {}
        self.names_of_spec: dict[tuple[Sdf.Layer, Sdf.Path], frozenset[str]] = {}
        self.unresolved: list[str] = []
        self.plain = PlainProperties(rows)
        self.met_clips = False

    def layer_index(self, layer: Sdf.Layer) -> int:
        """The row of a layer, added when it is met first."""
        index = self.layer_indices.get(layer)
        if index is None:
            index = self.rows.layer(layer.identifier, layer.realPath, layer in self.own)
            self.layer_indices[layer] = index
        return index

    def subtree(self, root: Usd.Prim) -> None:
        """Every prim at and below `root`, instances without what they share."""
        if root.IsInstance():
            self.prim(root)
            return
        for prim in Usd.PrimRange(root, Usd.PrimAllPrimsPredicate):
            if not prim.IsPseudoRoot():
                self.prim(prim)

    def prim(self, prim: Usd.Prim) -> None:
        """One prim with its properties, arcs and variant sets."""
        rows = self.rows
        path = prim.GetPath()
        text = path.pathString
        stack = prim.GetPrimStack()
        if len(stack) == 1 and not self.met_clips and stack[0].path == path:
            left_out = rows.own_prim(self.layer_index(stack[0].layer), text, prim.IsLoaded())
            if left_out is not None:
                for name in left_out:
                    self.property(prim.GetProperty(name), path, text)
                return
        flags = 0
        if prim.IsActive():
            flags |= ACTIVE
        if prim.IsLoaded() or not prim.IsActive():
            flags |= LOADED
        if prim.IsInstanceable():
            flags |= INSTANCEABLE
        if prim.IsInstance():
            flags |= INSTANCE
        single = len(stack) == 1 and stack[0].path == path and stack[0].layer in self.own
        keys = fields_of(stack)
        arc_keys = keys & COMPOSED_KEYS
        if arc_keys:
            flags |= HAS_ARCS
        if single and not arc_keys:
            flags |= EDITABLE
        if "clips" in arc_keys or "clipSets" in arc_keys or "relocates" in arc_keys:
            flags |= OPAQUE_PRIM
        layer = self.layer_index(stack[0].layer) if stack else 0
        prototype = prim.GetPrototype().GetPath().pathString if prim.IsInstance() else None
        specifier = SPECIFIERS[prim.GetSpecifier()]
        rows.prim(text, prim.GetTypeName(), specifier, flags, layer, len(stack), prototype)
        if "apiSchemas" in keys:
            for schema in prim.GetPrimTypeInfo().GetAppliedAPISchemas():
                rows.api_schema(schema)
        for key, value in authored_metadata(prim, keys - SPOKEN_FOR):
            kind = metadata_type(value)
            rows.prim_metadatum(key, kind, canonical_text(value) if kind == "opaque" else value)
        self.met_clips = self.met_clips or bool(flags & OPAQUE_PRIM)
        if self.met_clips or not stack or stack[0].path != path or stack[0].layer not in self.own:
            for prop in prim.GetAuthoredProperties():
                self.property(prop, path, text)
        else:
            self.own_properties(prim, stack, layer, path, text)
        if arc_keys:
            self.arcs(prim, stack, arc_keys, text)
        if not prim.IsActive():
            for own in self.own:
                if own.GetPrimAtPath(path):
                    latent_below(own, path, rows)

    def own_properties(
        self, prim: Usd.Prim, stack: list[Sdf.PrimSpec], layer_index: int, prim_path: Sdf.Path, prim_text: str
    ) -> None:
        """The properties of a prim whose strongest spec is its own. Where only that speaks about one there is nothing
        to compose, unless values come from clips: a plain property costs half of what it costs to ask the stage."""
        elsewhere = self.names_in(stack[1:])
        left_out = self.rows.own_properties(layer_index, prim_text, list(elsewhere))
        if left_out is None:
            keys_of, add_plain = Sdf.Spec.ListInfoKeys, self.plain.add
            left_out = [
                name
                for name, own in stack[0].properties.items()
                if name not in elsewhere and not add_plain(f"{prim_text}.{name}", own, keys_of(own), layer_index)
            ]
        for name in [*left_out, *sorted(elsewhere)]:
            self.property(prim.GetProperty(name), prim_path, prim_text)

    def names_in(self, specs: list[Sdf.PrimSpec]) -> set[str]:
        """The properties that these specs speak about. Many instances have the same specs behind them."""
        names: set[str] = set()
        for spec in specs:
            key = (spec.layer, spec.path)
            if key not in self.names_of_spec:
                self.names_of_spec[key] = frozenset(spec.properties.keys())
            names |= self.names_of_spec[key]
        return names

    def property(self, prop: Usd.Property, prim_path: Sdf.Path, prim_text: str) -> None:
        """One authored property with the value that wins."""
        rows = self.rows
        specs = prop.GetPropertyStack(DEFAULT_TIME)
        strongest = specs[0]
        keys = fields_of(specs)
        layer = self.layer_index(strongest.layer)
        flags = CUSTOM if prop.IsCustom() else 0
        if len(specs) == 1 and strongest.layer in self.own and strongest.path.GetPrimPath() == prim_path:
            flags |= EDITABLE_PROPERTY
        name = prop.GetName()
        if isinstance(prop, Usd.Relationship):
            if strongest.variability == Sdf.VariabilityUniform:
                flags |= UNIFORM
            rows.add_property(prim_text, name, "", flags | RELATIONSHIP, layer, len(specs), None)
            if prop.HasAuthoredTargets():
                self.targets(prop.GetTargets())
            self.metadata(prop, keys - RELATIONSHIP_KEYS)
            return
        if prop.GetVariability() == Sdf.VariabilityUniform:
            flags |= UNIFORM
        value = None
        if "default" in keys:
            value = prop.Get() if has_authored_value(prop) else None
            value = with_places(value, strongest.layer)
            if isinstance(value, Sdf.PathExpression):
                value = value.GetText()
            if value is None:
                flags |= BLOCKED
        samples: list[float] = []
        if prop.ValueMightBeTimeVarying() or prop.GetNumTimeSamples():
            samples = prop.GetTimeSamples()
            flags |= ANIMATED
        if "spline" in keys:
            flags |= ANIMATED | OPAQUE
        rows.add_property(prim_text, name, str(strongest.typeName), flags, layer, len(specs), value)
        for time in samples:
            rows.sample(time, with_places(prop.Get(time), strongest.layer))
        if prop.HasAuthoredConnections():
            self.targets(prop.GetConnections())
        self.metadata(prop, keys - ATTRIBUTE_KEYS)

    def targets(self, paths: Iterable[Sdf.Path]) -> None:
        self.rows.has_targets()
        for target in paths:
            self.rows.target(target.pathString)

    def metadata(self, prop: Usd.Property, keys: set[str]) -> None:
        for key, value in authored_metadata(prop, keys):
            kind = metadata_type(value)
            self.rows.property_metadatum(key, kind, canonical_text(value) if kind == "opaque" else value)

    def arcs(self, prim: Usd.Prim, stack: list[Sdf.PrimSpec], keys: set[str], text: str) -> None:
        """The arcs that specs of this prim author under `keys`, with what they lead to, and its variant sets."""
        kinds = [(key, kind) for key, kind in ARC_KINDS.items() if key in keys]
        for spec in stack:
            for key, kind in kinds:
                if spec.HasInfo(key):
                    for item in applied(spec.GetInfo(key)):
                        self.arc(text, kind, item, spec.layer)
        if keys.isdisjoint(VARIANT_KEYS):
            return
        sets = prim.GetVariantSets()
        for name in sets.GetNames():
            variants = sets.GetVariantSet(name)
            self.rows.variant_set(text, name, variants.GetVariantSelection(), list(variants.GetVariantNames()))

    def arc(self, text: str, kind: int, item: Any, layer: Sdf.Layer) -> None:
        index = self.layer_index(layer)
        if isinstance(item, Sdf.Path):
            # A stage that is populated in part still has every prim that is there by composition only.
            broken = layer in self.own and not (layer.GetPrimAtPath(item) or self.stage.GetPrimAtPath(item))
            self.rows.arc(text, kind, "", "", item.pathString, index, True, broken)
            return
        target = item.primPath.pathString if item.primPath else ""
        if not item.assetPath:
            broken = bool(target) and not self.has_prim(layer, target)
            self.rows.arc(text, kind, "", "", target, index, True, broken)
            return
        resolved, opened = self.resolve(layer, item.assetPath)
        broken = opened is None
        if opened is not None:
            broken = not (self.has_prim(opened, target) if target else opened.HasDefaultPrim())
        self.rows.arc(text, kind, item.assetPath, resolved, target, index, False, broken)

    def has_prim(self, layer: Sdf.Layer, target: str) -> bool:
        """Whether an arc into a layer finds its prim: mostly the layer says so, else its sublayers and arcs may."""
        if layer.GetPrimAtPath(target) is not None:
            return True
        key = (layer.identifier, target)
        if key not in self.composed_targets:
            stage = self.stage if layer in self.own else Usd.Stage.Open(layer)
            self.composed_targets[key] = bool(stage.GetPrimAtPath(target))
        return self.composed_targets[key]

    def resolve(self, layer: Sdf.Layer, asset: str) -> tuple[str, Sdf.Layer | None]:
        """What an asset path leads to, seen from the layer that names it."""
        key = (layer.identifier, asset)
        if key not in self.resolved:
            absolute = layer.ComputeAbsolutePath(asset)
            resolved = resolve(absolute)
            self.resolved[key] = (resolved, Sdf.Layer.Find(absolute))
            if not resolved:
                self.unresolved.append(asset)
        return self.resolved[key]


def fields_of(specs: Iterable[Sdf.Spec]) -> set[str]:
    """What any of these specs says something about."""
    return {key for spec in specs for key in spec.ListInfoKeys()}


def authored_metadata(thing: Usd.Object, keys: set[str]) -> list[tuple[str, Any]]:
    """What is composed under keys that specs speak about. Asked one by one: asking for everything at once takes 23 µs,
    a key of its own one or two."""
    values = [(key, thing.GetMetadata(key)) for key in keys]
    if any(value is None for _, value in values):
        # Only asking for everything gives what no schema of metadata knows.
        values = [(key, value) for key, value in thing.GetAllAuthoredMetadata().items() if key in keys]
    return [(key, without_fallbacks(thing, key, value) if isinstance(value, dict) else value) for key, value in values]


def prototypes(stage: Usd.Stage, own_layers: list[Sdf.Layer]) -> list[tuple[Usd.Prim, str, str]]:
    """(prototype, path of the instance that sorts first, source prim when its content is one internal reference).

    A prototype's own name differs from process to process, its first instance's path does not.
    """
    instances_of = {
        prototype.GetPath().pathString: [instance.GetPath().pathString for instance in prototype.GetInstances()]
        for prototype in stage.GetPrototypes()
    }
    known: dict[str, str] = {}

    def name_of(prototype: str) -> str:
        if prototype not in known:
            known[prototype] = min(map(outer_path, instances_of[prototype]))
        return known[prototype]

    def outer_path(instance: str) -> str:
        if not instance.startswith(PROTOTYPE_PREFIX):
            return instance
        outer, _, inner = instance[1:].partition("/")
        return f"{name_of(f'/{outer}')}/{inner}"

    found = []
    for prototype, instances in instances_of.items():
        first = name_of(prototype)
        # Where every instance is inside of another prototype, each has the same content as the first.
        shown = first if first in instances else instances[0]
        found.append((stage.GetPrimAtPath(prototype), first, source_of(stage.GetPrimAtPath(shown), own_layers)))
    return found


def source_of(instance: Usd.Prim, own_layers: list[Sdf.Layer]) -> str:
    """The own prim that is the whole content of an instance's prototype, or an empty text."""
    stack = instance.GetPrimStack()
    if len(stack) != 2 or any(spec.layer not in own_layers for spec in stack):
        return ""
    own, source = stack
    references = applied(own.GetInfo("references")) if own.HasInfo("references") else []
    if len(references) != 1 or references[0].assetPath or references[0].primPath != source.path:
        return ""
    if any(key in COMPOSED_KEYS and key != "references" for key in own.ListInfoKeys()) or own.nameChildren:
        return ""
    if not references[0].layerOffset.IsIdentity() or source.layer != own.layer:
        return ""
    return str(source.path)
