# SPDX-License-Identifier: Apache-2.0
"""Before against after: one row per metric, its verdict, and what the rows say together.

Bands: better by more than 5 % is improved, worse by more than 5 % regressed (warn), by more than 20 % critical.
A clock is not a count: a time counts as worse only when it was measured well enough and something that can be counted
grew with it; otherwise the row is neutral and its note says why.

>>> row = compare({"total_size_bytes": 2_000_000}, {"total_size_bytes": 1_000_000})["metrics"][0]
>>> row["name"], row["change_pct"], row["verdict"]
('total_size_bytes', -50.0, 'improved')
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

IMPROVED_PCT: Final = 5.0
CRITICAL_PCT: Final = 20.0
SPREAD_LIMIT_PCT: Final = 15.0
MINIMUM_SAMPLES: Final = 5
TIME_FLOOR_MS: Final = 2.0
"""Differences below are what a clock and a busy machine can produce on their own."""
WAITING_FLOOR_MS: Final = 10.0
"""Nobody waits for less: an open that takes longer by less is shown, and no reason to do anything."""
COUNT_FLOOR: Final = 10
"""A handful of prims more is no regression: on a small scene it may be any percentage."""
SIZE_FLOOR_BYTES: Final = 64 * 1024
"""A crate file has a fixed cost of its own; a small text file that becomes one may grow by it."""
MEMORY_FLOOR_BYTES: Final = 16 * 1024 * 1024
"""Two loads of one stage differ by as much."""
THRESHOLDS: Final = {
    "threshold_improved_pct": IMPROVED_PCT,
    "threshold_critical_pct": CRITICAL_PCT,
    "threshold_spread_pct": SPREAD_LIMIT_PCT,
    "threshold_time_floor_ms": TIME_FLOOR_MS,
    "threshold_waiting_floor_ms": WAITING_FLOOR_MS,
    "threshold_size_floor_bytes": SIZE_FLOOR_BYTES,
    "threshold_count_floor": COUNT_FLOOR,
    "threshold_memory_floor_bytes": MEMORY_FLOOR_BYTES,
    "thresholds_version": "2",
}


@dataclass(frozen=True)
class Metric:
    """A profile's number: what it is called, what it means, whether it may decide the verdict."""

    name: str
    title: str
    category: str
    unit: str = ""
    higher_is_better: bool = False
    single_pass: bool = False
    """A clock that ran once: a busy machine can make it any longer, so it never says that something got worse."""
    diagnostic: str = ""
    """Why the row does not count; empty when it does."""

    @property
    def is_time(self) -> bool:
        return self.unit == "ms"

    @property
    def is_size(self) -> bool:
        return self.unit == "bytes"


METRICS: Final = (
    Metric("warm_open_ms", "Open time, warm", "load_time", "ms"),
    Metric(
        "x_warm_open_cpu_ms",
        "Open time, processor",
        "load_time",
        "ms",
        diagnostic="all threads together; tells whether a busy machine made the difference",
    ),
    Metric("cold_open_ms", "Open time, first in a process", "load_time", "ms", diagnostic="a single sample"),
    Metric("attribute_resolution_ms", "Reading every attribute", "load_time", "ms", single_pass=True),
    Metric("transform_ms", "Computing every transform", "load_time", "ms", single_pass=True),
    Metric("material_binding_ms", "Resolving every material binding", "load_time", "ms", single_pass=True),
    Metric("traverse_ms", "Traversal", "load_time", "ms"),
    Metric(
        "traverse_full_ms",
        "Traversal with prototypes",
        "load_time",
        "ms",
        diagnostic="grows with prototypes by nature",
    ),
    Metric("prim_count_authored", "Prims, default traversal", "composition"),
    Metric("prim_count", "Prims with those of prototypes", "composition"),
    Metric("total_attributes", "Authored attributes", "composition"),
    Metric("layer_count", "Layers", "composition"),
    Metric("x_material_count", "Materials", "composition"),
    Metric("x_mesh_count", "Meshes that hold geometry", "instancing"),
    Metric("x_unique_triangle_count", "Stored triangles", "instancing"),
    Metric(
        "instance_count",
        "Instances",
        "instancing",
        higher_is_better=True,
        diagnostic="counts only where sharing was the aim",
    ),
    Metric("prototype_count", "Prototypes", "instancing", diagnostic="grows when content is shared"),
    Metric("total_size_bytes", "Bytes on disk, layers and assets", "storage_proxy", "bytes"),
)

