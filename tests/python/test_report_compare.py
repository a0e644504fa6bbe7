# SPDX-License-Identifier: Apache-2.0
"""Verdicts: what counts as better, what as worse, and what a clock cannot tell."""

from typing import Any

import pytest
from fake_worker import PROFILE
from usdtune.report import documents, score
from usdtune.report.compare import change_pct, compare, roll_up

BASE: dict[str, Any] = {**PROFILE, "mode": "quick"}


def row(after: dict[str, Any], name: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    document = compare({**BASE, **(before or {})}, {**BASE, **after})
    return next(entry for entry in document["metrics"] if entry["name"] == name)


@pytest.mark.parametrize(
    ("after", "verdict", "severity"),
    [
        (3_700_000, "improved", "none"),
        (3_900_000, "neutral", "none"),
        (4_200_000, "neutral", "none"),
        (4_300_000, "regressed", "warn"),
        (4_900_000, "regressed", "critical"),
    ],
)
def test_bands_of_a_size(after: int, verdict: str, severity: str) -> None:
    found = row({"total_size_bytes": after}, "total_size_bytes")
    assert (found["verdict"], found["severity"]) == (verdict, severity)


def test_small_file_may_grow_by_the_fixed_cost_of_a_crate() -> None:
    found = row({"total_size_bytes": 5000}, "total_size_bytes", {"total_size_bytes": 900})
    assert found["verdict"] == "neutral"
    assert "fixed cost" in found["notes"]


def test_longer_open_alone_is_not_believed() -> None:
    found = row({"warm_open_ms": 150.0}, "warm_open_ms")
    assert found["verdict"] == "neutral"
    assert "nothing that can be counted grew" in found["notes"]


def test_longer_open_with_more_prims_is_believed() -> None:
    found = row({"warm_open_ms": 150.0, "prim_count": 2000}, "warm_open_ms")
    assert (found["verdict"], found["severity"]) == ("regressed", "critical")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"warm_open_spread_pct": 60.0}, "within the spread"),
        ({"warm_open_spread_pct": 20.0}, "too much to call it worse"),
        ({"warm_open_sample_count": 4}, "fewer than 5 samples"),
        ({"open_timing_context": "same_process_warm"}, "not measured in fresh processes"),
    ],
)
def test_poorly_measured_open_is_neutral(trouble: dict[str, Any], words: str) -> None:
    found = row({"warm_open_ms": 150.0, "prim_count": 2000, **trouble}, "warm_open_ms")
    assert found["verdict"] == "neutral"
    assert words in found["notes"]


def test_milliseconds_of_a_small_scene_decide_nothing() -> None:
    assert row({"traverse_ms": 1.9}, "traverse_ms", {"traverse_ms": 0.4})["verdict"] == "neutral"


def test_busy_machine_is_not_a_slower_scene() -> None:
    processor = {"x_warm_open_cpu_ms": 90.0}
    found = row({"warm_open_ms": 150.0, "prim_count": 2000, **processor}, "warm_open_ms", processor)
    assert found["verdict"] == "neutral"
    assert "the machine was busy" in found["notes"]


def test_single_pass_never_says_that_it_got_worse() -> None:
    found = row({"transform_ms": 90.0, "prim_count": 2000}, "transform_ms")
    assert (found["verdict"], found["notes"]) == ("neutral", "a single pass, which a busy machine can make longer")


def test_faster_open_counts() -> None:
    assert row({"warm_open_ms": 60.0}, "warm_open_ms")["verdict"] == "improved"


def test_prims_of_prototypes_may_grow_where_authored_prims_fall() -> None:
    after = {"prim_count": 1200, "prim_count_authored": 400, "prototype_count": 5, "instance_count": 20}
    assert row(after, "prim_count")["verdict"] == "neutral"
    assert row(after, "prim_count_authored")["verdict"] == "improved"


def test_diagnostics_never_decide() -> None:
    document = compare(BASE, {**BASE, "prototype_count": 50, "traverse_full_ms": 500.0, "cold_open_ms": 900.0})
    assert document["verdict"] == "neutral"
    assert document["severity"] == "none"


def test_missing_metric_is_unavailable_and_not_unchanged() -> None:
    after = {key: value for key, value in BASE.items() if key != "total_attributes"}
    document = compare(BASE, after)
    assert document["unavailable"] == ["total_attributes"]
    assert "total_attributes" not in [entry["name"] for entry in document["metrics"]]
    assert "Not available on both sides: authored attributes." in document["summary"]


def test_zero_baseline_is_judged_by_its_sign() -> None:
    found = row({"layer_count": 2}, "layer_count", {"layer_count": 0})
    assert (found["change_pct"], found["verdict"]) == (100.0, "regressed")
    assert "zero baseline" in found["notes"]


def test_mixed_is_never_called_a_success() -> None:
    document = compare(BASE, {**BASE, "total_size_bytes": 1_000_000, "layer_count": 5})
    assert document["verdict"] == "mixed"
    assert document["regressions"][0]["name"] == "layer_count"


def test_advice_and_summary_speak_of_metrics_by_their_titles() -> None:
    document = compare(BASE, {**BASE, "total_size_bytes": 9_000_000})
    assert document["recommendations"] == ["Do not publish before bytes on disk, layers and assets is understood."]
    assert document["summary"].startswith("Regressed: bytes on disk, layers and assets 4,000,000 → 9,000,000")


def test_document_keeps_its_contract() -> None:
    document = compare(BASE, {**BASE, "total_size_bytes": 1_000_000})
    documents.check(documents.Path("compare_profiles.json"), "compare_profiles", document)


def test_roll_up_and_percent() -> None:
    assert roll_up(["neutral", "neutral"]) == "neutral"
    assert roll_up(["regressed"]) == "regressed"
    assert change_pct(3, 2) == -33.3


@pytest.mark.parametrize(
    ("percent", "expected"), [(-30, 1.0), (-5, 3.0), (0, 5.0), (5, 5.5), (10, 6.0), (25, 7.0), (75, 10.0)]
)
def test_score_is_a_straight_line_between_its_anchors(percent: float, expected: float) -> None:
    assert score.improvement_score(percent) == expected
