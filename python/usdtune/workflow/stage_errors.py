# SPDX-License-Identifier: Apache-2.0
"""A stage that does not open, in our words: blocked, with one sentence."""

from __future__ import annotations

import re

from usdtune.workflow.stops import Blocked


class stage_errors:  # noqa: N801 - reads as a statement: with stage_errors(): …
    """Turns the bridge's word for a stage that does not open into ours."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None and kind.__name__ == "StageOpenError":
            raise Blocked(open_sentence(str(error)), code="blocked_stage_open") from None


def open_sentence(told: str) -> str:
    """What OpenUSD says about a file that does not open: the file once, and no names of its parser's rules.

    >>> open_sentence("a.usda: a.usda:8:1: parse error matching pxr::Parser::TupleValueClose at '' in </W>.")
    'a.usda: line 8, column 1: the text ends or makes no sense here, in </W>.'
    >>> open_sentence("b.usdc: File too small to contain bootstrap structure.")
    'b.usdc: File too small to contain bootstrap structure.'
    """
    name, separator, rest = told.partition(": ")
    parsed = re.match(r"(?:.*:)?(\d+):(\d+): (.*)$", rest, re.DOTALL)
    if not separator or parsed is None:
        return told
    line, column, message = parsed.groups()
    message = re.sub(r"^parse error matching \S+", "the text ends or makes no sense here,", message)
    return f"{name}: line {line}, column {column}: {message}".replace(" at ''", "")
