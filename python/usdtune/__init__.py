# SPDX-License-Identifier: Apache-2.0
"""Takes a slow USD scene and gives back a faster one, with proof.

>>> import usdtune
>>> usdtune.run("plant.usd", "tuned", approve={"restructure": "optimize-as-is"}).verdict  # doctest: +SKIP
'improved'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usdtune._core import version as __version__

if TYPE_CHECKING:
    from usdtune.api import DiffResult as DiffResult
    from usdtune.api import OpResult as OpResult
    from usdtune.api import RunResult as RunResult
    from usdtune.api import diff as diff
    from usdtune.api import op as op
    from usdtune.api import run as run
    from usdtune.api import stack as stack

_API = ("DiffResult", "OpResult", "RunResult", "diff", "op", "run", "stack")

__all__ = [*_API, "__version__"]  # noqa: PLE0604, RUF100


def __getattr__(name: str) -> Any:
    """The calls are loaded when first used: a command that needs none of them should not pay for them."""
    if name in _API:
        from usdtune import api

        return getattr(api, name)
    raise AttributeError(f"module 'usdtune' has no attribute '{name}'")
