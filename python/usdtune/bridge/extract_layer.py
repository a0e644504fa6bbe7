# SPDX-License-Identifier: Apache-2.0
"""The fast lane: a layer whose composition is proven trivial is read through Sdf specs, one visit each.

Measured on 180,000 properties: this loop 8–10 µs per property, the composed one about twice that. The lane holds for
prims that have one spec and no arcs at or above them; where an arc begins, the subtree is named a composed root and
`extract_composed` reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pxr import Sdf, Usd

from usdtune._core import Rows
from usdtune.bridge.asset_places import with_places
from usdtune.bridge.canonical_text import canonical_text, metadata_type

ARC_KEYS = frozenset(
    {"references", "payload", "inheritPaths", "specializes", "variantSetNames", "variantSelection", "clips", "clipSets"}
)
# Reordering is a matter of composition too: Usd applies it, a plain walk over the layer does not.
COMPOSED_KEYS = ARC_KEYS | {"primOrder", "propertyOrder", "relocates"}
STRUCTURE_KEYS = frozenset({"specifier", "typeName", "apiSchemas", "active", "instanceable"})
ATTRIBUTE_KEYS = frozenset({"custom", "typeName", "variability", "default", "timeSamples", "connectionPaths", "spline"})
PLAIN_METADATA = frozenset(
    {"interpolation", "elementSize", "colorSpace", "displayName", "displayGroup", "documentation"}
)
"""What one opinion says about a property in numbers or words: there is nothing to resolve or to merge."""
BARE_KEYS = frozenset({"custom", "typeName", "variability", "default"})
PLAIN_KEYS = BARE_KEYS | PLAIN_METADATA | {"connectionPaths"}
RELATIONSHIP_KEYS = frozenset({"custom", "variability", "targetPaths"})
SPEAKING_KEYS = ("references", "payload", "inheritPaths", "specializes", "instanceable")
HOLDS_ABOVE = ("xformOp", "material:binding", "visibility", "purpose")
"""Properties that mean the same on a prim and on a group that stands in its place, by how their names begin."""

ACTIVE, LOADED, INSTANCEABLE, EDITABLE = 1, 8, 16, 64
RELATIONSHIP, CUSTOM, UNIFORM, BLOCKED, ANIMATED, EDITABLE_PROPERTY, OPAQUE = 1, 2, 4, 8, 16, 32, 64

ANY_TYPE = "__AnyType__"
"""What older OpenUSD writes where a prim is made without a type; no stage shows it."""

SPECIFIERS = {Sdf.SpecifierDef: 0, Sdf.SpecifierOver: 1, Sdf.SpecifierClass: 2}


def applied(list_op: Any) -> list[Any]:
    """The items that a list op gives when it is applied to nothing."""
    return list(list_op.GetAppliedItems())


class PlainProperties:
    """Gives properties to `rows` that say their type and default, where they lead, and simple things about themselves;
    most are like that.

    What a stage reads differently from a layer is not plain: assets are resolved, time codes are offset by layers,
    expressions of paths are anchored.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._add = rows.layer_attribute
        self._names: dict[Any, str] = {}
        self._read_differently: set[str] = set()
        self._type_of = Sdf.AttributeSpec.typeName.fget
        self._default_of = Sdf.AttributeSpec.default.fget
        self._custom_of = Sdf.PropertySpec.custom.fget
        self._variability_of = Sdf.PropertySpec.variability.fget

    def name_of_type(self, spec: Sdf.AttributeSpec) -> str:
        value_type = self._type_of(spec)
        name = self._names.get(value_type)
        if name is None:
            name = self._names[value_type] = str(value_type)
            if name.startswith(("asset", "timecode", "pathExpression")):
                self._read_differently.add(name)
        return name

    def add(self, path: str, spec: Sdf.PropertySpec, keys: list[str], layer_index: int) -> bool:
        """True when the property was plain and has its row."""
        if type(spec) is not Sdf.AttributeSpec:
            return self.relationship(path, spec, keys, layer_index)
        if not PLAIN_KEYS.issuperset(keys):
            return False
        name = self.name_of_type(spec)
        value = self._default_of(spec) if "default" in keys else None
        if name in self._read_differently or type(value) is Sdf.ValueBlock:
            return False
        uniform = self._variability_of(spec) == Sdf.VariabilityUniform
        self._add(path, name, self._custom_of(spec), uniform, layer_index, value)
        if not BARE_KEYS.issuperset(keys):
            if "connectionPaths" in keys:
                self.targets(spec.GetInfo("connectionPaths"))
            for key in keys:
                if key in PLAIN_METADATA:
                    said = spec.GetInfo(key)
                    self.rows.property_metadatum(key, metadata_type(said), said)
        return True

    def relationship(self, path: str, spec: Sdf.RelationshipSpec, keys: list[str], layer_index: int) -> bool:
        if not RELATIONSHIP_KEYS.issuperset(keys):
            return False
        flags = RELATIONSHIP | EDITABLE_PROPERTY
        if self._custom_of(spec):
            flags |= CUSTOM
        if self._variability_of(spec) == Sdf.VariabilityUniform:
            flags |= UNIFORM
        prim, _, name = path.partition(".")
        self.rows.add_property(prim, name, "", flags, layer_index, 1, None)
        if "targetPaths" in keys:
            self.targets(spec.GetInfo("targetPaths"))
        return True

    def targets(self, list_op: Any) -> None:
        self.rows.has_targets()
        for target in applied(list_op):
            self.rows.target(target.pathString)


