# SPDX-License-Identifier: Apache-2.0
"""Closest points of a target of a million triangles: ours, Embree's point query, open3d and trimesh, in one run.

    $ cmake --preset release -DUSDTUNE_BENCHES=ON && cmake --build --preset release --target closest_points_bench
    $ python benches/closest_points.py --bench build/release/benches/closest_points_bench [--scene plant.usdc]

The interpreter needs numpy; open3d, trimesh (with rtree) and usd-core (for --scene) where they are to take part. What
cannot be imported is left out and named. Microseconds per query; the ratio is ours to the best of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

FEW = 100  # trimesh takes its time, and gigabytes for queries far off


def noisy_sphere(triangles: int) -> tuple[np.ndarray, np.ndarray]:
    """A sphere of longitudes and latitudes with hills and noise."""
    rows = int(np.sqrt(triangles / 4)) + 1
    columns = triangles // (2 * (rows - 1))
    up, around = np.meshgrid(
        np.linspace(0.01, np.pi - 0.01, rows), np.arange(columns) * (2 * np.pi / columns), indexing="ij"
    )
    radius = 1 + 0.1 * np.sin(7 * up) * np.cos(5 * around) + 0.0005 * np.random.default_rng(1).normal(size=up.shape)
    points = radius[..., None] * np.stack([np.sin(up) * np.cos(around), np.sin(up) * np.sin(around), np.cos(up)], -1)
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a, b = (row * columns + column).ravel(), (row * columns + (column + 1) % columns).ravel()
    faces = np.concatenate([np.stack([a, a + columns, b + columns], 1), np.stack([a, b + columns, b], 1)])
    return points.reshape(-1, 3), faces


def scene_triangles(file: Path, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Every mesh of a stage in place, faces as fans, until there are enough."""
    from pxr import Usd, UsdGeom

    points, faces, first = [], [], 0
    cache = UsdGeom.XformCache()
    stage = Usd.Stage.Open(str(file))
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()):
        if not prim.IsA(UsdGeom.Mesh) or sum(map(len, faces)) >= most:
            continue
        mesh, matrix = UsdGeom.Mesh(prim), np.array(cache.GetLocalToWorldTransform(prim))
        own = np.array(mesh.GetPointsAttr().Get(), np.float64)
        counts, indices = (
            np.array(attribute.Get()) for attribute in (mesh.GetFaceVertexCountsAttr(), mesh.GetFaceVertexIndicesAttr())
        )
        begins = np.cumsum(counts) - counts
        for k in range(1, int(counts.max(initial=0)) - 1):
            at = begins[counts > k + 1]
            faces.append(first + np.stack([indices[at], indices[at + k], indices[at + k + 1]], 1))
        points.append(own @ matrix[:3, :3] + matrix[3, :3])
        first += len(own)
    return np.concatenate(points), np.concatenate(faces)


