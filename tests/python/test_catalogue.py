# SPDX-License-Identifier: Apache-2.0
"""Name = file = key = page, and every operation's arguments are those that configs of the reference library carry."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from usdtune import _core
from usdtune.cli.manual_page import descriptors, op_page, rule_page, rules
from usdtune.report.compare import METRICS

ROOT = Path(__file__).parents[2]
OPS = ROOT / "core" / "usdtune" / "ops"
RULES = ROOT / "core" / "usdtune" / "rules"

Row = tuple[str, str, Any] | tuple[str, str, Any, dict[str, Any]]


def choice(*labels: tuple[int, str]) -> dict[str, Any]:
    return {"choices": dict(labels)}


DELETE_DEACTIVATE = ((1, "Delete"), (2, "Deactivate"))

# Name, type, default, and where there are any: choices and range. In the order in which the reference declares them.
ARGUMENTS: dict[str, list[Row]] = {
    "meshCleanup": [
        ("paths", "string[]", []),
        ("mergeVertices", "bool", True),
        ("tolerance", "float", 0.0, {"minimum": 0}),
        ("mergeBoundaries", "bool", True),
        ("mergeNeighbors", "bool", True),
        ("contractDegenerateEdges", "bool", True),
        ("removeDegenerateFaces", "bool", True),
        ("removeIsolatedVertices", "bool", True),
        ("removeDuplicateFaces", "bool", True),
        ("coorientFaces", "bool", False),
        ("makeManifold", "bool", False),
    ],
    "mergeVertices": [
        ("paths", "string[]", []),
        ("tolerance", "float", 0.0),
        ("mergeBoundaries", "bool", True),
        ("removeIsolatedVertices", "bool", True),
        ("makeManifold", "bool", True),
    ],
    "deduplicateGeometry": [
        ("meshPrimPaths", "string[]", []),
        ("tolerance", "float", 0.001, {"minimum": 0}),  # the reference takes negative ones, which mean nothing
        (
            "duplicateMethod",
            "enum",
            2,
            choice(
                (0, "Copy Values"),
                (1, "Reference"),
                (2, "Instanceable Reference"),
                (3, "Set Attribute"),
                (4, "Point Instancer"),
            ),
        ),
        ("pointInstancerLocation", "enum", 0, choice((0, "Common Root"), (1, "Custom Path"))),
        ("pointInstancerParentPath", "string", ""),
        ("minimumDuplicates", "int", 2, {"minimum": 2}),
        ("ignoreAttributes", "string[]", []),
        ("fuzzy", "bool", False),
        ("allowScaling", "bool", False),
        ("considerDeepTransforms", "bool", True),
        ("useGpu", "bool", False),
        ("fuzzyOnly", "bool", False),
    ],
    "generateNormals": [
        ("paths", "string[]", []),
        ("binding", "enum", 3, choice((0, "Corners"), (1, "Faces"), (2, "Vertices"), (3, "Auto"))),
        ("existingNormals", "enum", 0, choice((0, "Fix"), (1, "Replace"))),
        ("sharpnessAngle", "float", 60.0, {"minimum": -180, "maximum": 180}),
        ("weightmode", "enum", 0, choice((0, "Angle"), (1, "Area"))),
        ("gpuThreshold", "int", 500000, {"minimum": 0}),
    ],
    "optimizePrimvars": [
        ("paths", "string[]", []),
        ("primvars", "string[]", []),
        (
            "mode",
            "enum",
            0,
            choice((0, "Ignore"), (1, "Index"), (2, "Index (Forced)"), (3, "Flatten"), (4, "Remove")),
        ),
        ("simplify", "bool", False),
        ("removeIfBound", "bool", False),
        ("primvarPaths", "string[]", []),
    ],
    "removeUnusedUVs": [
        ("paths", "string[]", []),
        ("mode", "enum", 0, choice((0, "Remove"), (1, "Block"))),
        ("attributes", "string[]", []),
    ],
    "optimizeMaterials": [
        ("materialPrimPaths", "string[]", []),
        (
            "optimizeMaterialsMode",
            "enum",
            0,
            choice(
                (0, "Deduplicate"), (1, "Convert to color"), (2, "Remove unbound"), (3, "Deduplicate with primvars")
            ),
        ),
        ("materialsPath", "string", "/World/Looks"),
        ("analysisCheckPrimvars", "bool", True),
    ],
    "removePrims": [
        ("paths", "string[]", []),
        ("removeInvisible", "bool", True),
        ("invisibleRemoveMethod", "enum", 2, choice(*DELETE_DEACTIVATE)),
        ("removeOrphanedOvers", "bool", True),
        ("orphanedOverRemoveMethod", "enum", 1, choice(*DELETE_DEACTIVATE, (3, "Hide"))),
        ("explicitMode", "bool", False),
        ("explicitInvisiblePaths", "string[]", []),
        ("explicitOrphanedPaths", "string[]", []),
    ],
    "pruneLeaves": [
        ("paths", "string[]", []),
        ("pruneMode", "enum", 1, choice(*DELETE_DEACTIVATE, (3, "Hide"))),
        ("filterInactive", "bool", False),
        ("preserveUnloadedPayloads", "bool", True),
    ],
    "computeExtents": [("paths", "string[]", [])],
    "printStats": [
        ("countPrimvars", "bool", False),
        ("splitCollocatedPoints", "bool", False),
        ("time", "double", None),  # NaN there, which JSON does not have
    ],
    "countVertices": [("high", "int", 100000), ("veryHigh", "int", 500000), ("extreme", "int", 1000000)],
}
# What ours have beside them.
OWN_ARGUMENTS = {"deduplicateGeometry": ["minimumGain"]}
# loss class, risk, confirmation, authority, category, works on meshes, analysis
TRAITS = {
    "meshCleanup": ("lossless", "low", True, "intent-gated", "geometry", True, True),
    "mergeVertices": ("lossless", "low", False, "auto", "geometry", True, False),
    "deduplicateGeometry": ("lossless", "low", False, "auto", "geometry", True, True),
    "generateNormals": ("lossless", "low", False, "auto", "geometry", True, True),
    "optimizePrimvars": ("lossless", "low", False, "auto", "metadata", True, True),
    "removeUnusedUVs": ("lossless", "low", False, "auto", "uv", True, True),
    "optimizeMaterials": ("lossless", "low", False, "auto", "materials", False, True),
    "removePrims": ("bounded-loss", "high", True, "intent-gated", "hierarchy", False, True),
    "pruneLeaves": ("lossless", "low", False, "auto", "hierarchy", False, True),
    "computeExtents": ("lossless", "low", False, "auto", "metadata", True, True),
    "printStats": ("analysis-only", "low", False, "auto", "analysis", False, True),
    "countVertices": ("analysis-only", "low", False, "auto", "analysis", True, True),
}


def snake(name: str) -> str:
    """
    >>> snake("removeUnusedUVs")
    'remove_unused_uvs'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("key", ARGUMENTS)
