# SPDX-License-Identifier: Apache-2.0
"""Lengths and sizes as people read them."""

from __future__ import annotations

LENGTHS = ((1e3, "km"), (1.0, "m"), (1e-2, "cm"), (1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"))
SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def length(metres: float) -> str:
    """Three digits that count.

    >>> length(1.97e-06), length(0.0023), length(0), length(12.5), length(3e-12), length(5.4e6)
    ('1.97 µm', '2.3 mm', '0 m', '12.5 m', 'less than 1 nm', '5,400 km')
    >>> length(999.9), length(9.999e-4)
    ('1 km', '1 mm')
    """
    if metres == 0:
        return "0 m"
    rounded = float(f"{metres:.3g}")
    for step, unit in LENGTHS:
        # A division leaves a bit too little of what is exactly one step.
        if abs(rounded) >= step * (1 - 1e-9):
            return f"{float(f'{rounded / step:.3g}'):,.10g} {unit}"
    return "less than 1 nm"


def size(count: float) -> str:
    """
    >>> size(391745), size(12470166), size(12), size(999960)
    ('391.7 kB', '12.5 MB', '12 bytes', '1.0 MB')
    """
    for step, unit in SIZES:
        if abs(count) >= step * 0.99995:
            return f"{count / step:,.1f} {unit}"
    return f"{count:,.0f} bytes"