def extract_layer(stage: Usd.Stage, layer: Sdf.Layer, rows: Rows, layer_index: int) -> list[Sdf.Path]:
    """Gives every prim and property of `layer` to `rows`; returns the roots that have to be read composed."""
    attribute_spec = Sdf.AttributeSpec
    get = layer.GetObjectAtPath
    list_keys = Sdf.Spec.ListInfoKeys
    custom_of = Sdf.PropertySpec.custom.fget
    variability_of = Sdf.PropertySpec.variability.fget
    is_property = Sdf.Path.IsPropertyPath
    is_prim = Sdf.Path.IsPrimPath
    in_variant = Sdf.Path.ContainsPrimVariantSelection
    path_string: Callable[[Sdf.Path], str] = Sdf.Path.pathString.fget
    uniform = Sdf.VariabilityUniform
    block = Sdf.ValueBlock
    plain = PlainProperties(rows)
    add_plain = plain.add
    composed_roots: list[Sdf.Path] = []
    inactive: list[Sdf.Path] = []

    def visit(path: Sdf.Path) -> None:
        if in_variant(path):
            for target in latent_targets(layer, path):
                rows.latent_target(target)
        elif is_property(path):
            spec = get(path)
            keys = list_keys(spec)
            if type(spec) is attribute_spec:
                if not add_plain(path_string(path), spec, keys, layer_index):
                    attribute(path, spec, plain.name_of_type(spec), keys)
            else:
                relationship(path, spec, keys)
        elif is_prim(path):
            prim(path, get(path))

    def attribute(path: Sdf.Path, spec: Sdf.AttributeSpec, type_name: str, keys: list[str]) -> None:
        flags = EDITABLE_PROPERTY
        value = spec.default if "default" in keys else None
        if isinstance(value, block):
            flags |= BLOCKED
            value = None
        asset = "asset" in type_name
        if asset and value is not None:
            # Only the stage knows what an asset path resolves to.
            resolved = stage.GetAttributeAtPath(path)
            # Below an inactive prim there is nothing to resolve.
            value = with_places(resolved.Get(), layer) if resolved else None
        elif isinstance(value, Sdf.PathExpression):
            value = value.MakeAbsolute(path.GetPrimPath()).GetText()
        if "timeSamples" in keys:
            flags |= ANIMATED
        if "spline" in keys:
            flags |= ANIMATED | OPAQUE
        if custom_of(spec):
            flags |= CUSTOM
        if variability_of(spec) == uniform:
            flags |= UNIFORM
        rows.add_property(path.GetPrimPath().pathString, path.name, type_name, flags, layer_index, 1, value)
        if "timeSamples" in keys:
            composed = stage.GetAttributeAtPath(path) if asset else None
            for time in layer.ListTimeSamplesForPath(path):
                sample = with_places(composed.Get(time), layer) if composed else layer.QueryTimeSample(path, time)
                rows.sample(time, None if isinstance(sample, block) else sample)
        if "connectionPaths" in keys:
            targets(applied(spec.GetInfo("connectionPaths")))
        metadata(spec, keys, ATTRIBUTE_KEYS)

    def relationship(path: Sdf.Path, spec: Sdf.RelationshipSpec, keys: list[str]) -> None:
        flags = RELATIONSHIP | EDITABLE_PROPERTY
        if custom_of(spec):
            flags |= CUSTOM
        if variability_of(spec) == uniform:
            flags |= UNIFORM
        rows.add_property(path.GetPrimPath().pathString, path.name, "", flags, layer_index, 1, None)
        if "targetPaths" in keys:
            targets(applied(spec.GetInfo("targetPaths")))
        metadata(spec, keys, RELATIONSHIP_KEYS)

    def targets(paths: list[Sdf.Path]) -> None:
        rows.has_targets()
        for target in paths:
            rows.target(target.pathString)

    def metadata(spec: Sdf.Spec, keys: list[str], known: frozenset[str]) -> None:
        for key in keys:
            if key not in known:
                value = spec.GetInfo(key)
                kind = metadata_type(value)
                rows.property_metadatum(key, kind, canonical_text(value) if kind == "opaque" else value)

    def prim(path: Sdf.Path, spec: Sdf.PrimSpec) -> None:
        keys = list_keys(spec)
        flags = ACTIVE | LOADED | EDITABLE
        bare = len(keys) == 2 and "typeName" in keys
        if not bare and not COMPOSED_KEYS.isdisjoint(keys):
            composed_roots.append(path)
        if not bare and "active" in keys and not spec.active:
            flags &= ~ACTIVE
            inactive.append(path)
        if not bare and "instanceable" in keys and spec.instanceable:
            flags |= INSTANCEABLE
        type_name = spec.typeName
        if type_name == ANY_TYPE:
            type_name = ""
        rows.prim(path.pathString, type_name, SPECIFIERS[spec.specifier], flags, layer_index, 1, None)
        if bare:
            return
        if "apiSchemas" in keys:
            for schema in applied(spec.GetInfo("apiSchemas")):
                rows.api_schema(schema)
        for key in keys:
            if key not in STRUCTURE_KEYS and key not in COMPOSED_KEYS:
                value = spec.GetInfo(key)
                kind = metadata_type(value)
                rows.prim_metadatum(key, kind, canonical_text(value) if kind == "opaque" else value)

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    composed = set(composed_roots)
    for path in inactive:
        # In there it is the stage that knows whether the prim is there at all.
        if composed.isdisjoint(path.GetPrefixes()):
            latent_below(layer, path, rows)
    return composed_roots