def query_sets(points: np.ndarray, faces: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Near the surface by 1e-6 and 1e-3 of the diagonal, and far; at random, and along the surface."""
    random = np.random.default_rng(2)
    low, high = points.min(axis=0), points.max(axis=0)
    diagonal = float(np.linalg.norm(high - low))
    weights = random.dirichlet([1, 1, 1], count)
    chosen = random.integers(0, len(faces), count)
    sets = {}
    for name, rows in (("random", chosen), ("coherent", np.sort(chosen))):
        on = np.einsum("ij,ijk->ik", weights, points[faces[rows]])
        for far in (1e-6, 1e-3):
            moved = random.normal(size=on.shape)
            sets[f"near_{far:g}_{name}"] = on + far * diagonal * moved / np.linalg.norm(moved, axis=1)[:, None]
    middle, half = (low + high) / 2, (high - low)
    sets["far_random"] = middle + half * random.uniform(-1, 1, (count, 3))
    # One precision for everybody: Embree and open3d hold float32.
    return {name: queries.astype(np.float32).astype(np.float64) for name, queries in sets.items()}


def best_time(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def with_open3d(
    points: np.ndarray, faces: np.ndarray, sets: dict[str, np.ndarray], threads: int, rounds: int
) -> dict[str, float]:
    import open3d

    scene = open3d.t.geometry.RaycastingScene(nthreads=threads)
    scene.add_triangles(open3d.core.Tensor(points.astype(np.float32)), open3d.core.Tensor(faces.astype(np.uint32)))
    spent = {}
    for name, queries in sets.items():
        asked = open3d.core.Tensor(queries.astype(np.float32))
        scene.compute_closest_points(asked[:10])  # builds
        spent[name] = best_time(lambda asked=asked: scene.compute_closest_points(asked, nthreads=threads), rounds)
    return spent


def with_trimesh(points: np.ndarray, faces: np.ndarray, sets: dict[str, np.ndarray]) -> dict[str, float]:
    import trimesh

    mesh = trimesh.Trimesh(points, faces, process=False)
    near = trimesh.proximity.closest_point
    near(mesh, next(iter(sets.values()))[:10])  # builds
    return {name: best_time(lambda q=q: near(mesh, q[:FEW]), 1) * len(q) / min(FEW, len(q)) for name, q in sets.items()}


def measure(name: str, points: np.ndarray, faces: np.ndarray, arguments: argparse.Namespace) -> None:
    points = points.astype(np.float32).astype(np.float64)
    sets = query_sets(points, faces, arguments.queries)
    slow: dict[str, float] = {}
    if not arguments.without_trimesh:
        slow = with_trimesh(points, faces, sets)
    with tempfile.TemporaryDirectory() as folder:
        points.tofile(Path(folder) / "points.f64")
        faces.astype(np.uint32).tofile(Path(folder) / "triangles.u32")
        for query_name, queries in sets.items():
            queries.tofile(Path(folder) / f"queries_{query_name}.f64")
        for threads in arguments.threads:
            command = [str(arguments.bench), folder, str(threads), str(arguments.rounds)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rivals: dict[str, dict[str, float]] = {"trimesh": slow} if slow and threads == 1 else {}
            try:
                rivals["open3d"] = with_open3d(points, faces, sets, threads, arguments.rounds)
            except ImportError as error:
                print(f"open3d is left out: {error}", file=sys.stderr)
            print_table(name, len(faces), threads, told, rivals, arguments.queries)


def print_table(
    name: str, triangles: int, threads: int, told: dict, rivals: dict[str, dict[str, float]], count: int
) -> None:
    build = "  ".join(f"{who} {seconds:.2f} s" for who, seconds in told["build"].items())
    print(f"\n{name}: {triangles} triangles, {threads} thread(s), load {os.getloadavg()[0]:.1f}; build: {build}")
    print(
        f"{'queries':24}" + "".join(f"{who:>10}" for who in ("usdtune", "embree", *rivals)) + "     ratio  difference"
    )
    for query, spent in sorted(told["queries"].items()):
        apart = spent.pop("largest_difference")
        spent = {who: spent[who] for who in ("usdtune", "embree")}
        spent |= {who: times[query] for who, times in rivals.items()}
        ratio = spent["usdtune"] / min(seconds for who, seconds in spent.items() if who != "usdtune")
        print(
            f"{query:24}"
            + "".join(f"{seconds * 1e6 / count:10.3f}" for seconds in spent.values())
            + f"{ratio:10.2f}  {apart:.1e}"
        )


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, required=True, help="closest_points_bench, as built")
    parser.add_argument("--scene", type=Path, help="a stage whose meshes are a target, too")
    parser.add_argument("--triangles", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--without-trimesh", action="store_true")
    arguments = parser.parse_args()
    measure("noisy sphere", *noisy_sphere(arguments.triangles), arguments)
    if arguments.scene:
        measure(arguments.scene.name, *scene_triangles(arguments.scene, arguments.triangles), arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
