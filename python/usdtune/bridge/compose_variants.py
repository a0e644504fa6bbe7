# SPDX-License-Identifier: Apache-2.0
"""Every selection of every variant set, composed on both sides and compared as it is drawn.

What a variant changes is masked, so that a composition costs what it shows and not the whole stage; states of sets
that do not reach each other are shown by one composition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from usdtune import _core
from usdtune._core import Scene
from usdtune.bridge.extract import extract
from usdtune.bridge.stage_options import StageOptions

COMPOSITION_LIMIT = 256

Move = tuple[str, str | None, str, str, str]
Choice = tuple[str, str, str]
"""Prim, variant set, variant."""


@dataclass
class VariantReport:
    """`left_out` counts compositions beyond the limit. A difference tells its selection under `variant`."""

    compositions: int = 0
    left_out: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Composition:
    """What is selected at once, and where that shows."""

    choices: tuple[Choice, ...]
    reach: tuple[str, ...]


def compare_variants(
    source: Path,
    result: Path,
    scene: Scene,
    moves: list[Move],
    *,
    view: StageOptions,
    tolerance: float,
    threads: int,
    tell: Callable[[str, int, int], None],
) -> VariantReport:
    """Compares the source under each selection with the result under the same. `scene` is the source's own state.

    Sets that appear only under a selection are followed from there, one selection at a time.
    """
    report = VariantReport()
    known = {(choice[0], choice[1]) for composition in compositions(scene) for choice in composition.choices}
    waiting = list(compositions(scene))
    new_path = {move[0]: move[1] for move in moves if move[2] == "moved" and move[1] is not None}
    while waiting:
        if report.compositions == COMPOSITION_LIMIT:
            report.left_out = len(waiting)
            break
        now = waiting.pop(0)
        tell("comparing variants", report.compositions, report.compositions + len(waiting) + 1)
        report.compositions += 1
        before = extract(source, selected(view, now, {})).scene
        after = extract(result, selected(view, now, new_path), share=before).scene
        found = json.loads(_core.diff_rendered(before, after, moves, tolerance, threads, list(now.reach)))
        variant = "".join(f"{prim}{{{name}={choice}}}" for prim, name, choice in now.choices)
        report.differences += [{**row, "variant": variant} for row in found["differences"]]
        for nested in compositions(before):
            fresh = tuple(choice for choice in nested.choices if (choice[0], choice[1]) not in known)
            if fresh:
                waiting.append(Composition((*now.choices, *fresh), tuple({*now.reach, *nested.reach})))
        known |= {(choice[0], choice[1]) for later in waiting for choice in later.choices}
    return report


def compositions(scene: Scene) -> Iterator[Composition]:
    """The n-th state of every group at once, until each has shown all of its states."""
    groups = json.loads(_core.variant_groups(scene))
    for turn in range(max((len(group["states"]) for group in groups), default=0)):
        shown = [group for group in groups if turn < len(group["states"])]
        choices = [choice for group in shown for choice in group["states"][turn]]
        yield Composition(
            tuple((choice["prim"], choice["set"], choice["variant"]) for choice in choices),
            tuple(path for group in shown for path in group["reach"]),
        )


def selected(view: StageOptions, composition: Composition, new_path: dict[str, str]) -> StageOptions:
    """The view with the choices made and everything else left out."""
    variants = {prim: dict(chosen) for prim, chosen in view.variants.items()}
    for prim, name, variant in composition.choices:
        variants.setdefault(new_path.get(prim, prim), {})[name] = variant
    reach = [*composition.reach, *(new_path[path] for path in composition.reach if path in new_path)]
    return replace(view, mask=tuple(reach), follow=True, variants=variants)
