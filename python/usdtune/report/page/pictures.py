# SPDX-License-Identifier: Apache-2.0
"""Pictures of a proof inside the page, within a budget: colours first, then heat maps, then prims and materials."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

BUDGET = 3_200_000
"""Bytes of data URIs; the page as a whole is to stay below 5 MB."""

LAYERS = ("colour", "flip", "prim_id", "depth", "deviation", "marks", "material_id")
LAYER_WORDS = {
    "colour": "Colour",
    "prim_id": "Prims, one colour each",
    "material_id": "Materials, one colour each",
    "flip": "Heat map: visible difference (FLIP)",
    "marks": "Heat map: pixels of another prim or material",
    "depth": "Heat map: depth",
    "deviation": "Heat map: how far the surface moved",
}
HEAT = {"flip": "flip", "prim_id": "marks", "depth": "depth", "deviation": "deviation"}
"""Heat maps of a proof by the layer that shows them."""

JPEG_QUALITY = 86


@dataclass
class Album:
    """Pictures that are inlined, each content once, and what found no room."""

    folder: Path
    images: dict[str, str] = field(default_factory=dict)
    """Data URIs by key."""
    left_out: int = 0
    spent: int = 0

    def add(self, name: str, jpeg: bool) -> str | None:
        """The key of a file's picture; None when it is missing or the budget is spent."""
        path = self.folder / name
        if not path.is_file():
            return None
        content = path.read_bytes()
        key = hashlib.sha256(content).hexdigest()[:12]
        if key in self.images:
            return key
        uri = as_uri(content, jpeg)
        if self.spent + len(uri) > BUDGET:
            self.left_out += 1
            return None
        self.spent += len(uri)
        self.images[key] = uri
        return key


def as_uri(png: bytes, jpeg: bool) -> str:
    """A PNG as a data URI, as JPEG where that is smaller and wanted."""
    kind, content = "png", png
    if jpeg:
        from PIL import Image

        out = io.BytesIO()
        Image.open(io.BytesIO(png)).convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
        if len(out.getvalue()) < len(png):
            kind, content = "jpeg", out.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def views_of(pictures: Json, folder: Path) -> tuple[list[Json], Album]:
    """The views of a proof with keys of their pictures in the album, layer by layer so that every view keeps its
    colours when the budget is spent."""
    album = Album(folder)
    rows = [
        {
            **{name: view[name] for name in ("name", "title", "why", "verdict", "sentence", "id_pixels", "flip")},
            "depth_max_m": view["depth_max_m"],
            "layers": [],
        }
        for view in pictures["views"]
    ]
    for layer in LAYERS:
        for view, row in zip(pictures["views"], rows, strict=True):
            found = _layer(view, layer, album)
            if found:
                row["layers"].append({"layer": layer, "words": LAYER_WORDS[layer], **found})
    for row in rows:
        row["colour"] = next((found for found in row["layers"] if found["layer"] == "colour"), None)
        row["layers"].sort(key=lambda found: list(LAYER_WORDS).index(found["layer"]))
    return rows, album


def _layer(view: Json, layer: str, album: Album) -> Json | None:
    """Keys of both sides of a layer, or of the one picture of a heat map."""
    if layer in view["before"] and layer in view["after"]:
        keys = [album.add(view[side][layer], layer == "colour") for side in ("before", "after")]
        return {"before": keys[0], "after": keys[1]} if all(keys) else None
    for heat, shown in HEAT.items():
        if shown == layer and heat in view["heat"]:
            key = album.add(view["heat"][heat], True)
            return {"before": key, "after": None} if key else None
    return None