_STRUCTURAL: Final = (
    "prim_count",
    "total_attributes",
    "layer_count",
    "total_size_bytes",
    "x_unique_triangle_count",
)
"""Counts that would have to grow for a longer time to be believed."""
_PRICE_OF_OPENING: Final = (*_STRUCTURAL, "prototype_count")
"""The same for what a stage costs to open: each prototype has a price of its own."""

GUARDED: Final = ("warm_open_ms", "total_size_bytes", "x_peak_rss_bytes")
"""What a default run must never leave more than 5 % worse."""


def compare(before: Mapping[str, Any], after: Mapping[str, Any], doubted: Collection[str] = ()) -> Json:
    """The compare document of two profiles of the same mode; `doubted` metrics got worse, but not a second time."""
    rows: list[Json] = []
    unavailable: list[str] = []
    for metric in METRICS:
        if metric.name in before and metric.name in after:
            rows.append(_row(metric, before, after, metric.name in doubted))
        elif metric.name in before or metric.name in after:
            unavailable.append(metric.name)
    counting = [row for row in rows if row["counts_in_verdict"]]
    verdict = roll_up([row["verdict"] for row in counting])
    severities = [row["severity"] for row in counting]
    severity = "critical" if "critical" in severities else "warn" if "warn" in severities else "none"
    regressions = [_regression(row, before, after) for row in counting if row["verdict"] == "regressed"]
    return {
        "verdict": verdict,
        "severity": severity,
        "summary": summary(counting, unavailable),
        "metrics": rows,
        "regressions": regressions,
        "recommendations": _recommendations(verdict, severity, regressions),
        "unavailable": unavailable,
        "x_guarded": [row for name in GUARDED for row in _guarded(name, rows, before, after, doubted)],
    }


def _guarded(
    name: str, rows: list[Json], before: Mapping[str, Any], after: Mapping[str, Any], doubted: Collection[str]
) -> list[Json]:
    """Whether one of the guarded metrics is really worse; memory has no row of its own and the rule of a time."""
    if name not in before or name not in after:
        return []
    old, new = before[name], after[name]
    percent = change_pct(old, new)
    row = next((row for row in rows if row["name"] == name), None)
    if row is not None:
        worse = row["verdict"] == "regressed"
    else:
        grown = percent > IMPROVED_PCT and new - old > MEMORY_FLOOR_BYTES
        worse = grown and name not in doubted and _anything_grew(_PRICE_OF_OPENING, before, after)
    return [
        {
            "name": name,
            "before": old,
            "after": new,
            "change_pct": percent,
            "worse": worse,
            "message": f"{_TITLES[name]} {shown(old)} → {shown(new)} {_UNITS[name]} ({percent:+.1f} %)",
        }
    ]


_TITLES: Final = {
    "warm_open_ms": "open time",
    "total_size_bytes": "size on disk",
    "x_peak_rss_bytes": "peak memory",
}
_UNITS: Final = {"warm_open_ms": "ms", "total_size_bytes": "bytes", "x_peak_rss_bytes": "bytes"}


def roll_up(verdicts: list[str]) -> str:
    """
    >>> roll_up(["improved", "neutral"]), roll_up(["improved", "regressed"]), roll_up(["neutral"]), roll_up([])
    ('improved', 'mixed', 'neutral', 'neutral')
    """
    improved, regressed = "improved" in verdicts, "regressed" in verdicts
    if improved and regressed:
        return "mixed"
    return "improved" if improved else "regressed" if regressed else "neutral"


