# SPDX-License-Identifier: Apache-2.0
"""What was done, step by step: why, on what evidence, what it may lose, what it gained, its proof, how to undo it."""

from __future__ import annotations

import shlex
from typing import Any

from usdtune.report.lengths import length

Json = dict[str, Any]

LOSS = {"lossless": "lossless", "bounded-loss": "bounded loss", "analysis-only": "looks only"}


def step_rows(summary: Json, plan: Json | None, proof: Json | None) -> list[Json]:
    planned = {step["order"]: step for step in (plan or {}).get("operations", [])}
    proven = {step["order"]: step for step in (proof or {}).get("steps", [])}
    return [_row(done, planned.get(done["order"]), proven.get(done["order"])) for done in summary["operations"]]


def _row(done: Json, planned: Json | None, proven: Json | None) -> Json:
    planned = planned or {}
    loss = planned.get("loss_class")
    return {
        "order": done["order"],
        "key": done["key"],
        "state": "rolled back" if done["rolled_back"] else "kept" if done["changed"] else "changed nothing",
        "loss": LOSS.get(loss, loss) if loss else None,
        "authority": planned.get("apply_authority"),
        "reason": planned.get("order_reason"),
        "evidence": planned.get("evidence", []),
        "error": done.get("error"),
        "gains": [told for told in map(_gain, done.get("notes", [])) if told],
        "arguments": _arguments(done.get("args", {})),
        "declined": [
            {"reason": row["reason"], "count": row["count"], "examples": row["examples"][:3]}
            for row in done.get("declined", [])
        ],
        "proof": _proof(proven) if proven else None,
        "undo": None,
    }


def _gain(note: str) -> str | None:
    """A count of an operation in words; what is zero is left out.

    >>> _gain("meshesChanged: 58"), _gain("cornersContracted: 0")
    ('58 meshes changed', None)
    """
    name, _, value = note.partition(": ")
    try:
        number = float(value)
    except ValueError:
        return note
    if number == 0:
        return None
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"{number:,.0f} {words}" if number == int(number) else f"{number:,.3g} {words}"


def _arguments(arguments: Json) -> str:
    told = [
        f"{name}={f'{len(value):,} entries' if isinstance(value, list) and len(value) > 3 else value}"
        for name, value in sorted(arguments.items())
    ]
    return ", ".join(told)


def _proof(proven: Json) -> Json:
    pixels, farthest = proven["id_pixels_changed"], proven["max_deviation_m"]
    facts = [proven["sentence"]]
    if farthest is not None:
        facts.append(f"Largest distance of a corner: {length(farthest)}.")
    if pixels is not None:
        facts.append(
            "No pixel of its pictures shows another prim or material."
            if pixels == 0
            else f"{pixels:,} pixels of its pictures show another prim or material."
        )
    return {"status": proven["status"], "facts": facts, "promised": proven["promised"]}


def undo_command(chain: str, source: str, out: str, order: int) -> str:
    """How to have the result without one step; the source itself was never changed."""
    steps = shlex.quote(chain)
    return (
        f'python3 -c "import json,sys; c=json.load(open(sys.argv[1])); del c[{order - 1}]; print(json.dumps(c))" '
        f"{steps} > without-{order}.json && usdtune stack without-{order}.json {shlex.quote(source)} "
        f"-o {shlex.quote(out)} --verify"
    )
