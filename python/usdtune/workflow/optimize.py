# SPDX-License-Identifier: Apache-2.0
"""Phase 4: runs the chain on the snapshot, writes the result once, proves it, and only then delivers it.

A step whose scene does not keep its promise is left out at once and reported, and the chain goes on without it. When
the written result is refused all the same, the step that does it is searched for and the rest is tried again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.report import documents
from usdtune.workflow.compare import retract
from usdtune.workflow.preflight import require_operations
from usdtune.workflow.profile import AFTER
from usdtune.workflow.proof import ProvenFiles, proof_document
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.run_state import result_name, sha256_of
from usdtune.workflow.step_proof import broken_by, proof_of, steps_block
from usdtune.workflow.stops import Refused
from usdtune.workflow.verify import Promise, verify

Json = dict[str, Any]

COUNTS = ("prim_count", "mesh_count", "material_count")
ABOUT_A_RESULT = (
    ("pathmap_row", 0),
    ("verification_report", 0),
    ("profile", AFTER),
    ("validation_report", 1),
    ("provider_summary", 1),
    ("compare_profiles", 0),
)
"""Documents that mean nothing where no result was written."""


Step = tuple[int, Json]
"""A step of the plan: its place there, and its entry in the chain."""


def run(run: Run) -> list[Path]:
    chain: list[Json] = run.read("op_chain")
    require_operations(run, [entry["operation"] for entry in chain])
    worker = run.source_worker()
    worker.call("check_chain", chain=chain)
    rolled_back = run.state.taken_back
    taken_back = {row["order"] for row in rolled_back}
    kept = [(order, entry) for order, entry in enumerate(chain, 1) if order not in taken_back]
    while True:
        done = _operate(run, kept, prove=True)
        taken_out = _take_out_failed(done, kept, rolled_back)
        if not done["edit_count"]:
            if any("proof" in row for row in taken_out):
                raise _nothing_kept(run, done, rolled_back)
            return _finish_without_result(run, done, rolled_back)
        report, shown = _author_and_verify(run, done, rolled_back)
        if report["accepted"]:
            return _deliver(run, done, report, shown, rolled_back)
        report_path = run.write("verification_report", report)
        worker.call("discard")
        changing = [step for step, record in zip(kept, done["steps"], strict=True) if record["edit_count"]]
        broken = _find_broken(run, changing)
        order, entry = broken
        if len(changing) == 1:
            run.state.document["status"] = "refused"
            raise Refused(f"{report['refusal'].rstrip('.')}. Nothing was delivered; {report_path} says more.")
        kept.remove(broken)
        step = next(step for step in done["steps"] if step["order"] == order)
        promised = _promised(step)
        rolled_back.insert(
            0, {"order": order, "operation": entry["operation"], "reason": report["refusal"], "promised": promised}
        )


def _operate(run: Run, steps: list[Step], *, prove: bool = False) -> Json:
    chain = [entry for _, entry in steps]
    done: Json = run.source_worker().call(
        "operate",
        chain=chain,
        threads=run.options.threads,
        lenient=True,
        prove=prove,
        pictures=run.options.pictures,
    )
    for (order, _), step in zip(steps, done["steps"], strict=True):
        step["order"] = order
    return done


def _find_broken(run: Run, changing: list[Step]) -> Step:
    """The step that a refused chain has to go on without.

    The proof of each step found nothing, so the shortest chain that is refused is searched for by halves, each written
    and proven as a whole: its last step is the one.
    """
    accepted, refused = 0, len(changing)
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if _is_accepted(run, changing[:middle]):
            accepted = middle
        else:
            refused = middle
    return changing[refused - 1]


def _is_accepted(run: Run, steps: list[Step]) -> bool:
    done = _operate(run, steps)
    if not done["edit_count"]:
        return True
    accepted = bool(_author_and_verify(run, done, [])[0]["accepted"])
    run.source_worker().call("discard")
    return accepted


def _take_out_failed(done: Json, kept: list[Step], rolled_back: list[Json]) -> list[Json]:
    """Steps that failed or broke their promise have changed nothing; they leave the chain and are reported.

    What is gone now comes back, with its proof where there is one.
    """
    taken_out = {step["order"]: _taken_out(step) for step in done["steps"] if "error" in step or broken_by(step)}
    done["steps"] = [step for step in done["steps"] if step["order"] not in taken_out]
    kept[:] = [(order, entry) for order, entry in kept if order not in taken_out]
    rolled_back += taken_out.values()
    return list(taken_out.values())


def _taken_out(step: Json) -> Json:
    row: Json = {"order": step["order"], "operation": step["key"]}
    if "error" in step:
        return {**row, "reason": step["error"]}
    proof = proof_of(step)
    return {**row, "reason": proof["sentence"], "proof": proof, "promised": _promised(step)}


def _promised(step: Json) -> Json:
    return {name: step[name] for name in ("surface", "identity", "args")}


def _nothing_kept(run: Run, done: Json, rolled_back: list[Json]) -> Refused:
    """What to raise when every step that changed something broke its promise: the summary says which and why."""
    retract(run)
    summary = _write_summary(run, done, rolled_back, None)
    run.state.document["status"] = "refused"
    reason = next(row["reason"] for row in rolled_back if "proof" in row)
    return Refused(f"{reason.rstrip('.')}. Nothing was delivered; {summary} says more.")


def _author_and_verify(run: Run, done: Json, rolled_back: list[Json]) -> tuple[Json, Json | None]:
    worker = run.source_worker()
    fresh = run.look_freshly()
    pathmap_path = run.path("pathmap_row")
    counts = worker.call("write_pathmap", path=str(pathmap_path), steps=done["steps"])
    staged = worker.call("author", out=str(run.out), name=result_name(run.source), run_id=run.state.run_id)
    run.state.check_sources()
    pathmap = {"path": str(pathmap_path), "counts": counts}
    declined = [row for step in done["steps"] for row in step["declined"]]
    told = [{name: row[name] for name in ("order", "operation", "reason")} for row in rolled_back]
    return verify(run, fresh, Path(staged["staged_root"]), Promise.of(done["steps"]), pathmap, told, declined)


def _deliver(run: Run, done: Json, report: Json, shown: Json | None, rolled_back: list[Json]) -> list[Path]:
    report_path = run.write("verification_report", report)
    verification = {"path": str(report_path), "sha256": sha256_of(report_path), "accepted": True}
    run.state.check_sources()
    delivered = run.source_worker().call("deliver", verification=verification)
    summary = _write_summary(run, done, rolled_back, delivered["root"])
    run.release_source()
    steps = steps_block(documents.load(summary, "op_summary")["operations"])
    proven = ProvenFiles.of(run.source, Path(delivered["root"]), run.path("pathmap_row"))
    proof = proof_document(proven, report, steps, shown)
    files = [Path(file) for file in delivered["files"]]
    return [summary, run.path("pathmap_row"), report_path, run.write("proof", proof), *files, Path(delivered["commit"])]


def _finish_without_result(run: Run, done: Json, rolled_back: list[Json]) -> list[Path]:
    """Nothing to do is a result too: no file is written, none of an earlier chain stays, and the summary says why."""
    retract(run)
    for name, which in ABOUT_A_RESULT:
        run.path(name, which).unlink(missing_ok=True)
    summary = _write_summary(run, done, rolled_back, None)
    run.release_source()
    return [summary]


def _write_summary(run: Run, done: Json, rolled_back: list[Json], output: str | None) -> Path:
    before = {name: done["before"][name] for name in COUNTS}
    after = {name: done["after"][name] for name in COUNTS}
    operations = [_operation_record(step) for step in done["steps"]]
    operations += [
        {
            "order": row["order"],
            "key": row["operation"],
            "success": False,
            "error": row["reason"],
            "elapsed_ms": 0.0,
            "changed": False,
            "rolled_back": True,
            **row.get("promised", {}),
            **({"proof": row["proof"]} if "proof" in row else {}),
        }
        for row in rolled_back
    ]
    document: Json = {
        "schemaVersion": SCHEMA_VERSION,
        "target": str(run.source),
        "role": "monolith",
        "chain": str(run.path("op_chain")),
        "before": before,
        "after": after,
        "disposition": "optimized" if output else "no_op",
        "operations": sorted(operations, key=lambda record: record["order"]),
        "output_path": output,
        "pathmap_path": str(run.path("pathmap_row")) if output else None,
        "log_path": None,
        "warnings": zero_work_warnings(done["steps"]),
    }
    return run.write("op_summary", document)


def _operation_record(step: Json) -> Json:
    counts = step["counts"].items()
    notes = [f"{name}: {value:.4g}" if isinstance(value, float) else f"{name}: {value}" for name, value in counts]
    return {
        "order": step["order"],
        "key": step["key"],
        "success": True,
        "error": None,
        "elapsed_ms": round(step["elapsed_ms"], 3),
        "changed": step["edit_count"] > 0,
        "edit_count": step["edit_count"],
        "args": step["args"],
        "surface": step["surface"],
        "identity": step["identity"],
        "rolled_back": False,
        "notes": notes,
        "declined": step["declined"],
        **({"proof": proof_of(step)} if "proof" in step else {}),
    }


def zero_work_warnings(steps: list[Json]) -> list[str]:
    """A planned step had evidence; when it changes nothing, somebody should know why."""
    return [
        f"{step['key']} was asked for by findings and changed nothing"
        + (f": it passed over {sum(row['count'] for row in step['declined'])} prims." if step["declined"] else ".")
        for step in steps
        if not step["edit_count"]
    ]
