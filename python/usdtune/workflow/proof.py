# SPDX-License-Identifier: Apache-2.0
"""The proof file: what was promised, by what it was checked, and hashes by which anybody can check it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from usdtune import _core
from usdtune.report import documents
from usdtune.report.words import proof_sentences
from usdtune.workflow.fresh_look import FreshLook
from usdtune.workflow.options import StageView
from usdtune.workflow.run import SCHEMA_VERSION
from usdtune.workflow.run_state import sha256_of
from usdtune.workflow.stops import BadUsage, Blocked, Failed, Refused
from usdtune.workflow.supervise import Child, Worker
from usdtune.workflow.verify import Promise, judge

Json = dict[str, Any]


def proof_name(result: str) -> str:
    """The name of the proof that is delivered with a result outside of a run.

    >>> proof_name("plant.usdc")
    'plant.proof.json'
    """
    return f"{Path(result).stem}.proof.json"


@dataclass(frozen=True)
class ProvenFiles:
    """The files that a proof is about, with the hashes that bind it to them."""

    source: Json
    result: Json
    pathmap: Json

    @classmethod
    def of(cls, source: Path, result: Path, pathmap: Path, delivered_to: Path | None = None) -> Self:
        """`delivered_to`: the folder that result and path map are going to be in, where they still wait."""
        kept, *delivered = ({"path": str(path), "sha256": sha256_of(path)} for path in (source, result, pathmap))
        for record, path in zip(delivered, (result, pathmap), strict=True):
            record["path"] = str((delivered_to or path.parent) / path.name)
        return cls(kept, *delivered)


def proof_document(files: ProvenFiles, verification: Json, steps: list[Json], shown: Json | None) -> Json:
    """The proof of a result. `verification` is its judgement; `shown` is what the job `show` of a fresh look answered,
    and without it neither distances nor pictures are told."""
    pictures = shown["pictures"] if shown else None
    deviation = shown["deviation"] if shown else None
    return {
        "schemaVersion": SCHEMA_VERSION,
        "usdtune": _core.version,
        "made_at": documents.timestamp(),
        "source": files.source,
        "result": files.result,
        "pathmap": files.pathmap,
        "accepted": verification["accepted"],
        "sentence": _sentence(verification, deviation, pictures),
        "promised": verification["promised"],
        "laws": verification["laws"],
        "steps": steps,
        "deviation": deviation,
        "pictures": pictures,
        "not_measured": not_measured(verification, shown),
    }


def _sentence(verification: Json, deviation: Json | None, pictures: Json | None) -> str:
    """What a person reads first."""
    found = proof_sentences({"laws": verification["laws"], "deviation": deviation, "pictures": pictures})
    if not verification["accepted"]:
        return " ".join(["Something was lost.", *found])
    if verification["promised"]["surface"] == "changes":
        return " ".join(["Nothing was lost but what was to change: what is drawn was not judged.", *found])
    return " ".join(["Nothing was lost.", *found])


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


@dataclass(frozen=True)
class ProvenAgain:
    """A proof that was held against its files, what was found now as a diff document, and what is in both scenes."""

    proof: Json
    document: Json
    facts: tuple[Json, Json]


def prove_again(path: Path, threads: int, new_worker: Callable[[str], Worker] = Child) -> ProvenAgain:
    """Holds a proof's hashes against its files, and asks everybody once more who has a say about a result: the laws
    under every variant selection, the second witness, OpenUSD's validators."""
    proof = check_proof(path)
    if proof["pathmap"] is None:
        raise BadUsage(f"{path} names no path map: compare its two scenes with `usdtune diff A B`.")
    source, result, pathmap = (Path(proof[role]["path"]) for role in ("source", "result", "pathmap"))
    promised = proof["promised"]
    with FreshLook(new_worker, source, StageView().to_json(), result.name) as fresh:
        try:
            promise = Promise(
                promised["surface"], promised["identity"], promised["tolerance_m"] / fresh.meters_per_unit
            )
            seen = fresh.look(result, pathmap, promise.tolerance, threads)
        except (Blocked, Failed) as problem:
            raise BadUsage(problem.sentence) from None
        judgement = judge(seen, promise, fresh.meters_per_unit)
        before, after = fresh.reader.call("both_facts")
    return ProvenAgain(proof, _as_diff(proof, judgement), (before, after))


def _as_diff(proof: Json, judgement: Json) -> Json:
    others = (judgement["second_witness"], judgement.get("usd_validation", {}))
    differences = judgement["differences"] + [row for said in others for row in said.get("differences", [])]
    broken = (row["relation"] for row in judgement["relations"] if not row["same"])
    return {
        "schemaVersion": SCHEMA_VERSION,
        "left": proof["source"]["path"],
        "right": proof["result"]["path"],
        "relation": next(broken, "authored"),
        "same": judgement["accepted"],
        "pathmap": proof["pathmap"]["path"],
        "difference_count": judgement["difference_count"] + len(differences) - len(judgement["differences"]),
        "counts_by_kind": dict(sorted(Counter(row["kind"] for row in differences).items())),
        "differences": differences,
        "inferred_moves": [],
        "compared": {law["law"]: law["checked"] for law in judgement["laws"]},
        "tolerance_m": proof["promised"]["tolerance_m"] or None,
        "declined": [],
    }


def _find(path: Path, folder: Path) -> Path | None:
    """A file at its place, or beside the proof: a delivery that was moved as a whole is as good as before."""
    return next((place for place in (path, folder / path.name) if place.is_file()), None)
