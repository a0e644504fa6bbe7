# SPDX-License-Identifier: Apache-2.0
"""`usdtune render`: pictures of one scene, without a GPU and without a display."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from usdtune.workflow.options import StageView
from usdtune.workflow.pictures import Shot
from usdtune.workflow.stops import BadUsage, Failed
from usdtune.workflow.supervise import Worker

Json = dict[str, Any]

LARGEST_SIDE = 16384
MOST_FRAMES = 100_000


def render(worker: Worker, source: Path, out: Path, shot: Shot, view: StageView, threads: int) -> Json:
    """Takes the pictures and gives a document that tells what they show."""
    names = file_names(out, shot)
    worker.call("open", source=str(source), view=view.to_json())
    try:
        taken = worker.call("render", shot=dataclasses.asdict(shot), names=names, threads=threads)
    except Failed as problem:
        raise Failed(f"{source}: {problem.sentence[0].lower()}{problem.sentence[1:]}") from None
    return {"scene": str(source), "width": shot.size[0], "height": shot.size[1], **taken}


def file_names(out: Path, shot: Shot) -> list[list[str]]:
    """For each time the file of each layer: `#`s become the frame, several layers get their name before the suffix.

    >>> file_names(Path("a.##.png"), Shot(times=(1.0, 2.5), layers=("color", "depth")))
    [['a.01.color.png', 'a.01.depth.png'], ['a.02.500.color.png', 'a.02.500.depth.png']]
    """
    if out.suffix.lower() != ".png":
        raise BadUsage(f"-o {out.name}: expected a file that ends in .png.")
    if len(shot.times) > 1 and "#" not in out.name:
        raise BadUsage(
            f"-o {out.name}: several frames need a # in the name where their numbers go, as in image.####.png."
        )
    return [[str(_layer_name(_frame_name(out, time), layer, shot)) for layer in shot.layers] for time in shot.times]


def _frame_name(out: Path, time: float | None) -> Path:
    def number(marks: re.Match[str]) -> str:
        whole, part = divmod(round((time or 0.0) * 1000), 1000)
        text = f"{whole:0{len(marks[0])}d}"
        return f"{text}.{part:03d}" if part else text

    return out.with_name(re.sub("#+", number, out.name))


def _layer_name(out: Path, layer: str, shot: Shot) -> Path:
    return out.with_name(f"{out.stem}.{layer}{out.suffix}") if len(shot.layers) > 1 else out


def size_of(text: str) -> tuple[int, int]:
    """Width and height.

    >>> size_of("640x480"), size_of("1024")
    ((640, 480), (1024, 768))
    """
    found = re.fullmatch(r"([0-9]{1,6})(?:x([0-9]{1,6}))?", text)
    width = int(found[1]) if found else 0
    height = int(found[2]) if found and found[2] else round(width * 3 / 4)
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise BadUsage(f"--size {text}: expected width x height in pixels, such as 1024x768, up to {LARGEST_SIDE}.")
    return width, height


def times_of(text: str | None) -> tuple[float | None, ...]:
    """Time codes as usdrecord spells them: single ones, ranges, and ranges with a stride, separated by commas.

    >>> times_of("1:3,10"), times_of("0:1x0.5"), times_of(None)
    ((1.0, 2.0, 3.0, 10.0), (0.0, 0.5, 1.0), (None,))
    """
    if text is None:
        return (None,)
    times: list[float | None] = []
    for part in text.split(","):
        found = re.fullmatch(r"(-?[0-9.]+)(?::(-?[0-9.]+)(?:x(-?[0-9.]+))?)?", part.strip())
        try:
            first = float(found[1]) if found else None
            last = float(found[2]) if found and found[2] else first
            given = float(found[3]) if found and found[3] else None
        except ValueError:
            first = None
        if first is None or last is None:
            raise BadUsage(f"--frames {text}: expected time codes such as 5, 1:10 or 1:10x0.5.")
        stride = given if given is not None else (1.0 if last >= first else -1.0)
        if stride == 0 or (last - first) / stride < 0:
            raise BadUsage(f"--frames {part}: a stride of {stride:g} never leads from {first:g} to {last:g}.")
        count = int((last - first) / stride + 1e-9) + 1
        if len(times) + count > MOST_FRAMES:
            raise BadUsage(f"--frames {text}: these are more than {MOST_FRAMES:,} frames.")
        times += [first + index * stride for index in range(count)]
    return tuple(times)