def test_arguments_are_those_of_the_reference(key: str) -> None:
    arguments = {argument["name"]: argument for argument in descriptors()[key]["arguments"]}
    assert list(arguments) == [row[0] for row in ARGUMENTS[key]] + OWN_ARGUMENTS.get(key, [])
    for name, kind, default, *rest in ARGUMENTS[key]:
        argument, facts = arguments[name], rest[0] if rest else {}
        assert argument["type"] == kind, name
        if isinstance(default, float):
            assert math.isclose(argument["default"], default, rel_tol=1e-6, abs_tol=1e-12), name
        else:
            assert argument["default"] == default, name
        choices = {one["value"]: one["label"] for one in argument.get("choices", [])}
        assert choices == facts.get("choices", {}), name
        assert (argument.get("minimum"), argument.get("maximum")) == (facts.get("minimum"), facts.get("maximum")), name


@pytest.mark.parametrize("key", TRAITS)
def test_traits_are_those_of_the_reference(key: str) -> None:
    names = ("lossClass", "risk", "needsConfirmation", "authority", "category", "needsMeshes", "supportsAnalysis")
    assert tuple(descriptors()[key][name] for name in names) == TRAITS[key]


def test_the_tables_here_hold_every_operation() -> None:
    assert descriptors().keys() == ARGUMENTS.keys() == TRAITS.keys()


