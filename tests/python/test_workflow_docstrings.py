# SPDX-License-Identifier: Apache-2.0
"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
import pkgutil

import pytest
import usdtune
import usdtune.cli
import usdtune.report
import usdtune.workflow

MODULES = [
    "usdtune",
    "usdtune.api",
    *(
        module.name
        for package in (usdtune.cli, usdtune.report, usdtune.workflow)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    results = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert results.failed == 0
