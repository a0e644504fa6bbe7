# SPDX-License-Identifier: Apache-2.0
"""Pictures of scenes, taken by a worker: one scene for `usdtune render`, two of them for a proof.

Nothing here knows of documents or folders of a run; files are written where the caller says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from usdtune import _core
from usdtune.atomic_file import write_bytes
from usdtune.report.words import count_of
from usdtune.workflow.flip import flip
from usdtune.workflow.stops import BadUsage, Failed

Json = Any
Tell = Callable[[str, int, int], None]

LAYERS = ("color", "prim-id", "material-id", "depth", "normal")
PROOF_LAYERS = {"color": "colour", "prim-id": "prim_id", "material-id": "material_id"}
"""What a proof keeps of each picture, and its names there."""
PURPOSES = ("render", "proxy", "guide")
ALL_PURPOSES = ["render", "proxy"]
"""What a proof looks at: everything that may be drawn, but guides."""


@dataclass(frozen=True)
class Shot:
    """What `usdtune render` takes pictures of.

    >>> Shot(size=(640, 480)).aspect
    1.3333333333333333
    """

    size: tuple[int, int] = (1024, 768)
    camera: str | None = None
    times: tuple[float | None, ...] = (None,)
    """Time codes; None is the default time."""
    purposes: tuple[str, ...] = ("proxy",)
    layers: tuple[str, ...] = ("color",)
    lights: str = "auto"
    wireframe: bool = False
    transparent: bool = False

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """What came through a pipe, where tuples become lists."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in record.items()
        }
        return cls(**values)

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]


def take(scene: Any, shot: Shot, names: Sequence[Sequence[Path]], threads: int, tell: Tell) -> Json:
    """Takes the pictures: for each time one file for each layer, named by `names`. Gives what was drawn."""
    taken = []
    facts: Json = {}
    for index, (time, files) in enumerate(zip(shot.times, names, strict=True)):
        tell("rendering", index, len(shot.times))
        drawn = _core.RenderScene(scene, list(shot.purposes), time, threads=threads)
        facts = json.loads(drawn.facts())
        view = _view_of(drawn, shot)
        picture = drawn.take(json.dumps(view["camera"]), *shot.size, _lights(shot), True, shot.wireframe)
        for layer, file in zip(shot.layers, files, strict=True):
            write_bytes(file, layer_png(drawn, picture, layer, transparent=shot.transparent))
        taken.append({"time": time, "view": view, "files": [str(file) for file in files]})
    return {"pictures": taken, **facts}


def layer_png(drawn: Any, picture: Any, layer: str, *, transparent: bool = False) -> bytes:
    if layer in ("prim-id", "material-id"):
        return bytes(drawn.id_png(picture, layer == "material-id"))
    return bytes(picture.png(layer, transparent))


def _lights(shot: Shot) -> str:
    # Those of the stage are meant for its cameras; a view that we choose may stand where they never shine.
    if shot.lights == "auto":
        return "stage" if shot.camera else "default"
    return shot.lights


def _view_of(drawn: Any, shot: Shot) -> Json:
    if shot.camera:
        try:
            camera = json.loads(drawn.camera(shot.camera, shot.aspect))
        except ValueError as error:
            raise BadUsage(f"--camera {error}") from None
        return {"name": "camera", "title": f"Through {shot.camera}", "path": shot.camera, "camera": camera}
    views = json.loads(drawn.views(shot.aspect, [], ring=1, cameras=0))
    if not views:
        purposes = " or ".join(("default", *shot.purposes))
        raise Failed(f"There is nothing to draw: no visible prim of purpose {purposes} has a surface.")
    return views[0]


@dataclass(frozen=True)
class Comparison:
    """How two scenes are looked at side by side. `moves` tells where prims of the first are in the second."""

    size: tuple[int, int] = (1024, 768)
    closeups: tuple[str, ...] = ()
    """Paths in the second scene, most important first."""
    moved: tuple[str, ...] = ()
    """Paths in the second scene of meshes whose surface moved; a heat map tells where."""
    tolerance_m: float = 0.0
    metres_per_unit: float = 1.0
    folder: Path = Path("proof")
    """Where pictures are written; its name is told in the names of files."""


CLOSEUPS = 4
"""Prims looked at from near by, beside the views of the whole."""


