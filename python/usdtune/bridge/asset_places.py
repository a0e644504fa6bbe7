# SPDX-License-Identifier: Apache-2.0
"""What asset paths of a layer lead to, as the Scene holds it.

A place is named by the real file: a result that waits for its verification reaches what will lie beside it through
links, and one file under two names is one file.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from pxr import Ar, Sdf, UsdShade


@cache
def real_place(resolved: str) -> str:
    """A resolved path, links followed; of a place inside a package the package's.

    >>> real_place(""), real_place("/no/such/pack.usdz[a/b.png]")
    ('', '/no/such/pack.usdz[a/b.png]')
    """
    if not resolved:
        return ""
    # Not at the first bracket: folders may have some in their names.
    outer, inner = Ar.SplitPackageRelativePathOuter(resolved)
    place = os.path.realpath(outer)
    return str(Ar.JoinPackageRelativePath([place, inner])) if inner else place


def resolve(identifier: str) -> str:
    """What the resolver makes of an identifier, or an empty text."""
    return real_place(str(Ar.GetResolver().Resolve(identifier) or ""))


def resolved_pattern(asset: str, layer: Sdf.Layer) -> str:
    """Where a tiled texture's pattern leads when some tile of it is there: no resolver finds patterns as such."""
    return real_place(UsdShade.UdimUtils.ResolveUdimPath(asset, layer)) if "<UDIM>" in asset else ""


def with_places(value: Any, layer: Sdf.Layer) -> Any:
    """A value of a layer; of assets, one whose places are real and whose patterns are resolved as well."""
    if isinstance(value, Sdf.AssetPath):
        found = real_place(value.resolvedPath) or resolved_pattern(value.path, layer)
        return Sdf.AssetPath(value.path, found) if found != value.resolvedPath else value
    if isinstance(value, Sdf.AssetPathArray):
        return [with_places(item, layer) for item in value]
    return value
