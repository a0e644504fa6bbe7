# SPDX-License-Identifier: Apache-2.0
"""What each step of a chain promised, and whether its scene keeps it: told to a summary and to the proof file.

The comparison is the core's, of the scenes before and after a step, in memory, as far as the step can have changed
anything. It judges the operations; whether what was authored says the same is judged by verification.
"""

from __future__ import annotations

from typing import Any

from usdtune.workflow.verify import difference_record, laws_of

Json = dict[str, Any]

NO_VARIANTS: Json = {"compositions": 0, "left_out": 0, "differences": []}


def broken_by(step: Json) -> bool:
    """Whether the scene after the step is not what the step promised; its edits were not taken over then."""
    return bool(step.get("broken", False))


def proof_of(step: Json) -> Json:
    """The proof of a step that was compared, as a summary tells it."""
    found = step["proof"]
    relations = {name: found[name] for name in ("rendered", "authored")}
    laws = [
        row
        for row in laws_of(relations, NO_VARIANTS, found["tolerance_m"])
        if row["checked"] or row["violations"]
        if row["law"] != "variants"
    ]
    seen = found["pictures"]
    if seen:
        laws.append(_pictures_law(seen, step["surface"] == "exact"))
    judged = step["surface"] != "changes"
    return {
        "laws": laws,
        "edited_prim_count": found["edited_prim_count"],
        "compared_prim_count": found["compared_prim_count"],
        "tolerance_m": found["tolerance_m"],
        "max_deviation_m": found["rendered"]["largest_distance_m"] if judged else None,
        "id_pixels_changed": seen["changed"] if seen else None,
        "sentence": _sentence(step, laws, found),
    }


def _pictures_law(seen: Json, exact: bool) -> Json:
    """Pixels that show another prim or material; a step that may move the surface may move edges too.

    >>> _pictures_law({"changed": 3, "compared": 9, "drawn_prim_count": 1, "shown_prim_count": 1}, True)["status"]
    'broken'
    """
    broken = exact and seen["changed"] > 0
    return {
        "law": "pictures",
        "status": "broken" if broken else "held",
        "checked": seen["compared"],
        "violations": seen["changed"] if broken else 0,
    }


def _sentence(step: Json, laws: list[Json], found: Json) -> str:
    broken = [row["law"] for row in laws if row["status"] == "broken"]
    if broken:
        differences = found["rendered"]["differences"] + found["authored"]["differences"]
        if not differences:
            changed = found["pictures"]["changed"]
            return f"{step['key']} breaks pictures: {changed:,} pixels show another prim or material than before."
        first = difference_record(differences[0])
        return f"{step['key']} breaks {', '.join(broken)}: {first['path']}: {first['message'].rstrip('.')}."
    edited, compared = found["edited_prim_count"], found["compared_prim_count"]
    told = f"{_prims(edited)} edited, {_prims(compared)} compared"
    if step["surface"] == "changes":
        return f"{told}: what is written down is as promised; the surface may change and was not judged."
    held = "1 law held" if len(laws) == 1 else f"{len(laws)} laws held"
    return f"{told}: {held}."


def _prims(count: int) -> str:
    """
    >>> _prims(1), _prims(1200)
    ('1 prim', '1,200 prims')
    """
    return "1 prim" if count == 1 else f"{count:,} prims"


def steps_block(operations: list[Json]) -> list[Json]:
    """The steps of `proof.json`, out of the operations of a summary."""
    return [_proof_row(row) for row in operations]


def _proof_row(row: Json) -> Json:
    proof = row.get("proof")
    if row.get("rolled_back"):
        status, sentence = "rolled_back", row["error"]
    elif not row["changed"]:
        status, sentence = "no_change", "It changed nothing, so there is nothing to prove."
    else:
        status, sentence = "kept", "Its promise was not looked at apart from the whole chain."
    return {
        "order": row["order"],
        "operation": row["key"],
        "status": status,
        "promised": {
            "surface": row.get("surface", "exact"),
            "identity": row.get("identity", "kept"),
            "tolerance_m": proof["tolerance_m"] if proof else 0.0,
        },
        "laws": proof["laws"] if proof else [],
        "edited_prim_count": proof["edited_prim_count"] if proof else 0,
        "compared_prim_count": proof["compared_prim_count"] if proof else 0,
        "max_deviation_m": proof["max_deviation_m"] if proof else None,
        "id_pixels_changed": proof["id_pixels_changed"] if proof else None,
        "sentence": proof["sentence"] if proof and status != "rolled_back" else sentence,
    }