def change_pct(before: float, after: float) -> float:
    """Percent of the value before, one decimal; from zero there is no percentage, so its sign stands for it.

    >>> change_pct(200, 150), change_pct(0, 0), change_pct(0, 3)
    (-25.0, 0.0, 100.0)
    """
    if before == 0:
        return 0.0 if after == 0 else 100.0 if after > 0 else -100.0
    return float(f"{(after - before) / before * 100:.1f}") + 0.0


def _row(metric: Metric, before: Mapping[str, Any], after: Mapping[str, Any], doubted: bool) -> Json:
    old, new = before[metric.name], after[metric.name]
    percent = change_pct(old, new)
    better = percent if metric.higher_is_better else -percent
    verdict, severity = _band(better)
    notes = [metric.diagnostic] if metric.diagnostic else []
    if old == 0 and new != 0:
        notes.append("zero baseline")
    doubt = _doubt(metric, verdict, before, after)
    if doubted and verdict == "regressed":
        doubt = doubt or "a second measurement did not confirm it"
    if metric.diagnostic:
        verdict, severity = "neutral", "none"
    if doubt:
        verdict, severity = "neutral", "none"
        notes.append(doubt)
    row: Json = {
        "name": metric.name,
        "before": old,
        "after": new,
        "change_pct": percent,
        "verdict": verdict,
        "severity": severity,
        "direction": "higher_is_better" if metric.higher_is_better else "lower_is_better",
        "counts_in_verdict": not metric.diagnostic,
    }
    if metric.unit:
        row["unit"] = metric.unit
    if notes:
        row["notes"] = "; ".join(notes)
    return row


def _band(better: float) -> tuple[str, str]:
    if better > IMPROVED_PCT:
        return "improved", "none"
    if better >= -IMPROVED_PCT:
        return "neutral", "none"
    return "regressed", "critical" if better < -CRITICAL_PCT else "warn"


