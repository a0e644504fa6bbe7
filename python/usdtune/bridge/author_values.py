# SPDX-License-Identifier: Apache-2.0
"""From values of edits to values of `pxr`: arrays cross as buffers, copied once into Vt's own memory."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pxr import Sdf

Converter = Callable[[Any], Any]


class AuthorError(Exception):
    """An edit cannot be written; the text is one sentence that names path, value and expectation."""


class OverwriteError(AuthorError):
    """The result would stand where a file of the scene stands."""


class Values:
    """Makes `pxr` values of declared types; remembers one converter per type name.

    >>> Values().make("token", "vertex")
    'vertex'
    """

    def __init__(self) -> None:
        self.converters: dict[str, Converter] = {}
        self.types: dict[str, Any] = {}

    def type_of(self, name: str) -> Any:
        """The Sdf value type of a name."""
        found = self.types.get(name)
        if found is None:
            found = Sdf.ValueTypeNames.Find(name)
            if not found:
                raise AuthorError(f"{name}: OpenUSD knows no value type of this name.")
            self.types[name] = found
        return found

    def make(self, type_name: str, value: Any) -> Any:
        """The value as `pxr` holds it. Buffers are copied."""
        convert = self.converters.get(type_name)
        if convert is None:
            convert = self.converters[type_name] = converter(self.type_of(type_name), type_name)
        return convert(value)


def converter(value_type: Any, type_name: str) -> Converter:
    """How a value of one type is made from a str, a number, a list of str or a buffer."""
    sample = value_type.defaultValue
    cls = type(sample)
    if type_name.endswith("[]"):
        if hasattr(cls, "FromBuffer"):
            shape = shape_of(memoryview(sample))[1:]
            return matrix_array(cls, shape) if len(shape) == 2 else cls.FromBuffer
        scalar = converter(Sdf.ValueTypeNames.Find(type_name[:-2]), type_name[:-2])
        # TimeCodeArray has no buffer before 25.x.
        return lambda items: cls([scalar(item) for item in (items if isinstance(items, list) else numbers(items))])
    if cls in (bool, int, float):
        return lambda value: value if isinstance(value, bool | int | float) else cls(numbers(value)[0])
    if cls is str:
        return str
    if cls.__name__.startswith("Quat"):
        imaginary = type(sample.imaginary)
        return lambda value: quaternion(cls, imaginary, numbers(value))
    if cls.__name__.startswith(("Vec", "Matrix")):
        return lambda value: cls(*numbers(value))
    return lambda value: cls(value)  # AssetPath, TimeCode, PathExpression


def matrix_array(cls: Any, shape: tuple[int, ...]) -> Converter:
    def make(buffer: Any) -> Any:
        view = memoryview(buffer)
        if view.nbytes == 0:
            return cls()
        return cls.FromBuffer(view.cast("B").cast("d", (shape_of(view)[0], *shape)))

    return make


def shape_of(view: memoryview) -> tuple[int, ...]:
    return view.shape or ()


def quaternion(cls: Any, imaginary: Any, parts: tuple[Any, ...]) -> Any:
    return cls(parts[3], imaginary(*parts[:3]))


def numbers(buffer: Any) -> tuple[Any, ...]:
    """The numbers of a small buffer (`memoryview` itself cannot read half floats)."""
    view = memoryview(buffer)
    return struct.unpack(f"{view.nbytes // view.itemsize}{view.format}", view.tobytes())
