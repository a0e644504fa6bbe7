# SPDX-License-Identifier: Apache-2.0
"""OpenUSD's validators as a provider: only what a result has and its source had not is held against it."""

from pathlib import Path

import pytest
from usdtune.bridge.inventory import Stages
from usdtune.bridge.usd_validation import all_validators, compare_validation

if all_validators() is None:
    pytest.skip("this pxr has no validators", allow_module_level=True)

HEADER = '#usda 1.0\n(\n    defaultPrim = "World"\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
LOOK = 'def Material "Look" {}\n'
BARE = "rel material:binding = </World/Look>\n"
"""A binding without its API schema: MissingMaterialBindingAPI."""


def scene(folder: Path, name: str, body: str, header: str = HEADER) -> Path:
    path = folder / name
    path.write_text(f'{header}def Xform "World"\n{{\n{LOOK}{body}}}\n')
    return path


def test_clean_result_needs_no_source(tmp_path: Path) -> None:
    bad = scene(tmp_path, "bad.usda", f'def Xform "A"\n{{\n{BARE}}}\n')
    clean = scene(tmp_path, "clean.usda", "")
    report = compare_validation(Stages.open(bad, clean), [])
    assert report.available and report.validators > 10
    assert (report.before, report.after, report.new) == (None, 0, [])


def test_what_the_source_did_not_have_is_new(tmp_path: Path) -> None:
    clean = scene(tmp_path, "clean.usda", 'def Xform "A" {}\n')
    bad = scene(tmp_path, "bad.usda", f'def Xform "A"\n{{\n{BARE}}}\n')
    new = compare_validation(Stages.open(clean, bad), []).new
    assert [(finding.validator.rpartition(".")[2], finding.path) for finding in new] == [
        ("MissingMaterialBindingAPI", "/World/A")
    ]


def test_what_the_source_had_is_old_wherever_it_moved(tmp_path: Path) -> None:
    before = scene(tmp_path, "before.usda", f'def Xform "A"\n{{\n{BARE}}}\n')
    after = scene(tmp_path, "after.usda", f'def Xform "B"\n{{\n{BARE}}}\n')
    moved = [("/World/A", "/World/B", "moved", "renamed", "1")]
    report = compare_validation(Stages.open(before, after), moved)
    assert (report.before, report.after, report.new) == (1, 1, [])
    assert [finding.path for finding in compare_validation(Stages.open(before, after), []).new] == ["/World/B"]


def test_what_moved_into_a_prototype_is_old(tmp_path: Path) -> None:
    before = scene(tmp_path, "before.usda", f'def Xform "A"\n{{\n{BARE}}}\ndef Xform "B"\n{{\n{BARE}}}\n')
    shared = f'class "Shared"\n{{\ndef Xform "Geometry"\n{{\n{BARE}}}\n}}\n'
    uses = "".join(
        f'def Xform "{name}" (\ninstanceable = true\nprepend references = </World/Shared>\n) {{}}\n' for name in "AB"
    )
    after = scene(tmp_path, "after.usda", shared + uses)
    moves = [(f"/World/{name}", f"/World/{name}/Geometry", "instanced", "shares", "1") for name in "AB"]
    report = compare_validation(Stages.open(before, after), moves)
    assert report.new == []
    assert compare_validation(Stages.open(before, after), []).new != []


def test_findings_about_layers_are_counted(tmp_path: Path) -> None:
    body = 'def Xform "A" (\nprepend references = @./missing.usda@\n) {}\n'
    more = body + 'def Xform "B" (\nprepend references = @./gone.usda@\n) {}\n'
    one, two = scene(tmp_path, "one.usda", body), scene(tmp_path, "two.usda", more)
    same = scene(tmp_path, "same.usda", body)
    assert compare_validation(Stages.open(one, same), []).new == []
    named = {finding.path for finding in compare_validation(Stages.open(one, two), []).new}
    assert named == {"", "/World/B"}


def test_what_instances_share_is_found_once_nested_ones_too(tmp_path: Path) -> None:
    inner = f'class "Inner"\n{{\ndef Xform "Part"\n{{\n{BARE}}}\n}}\n'
    use = 'def Xform "{}" (\ninstanceable = true\nprepend references = </World/{}>\n) {{}}\n'
    outer = f'class "Outer"\n{{\ndef Xform "Whole" {{\n{use.format("One", "Inner")}{use.format("Two", "Inner")}}}\n}}\n'
    uses = use.format("A", "Outer") + use.format("B", "Outer")
    clean = scene(tmp_path, "clean.usda", "")
    report = compare_validation(Stages.open(clean, scene(tmp_path, "nested.usda", inner + outer + uses)), [])
    found = {finding.path for finding in report.new if finding.validator.endswith("MissingMaterialBindingAPI")}
    assert found == {"/World/A/Whole/One/Part"}


def test_what_no_stage_shows_is_not_validated(tmp_path: Path) -> None:
    hidden = f'class "C"\n{{\n{BARE}}}\nover "O"\n{{\n{BARE}}}\ndef Xform "I" (active = false)\n{{\n{BARE}}}\n'
    clean, other = scene(tmp_path, "clean.usda", ""), scene(tmp_path, "hidden.usda", hidden)
    assert compare_validation(Stages.open(clean, other), []).after == 0
