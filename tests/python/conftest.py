# SPDX-License-Identifier: Apache-2.0
"""One switch for all tests, and the order of their files."""

from __future__ import annotations

import pytest

LONGEST = (
    "test_workflow_kill.py",
    "test_mutations_on_real_scenes.py",
    "test_mutations.py",
    "test_odd_places.py",
    "test_page_browser.py",
)
"""Begun first, so that nobody waits for one of them alone at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what cases give now into their files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))