def latent_below(layer: Sdf.Layer, root: Sdf.Path, rows: Rows) -> None:
    """What the specs below an inactive prim point at: no stage composes them, and they may be woken up."""

    def visit(path: Sdf.Path) -> None:
        if path != root and path.GetPrimPath() != root:
            for target in latent_targets(layer, path):
                rows.latent_target(target)

    layer.Traverse(root, visit)


def latent_targets(layer: Sdf.Layer, path: Sdf.Path) -> list[str]:
    """Paths that a spec which is not composed points at, by target, connection or arc; of an over in a variant also its
    own, where it says more about its prim than what goes on holding when geometry or networks move below it."""
    # A variant is a prim spec of its own, which `GetPrimAtPath` gives and `GetObjectAtPath` does not.
    spec = layer.GetPrimAtPath(path) if path.IsPrimVariantSelectionPath() else layer.GetObjectAtPath(path)
    if isinstance(spec, Sdf.RelationshipSpec):
        found = named(spec.GetInfo("targetPaths")) if spec.HasInfo("targetPaths") else []
    elif isinstance(spec, Sdf.AttributeSpec):
        found = named(spec.GetInfo("connectionPaths")) if spec.HasInfo("connectionPaths") else []
    elif isinstance(spec, Sdf.PrimSpec):
        found = internal_arc_targets(spec)
        if path.ContainsPrimVariantSelection() and spec.specifier == Sdf.SpecifierOver and speaks(spec):
            found.append(path)
    else:
        found = []
    return [target.StripAllVariantSelections().pathString for target in found]


def speaks(spec: Sdf.PrimSpec) -> bool:
    """Whether it brings in more than a prim and a group in its place have in common."""
    names = spec.properties.keys()
    return any(spec.HasInfo(key) for key in SPEAKING_KEYS) or not all(name.startswith(HOLDS_ABOVE) for name in names)


def named(list_op: Any) -> list[Any]:
    """Every item that a list op may bring, whatever it is applied to."""
    parts = (list_op.explicitItems, list_op.addedItems, list_op.prependedItems, list_op.appendedItems)
    return [item for part in parts for item in part]


def internal_arc_targets(spec: Sdf.PrimSpec) -> list[Sdf.Path]:
    """Prims of the same layer that this spec's arcs compose."""
    found: list[Sdf.Path] = []
    for key in ("inheritPaths", "specializes"):
        if spec.HasInfo(key):
            found += named(spec.GetInfo(key))
    for key in ("references", "payload"):
        if spec.HasInfo(key):
            found += [arc.primPath for arc in named(spec.GetInfo(key)) if not arc.assetPath and arc.primPath]
    return found
