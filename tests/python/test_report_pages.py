# SPDX-License-Identifier: Apache-2.0
"""Both pages show what the JSON says and nothing else, whatever a scene's names hold."""

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from test_schemas import GOOD
from usdtune.report import documents, model
from usdtune.report.render_html import render_html
from usdtune.report.render_markdown import render_markdown

NASTY = '<script>alert("1")</script> | *bold* `code`'


@pytest.fixture
def report() -> dict[str, Any]:
    return copy.deepcopy(GOOD["optimization_report"])  # type: ignore[no-any-return]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_page_is_static_and_complete(report: dict[str, Any]) -> None:
    page = render_html(report)
    assert "script" not in tags(page)
    assert not re.search(r'(src|href)="', page)
    assert "prefers-color-scheme: dark" in page
    assert report["asset_name"] in page


def test_optional_blocks_may_be_missing(report: dict[str, Any]) -> None:
    required = documents.SCHEMAS["optimization_report"]["required"]
    bare = {key: value for key, value in report.items() if key in required}
    tags(render_html(bare))
    assert render_markdown(bare).startswith("# USD Performance Tuning Report")


def test_names_are_never_markup(report: dict[str, Any]) -> None:
    report["asset_name"] = report["reasoning"] = NASTY
    report["operations"] = [{"order": 1, "name": NASTY, "method": NASTY, "result": NASTY}]
    assert "script" not in tags(render_html(report))
    page = render_markdown(report)
    assert "<script>" not in page
    for line in page.splitlines():
        if line.startswith("| 1 |"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_markdown_tables_have_no_gaps(report: dict[str, Any]) -> None:
    lines = render_markdown(report).splitlines()
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        assert not (before.startswith("|") and line == "" and after.startswith("|"))


def test_wrong_arithmetic_is_refused(report: dict[str, Any]) -> None:
    model.check(report)
    report["optimization_score"] = 9.9
    with pytest.raises(documents.DocumentError, match="weighted mean"):
        model.check(report)


def test_wrong_percentage_is_refused(report: dict[str, Any]) -> None:
    report["metrics"][0]["change_pct"] += 1.0
    with pytest.raises(documents.DocumentError, match="what before and after give"):
        model.check(report)


def test_same_report_gives_the_same_pages(report: dict[str, Any]) -> None:
    assert render_html(report) == render_html(copy.deepcopy(report))
    assert render_markdown(report) == render_markdown(copy.deepcopy(report))


def test_templates_are_beside_their_renderer() -> None:
    assert (Path(model.__file__).with_name("templates") / "report.html").exists()