def closeups_of(deviation: Json, moves: Sequence[Any]) -> tuple[str, ...]:
    """What to look at from near by, as paths of the second scene: meshes whose surface moved, farthest first, then
    some of what got another place in the scene description, spread over all of it.

    >>> closeups_of({"meshes": []}, [["/A", "/P/A", "instanced", "", ""], ["/B", None, "removed", "", ""]])
    ('/P/A',)
    """
    moved = [row["other_path"] for row in deviation["meshes"] if not row["exact"] and row["other_path"]]
    placed = [
        move[1] for move in moves if move[2] in ("moved", "instanced", "merged") and move[1] and "." not in move[1]
    ]
    step = max(len(placed) // CLOSEUPS, 1)
    return tuple(dict.fromkeys([*moved[:CLOSEUPS], *placed[::step]]))[: 4 * CLOSEUPS]


def compare_views(before: Any, after: Any, moves: Sequence[Any], how: Comparison, threads: int, tell: Tell) -> Json:
    """Takes pictures of both scenes from the same places and compares them: the `pictures` block of a proof."""
    first = _core.RenderScene(before, ALL_PURPOSES, moves=list(moves), threads=threads)
    second = _core.RenderScene(after, ALL_PURPOSES, threads=threads)
    width, height = how.size
    how.folder.mkdir(parents=True, exist_ok=True)
    for stale in pictures_in(how.folder):
        stale.unlink()
    views = json.loads(first.views(width / height, list(how.closeups)))
    rows = []
    for index, view in enumerate(views):
        tell("taking pictures", index, len(views))
        rows.append(_compare_view(first, second, view, how))
    return {
        "width": width,
        "height": height,
        "samples_per_pixel": 5,
        "views": rows,
    }


_PICTURE_NAME: Final = re.compile(rf".+\.((before|after)\.({'|'.join(PROOF_LAYERS)})|flip|ids|depths|deviation)\.png")


def pictures_in(folder: Path) -> list[Path]:
    """What `compare_views` has written into a folder; somebody may keep other files there."""
    return [path for path in sorted(folder.glob("*.png")) if _PICTURE_NAME.fullmatch(path.name)]


def _compare_view(first: Any, second: Any, view: Json, how: Comparison) -> Json:
    camera = json.dumps(view["camera"])
    pictures = [drawn.take(camera, *how.size) for drawn in (first, second)]
    difference = _core.compare_pictures(first, pictures[0], second, pictures[1], camera)
    counts = json.loads(difference.to_json())
    depth_m = counts["depth_largest"] * how.metres_per_unit
    error, mean, largest = flip(*pictures)
    row: Json = {
        "name": view["name"],
        "title": view["title"],
        "why": view["why"],
        "camera": {"path": view["path"]} if view["path"] else _camera_record(view["camera"]),
        "before": _write_layers(first, pictures[0], how, f"{view['name']}.before"),
        "after": _write_layers(second, pictures[1], how, f"{view['name']}.after"),
        "heat": {},
        "flip": {"mean": mean, "max": largest},
        "id_pixels": {
            "differ": counts["prims_differ"] + counts["materials_differ"],
            "ties": counts["ties"],
            "compared": counts["compared"],
        },
        "depth_max_m": depth_m,
    }
    under = pictures[0]
    if error is not None:
        row["heat"]["flip"] = _write(how, f"{view['name']}.flip.png", _core.heat_png(error, under, 1.0))
    if row["id_pixels"]["differ"] or counts["ties"]:
        row["heat"]["prim_id"] = _write(how, f"{view['name']}.ids.png", difference.marks_png(under))
    if counts["depths_differ"]:
        full = max(counts["depth_largest"], 1e-12)
        row["heat"]["depth"] = _write(how, f"{view['name']}.depths.png", difference.depth_png(under, full))
    if how.moved and (drift := _core.surface_drift(first, pictures[0], second, camera, list(how.moved))).strip(b"\0"):
        row["heat"]["deviation"] = _write_drift(how, f"{view['name']}.deviation.png", drift, under)
    row["verdict"], row["sentence"] = verdict_of(row, counts["depths_differ"], how.tolerance_m)
    return row


def verdict_of(row: Json, depths_differ: int, tolerance_m: float) -> tuple[str, str]:
    """What a person should read of one view.

    >>> row = {"id_pixels": {"differ": 0, "ties": 0, "compared": 9}, "depth_max_m": 0.0, "flip": {"mean": 0.0}}
    >>> verdict_of(row, 0, 0.0)
    ('same', 'No pixel shows anything else.')
    """
    ids, depth = row["id_pixels"], row["depth_max_m"]
    if ids["differ"]:
        share = ids["differ"] / max(ids["compared"], 1)
        return "different", f"{ids['differ']:,} pixels ({share:.2%}) show another prim or material."
    edges = ""
    if ids["ties"]:
        falls = "falls" if ids["ties"] == 1 else "fall"
        edges = f" On edges, {count_of(ids['ties'], 'pixel')} {falls} to the other side, as rounding may do."
    if depths_differ and depth > tolerance_m:
        return "different", f"Surfaces moved by up to {depth:.3g} m as seen from here.{edges}"
    if depths_differ:
        return "within_tolerance", f"Surfaces moved by up to {depth:.3g} m, within the tolerance.{edges}"
    return "same", f"No pixel shows anything else.{edges}"


def _write_layers(drawn: Any, picture: Any, how: Comparison, stem: str) -> Json:
    return {
        name: _write(how, f"{stem}.{layer}.png", layer_png(drawn, picture, layer))
        for layer, name in PROOF_LAYERS.items()
    }


def _write_drift(how: Comparison, name: str, drift: bytes, under: Any) -> str:
    """White is the largest distance of this view."""
    import numpy as np

    return _write(how, name, _core.heat_png(drift, under, float(np.frombuffer(drift, np.float32).max())))


def _write(how: Comparison, name: str, content: bytes) -> str:
    write_bytes(how.folder / name, bytes(content))
    return f"{how.folder.name}/{name}"


def _camera_record(camera: Json) -> Json:
    import math

    eye, forward = camera["eye"], camera["forward"]
    return {
        "eye": eye,
        "target": [at + along for at, along in zip(eye, forward, strict=True)],
        "up": camera["up"],
        "fov_deg": math.degrees(2 * math.atan(camera["half_height"])),
    }
