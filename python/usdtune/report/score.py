# SPDX-License-Identifier: Apache-2.0
"""The score of a run: groups of metrics, each scored by how much it improved, weighted, rounded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

Json = dict[str, Any]

ANCHORS: Final = ((-20.0, 1.0), (-5.0, 3.0), (0.0, 5.0), (10.0, 6.0), (25.0, 7.0), (50.0, 8.5), (75.0, 10.0))
"""Improvement in percent, and the score it gives; in between, a straight line."""

WEIGHTS: Final[Mapping[str, int]] = {
    "load_time": 35,
    "composition": 25,
    "instancing": 15,
    "storage_proxy": 10,
    "validation": 15,
}

LABELS: Final = ((9.0, "excellent"), (7.5, "strong"), (5.5, "moderate"), (4.5, "neutral"), (2.5, "mixed"))

NEUTRAL: Final = 5.0


def improvement_score(percent: float) -> float:
    """
    >>> improvement_score(0), improvement_score(50), improvement_score(300), improvement_score(-60)
    (5.0, 8.5, 10.0, 1.0)
    """
    if percent <= ANCHORS[0][0]:
        return ANCHORS[0][1]
    for (low, low_score), (high, high_score) in pairwise(ANCHORS):
        if percent <= high:
            part = (percent - low) / (high - low)
            return rounded(low_score + part * (high_score - low_score))
    return ANCHORS[-1][1]


def total_score(groups: Sequence[Mapping[str, Any]]) -> float:
    """
    >>> total_score([{"score": 8.0, "weight": 3}, {"score": 4.0, "weight": 1}, {"score": None, "weight": 9}])
    7.0
    >>> total_score([])
    5.0
    """
    counting = [group for group in groups if group["score"] is not None and group["weight"]]
    weight = sum(group["weight"] for group in counting)
    if not weight:
        return NEUTRAL
    return rounded(sum(group["score"] * group["weight"] for group in counting) / weight)


def label(score: float) -> str:
    """
    >>> label(9.0), label(8.9), label(5.0), label(1.0)
    ('excellent', 'strong', 'neutral', 'regressed')
    """
    return next((name for lowest, name in LABELS if score >= lowest), "regressed")


def rounded(value: float) -> float:
    """One decimal, rounded as printing rounds the exact double."""
    return float(f"{value:.1f}")
