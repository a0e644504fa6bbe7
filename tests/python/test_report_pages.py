# SPDX-License-Identifier: Apache-2.0
"""Both pages show what the JSON says and nothing else, whatever a scene's names hold."""

import copy
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from test_schemas import GOOD
from usdtune.report import claims, documents, model
from usdtune.report.evidence import Evidence
from usdtune.report.render_html import render_comparison, render_html
from usdtune.report.render_markdown import render_markdown
from usdtune.report.words import in_words

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
        if tag not in ("meta", "br", "link", "img", "input"):
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


def test_page_loads_nothing(report: dict[str, Any]) -> None:
    page = render_html(report)
    tags(page)
    assert set(re.findall(r'\b(?:src|href)="([^"]{0,5})', page)) <= {"data:", "#main"} | {
        f"#{name}"[:5] for name in re.findall(r'<section id="([^"]+)"', page)
    }
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "prefers-color-scheme: dark" in page
    assert report["asset_name"] in page


def test_same_documents_give_the_same_page(report: dict[str, Any]) -> None:
    assert render_html(report) == render_html(copy.deepcopy(report))


def test_optional_blocks_may_be_missing(report: dict[str, Any]) -> None:
    required = documents.SCHEMAS["optimization_report"]["required"]
    bare = {key: value for key, value in report.items() if key in required}
    tags(render_html(bare))
    assert render_markdown(bare).startswith("# USD Performance Tuning Report")


def test_names_are_never_markup(report: dict[str, Any]) -> None:
    report["asset_name"] = report["reasoning"] = NASTY
    report["operations"] = [{"order": 1, "name": NASTY, "method": NASTY, "result": NASTY}]
    assert NASTY.split(" ")[0] not in render_html(report)
    page = render_markdown(report)
    assert "<script>" not in page
    for line in page.splitlines():
        if line.startswith("| 1 |"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def vocabulary_of_reports() -> list[str]:
    blocks = documents.SCHEMAS["optimization_report"]["properties"]
    words = [*blocks["footprint"]["properties"]["disk_win_source"]["enum"], "repack_normalized"]
    words += [
        *blocks["safety_gate"]["properties"]["status"]["enum"],
        *blocks["runtime_profiling"]["properties"]["status"]["enum"],
    ]
    for name in ("workflow_mode", "target_role", "target_disposition"):
        words += documents.vocabulary(name)
    return [*words, *documents.SCHEMAS["profile"]["properties"]["open_timing_context"]["enum"]]


def test_every_code_of_a_report_has_its_words() -> None:
    assert sorted(code for code in vocabulary_of_reports() if "_" in code and in_words(code) == code) == []


def test_pages_show_words_and_not_codes(report: dict[str, Any]) -> None:
    report["workflow_mode"] = "no_op"
    report["measurement_context"]["open_timing_context"] = "fresh_process"
    report["target_coverage"]["entries"] = [
        {"path": "/a.usd", "role": "monolith", "mesh_count": 0, "disposition": "skipped_zero_meshes"}
    ]
    for page in (render_html(report), render_markdown(report).replace("\\", "")):
        for code in ("no_op", "fresh_process", "skipped_zero_meshes"):
            assert code not in page
        assert "nothing was written" in page and "left out, it has no meshes" in page


def test_both_pages_show_every_optional_block(report: dict[str, Any]) -> None:
    report["structural_summary"] = {"instance_ratio": 0.125}
    report["safety_gate"] = {"status": "passed", "finding": "material_dangling_binding: 5"}
    report["fidelity"] = {"band": "0.25 m"}
    report["runtime_profiling"] = {"summary": "Nobody looked."}
    report["next_profile_capture"] = "Measure again with a renderer."
    for page in (render_html(report), render_markdown(report)):
        for shown in ("0.12", "no worse than the source", "0.25 m", "Nobody looked.", "Measure again with a renderer."):
            assert shown in page


def evidence(before: dict[str, int], after: dict[str, int] | None, changed: tuple[str, ...] = ()) -> Evidence:
    def rows(counts: dict[str, int]) -> dict[str, Any]:
        return {"validators": [{"name": name, "issues": count} for name, count in counts.items()]}

    return Evidence(
        source=Path("/plant.usd"),
        preflight={},
        baseline={},
        assessment={},
        validation=rows(before),
        validation_after=None if after is None else rows(after),
        summary={"operations": [{"key": key, "changed": True} for key in changed]},
    )


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ({}, {}, "clear"),
        ({}, None, "clear"),
        ({"material_dangling_binding": 5}, None, "not_required"),
        ({"material_dangling_binding": 5}, {"material_dangling_binding": 5}, "passed"),
        ({"material_dangling_binding": 5}, {}, "clear"),
        ({"material_dangling_binding": 5}, {"material_dangling_binding": 6}, "failed"),
        ({"material_dangling_binding": 5}, {"material_dangling_binding": 5, "composition_missing_ref": 1}, "failed"),
        ({"vertex_weld": 5}, {"vertex_weld": 9}, "clear"),
    ],
)
def test_safety_asks_whether_the_result_is_worse(
    before: dict[str, int], after: dict[str, int] | None, status: str
) -> None:
    assert claims.safety_gate(evidence(before, after))["status"] == status


