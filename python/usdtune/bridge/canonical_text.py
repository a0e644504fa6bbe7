# SPDX-License-Identifier: Apache-2.0
"""One text for values that the core does not look into (dictionaries, list ops, splines), equal for equal values."""

from __future__ import annotations

from typing import Any


def canonical_text(value: Any) -> str:
    """The text of a metadata value: dictionaries by sorted key, everything else as `pxr` prints it.

    >>> canonical_text({"b": 1, "a": {"x": "y"}})
    "{'a': {'x': 'y'}, 'b': 1}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {canonical_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(canonical_text(item) for item in value) + "]"
    if isinstance(value, bool | int | float | str):
        return repr(value)
    return str(value)


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
