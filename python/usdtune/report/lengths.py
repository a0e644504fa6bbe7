# SPDX-License-Identifier: Apache-2.0
"""Lengths and sizes as people read them."""

from __future__ import annotations

STEPS = ((1e3, "km"), (1.0, "m"), (1e-2, "cm"), (1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"))


def length(metres: float) -> str:
    """
    >>> length(1.97e-06), length(0.0023), length(0), length(12.5), length(3e-12)
    ('1.97 µm', '2.3 mm', '0 m', '12.5 m', 'less than 1 nm')
    """
    if metres == 0:
        return "0 m"
    for size, unit in STEPS:
        if abs(metres) >= size:
            return f"{metres / size:.3g} {unit}"
    return "less than 1 nm"


def size(count: float) -> str:
    """
    >>> size(391745), size(12470166), size(12)
    ('391.7 kB', '12.5 MB', '12 bytes')
    """
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count:,.0f} bytes"