@pytest.mark.parametrize(
    ("after", "score"),
    [(1_000_000, 5.0), (940_000, 5.0), (500_000, 8.5), (1_300_000, 1.0)],
)
def test_storage_is_scored_against_the_same_content_written_again(after: int, score: float) -> None:
    """The source is text of 4 MB: written as a crate it has 1 MB, and no operation did that."""
    row = {
        "name": "total_size_bytes",
        "display_name": "Bytes",
        "before": 4_000_000,
        "after": after,
        "change_pct": (after - 4_000_000) / 40_000,
        "direction": "lower_is_better",
        "verdict": "improved",
    }
    run = replace(
        evidence({}, None),
        baseline={"x_repacked_size_bytes": 1_000_000},
        after={"total_size_bytes": after},
        comparison={"metrics": [row]},
    )
    group = next(group for group in model.metric_groups(run, [row]) if group["id"] == "storage_proxy")
    assert group["score"] == score
    assert f"{(after - 1_000_000) / 10_000:+.1f} % is scored" in group["summary"]


@pytest.mark.parametrize(
    ("changed", "source"),
    [
        (("deduplicateGeometry",), "sharing"),
        (("deduplicateGeometry", "pruneLeaves"), "dead_data_removal"),
        (("meshCleanup", "removeUnusedUVs"), "unused_primvar_removal"),
        (("computeExtents",), "repack"),
    ],
)
def test_bytes_are_credited_to_what_can_save_them(changed: tuple[str, ...], source: str) -> None:
    sizes = {"total_size_bytes": 1000, "x_repacked_size_bytes": 1000}
    run = evidence({}, {}, changed)
    found = claims.footprint_of(replace(run, baseline=sizes, after={"total_size_bytes": 500}))
    assert found is not None
    assert found["disk_win_source"] == source


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
    assert (Path(model.__file__).with_name("templates") / "page" / "report.html").exists()


def test_a_page_stands_without_the_pictures_of_its_proof(tmp_path: Path) -> None:
    proof, document = copy.deepcopy(GOOD["proof"]), copy.deepcopy(GOOD["diff"])
    assert proof["pictures"]["views"]
    page = render_comparison(document, proof, tmp_path)
    tags(page)
    assert "Its pictures are not on this page." in page
    assert proof["pictures"]["views"][0]["title"] in page
    tags(render_comparison(document))


def test_pictures_beyond_the_budget_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    proof = copy.deepcopy(GOOD["proof"])
    view = proof["pictures"]["views"][0]
    names = {name for side in ("before", "after") for name in view[side].values()} | set(view["heat"].values())
    for number, name in enumerate(sorted(names)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.effect_noise((256, 256), 40 + number).save(tmp_path / name)
    monkeypatch.setattr("usdtune.report.page.pictures.BUDGET", 20_000)
    page = render_comparison(copy.deepcopy(GOOD["diff"]), proof, tmp_path)
    assert len(page) < 60_000
    assert re.search(r"\d+ pictures are not on this page", page)


def test_a_view_without_ids_is_told_without_them(tmp_path: Path) -> None:
    proof = copy.deepcopy(GOOD["proof"])
    proof["pictures"]["views"][0]["id_pixels"] = None
    assert "pixels compared" not in render_comparison(copy.deepcopy(GOOD["diff"]), proof, tmp_path)
