# SPDX-License-Identifier: Apache-2.0
"""What the `pxr` at hand calls otherwise than others do: 24.11 to 26.11, and those that bring their own.

Everything that depends on the version stands here, so that the oldest one that we still serve can be raised in one
place. `make wheel-test` holds the whole bridge against each of them.
"""

from __future__ import annotations

from typing import Any

from pxr import Sdf, Usd

NOT_AUTHORED = (Usd.ResolveInfoSourceNone, Usd.ResolveInfoSourceFallback)


def has_authored_value(attribute: Usd.Attribute) -> bool:
    """Whether an authored value wins at the default time, and no block. ResolveInfo tells so itself from 26.x on."""
    return attribute.GetResolveInfo(Usd.TimeCode.Default()).GetSource() not in NOT_AUTHORED


def create_relationship(layer: Sdf.Layer, path: Sdf.Path, custom: bool) -> bool:
    """A relationship spec on a prim spec that is there. The call that asks for no prim spec came after 24.11."""
    create = getattr(Sdf, "JustCreateRelationshipInLayer", None)
    if create is not None:
        return bool(create(layer, path, Sdf.VariabilityUniform, custom))
    return bool(Sdf.RelationshipSpec(layer.GetPrimAtPath(path.GetPrimPath()), path.name, custom))


def without_fallbacks(thing: Usd.Object, key: str, value: dict[str, Any]) -> dict[str, Any]:
    """A dictionary without what the type's definition adds, as 25.11 does with its documentation (`userDocBrief`)."""
    specs = thing.GetPrimStack() if isinstance(thing, Usd.Prim) else thing.GetPropertyStack(Usd.TimeCode.Default())
    authored = {name for spec in specs if spec.HasInfo(key) for name in spec.GetInfo(key)}
    return {name: item for name, item in value.items() if name in authored}
