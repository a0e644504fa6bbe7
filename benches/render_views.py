# SPDX-License-Identifier: Apache-2.0
"""One view of a scene, hierarchy and picture, beside embreex (by trimesh) and mitsuba: the same triangles and rays.

    $ python benches/render_views.py plant.usdc --rivals /path/to/venv/bin/python

The rivals' interpreter needs `trimesh`, `embreex`, `mitsuba` and `numpy`. They get all triangles flat in world space,
as neither reads USD; ours reads the scene, keeps what is repeated once, and shades. Ours is told with and without the
four rays more that pixels on edges get.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from compare_chain import print_columns

SIZE = (1024, 768)

RIVALS = """
import json, sys, time
import numpy as np
data = np.load(sys.argv[1])
points, triangles, origins, directions = (data[name] for name in ("points", "triangles", "origins", "directions"))
out = {}
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector
mesh = trimesh.Trimesh(points, triangles, process=False, validate=False)
start = time.perf_counter()
intersector = RayMeshIntersector(mesh)
intersector.intersects_first(origins[:1], directions[:1])
out["embreex"] = [time.perf_counter() - start]
start = time.perf_counter()
hits = intersector.intersects_first(origins, directions)
out["embreex"].append(time.perf_counter() - start)
out["hit_share"] = float((hits >= 0).mean())
import mitsuba as mi
mi.set_variant("scalar_rgb")
start = time.perf_counter()
shape = mi.Mesh("all", len(points), len(triangles))
params = mi.traverse(shape)
params["vertex_positions"] = points.astype(np.float32).ravel()
params["faces"] = triangles.astype(np.uint32).ravel()
params.update()
camera = json.loads(sys.argv[2])
eye, forward, up = (np.array(camera[name]) for name in ("eye", "forward", "up"))
scene = mi.load_dict({
    "type": "scene", "shape": shape, "integrator": {"type": "direct", "emitter_samples": 1, "bsdf_samples": 0},
    "light": {"type": "constant"},
    "sensor": {"type": "perspective", "fov_axis": "y",
               "fov": float(np.degrees(2 * np.arctan(camera["half_height"]))),
               "to_world": mi.ScalarTransform4f().look_at(eye.tolist(), (eye + forward).tolist(), up.tolist()),
               "film": {"type": "hdrfilm", "width": 1024, "height": 768},
               "sampler": {"type": "independent", "sample_count": 1}}})
out["mitsuba scalar_rgb"] = [time.perf_counter() - start]
start = time.perf_counter()
np.array(mi.render(scene, spp=1))
out["mitsuba scalar_rgb"].append(time.perf_counter() - start)
print(json.dumps(out))
"""


def ours(path: Path, view: str | None = None) -> tuple[dict[str, list[float]], str, dict[str, Any]]:
    """Seconds for the hierarchy and for a picture; the camera as JSON; what was drawn."""
    from usdtune import _core
    from usdtune.bridge.extract import extract
    from usdtune.bridge.stage_options import StageOptions

    scene = extract(path, StageOptions()).scene
    start = time.perf_counter()
    drawn = _core.RenderScene(scene, ["proxy"])
    built = time.perf_counter() - start
    facts = json.loads(drawn.facts())
    camera = view or json.dumps(json.loads(drawn.views(SIZE[0] / SIZE[1], [], 1, 0))[0]["camera"])
    seconds = {}
    for name, smooth in (("usdtune", False), ("usdtune, edges smooth", True)):
        start = time.perf_counter()
        drawn.take(camera, *SIZE, "default", smooth)
        seconds[name] = [built, time.perf_counter() - start]
    return seconds, camera, facts


def flat_triangles(path: Path) -> tuple[Any, Any]:
    """Points and triangles of every visible mesh in world space, fans of faces."""
    import numpy as np
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(path))
    cache = UsdGeom.XformCache()
    points, triangles, first = [], [], 0
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)):
        if not prim.IsA(UsdGeom.Mesh) or UsdGeom.Imageable(prim).ComputeVisibility() == "invisible":
            continue
        mesh = UsdGeom.Mesh(prim)
        own, counts, indices = (
            np.array(a.Get())
            for a in (mesh.GetPointsAttr(), mesh.GetFaceVertexCountsAttr(), mesh.GetFaceVertexIndicesAttr())
        )
        if own.ndim != 2 or counts.sum() != len(indices) or not len(indices) or indices.max() >= len(own):
            continue
        world = np.array(cache.GetLocalToWorldTransform(prim))
        points.append(own @ world[:3, :3] + world[3, :3])
        starts = np.repeat(np.cumsum(counts) - counts, np.maximum(counts - 2, 0))
        within = np.concatenate([np.arange(count - 2) for count in counts if count > 2])
        triangles.append(
            np.stack([indices[starts], indices[starts + within + 1], indices[starts + within + 2]], 1) + first
        )
        first += len(own)
    return np.concatenate(points), np.concatenate(triangles)


def rays(camera: dict[str, Any]) -> tuple[Any, Any]:
    import numpy as np

    x, y = np.meshgrid((np.arange(SIZE[0]) + 0.5) / SIZE[0] * 2 - 1, 1 - (np.arange(SIZE[1]) + 0.5) / SIZE[1] * 2)
    right, up, forward = (np.array(camera[name]) for name in ("right", "up", "forward"))
    along = forward + x[..., None] * camera["half_width"] * right + y[..., None] * camera["half_height"] * up
    along = along.reshape(-1, 3)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.broadcast_to(np.array(camera["eye"]), along.shape), along


def main() -> int:
    """Command line: see the top of this file."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--rivals", help="interpreter with trimesh, embreex, mitsuba and numpy")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    best: dict[str, list[float]] = {}

    def keep(found: dict[str, list[float]]) -> None:
        for name, seconds in found.items():
            if name not in best or sum(seconds) < sum(best[name]):
                best[name] = seconds

    view = None
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "rays.npz"
        for number in range(arguments.rounds):
            seconds, view, facts = ours(arguments.scene, view)
            keep(seconds)
            if not arguments.rivals:
                continue
            if number == 0:
                points, triangles = flat_triangles(arguments.scene)
                origins, directions = rays(json.loads(view))
                np.savez(data, points=points, triangles=triangles, origins=origins, directions=directions)
            done = subprocess.run([arguments.rivals, "-c", RIVALS, str(data), view], check=True, capture_output=True)
            found = json.loads(done.stdout.splitlines()[-1])
            share = found.pop("hit_share")
            keep(found)
            print(f"round {number + 1}/{arguments.rounds}: {share:.1%} of the rays hit", file=sys.stderr)
    whole = sum(best["usdtune"])
    rows = [["", "hierarchy s", "picture s", "both s", "of ours"]]
    rows += [[name, f"{a:.2f}", f"{b:.2f}", f"{a + b:.2f}", f"{(a + b) / whole:.2f}"] for name, (a, b) in best.items()]
    print_columns(rows)
    print(f"{facts['triangle_count']:,} triangles kept, {facts['hierarchy_bytes'] / 1e6:,.1f} MB for rays")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
