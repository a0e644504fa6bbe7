# SPDX-License-Identifier: Apache-2.0
"""Runs the case files below tests/cases: a scene, a request, and what must come of it.

A case is a Markdown file: a title that is a claim, a paragraph why, and three fenced blocks, `usda scene`,
`json request` (`{"operation", "args"}` or `{"rule", "paths"}`) and `json expected`. Of the expectation every key that
stands there is checked, and none else:

- operations: `surface` · `declined` (rows "path reason") · `counts` (those named) · `edits` (rows "kind path.name") ·
  `moves` (path to path or null) · `analysis` (the document of the op's analysis) · and of the result: `targets`,
  `values`, `removed` (paths that are gone), `unchanged` (prims or properties that must be what they were)
- rules: `findings`, each with the keys that stand there, else the whole list by number

For every operation four laws are run beside: what it promises to do once it does once, preview equals author and
extract, an exact surface without loss is drawn as it was, and the descriptor's arguments take the request.
`pytest --accept` rewrites expectations, keeping their keys.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pxr import Sdf, Usd
from usdtune._core import (
    EditList,
    OpOutcome,
    Scene,
    diff_rendered,
    edit_kinds,
    op_catalog,
    preview,
    rule_catalog,
    run_op,
    run_rule,
)
from usdtune.bridge.author import author
from usdtune.bridge.extract import extract

CASES = Path(__file__).parents[1] / "cases"
BLOCK = re.compile(r"^```(usda scene|json request|json expected)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Case:
    """One file, taken apart."""

    path: Path
    scene: str
    request: dict[str, Any]
    expected: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Case:
        text = path.read_text()
        blocks = dict(BLOCK.findall(text))
        assert text.startswith("# "), f"{path.name} opens with no claim"
        assert len(blocks) == 3, f"{path.name} needs the blocks usda scene, json request and json expected"
        return cls(path, blocks["usda scene"], json.loads(blocks["json request"]), json.loads(blocks["json expected"]))

    def accept(self, actual: dict[str, Any]) -> None:
        """Writes what came out in place of the expectation, for the keys that it has."""
        body = "".join(
            f"{',' if number else ''}\n  {json.dumps(key)}: {inline(actual[key])}"
            for number, key in enumerate(self.expected)
        )
        block = "```json expected\n{" + body + "\n}\n```"
        text = self.path.read_text()
        self.path.write_text(
            re.sub(r"```json expected\n.*?^```$", lambda _: block, text, flags=re.DOTALL | re.MULTILINE)
        )


def inline(value: Any) -> str:
    """One line where it is short, else one per entry."""
    line = json.dumps(value)
    if len(line) < 100 or not isinstance(value, list | dict):
        return line
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in value) + "\n  ]"
    return "{\n" + ",\n".join(f"    {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()) + "\n  }"


def cases(folder: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((CASES / folder).glob("*.md"))]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


@cache
def descriptors() -> dict[str, dict[str, Any]]:
    return {op["key"]: op for op in json.loads(op_catalog())}


def written(case: Case, folder: Path) -> Path:
    path = folder / "scene.usda"
    path.write_text(case.scene)
    return path


def blocks_of(scene: Scene) -> dict[str, list[str]]:
    """The lines that a dump says about each prim."""
    blocks: dict[str, list[str]] = {}
    current: list[str] = []
    for line in scene.dump().splitlines():
        if line.startswith("/"):
            current = blocks.setdefault(line.split(" ", 1)[0], [])
        current.append(line)
    return blocks


def said_about(scene: Scene, path: str) -> list[str]:
    """The same of one prim or property; nothing when it is not there."""
    prim, _, name = path.partition(".")
    lines = blocks_of(scene).get(prim, [])
    if not name:
        return lines
    starts = [i for i, line in enumerate(lines) if line.startswith(f"  .{name} ")]
    if not starts:
        return []
    rest = lines[starts[0] + 1 :]
    end = next((i for i, line in enumerate(rest) if line.startswith("  .")), len(rest))
    return [lines[starts[0]], *rest[:end]]


def without_latents(scene: Scene) -> str:
    """Preview remembers what an instance's own children point at; extraction does not look there."""
    return "\n".join(line for line in scene.dump().splitlines() if not line.startswith("latent "))


def sentences(edits: EditList, scene: Scene) -> list[str]:
    kinds = edit_kinds()
    return [f"{kinds[kind]} {path}{'.' if name else ''}{name}" for kind, path, name, *_ in edits.sentences(scene)]


def plain(value: Any) -> Any:
    """A USD value as JSON has it."""
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, Sdf.AssetPath):
        return value.path
    return [plain(item) for item in value]


def attribute_value(stage: Usd.Stage, path: str) -> Any:
    attribute = stage.GetAttributeAtPath(path)
    return plain(attribute.Get()) if attribute else None


