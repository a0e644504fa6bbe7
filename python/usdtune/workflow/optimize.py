# SPDX-License-Identifier: Apache-2.0
"""Phase 4: runs the chain on the snapshot, writes the result once, proves it, and only then delivers it.

A step whose result does not keep its promise is taken out of the chain and reported; the rest is tried again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from usdtune.workflow.compare import retract
from usdtune.workflow.preflight import require_operations
from usdtune.workflow.profile import AFTER
from usdtune.workflow.run import SCHEMA_VERSION, Run
from usdtune.workflow.run_state import result_name, sha256_of
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
        done = _operate(run, kept)
        _take_out_failed(done, kept, rolled_back)
        if not done["edit_count"]:
            return _finish_without_result(run, done, rolled_back)
        report = _author_and_verify(run, done, rolled_back)
        if report["accepted"]:
            return _deliver(run, done, report, rolled_back)
        report_path = run.write("verification_report", report)
        worker.call("discard")
        changing = [step for step, record in zip(kept, done["steps"], strict=True) if record["edit_count"]]
        broken = _find_broken(run, kept, changing)
        if len(broken) == len(changing):
            run.state.document["status"] = "refused"
            raise Refused(f"{report['refusal'].rstrip('.')}. Nothing was delivered; {report_path} says more.")
        for order, entry in reversed(broken):
            kept.remove((order, entry))
            rolled_back.insert(0, {"order": order, "operation": entry["operation"], "reason": report["refusal"]})


def _operate(run: Run, steps: list[Step]) -> Json:
    chain = [entry for _, entry in steps]
    done: Json = run.source_worker().call("operate", chain=chain, threads=run.options.threads, lenient=True)
    for (order, _), step in zip(steps, done["steps"], strict=True):
        step["order"] = order
    return done


def _find_broken(run: Run, kept: list[Step], changing: list[Step]) -> list[Step]:
    """The steps that a refused chain has to go on without.

    What is drawn tells at once, on previews of each step. Where it tells nothing, the shortest chain that is refused is
    searched for by halves, each written and proven as a whole: its last step is the one.
    """
    chain = [entry for _, entry in kept]
    told = run.source_worker().call("find_broken_steps", chain=chain, threads=run.options.threads)
    if told:
        return [kept[index] for index in told]
    accepted, refused = 0, len(changing)
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if _is_accepted(run, changing[:middle]):
            accepted = middle
        else:
            refused = middle
    return [changing[refused - 1]]


def _is_accepted(run: Run, steps: list[Step]) -> bool:
    done = _operate(run, steps)
    if not done["edit_count"]:
        return True
    accepted = bool(_author_and_verify(run, done, [])["accepted"])
    run.source_worker().call("discard")
    return accepted


def _take_out_failed(done: Json, kept: list[tuple[int, Json]], rolled_back: list[Json]) -> None:
    """Steps that failed have changed nothing; they leave the chain and are reported like those that broke a promise."""
    failed = {step["order"]: step["error"] for step in done["steps"] if "error" in step}
    done["steps"] = [step for step in done["steps"] if "error" not in step]
    rolled_back += [
        {"order": order, "operation": entry["operation"], "reason": failed[order]}
        for order, entry in kept
        if order in failed
    ]
    kept[:] = [(order, entry) for order, entry in kept if order not in failed]


def _author_and_verify(run: Run, done: Json, rolled_back: list[Json]) -> Json:
    worker = run.source_worker()
    fresh = run.look_freshly()
    pathmap_path = run.path("pathmap_row")
    counts = worker.call("write_pathmap", path=str(pathmap_path), steps=done["steps"])
    staged = worker.call("author", out=str(run.out), name=result_name(run.source), run_id=run.state.run_id)
    run.state.check_sources()
    pathmap = {"path": str(pathmap_path), "counts": counts}
    declined = [row for step in done["steps"] for row in step["declined"]]
    return verify(run, fresh, Path(staged["staged_root"]), Promise.of(done["steps"]), pathmap, rolled_back, declined)


def _deliver(run: Run, done: Json, report: Json, rolled_back: list[Json]) -> list[Path]:
    report_path = run.write("verification_report", report)
    verification = {"path": str(report_path), "sha256": sha256_of(report_path), "accepted": True}
    run.state.check_sources()
    delivered = run.source_worker().call("deliver", verification=verification)
    summary = _write_summary(run, done, rolled_back, delivered["root"])
    run.release_source()
    files = [Path(file) for file in delivered["files"]]
    return [summary, run.path("pathmap_row"), report_path, *files, Path(delivered["commit"])]


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
    }


def zero_work_warnings(steps: list[Json]) -> list[str]:
    """A planned step had evidence; when it changes nothing, somebody should know why."""
    return [
        f"{step['key']} was asked for by findings and changed nothing"
        + (f": it passed over {sum(row['count'] for row in step['declined'])} prims." if step["declined"] else ".")
        for step in steps
        if not step["edit_count"]
    ]
