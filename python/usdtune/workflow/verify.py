# SPDX-License-Identifier: Apache-2.0
"""Reads what was authored, in a fresh process, and compares it with the source: laws, relations, second witness."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow import usd_validation
from usdtune.workflow.fresh_look import FreshLook, Seen
from usdtune.workflow.pictures import pictures_in
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.run_state import PICTURES

Json = dict[str, Any]

DIFFERENCE_LIMIT = 1000
LAW_OF: dict[str, str] = {
    "surface": "surface",
    "subdivision": "surface",
    "facing": "surface",
    "subset": "surface",
    "visibility": "surface",
    "purpose": "surface",
    "transform": "surface",
    "normals": "normals",
    "primvar": "primvars",
    "binding": "bindings",
    "bounds": "bounds",
    "dangling_target": "dangling_targets",
    "target": "dangling_targets",
    "asset": "resolved_assets",
    "arc": "resolved_assets",
    "variants": "variants",
    "samples": "time_samples",
    "transform_samples": "time_samples",
    "path": "identity",
    "property": "metadata",
    "attribute": "metadata",
    "schema": "metadata",
    "metadata": "metadata",
    "stage": "stage_metadata",
    "layer_metadata": "stage_metadata",
}
"""The law that a difference of the comparison breaks."""


@dataclass(frozen=True)
class Promise:
    """What a chain promised: the loosest of its steps."""

    surface: str
    identity: str
    tolerance: float
    """In stage units; 0 is the ε of each mesh."""

    @classmethod
    def of(cls, steps: list[Json]) -> Promise:
        surfaces, identities = ("exact", "bounded", "changes"), ("kept", "moved", "removed")
        surface = max((step["surface"] for step in steps), key=surfaces.index, default="exact")
        identity = max((step["identity"] for step in steps), key=identities.index, default="kept")
        return cls(surface, identity, sum(step["tolerance"] for step in steps if step["surface"] == "bounded"))


def verify(
    run: Run,
    fresh: FreshLook,
    staged_root: Path,
    promise: Promise,
    pathmap: Json,
    rolled_back: list[Json],
    declined: list[Json],
) -> tuple[Json, Json | None]:
    """The verification report of a staged result, and what was shown of it where everything else held; nothing is
    delivered or thrown away here."""
    start = time.monotonic()
    folder = run.out / PICTURES
    pictures = folder if run.options.pictures else None
    seen = fresh.look(staged_root, Path(pathmap["path"]), promise.tolerance, run.options.threads, pictures)
    document: Json = {
        "schemaVersion": SCHEMA_VERSION,
        "source": str(run.source),
        "result": str(run.result_path),
        "verified_at": documents.timestamp(),
        "fresh_process": True,
        **judge(seen, promise, fresh.meters_per_unit),
        "pathmap": pathmap,
    }
    shown = seen.shown if document["accepted"] else None
    if shown:
        add_pictures(document, shown["pictures"], promise)
    elif seen.shown:
        for picture in pictures_in(folder):  # they would be taken for the proof of what is not delivered
            picture.unlink()
    fresh.keep_result()
    document["rolled_back"] = rolled_back
    document["declined"] = declined
    document["seconds"] = round(time.monotonic() - start, 3)
    return document, shown


def add_pictures(document: Json, pictures: Json, promise: Promise) -> None:
    """What pictures say about a result as a law of its own: a chain that promised the exact surface may let no pixel
    show anything else."""
    law = next(row for row in document["laws"] if row["law"] == "pictures")
    law.pop("reason", None)
    law.update(
        status="held",
        checked=sum(view["id_pixels"]["compared"] for view in pictures["views"]),
        violations=sum(view["id_pixels"]["differ"] for view in pictures["views"]),
    )
    different = [view for view in pictures["views"] if view["verdict"] == "different"]
    if not different:
        return
    if promise.surface != "exact":
        law.update(status="declined", violations=0, reason="the chain may move surfaces, and pixels with them")
        return
    law.update(status="broken", violations=max(law["violations"], 1))
    document["accepted"] = False
    document["refusal"] = f"The result breaks pictures: {different[0]['title']}: {different[0]['sentence']}"


def judge(seen: Seen, promise: Promise, metres: float) -> Json:
    """What was found of a result, held against its promise: laws, differences, whether it is accepted, and if not, why.

    `metres` is the length of a stage unit.
    """
    relations, variants = dict(seen.relations), seen.variants
    if promise.surface == "changes":  # what is drawn may change, under every selection of variants
        relations.pop("rendered")
        variants = {**variants, "differences": []}
    laws = laws_of(relations, variants, promise.tolerance * metres)
    if promise.surface == "changes":
        _decline_what_is_drawn(laws)
    second = witness_record(seen.witness)
    broken = [law["law"] for law in laws if law["status"] == "broken"]
    found = [row for diff in relations.values() for row in diff["differences"]] + variants["differences"]
    differences = [difference_record(row) for row in found]
    judgement: Json = {
        "accepted": not broken and second["status"] != "broken",
        "promised": {
            "surface": promise.surface,
            "identity": promise.identity,
            "tolerance_m": promise.tolerance * metres,
        },
        "laws": laws,
        "relations": [
            {"relation": relation, "same": diff["same"], "difference_count": diff["difference_count"]}
            for relation, diff in relations.items()
        ],
        "differences": differences[:DIFFERENCE_LIMIT],
        "difference_count": sum(diff["difference_count"] for diff in relations.values()) + len(variants["differences"]),
        "deviation": {"max_m": max(diff["largest_distance_m"] for diff in relations.values())},
        "second_witness": second,
    }
    if not judgement["accepted"]:
        judgement["refusal"] = refusal(broken, differences, second)
    usd_validation.add_to(judgement, seen.validation)
    return judgement


def _decline_what_is_drawn(laws: list[Json]) -> None:
    """Says so of the laws that only the comparison of what is drawn can check."""
    for law in laws:
        unchecked = law["law"] in ("surface", "variants") or (law["law"] in _SEEN_WITH_SURFACE and not law["checked"])
        if unchecked and law["status"] != "broken":
            law.update(status="declined", reason="the chain may change what is drawn")
            law.pop("max_deviation_m", None)


def laws_of(relations: dict[str, Json], variants: Json, tolerance_m: float) -> list[Json]:
    """One row per law, also for those that had nothing to check. Whatever differs only under another selection breaks
    the law of variants."""
    rows = {law: {"law": law, "status": "held", "checked": 0, "violations": 0} for law in documents.vocabulary("law")}
    for diff in relations.values():
        for name, count in diff["checked"].items():
            if name in LAW_OF:
                rows[LAW_OF[name]]["checked"] += count
        for difference in diff["differences"]:
            row = rows[LAW_OF.get(difference["law"], "surface")]
            row["violations"] += 1
            row["status"] = "broken"
            row.setdefault("worst_path", difference["path"] or difference["other_path"] or "/")
    rows["variants"]["checked"] += variants["compositions"]
    for difference in variants["differences"]:
        rows["variants"]["violations"] += 1
        rows["variants"]["status"] = "broken"
        rows["variants"].setdefault("worst_path", difference["path"] or difference["other_path"] or "/")
    if variants["left_out"] and rows["variants"]["status"] == "held":
        rows["variants"]["status"] = "declined"
        rows["variants"]["reason"] = (
            f"{variants['compositions']} compositions were compared, {variants['left_out']} more were left out"
        )
    rows["surface"]["tolerance_m"] = tolerance_m
    rows["surface"]["max_deviation_m"] = max(diff["largest_distance_m"] for diff in relations.values())
    for law, reason in {"pictures": "no pictures were taken", **_SEEN_WITH_SURFACE}.items():
        if not rows[law]["checked"] and not rows[law]["violations"]:
            rows[law].update(status="not_checked", reason=reason)
    return list(rows.values())


_SEEN_WITH_SURFACE = {
    "bounds": "bounds follow from the surface, which is compared corner by corner",
    "instancing": "instances are expanded in the rendered comparison",
    "normals": "compared with the surface; the scene has none of its own, or none was compared apart",
    "primvars": "compared with the surface; none was compared apart",
    "bindings": "compared with the surface; none was compared apart",
}


def difference_record(row: Json) -> Json:
    record: Json = {
        "kind": row["law"],
        "path": row["path"] or row["other_path"] or "/",
        "message": row["message"],
    }
    if row["other_path"]:
        record["other_path"] = row["other_path"]
    if row["distance_m"]:
        record["deviation_m"] = row["distance_m"]
    if "variant" in row:
        record["variant"] = row["variant"]
        record["message"] = f"With {row['variant']}: {row['message']}"
    return record


def witness_record(witness: Json) -> Json:
    differences = [
        {"kind": "unexplained", "path": path if path.startswith("/") else "/", "message": text}
        for text in witness["unexplained"][:DIFFERENCE_LIMIT]
        for path in [text.partition(": ")[0]]
    ]
    return {
        "status": "held" if witness["agrees"] else "broken",
        "spec_count": witness["specs"],
        "field_count": witness["fields"],
        "sampled_prim_count": witness["sampled_prims"],
        "max_deviation_m": witness["largest_distance"],
        "differences": differences,
    }


def refusal(broken: list[str], differences: list[Json], second: Json) -> str:
    if broken:
        first = differences[0]
        return f"The result breaks {', '.join(broken)}: {first['path']}: {first['message']}"
    first = second["differences"][0] if second["differences"] else {"message": "it gives no example"}
    return f"The second witness does not agree: {first['message']}"
