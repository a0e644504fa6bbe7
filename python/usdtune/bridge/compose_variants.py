# SPDX-License-Identifier: Apache-2.0
"""Every selection of every variant set, composed on both sides and compared as it is drawn.

What a variant changes is masked, so that a composition costs what it shows and not the whole stage; states of sets
that do not reach each other are shown by one composition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pxr import Sdf

from usdtune import _core
from usdtune._core import Scene
from usdtune.bridge.extract import extract
from usdtune.bridge.extract_crate import CrateFiles
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
class State:
    """What one group of variant sets selects, and where that shows."""

    choices: tuple[Choice, ...]
    reach: tuple[str, ...]


Composition = tuple[State, ...]
"""States of groups that do not reach each other, shown at once."""


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
    _layers = [Sdf.Layer.FindOrOpen(str(path)) for path in (source, result)]  # held, so that they are read once
    crates = CrateFiles()
    waiting = compositions(scene)
    known = sets_of(waiting)
    new_path = {move[0]: move[1] for move in moves if move[2] == "moved" and move[1] is not None}
    while waiting:
        if report.compositions == COMPOSITION_LIMIT:
            report.left_out = len(waiting)
            break
        now = waiting.pop(0)
        tell("comparing variants", report.compositions, report.compositions + len(waiting) + 1)
        report.compositions += 1
        before = extract(source, selected(view, now, {}), latent=False, crates=crates).scene
        moved = selected(view, now, new_path)
        after = extract(result, moved, share=before, latent=False, crates=crates).scene
        roots = [path for state in now for path in state.reach]
        found = json.loads(_core.diff_rendered(before, after, moves, tolerance, threads, roots))
        variant = "".join(f"{prim}{{{name}={choice}}}" for state in now for prim, name, choice in state.choices)
        report.differences += [{**row, "variant": variant} for row in found["differences"]]
        # What did not touch before may do so here: then it was not enough to look at both at once.
        waiting += [(state,) for state in mixed(before, now)]
        nested = [(together(*now, *shown),) for shown in compositions(before, known)]
        waiting += nested
        known |= sets_of(nested)
    return report


def compositions(scene: Scene, known: frozenset[tuple[str, str]] = frozenset()) -> list[Composition]:
    """The n-th state of every group at once, until each has shown all of its states. States that change a set which
    is `known` are left out."""
    groups = [
        [
            State(choices, tuple(group["reach"]))
            for state in group["states"]
            if known.isdisjoint((choice["prim"], choice["set"]) for choice in state)
            for choices in [tuple((choice["prim"], choice["set"], choice["variant"]) for choice in state)]
        ]
        for group in json.loads(_core.variant_groups(scene))
    ]
    turns = range(max(map(len, groups), default=0))
    return [tuple(states[turn] for states in groups if turn < len(states)) for turn in turns]


def together(*states: State) -> State:
    """States that cannot be shown apart: a set may be there only while another has its selection."""
    return State(
        tuple(choice for state in states for choice in state.choices),
        tuple(dict.fromkeys(path for state in states for path in state.reach)),
    )


def sets_of(found: Iterable[Composition]) -> frozenset[tuple[str, str]]:
    """The variant sets, as (prim, name), that some composition switches."""
    return frozenset((prim, name) for composition in found for state in composition for prim, name, _ in state.choices)


def mixed(scene: Scene, composition: Composition) -> list[State]:
    """The states of a composition whose sets reach each other in the scene that they made."""
    if len(composition) < 2:
        return []
    group_of = {
        (prim, name): number
        for number, group in enumerate(json.loads(_core.variant_groups(scene)))
        for prim, name in group["sets"]
    }
    touched = [{group_of.get((prim, name)) for prim, name, _ in state.choices} - {None} for state in composition]
    return [
        state
        for index, state in enumerate(composition)
        if any(touched[index] & other for place, other in enumerate(touched) if place != index)
    ]


def selected(view: StageOptions, composition: Composition, new_path: dict[str, str]) -> StageOptions:
    """The view with the choices made and everything else left out."""
    variants = {prim: dict(chosen) for prim, chosen in view.variants.items()}
    for state in composition:
        for prim, name, variant in state.choices:
            variants.setdefault(new_path.get(prim, prim), {})[name] = variant
    reach = [path for state in composition for path in state.reach]
    reach += [new_path[path] for path in reach if path in new_path]
    return replace(view, mask=tuple(reach), follow=True, variants=variants)
