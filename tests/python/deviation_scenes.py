# SPDX-License-Identifier: Apache-2.0
"""Meshes and stages for tests of deviation: shapes as arrays, stages of them, and the document about two stages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom
from usdtune import _core
from usdtune.bridge.extract import extract

Json = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """Points (n × 3, as USD holds them: float32) and triangles (m × 3)."""

    points: np.ndarray
    triangles: np.ndarray

    def moved(self, points: np.ndarray) -> Shape:
        """The same triangles over other points."""
        return replace(self, points=np.asarray(points, np.float64).astype(np.float32))


def areas_of(shape: Shape) -> np.ndarray:
    a, b, c = (shape.points[shape.triangles[:, k]].astype(np.float64) for k in range(3))
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


def wrapped_grid(rows: int, columns: int, *, close_rows: bool) -> np.ndarray:
    """Triangles of a grid whose columns meet at the end, and its rows too where asked."""
    row, column = np.meshgrid(np.arange(rows if close_rows else rows - 1), np.arange(columns), indexing="ij")
    corner = [
        (((row + i) % rows) * columns + (column + k) % columns).ravel() for i, k in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    return np.concatenate(
        [np.stack([corner[0], corner[1], corner[2]], 1), np.stack([corner[0], corner[2], corner[3]], 1)]
    )


def sphere(rows: int = 40, columns: int = 80, radius: float = 1.0) -> Shape:
    """A sphere of longitudes and latitudes, one triangle at each pole cut away."""
    up, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    points = np.stack([np.sin(up) * np.cos(around), np.sin(up) * np.sin(around), np.cos(up)], -1).reshape(-1, 3)
    return Shape((points * radius).astype(np.float32), wrapped_grid(rows, columns, close_rows=False))


def torus(rows: int = 40, columns: int = 80, tube: float = 0.3) -> Shape:
    """A ring of radius 1."""
    about, around = np.meshgrid(
        np.linspace(0, 2 * np.pi, rows, endpoint=False),
        np.linspace(0, 2 * np.pi, columns, endpoint=False),
        indexing="ij",
    )
    out = 1 + tube * np.cos(about)
    points = np.stack([out * np.cos(around), out * np.sin(around), tube * np.sin(about)], -1).reshape(-1, 3)
    return Shape(points.astype(np.float32), wrapped_grid(rows, columns, close_rows=True))


def sheet(cells: int = 20, half: float = 1.0) -> Shape:
    """A flat square about the origin, in the plane of x and y."""
    at = np.linspace(-half, half, cells + 1)
    x, y = np.meshgrid(at, at, indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], -1).reshape(-1, 3)
    row, column = np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij")
    a = (row * (cells + 1) + column).ravel()
    b, c, d = a + cells + 1, a + cells + 2, a + 1
    return Shape(points.astype(np.float32), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]))


def add_mesh(stage: Usd.Stage, path: str, shape: Shape) -> UsdGeom.Mesh:
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.CreatePointsAttr(shape.points)
    mesh.CreateFaceVertexCountsAttr([3] * len(shape.triangles))
    mesh.CreateFaceVertexIndicesAttr(shape.triangles.astype(np.int32).ravel())
    return mesh


def new_stage(file: Path, metres_per_unit: float = 1.0) -> Usd.Stage:
    stage = Usd.Stage.CreateNew(str(file))
    UsdGeom.SetStageMetersPerUnit(stage, metres_per_unit)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    return stage


def write(file: Path, shapes: Mapping[str, Shape], metres_per_unit: float = 1.0) -> Path:
    """A stage of meshes, in units of so many metres."""
    stage = new_stage(file, metres_per_unit)
    for path, shape in shapes.items():
        add_mesh(stage, path, shape)
    stage.Save()
    return file


def deviation(before: Path, after: Path) -> Json:
    """The document about two stages, as the proof has it."""
    scene = extract(before).scene
    return json.loads(_core.deviation(scene, extract(after, share=scene).scene))


def deviation_of(folder: Path, before: Shape, after: Shape, metres_per_unit: float = 1.0) -> Json:
    """The same about two stages of one mesh."""
    a = write(folder / "before.usdc", {"/World/Mesh": before}, metres_per_unit)
    return deviation(a, write(folder / "after.usdc", {"/World/Mesh": after}, metres_per_unit))
