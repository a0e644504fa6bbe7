# SPDX-License-Identifier: Apache-2.0
"""`usdtune render SCENE -o image.png`: pictures of a scene on machines without a GPU."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from usdtune.cli.arguments import Parser, add_machine, add_scene, add_view, epilog, not_one_of
from usdtune.cli.chains import progress_lines
from usdtune.workflow.stops import BadUsage

SHOWN = 6

DESCRIPTION = """\
Takes pictures of a scene by ray tracing on the processor: UsdPreviewSurface materials with their textures, subdivision
surfaces, skinning, instances, curves and points. The same scene and options give the same bytes at any thread count.

Without --camera the scene is framed from above its front right corner and lit over the viewer's shoulder.
"""


def configure(parser: Parser) -> None:
    parser.description = DESCRIPTION
    parser.epilog = epilog(
        [
            "usdtune render plant.usd -o plant.png",
            "usdtune render shot.usd -o shot.####.png --camera /World/Cam --frames 1:24",
            "usdtune render plant.usd -o plant.png --aov color,prim-id,depth --size 1920x1080",
        ],
        (0, 1, 2, 4),
    )
    add_scene(parser)
    parser.add_argument("-o", "--out", metavar="IMAGE.png", required=True, help="the picture; #s become the frame")
    picture = parser.add_argument_group("the picture")
    picture.add_argument("--camera", metavar="PRIM", help="look through this Camera prim")
    picture.add_argument("--frames", metavar="SPEC", help="time codes: 5, 1:10 or 1:10x0.5, separated by commas")
    picture.add_argument("--purposes", metavar="LIST", default="proxy", help="of render, proxy, guide (default: proxy)")
    picture.add_argument(
        "--aov", metavar="LIST", default="color", help="of color, prim-id, material-id, depth, normal (default: color)"
    )
    picture.add_argument("--size", metavar="WxH", default="1024x768", help="pixels (default: 1024x768)")
    picture.add_argument(
        "--lights",
        choices=("auto", "default", "stage"),
        default="auto",
        help="the scene's own, ours, or (auto) the scene's through a camera of its own and else ours",
    )
    picture.add_argument("--wireframe", action="store_true", help="draw the outlines of faces")
    picture.add_argument("--transparent", action="store_true", help="leave the background transparent")
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    from usdtune.workflow.options import StageView, local_source
    from usdtune.workflow.pictures import LAYERS, PURPOSES, Shot
    from usdtune.workflow.render import render, size_of, times_of
    from usdtune.workflow.supervise import Child

    source = local_source(arguments.scene)
    shot = Shot(
        size=size_of(arguments.size),
        camera=arguments.camera,
        times=times_of(arguments.frames),
        purposes=chosen("--purposes", arguments.purposes, PURPOSES),
        layers=chosen("--aov", arguments.aov, LAYERS),
        lights=arguments.lights,
        wireframe=arguments.wireframe,
        transparent=arguments.transparent,
    )
    if not shot.layers:
        raise BadUsage(f"--aov {arguments.aov}: at least one of {', '.join(LAYERS)} was expected.")
    out = Path(arguments.out).expanduser().absolute()
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise BadUsage(f"-o {arguments.out}: there is no folder {out.parent} that can be written to.")
    view = StageView.from_texts(arguments.mask, arguments.unloaded, arguments.variant)
    with Child(f"Rendering {source.name}", fork=True, progress=progress_lines(arguments)) as worker:
        document = render(worker, source, out, shot, view, arguments.threads)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if arguments.json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        _show(document)
    return 0


def chosen(flag: str, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """A list of names, each of which must be known.

    >>> chosen("--aov", "depth, color", ("color", "depth"))
    ('depth', 'color')
    """
    names = [name for name in re.split(r"[,\s]+", text.strip()) if name]
    for name in names:
        if name not in known:
            raise BadUsage(f"{flag} {not_one_of(name, known)}")
    return tuple(dict.fromkeys(names))


def _show(document: dict[str, Any]) -> None:
    files = [file for picture in document["pictures"] for file in picture["files"]]
    print(files[0] if len(files) == 1 else f"{len(files)} pictures, the first of them {files[0]}")
    print(
        f"  {document['item_count']:,} gprims drawn, {document['triangle_count']:,} triangles, "
        f"{document['instance_count']:,} instances, {document['hierarchy_bytes'] / 1e6:,.1f} MB for rays"
    )
    for note in document["notes"][:SHOWN]:
        print(f"  {note}")
    if len(document["notes"]) > SHOWN:
        print(f"  … and {len(document['notes']) - SHOWN} more; --json lists them")
