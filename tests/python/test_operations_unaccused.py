# SPDX-License-Identifier: Apache-2.0
"""A sound operation is never accused, whatever its arguments let it lose: neither as a step nor in what is written.

What was promised is all that may differ; each operation is asked for everything that it can do.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from mutation_scene import make_scene
from planting import accusers, session_on
from test_real_scenes import DATA, MONOLITH, ROOTS
from usdtune.cli.commands.example import example
from usdtune.workflow.step_proof import proof_of
from usdtune.workflow.verify import Promise

REQUESTS: list[dict[str, Any]] = [
    {"operation": "meshCleanup"},
    {"operation": "meshCleanup", "tolerance": 0.001},
    {"operation": "mergeVertices"},
    {"operation": "mergeVertices", "tolerance": 0.01},
    *({"operation": "deduplicateGeometry", "duplicateMethod": method} for method in range(5)),
    {"operation": "deduplicateGeometry", "considerDeepTransforms": True, "tolerance": 0.0005},
    {"operation": "deduplicateGeometry", "fuzzy": True, "tolerance": 0.001},
    {"operation": "generateNormals"},
    {"operation": "optimizePrimvars"},
    {"operation": "removeUnusedUVs"},
    *({"operation": "optimizeMaterials", "optimizeMaterialsMode": mode} for mode in range(3)),
    {"operation": "removePrims", "invisibleRemoveMethod": 1, "orphanedOverRemoveMethod": 1},
    {"operation": "removePrims", "invisibleRemoveMethod": 2, "orphanedOverRemoveMethod": 2},
    {"operation": "removePrims", "invisibleRemoveMethod": 2, "orphanedOverRemoveMethod": 3},
    {"operation": "pruneLeaves"},
    {"operation": "computeExtents"},
]


def named(request: dict[str, Any]) -> str:
    return " ".join(str(value) for value in request.values())


def accused(source: Path, chain: list[dict[str, Any]], out: Path) -> str:
    """By whom, as a step or as what was written; nothing where it is sound or had nothing to do."""
    session = session_on(source)
    steps = session.operate(chain, 0, prove=True)["steps"]
    for step in steps:
        if step.get("broken"):
            return str(proof_of(step)["sentence"])
    if not any(step["edit_count"] for step in steps):
        return ""
    session.write_pathmap(str(out / "pathmap.jsonl"), steps)
    staged = Path(session.author(str(out), "", "test")["staged_root"])
    return ", ".join(sorted(accusers(source, staged, out / "pathmap.jsonl", Promise.of(steps))))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scenes")
    example("plant", folder / "plant.usdc", meshes=300, seed=3)
    return {"plant": folder / "plant.usdc", "mutations": make_scene(folder)}


@pytest.mark.parametrize("request_", REQUESTS, ids=named)
@pytest.mark.parametrize("scene", ["plant", "mutations"])
def test_on_a_made_scene(made: dict[str, Path], scene: str, request_: dict[str, Any], tmp_path: Path) -> None:
    assert accused(made[scene], [request_], tmp_path) == ""


@pytest.mark.parametrize("seed", range(40))
def test_in_a_chain(made: dict[str, Path], seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed)
    chain = chosen.sample(REQUESTS, chosen.randint(2, 5))
    assert accused(made[chosen.choice(sorted(made))], chain, tmp_path) == "", chain


@pytest.mark.skipif(not DATA.exists(), reason="the sample scenes are not here")
@pytest.mark.parametrize("request_", REQUESTS, ids=named)
@pytest.mark.parametrize("scene", [MONOLITH, *ROOTS])
def test_on_a_real_scene(scene: str, request_: dict[str, Any], tmp_path: Path) -> None:
    assert accused(DATA / scene, [request_], tmp_path) == ""
