# SPDX-License-Identifier: Apache-2.0
"""One text for values that the core does not look into (dictionaries, list ops, …): equal values give equal texts.

The grammar stands in core/usdtune/crate/canonical_text.h; the native reader writes the same text for the same value.
"""

from __future__ import annotations

import json
from typing import Any

from pxr import Gf, Sdf, Tf

from usdtune._core import content_hash

SCALAR_LETTERS = {"f": "float", "d": "double", "h": "half", "i": "int"}
LIST_OP_PARTS = (
    ("explicit", "explicitItems"),
    ("added", "addedItems"),
    ("prepended", "prependedItems"),
    ("appended", "appendedItems"),
    ("deleted", "deletedItems"),
    ("ordered", "orderedItems"),
)


def canonical_text(value: Any) -> str:
    """The text of a metadata value.

    >>> canonical_text({"b": 1, "a": {"x": "y"}})
    '{"a": {"x": "y"}, "b": 1}'
    >>> canonical_text(Gf.Vec3f(1, 2, 3)), canonical_text([True, 0.1])
    ('float3(1.0, 2.0, 3.0)', '[true, 0.1]')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: str(key).encode())
        return "{" + ", ".join(f"{text(str(key))}: {canonical_text(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(canonical_text(item) for item in value) + "]"
    if isinstance(value, Sdf.AssetPath):
        return f"asset({text(value.path)})"
    if isinstance(value, Sdf.TimeCode):
        return f"timecode({float(value)!r})"
    if isinstance(value, Sdf.Path | Sdf.PathExpression):
        return text(str(value))
    name = type(value).__name__
    if name.endswith("ListOp"):
        return list_op(value)
    if name.endswith("Array"):
        return array(value, name.removesuffix("Array"))
    return tuple_text(value, name)


def text(content: str) -> str:
    return json.dumps(content, ensure_ascii=False)


def tuple_text(value: Any, name: str) -> str:
    """Vectors, matrices, quaternions and words such as `private`; anything else that OpenUSD may bring as it prints
    itself."""
    if name.startswith("Vec"):
        return f"{type_name(name)}({', '.join(repr(item) for item in value)})"
    if name.startswith("Matrix"):
        return f"{type_name(name)}({', '.join(repr(item) for row in value for item in row)})"
    if name.startswith("Quat"):
        return f"{type_name(name)}({', '.join(repr(item) for item in (*value.imaginary, value.real))})"
    if isinstance(value, Tf.Enum):
        return str(value.displayName).lower()
    return str(value)


def type_name(name: str) -> str:
    """`Vec3f` → `float3`, `Matrix4d` → `matrix4d`, `Quath` → `quath`, `Int` → `int`."""
    if name.startswith("Vec"):
        return SCALAR_LETTERS[name[-1]] + name[3:-1]
    return name.lower()


def array(value: Any, name: str) -> str:
    if name in ("Token", "String", "AssetPath"):
        data = b"".join((item.path if isinstance(item, Sdf.AssetPath) else item).encode() + b"\0" for item in value)
        return f"text[{len(value)}:{content_hash(data)}]"
    return f"{type_name(name)}[{len(value)}:{content_hash(bytes(memoryview(value)))}]"


def list_op(value: Any) -> str:
    parts = []
    for name, attribute in LIST_OP_PARTS:
        items = list(getattr(value, attribute))
        if items or (name == "explicit" and value.isExplicit):
            parts.append(f"{name}={canonical_text(items)}")
    return f"listop({', '.join(parts)})"


def metadata_type(value: Any) -> str:
    """The type name under which the core keeps a metadata value.

    >>> metadata_type(True), metadata_type("vertex"), metadata_type(3), metadata_type({})
    ('bool', 'string', 'int', 'opaque')
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "double"
    if isinstance(value, str):
        return "string"
    return "opaque"


__all__ = ["Gf", "canonical_text", "metadata_type"]
