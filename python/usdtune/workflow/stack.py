# SPDX-License-Identifier: Apache-2.0
"""A list of operations on one scene without the flow: obeyed as it stands, labelled, and proven where that is asked.

A label is what the steps promise. Without a proof nobody has looked whether the file keeps it, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usdtune.workflow.options import StageView
from usdtune.workflow.path_map import path_map_name
from usdtune.workflow.stops import Refused
from usdtune.workflow.supervise import Child, Worker

if TYPE_CHECKING:
    from usdtune.workflow.fresh_look import FreshLook

Json = dict[str, Any]


def apply_stack(
    worker: Worker,
    source: Path,
    chain: list[Json],
    out: Path | None,
    *,
    view: StageView,
    threads: int,
    prove: bool,
    new_worker: Callable[[str], Worker] = Child,
) -> Json:
    """What the steps did, their label, and whether it was proven; the result stands at `out` when one is named.

    With `prove` each step is compared with the scene before it, and what was written is read again by workers of its
    own. A chain or a result that does not keep its promise is thrown away and Refused is raised.
    """
    told = {"source": str(source), "view": view.to_json(), "chain": chain, "threads": threads, "prove": prove}
    told |= {"out": str(out.parent) if out else "", "name": out.name if out else ""}
    answer: Json
    delivery: Json = {"verification": None}
    if prove and out:
        # Not at the top: a stack that proves nothing should not wait for the documents of a run.
        from usdtune.workflow.fresh_look import FreshLook

        with FreshLook(new_worker, source, view.to_json(), out.name) as fresh:  # begins to read at once
            answer = worker.call("stack", **told)
            tell_proofs(answer["steps"], out)
            delivery = _prove(worker, fresh, answer, out, threads)
    else:
        answer = worker.call("stack", **told)
        tell_proofs(answer["steps"], out)
    answer |= {"source": str(source), "label": label_of(answer["steps"]), "verified": prove and out is not None}
    if out is None:
        return answer
    del answer["staged_root"]
    answer.update(worker.call("deliver", **delivery))
    answer["pathmap"] = str(out.parent / path_map_name(out.name))
    answer["proof"] = delivery["verification"] and delivery["verification"]["path"]
    return answer


def _prove(worker: Worker, fresh: FreshLook, answer: Json, out: Path, threads: int) -> Json:
    """Reads a staged result in fresh processes, compares it with its source, and lays the proof beside it: what the
    delivery has to know of it."""
    from usdtune.report import documents
    from usdtune.workflow.proof import ProvenFiles, proof_document, proof_name
    from usdtune.workflow.run_state import sha256_of
    from usdtune.workflow.step_proof import steps_block
    from usdtune.workflow.verify import Promise, judge

    staged_root, pathmap = Path(answer["staged_root"]), Path(answer["pathmap"])
    promise = Promise.of(answer["steps"])
    seen = fresh.look(staged_root, pathmap, promise.tolerance, threads)
    judgement = judge(seen, promise, fresh.meters_per_unit)
    if not judgement["accepted"]:
        worker.call("discard")
        raise Refused(f"{judgement['refusal'].rstrip('.')}. {out} was not written.")
    steps = steps_block([{**step, "changed": step["edit_count"] > 0} for step in answer["steps"]])
    files = ProvenFiles.of(Path(fresh.source), staged_root, pathmap, out.parent)
    proof = staged_root.with_name(proof_name(out.name))
    documents.write(proof, "proof", proof_document(files, judgement, steps, None))
    record = {"path": str(out.parent / proof.name), "sha256": sha256_of(proof), "accepted": True}
    return {"verification": record, "also": [proof.name]}


def tell_proofs(steps: list[Json], out: Path | None) -> None:
    """Puts what is told of each step's proof in place of all that was found; a broken step raises Refused."""
    for step in steps:
        if "proof" not in step:
            continue
        from usdtune.workflow.step_proof import broken_by, proof_of

        step["proof"] = proof_of(step)
        if broken_by(step):
            sentence = step["proof"]["sentence"]
            raise Refused(f"{sentence.rstrip('.')}. {out} was not written." if out else sentence)


def label_of(steps: list[Json]) -> str:
    """The loosest promise of a chain about the surface that a renderer draws.

    >>> label_of([{"surface": "exact", "tolerance": 0.0}, {"surface": "bounded", "tolerance": 0.001}])
    'bounded by 0.001'
    """
    if any(step["surface"] == "changes" for step in steps):
        return "changes the surface"
    bounds = [step["tolerance"] for step in steps if step["surface"] == "bounded"]
    return f"bounded by {sum(bounds):g}" if bounds else "exact"
