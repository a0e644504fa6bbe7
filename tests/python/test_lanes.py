# SPDX-License-Identifier: Apache-2.0
"""A stage gives the same Scene whichever lane reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Sdf
from usdtune.bridge.extract import Lane, extract

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
UNREADABLE = {"syntax_error.usda", "truncated.usdc"}
STAGES = sorted(
    path
    for path in DATA.rglob("*")
    if path.suffix in (".usd", ".usda", ".usdc", ".usdz")
    and path.name not in UNREADABLE
    and path.stat().st_size < 60_000
)

FIXTURE = """#usda 1.0
(
    defaultPrim = "World"
    upAxis = "Z"
)
def Xform "World" (
    kind = "assembly"
)
{
    def Mesh "Plate" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        customData = {
            int made = 1
        }
    )
    {
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
        rel material:binding = </World/Looks/Red>
        double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 10: (1, 0, 0) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Xform "Switch" (
        variants = {
            string look = "a"
        }
        prepend variantSets = "look"
    )
    {
        variantSet "look" = {
            "a" {
                float a = 1
            }
            "b" {
                rel other = </World/Plate>
            }
        }
    }
    def Xform "Copy" (
        instanceable = true
        prepend references = </World/Switch>
    )
    {
    }
    def Xform "Off" (
        active = false
    )
    {
        def Mesh "Hidden"
        {
        }
    }
    over "Later"
    {
        float x = 1
    }
    def Scope "Looks"
    {
        def Material "Red"
        {
            token outputs:surface
        }
    }
}
class Xform "Kind"
{
    custom string note = "x"
}
"""


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
def test_lanes_agree_on_arcs_variants_instances_and_samples(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "text.usda").write_text(FIXTURE)
    Sdf.Layer.FindOrOpen(str(tmp_path / "text.usda")).Export(str(tmp_path / f"scene{suffix}"))
    dumps = {lane: extract(tmp_path / f"scene{suffix}", lane=lane).scene.dump() for lane in Lane}
    assert "latent /World/Plate" in dumps[Lane.LAYER]
    assert dumps[Lane.LAYER] == dumps[Lane.COMPOSED]
    # The native reader holds more paths for needed than the others do, never fewer.
    assert set(dumps[Lane.COMPOSED].splitlines()) <= set(dumps[Lane.FASTEST].splitlines())
    assert rows(dumps[Lane.FASTEST]) == rows(dumps[Lane.COMPOSED])


def rows(dump: str) -> list[str]:
    return [line for line in dump.splitlines() if not line.startswith("latent ")]


@pytest.mark.skipif(not STAGES, reason="the sample scenes are not here")
@pytest.mark.parametrize("stage", STAGES, ids=lambda path: path.name)
def test_lanes_agree_on_real_scenes(stage: Path) -> None:
    expected = extract(stage, lane=Lane.COMPOSED).scene.dump()
    assert extract(stage, lane=Lane.LAYER).scene.dump() == expected
    assert rows(extract(stage, lane=Lane.FASTEST).scene.dump()) == rows(expected)
