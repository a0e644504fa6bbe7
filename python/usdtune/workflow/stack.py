# SPDX-License-Identifier: Apache-2.0
"""A list of operations on one scene without the flow: obeyed as it stands, labelled, and proven where that is asked.

A label is what the steps promise. Without a proof nobody has looked whether the file keeps it, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from usdtune.workflow.options import StageView
from usdtune.workflow.path_map import path_map_name
from usdtune.workflow.stops import Refused
from usdtune.workflow.supervise import Child, Worker

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
    answer: Json = worker.call(
        "stack",
        source=str(source),
        view=view.to_json(),
        chain=chain,
        out=str(out.parent) if out else "",
        name=out.name if out else "",
        threads=threads,
        prove=prove,
    )
    if prove:
        tell_proofs(answer["steps"], out)
    answer["source"] = str(source)
    answer["label"] = label_of(answer["steps"])
    answer["verified"] = False
    if out is None:
        return answer
    if prove:
        staged = Path(answer["staged_root"]), Path(answer["pathmap"])
        problem = broken_promise(source, *staged, answer["steps"], view, threads, new_worker)
        if problem:
            worker.call("discard")
            raise Refused(f"{problem.rstrip('.')}. {out} was not written.")
        answer["verified"] = True
    del answer["staged_root"]
    answer.update(worker.call("deliver", verification=None))
    answer["pathmap"] = str(out.parent / path_map_name(out.name))
    return answer


def tell_proofs(steps: list[Json], out: Path | None) -> None:
    """Puts what is told of each step's proof in place of all that was found; a broken step raises Refused."""
    from usdtune.workflow.step_proof import broken_by, proof_of

    for step in steps:
        if "proof" in step:
            step["proof"] = proof_of(step)
        if broken_by(step):
            raise Refused(f"{step['proof']['sentence'].rstrip('.')}. {out} was not written.")


def broken_promise(
    source: Path,
    staged_root: Path,
    pathmap: Path,
    steps: list[Json],
    view: StageView,
    threads: int,
    new_worker: Callable[[str], Worker],
) -> str:
    """Reads a staged result in a fresh process and compares it with its source; empty when every promise is kept."""
    # Not at the top: a stack that proves nothing should not wait for the documents of a run.
    from usdtune.workflow.fresh_look import FreshLook
    from usdtune.workflow.usd_validation import news
    from usdtune.workflow.verify import Promise, difference_record, laws_of, refusal, witness_record

    promise = Promise.of(steps)
    with FreshLook(new_worker, source, view.to_json(), staged_root.name) as fresh:
        seen = fresh.look(staged_root, pathmap, promise.tolerance, threads)
    relations, variants = dict(seen.relations), seen.variants
    if promise.surface == "changes":  # what is drawn may change, under every selection of variants
        relations.pop("rendered")
        variants = {**variants, "differences": []}
    broken = [law["law"] for law in laws_of(relations, variants, promise.tolerance) if law["status"] == "broken"]
    second = witness_record(seen.witness)
    if not broken and second["status"] != "broken":
        return news(seen.validation)
    found = [row for diff in relations.values() for row in diff["differences"]] + variants["differences"]
    return refusal(broken, [difference_record(row) for row in found], second)


def label_of(steps: list[Json]) -> str:
    """The loosest promise of a chain about the surface that a renderer draws.

    >>> label_of([{"surface": "exact", "tolerance": 0.0}, {"surface": "bounded", "tolerance": 0.001}])
    'bounded by 0.001'
    """
    if any(step["surface"] == "changes" for step in steps):
        return "changes the surface"
    bounds = [step["tolerance"] for step in steps if step["surface"] == "bounded"]
    return f"bounded by {sum(bounds):g}" if bounds else "exact"
