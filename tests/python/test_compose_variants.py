# SPDX-License-Identifier: Apache-2.0
"""What is broken only under a selection that the stage does not have now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from usdtune import _core
from usdtune.bridge.compose_variants import VariantReport, compare_variants, compositions
from usdtune.bridge.extract import extract
from usdtune.bridge.stage_options import StageOptions
from usdtune.workflow.supervise import no_progress

TRIANGLE = """
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]"""

SCENE = f"""#usda 1.0
(
    defaultPrim = "World"
)
def Xform "World"
{{
    def Xform "Machine" (
        variants = {{
            string size = "small"
        }}
        prepend variantSets = "size"
    )
    {{
        variantSet "size" = {{
            "small" {{
                def Mesh "Body"
                {{{TRIANGLE}
                }}
            }}
            "large" {{
                def Mesh "Body"
                {{{TRIANGLE.replace("(1, 0, 0)", "(9, 0, 0)")}
                    rel material:binding = </World/Paint>
                }}
                def Xform "Door" (
                    prepend variantSets = "state"
                )
                {{
                    variantSet "state" = {{
                        "open" {{
                            def Mesh "Leaf"
                            {{{TRIANGLE}
                            }}
                        }}
                        "shut" {{
                            def Mesh "Leaf"
                            {{{TRIANGLE.replace("(0, 1, 0)", "(0, 2, 0)")}
                            }}
                        }}
                    }}
                }}
            }}
        }}
    }}
    def Material "Paint" (
        variants = {{
            string shade = "red"
        }}
        prepend variantSets = "shade"
    )
    {{
        token outputs:surface.connect = </World/Paint/S.outputs:surface>
        variantSet "shade" = {{
            "red" {{
                over "S"
                {{
                    color3f inputs:diffuseColor = (1, 0, 0)
                }}
            }}
            "blue" {{
                over "S"
                {{
                    color3f inputs:diffuseColor = (0, 0, 1)
                }}
            }}
        }}
        def Shader "S"
        {{
            uniform token info:id = "UsdPreviewSurface"
            token outputs:surface
        }}
    }}
    def Mesh "Painted"
    {{{TRIANGLE}
        rel material:binding = </World/Paint>
    }}
    def Mesh "Apart"
    {{{TRIANGLE}
    }}
}}
"""


def compare(tmp_path: Path, after: str) -> VariantReport:
    (tmp_path / "a.usda").write_text(SCENE)
    (tmp_path / "b.usda").write_text(after)
    scene = extract(tmp_path / "a.usda").scene
    other = extract(tmp_path / "b.usda", share=scene).scene
    assert json.loads(_core.diff_rendered(scene, other))["same"], "the defect shows without looking at variants"
    return compare_variants(
        tmp_path / "a.usda",
        tmp_path / "b.usda",
        scene,
        [],
        view=StageOptions(),
        tolerance=0.0,
        threads=1,
        tell=no_progress,
    )


def test_every_selection_is_composed_and_the_same(tmp_path: Path) -> None:
    report = compare(tmp_path, SCENE)
    assert report.differences == []
    # Large and blue at once; since the large machine binds the paint, each alone; the states of the large one's door.
    assert report.compositions == 1 + 2 + 2
    assert report.left_out == 0


def test_what_a_set_reaches_is_looked_at_and_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.usda").write_text(SCENE.replace("rel material:binding = </World/Paint>", "", 1))
    groups = json.loads(_core.variant_groups(extract(tmp_path / "a.usda").scene))
    assert [group["reach"] for group in groups] == [["/World/Machine"], ["/World/Paint", "/World/Painted"]]
    # Two sets that do not reach each other are shown by one composition.
    (only,) = compositions(extract(tmp_path / "a.usda").scene)
    assert [state.choices for state in only] == [
        (("/World/Machine", "size", "large"),),
        (("/World/Paint", "shade", "blue"),),
    ]


DEFECTS = {
    "surface": ("(9, 0, 0)", "(9.5, 0, 0)", "/World/Machine{size=large}"),
    "binding": ("color3f inputs:diffuseColor = (0, 0, 1)", "", "/World/Paint{shade=blue}"),
    "nested": ("(0, 2, 0)", "(0, 3, 0)", "/World/Machine/Door{state=shut}"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_under_an_unselected_variant_is_caught(defect: str, tmp_path: Path) -> None:
    old, new, variant = DEFECTS[defect]
    assert old in SCENE
    report = compare(tmp_path, SCENE.replace(old, new, 1))
    assert report.differences
    assert all(variant in row["variant"] for row in report.differences)


def test_more_than_64_combinations_are_looked_at_one_set_at_a_time(tmp_path: Path) -> None:
    sets = [f"s{i}" for i in range(4)]
    names = ", ".join(f'"{name}"' for name in sets)
    chosen = "\n".join(f'string {name} = "v0"' for name in sets)
    bodies = "\n".join(
        f'variantSet "{name}" = {{\n' + "\n".join(f'"v{v}" {{\nfloat {name} = {v}\n}}' for v in range(3)) + "\n}"
        for name in sets
    )
    header = f"variants = {{\n{chosen}\n}}\nprepend variantSets = [{names}]"
    (tmp_path / "a.usda").write_text(f'#usda 1.0\ndef Xform "A" (\n{header}\n)\n{{\n{bodies}\n}}\n')
    found = list(compositions(extract(tmp_path / "a.usda").scene))
    assert len(found) == 4 * 2
    assert all(len(state.choices) == 1 for composition in found for state in composition)
