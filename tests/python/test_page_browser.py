# SPDX-License-Identifier: Apache-2.0
"""The report page in a real browser: what a reader does with it, without a network and without an error.

Needs Playwright and Debian's chromium; elsewhere these tests are skipped and say so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from usdtune.cli.main import main

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no chromium is installed")]

WIDTHS = (390, 1280, 1920)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a small plant, with its proof."""
    folder = tmp_path_factory.mktemp("page")
    scene, out = folder / "plant.usdc", folder / "out"
    assert main(["example", "plant", "-o", str(scene), "--meshes", "300", "--seed", "3"]) == 0
    assert main(["run", str(scene), "-o", str(out), "--approve", "restructure=optimize-as-is", "-q"]) == 0
    return out


@pytest.fixture(scope="module")
def report(out: Path) -> Path:
    return next(out.glob("*_optimization_report.html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Opens a page of a file; at the end nothing was told to the console, thrown, or asked of a network."""
    trouble: list[str] = []
    pages = []

    def open_page(path: Path, **how: Any) -> Any:
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **how})
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: trouble.append(request.url) if request.url.startswith("http") else None)
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert trouble == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_every_screen(visit: Any, report: Path, width: int, scheme: str) -> None:
    page = visit(report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").is_visible()
    assert page.locator(".view.shown").count() == 1


def test_slider_moves_by_mouse_and_by_keys(visit: Any, report: Path) -> None:
    page = visit(report)
    pair = page.locator(".view.shown .pair")
    slider = pair.locator("input[type=range]")
    cut = "element => element.style.getPropertyValue('--cut')"
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] * 0.25, "y": box["height"] / 2})
    assert 15 < float(pair.evaluate(cut).rstrip("%")) < 35
    slider.focus()
    page.keyboard.press("End")
    assert pair.evaluate(cut) == "100%"
    page.keyboard.press("ArrowLeft")
    assert pair.evaluate(cut) == "99%"
    assert slider.get_attribute("aria-valuetext") == "99 % source"


def test_views_and_layers_are_chosen(visit: Any, report: Path) -> None:
    page = visit(report)
    thumbs = page.locator(".thumbs button")
    assert thumbs.count() >= 2
    thumbs.nth(1).focus()
    page.keyboard.press("Enter")
    shown = page.locator(".view.shown")
    assert shown.get_attribute("data-view") == thumbs.nth(1).get_attribute("data-view")
    image = shown.locator(".side.before img")
    colour = image.get_attribute("src")
    prims = shown.get_by_role("button", name="Prims, one colour each")
    prims.click()
    assert prims.get_attribute("aria-pressed") == "true"
    assert image.get_attribute("src") not in ("", colour, "undefined")
    assert image.evaluate("image => image.complete && image.naturalWidth > 0")


def test_findings_are_filtered_sorted_and_opened(visit: Any, report: Path, out: Path) -> None:
    findings = json.loads((out / "validation-report.json").read_text())["findings"]
    page = visit(report)
    rows = page.locator("#findings-table tbody tr")
    page.locator("#filter-rule").select_option(label="geom_duplicates")
    wanted = [row for row in findings if row["concept"] == "geom_duplicates"]
    assert page.locator("#filter-count").inner_text() == f"{len(wanted)} of {len(findings)} findings."
    page.locator("#filter-text").fill("bolt repeat")
    count = sum("bolt" in f"{row['path']} {row['message']}".lower() for row in wanted)
    assert 0 < rows.count() == count < len(wanted)
    page.get_by_role("button", name="Prim", exact=True).click()
    paths = [text.strip() for text in page.locator("#findings-table .opens").all_inner_texts()]
    assert paths == sorted(paths)
    opener = page.locator("#findings-table .opens").first
    opener.focus()
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    told = page.locator("#findings-table .inside").inner_text()
    assert paths[0] in told
    assert "deduplicateGeometry can repair it" in told
    page.keyboard.press("Enter")
    assert page.locator("#findings-table .inside").count() == 0
    page.locator("#filter-text").fill("nothing has this name")
    assert rows.count() == 0


