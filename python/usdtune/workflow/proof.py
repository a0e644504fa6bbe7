# SPDX-License-Identifier: Apache-2.0
"""The proof file: what was promised, by what it was checked, and hashes by which anybody can check it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune import _core
from usdtune.report import documents
from usdtune.report.words import proof_sentences
from usdtune.workflow.diff import diff
from usdtune.workflow.run_state import sha256_of
from usdtune.workflow.stops import BadUsage, Refused
from usdtune.workflow.supervise import Worker

Json = dict[str, Any]

SCHEMA_VERSION = "1.0"


def proof_document(
    source: Path,
    result: Path,
    pathmap: Path,
    verification: Json,
    steps: list[Json],
    shown: Json | None,
) -> Json:
    """The proof of a delivered result. `shown` is what FreshLook.show answered; without it nothing was measured."""
    pictures = shown["pictures"] if shown else None
    deviation = shown["deviation"] if shown else None
    return {
        "schemaVersion": SCHEMA_VERSION,
        "usdtune": _core.version,
        "made_at": documents.timestamp(),
        "source": _record(source),
        "result": _record(result),
        "pathmap": _record(pathmap),
        "accepted": verification["accepted"],
        "sentence": _sentence(verification, deviation, pictures),
        "promised": verification["promised"],
        "laws": verification["laws"],
        "steps": steps,
        "deviation": deviation,
        "pictures": pictures,
        "not_measured": not_measured(verification, shown),
    }


def _record(path: Path) -> Json:
    return {"path": str(path), "sha256": sha256_of(path)}


def _sentence(verification: Json, deviation: Json | None, pictures: Json | None) -> str:
    """What a person reads first."""
    found = proof_sentences({"laws": verification["laws"], "deviation": deviation, "pictures": pictures})
    return " ".join(["Nothing was lost." if verification["accepted"] else "Something was lost.", *found])


def not_measured(verification: Json, shown: Json | None) -> list[Json]:
    rows = [
        {"what": f"the law of {law['law'].replace('_', ' ')}", "why": law["reason"]}
        for law in verification["laws"]
        if law["status"] in ("declined", "not_checked")
    ]
    if not shown:
        rows.append({"what": "deviation and pictures", "why": "they were not asked for"})
    return rows


def check_proof(path: Path) -> Json:
    """Reads a proof file and holds its hashes against the files beside it. Raises Refused where one does not fit."""
    try:
        proof: Json = documents.load(path, "proof")
    except documents.DocumentError as error:
        raise BadUsage(str(error)) from None
    for role in ("source", "result", "pathmap"):
        record = proof[role]
        if record is None:
            continue
        file = _find(Path(record["path"]), path.parent)
        if file is None:
            raise BadUsage(f"{path}: its {role} {record['path']} is not there any more.")
        if sha256_of(file) != record["sha256"]:
            raise Refused(f"{path}: its {role} {file} is not the file that was proven; its content has changed.")
        record["path"] = str(file)
    return proof


def prove_again(worker: Worker, path: Path, threads: int) -> Json:
    """Holds a proof's hashes against its files and compares source and result once more: the diff document of the first
    relation that is broken, else of what is written down."""
    proof = check_proof(path)
    source, result = Path(proof["source"]["path"]), Path(proof["result"]["path"])
    pathmap = Path(proof["pathmap"]["path"]) if proof["pathmap"] else None
    promised = proof["promised"]
    relations = ("authored",) if promised["surface"] == "changes" else ("rendered", "authored")
    document: Json = {}
    for relation in relations:
        document = diff(
            worker,
            source,
            result,
            relation=relation,
            pathmap=pathmap,
            tolerance_m=promised["tolerance_m"],
            threads=threads,
        )
        if not document["same"]:
            break
    return document


def _find(path: Path, folder: Path) -> Path | None:
    """A file at its place, or beside the proof: a delivery that was moved as a whole is as good as before."""
    return next((place for place in (path, folder / path.name) if place.is_file()), None)
