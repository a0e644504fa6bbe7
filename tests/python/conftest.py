# SPDX-License-Identifier: Apache-2.0
"""One switch for all tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what cases give now into their files")