def test_dark_mode_is_the_readers(visit: Any, report: Path) -> None:
    page = visit(report, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark mode").click()
    dark = page.evaluate(paper)
    assert light != dark
    assert page.get_by_role("button", name="Dark mode").get_attribute("aria-pressed") == "true"
    assert visit(report, color_scheme="dark").evaluate(paper) == dark


CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (colour) => { const [r, g, b] = rgb(colour).slice(0, 3).map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => { for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor; if (rgb(colour)[3] === 255) return colour; } return "white"; };
  const bad = [];
  const told = "p, li, td, th, b, span, a, button, summary, h1, h2, h3, code, label, dt, dd";
  for (const element of document.querySelectorAll(told)) {
    if (!element.textContent.trim() || !element.offsetParent || element.closest(".pair")) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5 && !element.disabled)
      bad.push(element.tagName + ": " + element.textContent.slice(0, 40));
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read(visit: Any, report: Path, scheme: str) -> None:
    assert visit(report, color_scheme=scheme).evaluate(CONTRASTS) == []


def test_page_is_named_for_those_who_hear_it(visit: Any, report: Path) -> None:
    page = visit(report)
    assert page.locator("main").count() == page.locator("h1").count() == 1
    assert page.evaluate("[...document.images].every((image) => image.hasAttribute('alt'))")
    assert page.evaluate("[...document.querySelectorAll('.side img')].every((image) => image.alt.length > 5)")
    controls = "input, select, button, svg[role=img], [role=region]"
    name = "element.getAttribute('aria-label') || element.labels?.length || element.textContent.trim()"
    assert page.evaluate(f"[...document.querySelectorAll('{controls}')].filter((element) => !({name})).length") == 0
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((element) => Number(element.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_paper_has_every_section(visit: Any, report: Path, tmp_path: Path) -> None:
    page = visit(report)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    for view in page.locator(".view").all():
        assert view.is_visible()
    assert page.locator("#theme").is_hidden()
    sides = [page.locator(f".view .side.{side}").first.bounding_box() for side in ("before", "after")]
    assert sides[0]["x"] + sides[0]["width"] <= sides[1]["x"] + 1
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    hidden = [section.get_attribute("id") for section in page.locator("section").all() if not section.is_visible()]
    assert hidden == []
    assert page.locator(".command code").inner_text().startswith("usdtune run ")


def test_page_is_whole_without_scripts(browser: Any, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert page.locator(".view").first.locator(".side.after img").is_visible()
    assert page.locator("#findings-table tbody tr").count() == 20
    assert page.locator(".needs-script >> visible=true").count() == 0
    page.close()


def test_ten_thousand_findings_are_no_burden(visit: Any, report: Path, tmp_path: Path) -> None:
    head, island, rest = report.read_text().partition('<script type="application/json" id="findings-data">')
    text, _, tail = rest.partition("</script>")
    data = json.loads(text)
    rows = data["rows"]
    data["rows"] = [[*rows[index % len(rows)][:3], f"message {index}", -1] for index in range(10_000)]
    data["total"] = 10_000
    big = tmp_path / "big.html"
    big.write_text(head + island + json.dumps(data).replace("<", "\\u003c") + "</script>" + tail)
    assert big.stat().st_size < 5_000_000
    page = visit(big)
    rows = page.locator("#findings-table tbody tr")
    assert rows.count() == 25
    page.locator("#filter-text").fill("message 9999")
    assert rows.count() == 1
    page.locator("#filter-text").fill("")
    page.get_by_role("button", name="Next").click()
    assert page.locator("#page-place").inner_text() == "26 to 50 of 10,000"


def test_two_scenes_are_compared_on_a_page(visit: Any, out: Path, tmp_path: Path) -> None:
    page_file = tmp_path / "comparison.html"
    proof = out / "proof.json"
    assert main(["diff", "--proof", str(proof), "--html", str(page_file)]) == 0
    page = visit(page_file)
    assert "They are the same" in page.locator(".verdict").inner_text()
    views = json.loads(proof.read_text())["pictures"]["views"]
    assert page.locator(".thumbs button").count() == len(views)
    result = json.loads(proof.read_text())["result"]["path"]
    other = tmp_path / "other.usda"
    other.write_text('#usda 1.0\ndef Sphere "Ball"\n{\n}\n')
    assert main(["diff", str(other), result, "--html", str(page_file)]) == 5
    page = visit(page_file)
    assert "They differ" in page.locator(".verdict").inner_text()
    assert page.locator("#differences tbody tr").count() > 0
    assert page.locator(".view").count() > 0
