# SPDX-License-Identifier: Apache-2.0
"""FLIP of two pictures (Andersson et al., FLIP: A Difference Evaluator for Alternating Images, 2020), evaluated only
where it can be other than zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CELL = 16
"""Pixels. At its default viewing distance (67 pixels per degree) the widest filter of FLIP has a radius of 10, so no
error passes a whole cell."""


def flip(before: Any, after: Any) -> tuple[bytes | None, float, float]:
    """The error of each pixel as float32, its mean and its largest; no map where every pixel is equal."""
    left, right = before.rgb(), after.rgb()
    if left == right:
        return None, 0.0, 0.0
    import numpy as np

    shape = (before.height, before.width, 3)
    images = [np.frombuffer(pixels, np.uint8).reshape(shape) for pixels in (left, right)]
    errors = flip_of_arrays(*images)
    return errors.tobytes(), round(float(errors.mean()), 9), round(float(errors.max()), 6)


def flip_of_arrays(left: Any, right: Any) -> Any:
    """FLIP of two uint8 sRGB arrays of (height, width, 3)."""
    import flip_evaluator  # type: ignore[import-untyped]
    import numpy as np

    errors = np.zeros(left.shape[:2], np.float32)
    for rows, columns in _parts((left != right).any(axis=2)):
        around = tuple(slice(max(part.start - CELL, 0), part.stop + CELL) for part in (rows, columns))
        cut = [np.ascontiguousarray(image[around], np.float32) / 255 for image in (left, right)]
        found, _, _ = flip_evaluator.evaluate(*cut, "LDR", applyMagma=False)
        inside = found[rows.start - around[0].start :, columns.start - around[1].start :, 0]
        errors[rows, columns] = inside[: rows.stop - rows.start, : columns.stop - columns.start]
    return errors


def _parts(differs: Any) -> Iterator[tuple[slice, slice]]:
    """Boxes, in whole cells, around pixels that differ and whatever an error of theirs reaches."""
    import numpy as np

    height, width = differs.shape
    padded = np.pad(differs, ((0, -height % CELL), (0, -width % CELL)))
    cells = padded.reshape(padded.shape[0] // CELL, CELL, -1, CELL).any(axis=(1, 3))
    waiting = {
        (int(row) + down, int(column) + across)
        for row, column in np.argwhere(cells)
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
        if 0 <= row + down < cells.shape[0] and 0 <= column + across < cells.shape[1]
    }
    while waiting:
        group = _take_group(waiting)
        rows, columns = [row for row, _ in group], [column for _, column in group]
        yield (
            slice(min(rows) * CELL, min((max(rows) + 1) * CELL, height)),
            slice(min(columns) * CELL, min((max(columns) + 1) * CELL, width)),
        )


def _take_group(waiting: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Takes cells that hang together out of `waiting`, beginning with the first."""
    first = min(waiting)
    waiting.discard(first)
    group = [first]
    for row, column in group:
        for near in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if near in waiting:
                waiting.discard(near)
                group.append(near)
    return group
