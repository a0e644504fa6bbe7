# SPDX-License-Identifier: Apache-2.0
"""An arc leads somewhere when composition finds its prim, not only when the named file says it by itself."""

from pathlib import Path

import pytest

pytest.importorskip("pxr")

from usdtune.bridge.extract import extract
from usdtune.workflow.jobs import Session
from usdtune.workflow.supervise import no_progress


def missing(folder: Path, arc: str) -> int:
    (folder / "part.usda").write_text('#usda 1.0\ndef Xform "Part"\n{\n    def Xform "Bolt"\n    {\n    }\n}\n')
    (folder / "interface.usda").write_text("#usda 1.0\n(\n    subLayers = [@./part.usda@]\n)\n")
    (folder / "assembly.usda").write_text(
        '#usda 1.0\ndef Xform "Assembly" (\n    references = @./part.usda@</Part>\n)\n{\n}\n'
    )
    scene = folder / "scene.usda"
    scene.write_text(f'#usda 1.0\ndef Xform "A" (\n    {arc}\n)\n{{\n}}\n')
    session = Session(no_progress)
    session._extraction = extract(scene)
    [result] = session.validate([{"concept": "composition_missing_ref", "paths": []}], 1, 10)
    return len(result["findings"])


@pytest.mark.parametrize(
    "arc",
    [
        "payload = @./interface.usda@</Part>",
        "references = @./interface.usda@</Part/Bolt>",
        "references = @./assembly.usda@</Assembly/Bolt>",
    ],
)
def test_prim_behind_a_sublayer_or_an_arc_is_found(tmp_path: Path, arc: str) -> None:
    assert missing(tmp_path, arc) == 0


@pytest.mark.parametrize("arc", ["payload = @./interface.usda@</Wheel>", "references = @./gone.usda@</Part>"])
def test_prim_that_nothing_brings_is_missing(tmp_path: Path, arc: str) -> None:
    assert missing(tmp_path, arc) == 1