def _doubt(metric: Metric, verdict: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Why a change is not believed; empty when it is, or when there is none."""
    old, new = before[metric.name], after[metric.name]
    if verdict == "neutral":
        return ""
    if metric.is_size and abs(new - old) < SIZE_FLOOR_BYTES:
        return f"a difference below {SIZE_FLOOR_BYTES // 1024} KiB, the fixed cost of a crate file"
    is_count = not metric.is_time and not metric.is_size and metric.name != "layer_count"
    if verdict == "regressed" and is_count and abs(new - old) < COUNT_FLOOR:
        return f"a difference below {COUNT_FLOOR}"
    if metric.name == "prim_count" and verdict == "regressed":
        shared = after.get("prototype_count", 0) > before.get("prototype_count", 0)
        fewer = after.get("prim_count_authored", 0) < before.get("prim_count_authored", 0)
        return "grew by prototypes while authored prims fell" if shared and fewer else ""
    if not metric.is_time:
        return ""
    if abs(new - old) < TIME_FLOOR_MS:
        return f"a difference below {TIME_FLOOR_MS:g} ms, which a clock cannot tell"
    spread = _spread(before, after)
    if metric.name == "warm_open_ms":
        if 0 < new - old < WAITING_FLOOR_MS:
            return f"longer by less than {WAITING_FLOOR_MS:g} ms, which nobody waits for"
        poorly = _poorly_measured(before, after, spread)
        if poorly:
            return poorly
    elif metric.single_pass and verdict == "regressed":
        return "a single pass, which a busy machine can make longer"
    elif spread and abs(change_pct(old, new)) <= spread:
        return f"within the spread of the open times, {spread:.1f} %"
    counts = _PRICE_OF_OPENING if metric.name == "warm_open_ms" else _STRUCTURAL
    if verdict == "regressed" and not _anything_grew(counts, before, after):
        return "nothing that can be counted grew with it"
    return ""


def _spread(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    return max(float(before.get("warm_open_spread_pct", 0)), float(after.get("warm_open_spread_pct", 0)))


def _poorly_measured(before: Mapping[str, Any], after: Mapping[str, Any], spread: float) -> str:
    if before.get("mode") != after.get("mode"):
        return "measured in different modes"
    if min(side.get("warm_open_sample_count", 0) for side in (before, after)) < MINIMUM_SAMPLES:
        return f"fewer than {MINIMUM_SAMPLES} samples"
    if any(side.get("open_timing_context") != "fresh_process" for side in (before, after)):
        return "not measured in fresh processes"
    percent = abs(change_pct(before["warm_open_ms"], after["warm_open_ms"]))
    cpu_before, cpu_after = before.get("x_warm_open_cpu_ms"), after.get("x_warm_open_cpu_ms")
    if cpu_before is not None and cpu_after is not None and abs(change_pct(cpu_before, cpu_after)) <= IMPROVED_PCT:
        return f"the processor worked as long as before, {cpu_before:.0f} → {cpu_after:.0f} ms: the machine was busy"
    if percent <= spread:
        return f"within the spread of the samples, {spread:.1f} %"
    if spread > SPREAD_LIMIT_PCT and after["warm_open_ms"] > before["warm_open_ms"]:
        return f"the samples spread by {spread:.1f} %, too much to call it worse"
    return ""


def _anything_grew(counts: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(
        name in before and name in after and change_pct(before[name], after[name]) > IMPROVED_PCT for name in counts
    )


SUMMED_UP = 4
"""Metrics that a summary names of those that improved, and of those that became worse."""


def summary(counting: list[Json], unavailable: list[str]) -> str:
    """What changed in a sentence, absolute values and percentages together."""
    parts = []
    for wanted in ("improved", "regressed"):
        rows = [row for row in counting if row["verdict"] == wanted]
        if rows:
            telling = sorted(rows, key=lambda row: -abs(row["change_pct"]))[:SUMMED_UP]
            listed = ", ".join(
                f"{_in_words(row)} {shown(row['before'])} → {shown(row['after'])} ({row['change_pct']:+.1f} %)"
                for row in rows
                if row in telling
            )
            more = f" and {len(rows) - SUMMED_UP} more" if len(rows) > SUMMED_UP else ""
            parts.append(f"{wanted}: {listed}{more}")
    text = "; ".join(parts) or "no metric changed by more than 5 %"
    text = text[0].upper() + text[1:]
    missing = f" Not available on both sides: {', '.join(map(title_of, unavailable))}." if unavailable else ""
    return f"{text}.{missing}"


def _in_words(row: Json) -> str:
    """A row's metric as people call it, in the middle of a sentence."""
    metric = next(metric for metric in METRICS if metric.name == row["name"])
    title = title_of(metric.name)
    return f"{title}, {metric.unit}:" if metric.unit and metric.unit not in title else title


def title_of(name: str) -> str:
    """
    >>> title_of("total_attributes")
    'authored attributes'
    """
    title = next((metric.title for metric in METRICS if metric.name == name), name)
    return title[0].lower() + title[1:]


def shown(value: float) -> str:
    """
    >>> shown(1234567), shown(12.3456)
    ('1,234,567', '12.3')
    """
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _regression(row: Json, before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    if row["name"] == "total_size_bytes":
        cause = "the result is written as crate files; content that was stored once may be stored more often now"
    elif after.get("prototype_count", 0) > before.get("prototype_count", 0):
        cause = "more prototypes than before: each has a price when the stage opens"
    else:
        cause = "not known"
    advice = "revert" if row["severity"] == "critical" else "adjust"
    return {
        "name": row["name"],
        "change_pct": row["change_pct"],
        "severity": row["severity"],
        "cause": cause,
        "advice": advice,
    }


def _recommendations(verdict: str, severity: str, regressions: list[Json]) -> list[str]:
    if verdict == "neutral":
        return ["Nothing changed measurably; the source can stay in use."]
    if not regressions:
        return ["Keep the result."]
    names = ", ".join(title_of(row["name"]) for row in regressions)
    if severity == "critical":
        return [f"Do not publish before {names} is understood."]
    return [f"Weigh {names} against the gains before publishing."]