def targets(stage: Usd.Stage, path: str) -> list[str]:
    relationship = stage.GetRelationshipAtPath(path)
    return [str(target) for target in relationship.GetTargets()] if relationship else []


def outcome_of_op(case: Case, outcome: OpOutcome, scene: Scene, result: Scene, stage: Usd.Stage) -> dict[str, Any]:
    """What the expectation may speak about."""
    expected = case.expected
    counts = json.loads(outcome.counts)
    paths = set(blocks_of(result))
    return {
        "surface": outcome.surface,
        "declined": [f"{row['prim']} {row['reason']}" for row in json.loads(outcome.declined(scene))],
        "counts": {key: counts.get(key) for key in expected.get("counts", {})},
        "edits": sentences(outcome.edits, scene),
        "moves": {old: new for old, new, *_ in outcome.edits.moves(scene)},
        "values": {path: attribute_value(stage, path) for path in expected.get("values", {})},
        "targets": {path: targets(stage, path) for path in expected.get("targets", {})},
        "removed": [path for path in expected.get("removed", []) if path not in paths],
        "unchanged": [
            path for path in expected.get("unchanged", []) if said_about(scene, path) == said_about(result, path) != []
        ],
    }


def check(case: Case, actual: dict[str, Any], accept: bool) -> None:
    if accept:
        case.accept(actual)
        return
    for key, wanted in case.expected.items():
        assert key in actual, f"{case.path.name} expects `{key}`, which no runner knows"
        assert close(actual[key], wanted), f"{key}: {json.dumps(actual[key])} instead of {json.dumps(wanted)}"


def close(actual: Any, wanted: Any) -> bool:
    """Equal, numbers within float32's precision."""
    if isinstance(actual, float | int) and isinstance(wanted, float | int):
        return actual == pytest.approx(wanted, rel=1e-6, abs=1e-7)
    if isinstance(actual, list) and isinstance(wanted, list):
        return len(actual) == len(wanted) and all(map(close, actual, wanted))
    if isinstance(actual, dict) and isinstance(wanted, dict):
        return actual.keys() == wanted.keys() and all(close(actual[key], wanted[key]) for key in wanted)
    return bool(actual == wanted)


@pytest.mark.parametrize("path", cases("ops"))
def test_op_case(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = Case.read(path)
    key = case.request["operation"]
    assert path.stem.startswith(snake(key)), f"{path.name} is named after another operation than {key}"
    source = written(case, tmp_path)
    args = json.dumps(case.request.get("args", {}))
    scene = extract(source).scene
    outcome = run_op(scene, key, args)
    result = preview(scene, outcome.edits)

    delivery = author(source, outcome.edits, scene, tmp_path / "out")
    authored = extract(delivery.root, share=scene).scene
    assert without_latents(result) == without_latents(authored), "preview differs from author and extract"
    if descriptors()[key]["idempotent"]:
        assert sentences(run_op(result, key, args).edits, result) == [], "there is more to do on the op's own result"

    if outcome.surface == "exact" and descriptors()[key]["lossClass"] == "lossless":
        drawn = json.loads(diff_rendered(scene, authored, outcome.edits.moves(scene)))
        assert drawn["differences"] == [], "an exact surface is drawn differently"

    actual = outcome_of_op(case, outcome, scene, result, Usd.Stage.Open(str(delivery.root)))
    if "analysis" in case.expected:
        actual["analysis"] = json.loads(run_op(scene, key, args, analysis=True).output)["analysis"]
    check(case, actual, request.config.getoption("--accept"))


@pytest.mark.parametrize("path", cases("rules"))
def test_rule_case(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = Case.read(path)
    name = case.request["rule"]
    assert path.stem.startswith(name), f"{path.name} is named after another rule than {name}"
    scene = extract(written(case, tmp_path)).scene
    paths = case.request.get("paths", [])
    findings = json.loads(run_rule(scene, name, paths))
    keys = [finding.keys() for finding in case.expected["findings"]]
    shown = [
        {key: finding.get(key) for key in (keys[number] if number < len(keys) else finding)}
        for number, finding in enumerate(findings)
    ]
    check(case, {"findings": shown}, request.config.getoption("--accept"))

    for finding in findings:  # its own repair makes it fall quiet
        if finding["op"]:
            op = finding["op"]
            scene = preview(scene, run_op(scene, op["operation"], json.dumps(op["args"])).edits)
    assert [f for f in json.loads(run_rule(scene, name, paths)) if f["op"]] == [], (
        "the rule speaks again after the repair"
    )


def test_every_operation_and_rule_has_a_case() -> None:
    ops = {snake(key) for key in descriptors()}
    rules = {rule["name"] for rule in json.loads(rule_catalog())}
    for folder, names in (("ops", ops), ("rules", rules)):
        stems = [path.stem for path in (CASES / folder).glob("*.md")]
        missing = {name for name in names if not any(stem.startswith(name) for stem in stems)}
        assert not missing, f"tests/cases/{folder} has no case for {sorted(missing)}"