@pytest.mark.parametrize("key", ARGUMENTS)
def test_an_operation_has_its_file_its_case_and_its_page(key: str) -> None:
    source = (OPS / f"{snake(key)}.cpp").read_text()
    assert f'.key = "{key}"' in source
    assert f"Operation {key}Operation()" in source
    assert (ROOT / "tests" / "cases" / "ops" / f"{snake(key)}.md").is_file()
    assert (ROOT / "docs" / "ops" / f"{key}.md").read_text() == op_page(descriptors()[key])


@pytest.mark.parametrize("name", rules())
def test_a_rule_has_its_file_its_case_and_its_page(name: str) -> None:
    assert f'.name = "{name}"' in (RULES / f"{name}.cpp").read_text()
    assert any((ROOT / "tests" / "cases" / "rules").glob(f"{name}*.md"))
    assert (ROOT / "docs" / "rules" / f"{name}.md").read_text() == rule_page(rules()[name])
    if op := rules()[name]["repairedBy"]:
        assert op in descriptors()


def test_every_file_that_declares_one_is_in_the_catalogue() -> None:
    keys = {
        key
        for file in OPS.glob("*.cpp")
        if file.stem != "catalog"
        for key in re.findall(r"^Operation (\w+)Operation\(\)", file.read_text(), re.MULTILINE)
    }
    assert keys == descriptors().keys()
    names = {file.stem for file in RULES.glob("*.cpp") if file.stem != "catalog"}
    assert names == rules().keys()


@pytest.mark.parametrize("entry", [*descriptors().values(), *rules().values()], ids=lambda e: e.get("key") or e["name"])
def test_every_paragraph_of_a_page_says_something(entry: dict[str, Any]) -> None:
    for heading, text in entry["manual"].items():
        if heading == "notes":
            continue
        assert len(text) > 3, heading
        assert text == text.strip(), heading


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_terminal_shows_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    from usdtune.cli.main import main

    assert main(["ops", "mergeVertices"]) == 0
    assert capsys.readouterr().out == op_page(descriptors()["mergeVertices"])
    assert main(["rules", "vertex_weld"]) == 0
    assert capsys.readouterr().out == rule_page(rules()["vertex_weld"])
    assert main(["rules", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


CODE = r'"([a-z]+(?:_[a-z]+)*)"'
REASON = re.compile(
    rf"(?:return|\?|(?<!:):) {CODE}|"
    rf"(?:declined|reason) = [^;\n]*{CODE}|"
    rf"(?:decline|refuse|declined\.push_back|declined\.emplace_back|const Declined declined)[({{].*{CODE}"
)
FILES_OF_REASONS = (
    *OPS.glob("*.cpp"),
    *(
        OPS.parent / "scene" / f"{name}.cpp"
        for name in ("editability", "empty_groups", "hidden_prims", "material_groups")
    ),
)
OTHER_WORDS = {
    *("bool", "double", "enum", "float", "int", "string"),  # types of arguments
    *("exact", "bounded", "changes", "kept", "moved", "removed"),  # promises
    *("default", "guide", "proxy", "render"),  # purposes
    *("constant", "uniform", "vertex"),  # interpolations
    *("extreme", "high", "indexable", "invisible", "value"),  # words of reports
}


def test_every_reason_to_pass_over_has_its_words() -> None:
    """`not_own_layer` is for machines; people read a sentence, and all of them stand in one table."""
    codes = {code for file in FILES_OF_REASONS for match in REASON.findall(file.read_text()) for code in match if code}
    assert {"not_own_layer", "is_target", "skinned", "no_trs_map", "pattern_matches_nothing"} <= codes
    assert sorted(code for code in codes - OTHER_WORDS if _core.in_words(code) == code) == []


def test_words_of_an_unknown_reason_are_the_reason() -> None:
    assert _core.in_words("zz_unheard_of") == "zz_unheard_of"
    assert _core.in_words("not_own_layer") == "it is written in another file, which is a scene of its own"


def test_proof_metrics_are_metrics_that_are_compared() -> None:
    known = {metric.name for metric in METRICS}
    named = {entry["key"]: entry["proofMetric"] for entry in descriptors().values() if entry["proofMetric"]}
    assert {key: metric for key, metric in named.items() if metric not in known} == {}
    assert named["optimizeMaterials"] == "x_material_count"
