# SPDX-License-Identifier: Apache-2.0
"""What a worker can do with a stage. Each public method is a job; a session keeps the Scene that it has read.

Nothing here writes a document or talks to a person: that is the parent's part, in the file of each phase.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from usdtune import _core
from usdtune.workflow.path_map import MoveRow, path_map_name, read_moves, step_numbers, write_path_map
from usdtune.workflow.stage_errors import stage_errors
from usdtune.workflow.stops import BadUsage, Blocked, Failed, Stop

Tell = Callable[[str, int, int], None]
Json = Any
RunOp = Callable[[Any, str, str, bool, int], Any]
"""Scene, key, arguments as JSON, whether it only looks, threads: the outcome of one operation."""


class Session:
    """One worker's memory: the extraction it works on, and what it has authored."""

    def __init__(self, tell: Tell, run_op: RunOp = _core.run_op) -> None:
        self._tell = tell
        self._run_op = run_op
        self._extraction: Any = None
        self._other: Any = None
        self._edits: Any = None
        self._whole = True
        self._delivery: Any = None
        self._moves: list[MoveRow] = []
        self._profiled_layers: list[Path] = []
        self._stages: Any = None

    def do(self, job: str, arguments: Mapping[str, Any]) -> Json:
        if job.startswith("_") or job == "do" or not hasattr(self, job):
            raise Failed(f"A worker has no job named {job}.")
        return getattr(self, job)(**arguments)

    # --- What runs here ---------------------------------------------------------------------------------------

    def probe(self) -> Json:
        """Versions and the live registry: the only authority on what can be done."""
        import platform

        from usdtune.bridge.profile_stage import usd_version

        return {
            "usdtune": _core.version,
            "operations": sorted(entry["key"] for entry in json.loads(_core.op_catalog())),
            "rules": sorted(entry["name"] for entry in json.loads(_core.rule_catalog())),
            "usd": usd_version(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        }

    # --- Reading ----------------------------------------------------------------------------------------------

    def open(self, source: str, view: Mapping[str, Any]) -> Json:
        """Reads a stage into the session; gives what is known about its files."""
        self._tell("reading", 0, 0)
        self._extraction = _extract(source, view)
        self._whole = not any(view.values())
        return _facts_of(self._extraction)

    def open_other(self, source: str, view: Mapping[str, Any]) -> Json:
        """Reads the stage that the first one is compared with."""
        self._tell("reading the other scene", 0, 0)
        self._other = _extract(source, view, share=self._scene)
        return _facts_of(self._other)

    def profile(self, source: str, view: Mapping[str, Any]) -> Json:
        from usdtune.bridge.profile_stage import profile_stage

        with stage_errors():
            measured = profile_stage(Path(source), _stage_options(view), self._tell)
        self._profiled_layers = [Path(layer) for layer in measured["layers"]]
        return measured

    def repack(self, folder: str) -> int:
        """Bytes of the layers just profiled, written freshly."""
        from usdtune.bridge.profile_stage import repacked_bytes

        self._tell("weighing", 0, 0)
        return repacked_bytes(self._profiled_layers, Path(folder))

    @property
    def _scene(self) -> Any:
        if self._extraction is None:
            raise Failed("This worker has not opened a stage yet.")
        return self._extraction.scene

    # --- Looking at it ----------------------------------------------------------------------------------------

    def render(self, shot: Mapping[str, Any], names: list[list[str]], threads: int) -> Json:
        """Takes pictures of the stage; `names` are the files of each time's layers."""
        from usdtune.workflow.pictures import Shot, take

        files = [[Path(name) for name in some] for some in names]
        return take(self._scene, Shot.from_json(shot), files, threads, self._tell)

    # --- Finding out ------------------------------------------------------------------------------------------

    def assess(self, resolved_bytes: int, threads: int) -> Json:
        self._tell("assessing", 0, 0)
        return json.loads(_core.assess(self._scene, resolved_bytes, threads))

    def select_scope(self, assessment: Json) -> Json:
        return json.loads(_core.select_scope(json.dumps(assessment)))

    def rules(self) -> Json:
        return json.loads(_core.rule_catalog())

    def validate(self, targets: list[dict[str, Any]], threads: int, limit: int) -> Json:
        """Findings of each planned target, in plan order; one that cannot run says why instead.

        A target's paths are the roots of what is looked at; without any it is the whole stage. Findings of a target
        beyond `limit` only tell their path and severity.
        """
        results = []
        for index, target in enumerate(targets):
            self._tell(target["concept"], index, len(targets))
            start = time.perf_counter()
            result: dict[str, Any] = {"concept": target["concept"], "findings": [], "problem": None}
            try:
                result["findings"] = json.loads(
                    _core.run_rule(self._scene, target["concept"], _subtrees(target["paths"]), threads, limit)
                )
            except (ValueError, RuntimeError) as error:
                result["problem"] = str(error)
            result["seconds"] = time.perf_counter() - start
            results.append(result)
        return results

    def plan(self, assessment: Json, validation_report: Json, approvals: Mapping[str, str]) -> Json:
        try:
            return json.loads(
                _core.plan_chain(json.dumps(assessment), json.dumps(validation_report), json.dumps(dict(approvals)))
            )
        except ValueError as error:
            missing = str(error).removeprefix("The plan needs ").partition(" ")[0]
            if missing != str(error).partition(" ")[0]:
                raise Blocked(str(error), code="blocked_missing_so_operation") from None
            raise Failed(str(error)) from None

    # --- Changing ---------------------------------------------------------------------------------------------

    def operate(
        self,
        chain: list[dict[str, Any]],
        threads: int,
        *,
        lenient: bool = False,
        prove: bool = False,
        pictures: bool = False,
    ) -> Json:
        """Runs a chain on the snapshot: nothing is written, the edits stay in the session.

        A lenient run goes on without a step that fails and says so in its record; a strict one ends there. With `prove`
        each step that changes something is compared with the scene before it. One that does not keep its promise is
        marked `broken`, and the chain goes on from the scene before it. With `pictures` what a step edited is looked at
        as well.
        """
        self._tell("operating", 0, len(chain))
        descriptors = {entry["key"]: entry for entry in json.loads(_core.op_catalog())}
        scene = self._scene
        edits = _core.EditList()
        steps = []
        for index, entry in enumerate(chain):
            key = entry["operation"]
            self._tell(key, index, len(chain))
            arguments = {name: value for name, value in entry.items() if name != "operation"}
            try:
                step, after, said = self._run_step(scene, key, arguments, descriptors[key], threads)
            except ValueError as error:
                if not lenient:
                    raise
                step, after, said = {"key": key, "error": str(error)}, scene, None
            step["order"] = index + 1
            steps.append(step)
            if said is None:
                continue
            if prove and (len(said) or said.move_count):
                _prove_step(step, scene, after, said, threads, pictures)
            if not step.get("broken"):
                edits.append(said)
                scene = after
        self._edits = edits
        return {
            "steps": steps,
            "edit_count": len(edits),
            "before": _core.stored_counts(self._scene),
            "after": _core.stored_counts(scene),
        }

    def _run_step(
        self, scene: Any, key: str, arguments: dict[str, Any], descriptor: Mapping[str, Any], threads: int
    ) -> tuple[dict[str, Any], Any, Any]:
        """One operation: its record, the Scene after it, and its edits (None when it only looked)."""
        looks_only = descriptor["lossClass"] == "analysis-only"
        start = time.perf_counter()
        outcome = self._run_op(scene, key, json.dumps(arguments), looks_only, threads)
        edit_count = len(outcome.edits)
        after = _core.preview(scene, outcome.edits) if edit_count else scene
        step = {
            "key": key,
            "args": arguments,
            "edit_count": edit_count,
            "move_count": outcome.edits.move_count,
            "elapsed_ms": (time.perf_counter() - start) * 1000,
            "surface": outcome.surface,
            "tolerance": outcome.tolerance,
            "identity": outcome.identity,
            "counts": json.loads(outcome.counts),
            "output": json.loads(outcome.output),
            "declined": _grouped(json.loads(outcome.declined(scene))),
        }
        return step, after, None if looks_only else outcome.edits

    def author(self, out: str, name: str, run_id: str) -> Json:
        """Writes the edits of the session into copies of the source's own layers, in staging."""
        self._tell("authoring", 0, 0)
        from usdtune.bridge.author import author
        from usdtune.bridge.author_values import OverwriteError

        source, used = self._extraction.source, self._extraction.used_layers
        try:
            self._delivery = author(
                source, self._edits, self._scene, Path(out), name, run_id=run_id, whole=self._whole, used=used
            )
        except OverwriteError as error:
            raise BadUsage(str(error)) from None
        return {
            "staged_root": str(self._delivery.root),
            "root": str(self._delivery.final(self._delivery.files[0])),
            "files": list(self._delivery.files),
        }

    def check_chain(self, chain: list[dict[str, Any]]) -> Json:
        return check_chain(chain)

    def write_pathmap(self, path: str, steps: list[dict[str, Any]]) -> Json:
        """Says what became of every path of the source; gives how many prims there are of each kind."""
        return write_path_map(Path(path), self._edits, self._scene, step_numbers(steps))

    def deliver(self, verification: dict[str, Any] | None, also: Sequence[str] = ()) -> Json:
        """Renames what was staged and verified to its final names, with what others have laid beside it (`also`); the
        commit file is the last."""
        from usdtune.bridge.author import deliver

        self._also_deliver(*also)
        commit = deliver(self._delivery, verification)
        files = [str(self._delivery.final(file)) for file in self._delivery.files]
        return {"root": files[0], "files": files, "commit": str(commit)}

    def discard(self) -> None:
        """Takes a staged result away that was refused."""
        from usdtune.bridge.author import discard

        discard(self._delivery)

    # --- Comparing --------------------------------------------------------------------------------------------

    def follow(self, pathmap: str | None, moves: list[MoveRow] | None = None) -> None:
        """From here on comparisons go by this path map, or by these rows."""
        if pathmap:
            self._moves = read_moves(Path(pathmap))
        else:
            self._moves = [(row[0], row[1], row[2], row[3], row[4]) for row in moves or []]

    def diff(self, relation: str, tolerance: float, threads: int) -> Json:
        """Whether the two scenes of the session are the same under one relation."""
        self._tell(f"comparing as {relation}", 0, 0)
        compare = _core.diff_rendered if relation == "rendered" else _core.diff_authored
        return json.loads(compare(self._scene, self._other.scene, self._moves, tolerance, threads))

    def both_facts(self) -> list[Json]:
        """What is known of each of the two scenes of the session."""
        return [_facts_of(side) for side in (self._extraction, self._other)]

    def deviation(self, threads: int, roots: list[str] | None = None) -> Json:
        """How far any surface of the two scenes of the session moved, both ways, in metres."""
        self._tell("measuring how far surfaces moved", 0, 0)
        return json.loads(_core.deviation(self._scene, self._other.scene, self._moves, threads, roots or []))

    def variants(self, source: str, result: str, view: Mapping[str, Any], tolerance: float, threads: int) -> Json:
        """Both stages compared under every selection of every variant set of the first."""
        from usdtune.bridge.compose_variants import compare_variants

        report = compare_variants(
            Path(source),
            Path(result),
            self._scene,
            self._moves,
            view=_stage_options(view),
            tolerance=tolerance,
            threads=threads,
            tell=self._tell,
        )
        return {"compositions": report.compositions, "left_out": report.left_out, "differences": report.differences}

    def show(self, folder: str, tolerance: float, threads: int) -> Json:
        """How far surfaces moved from the first scene to the other, and pictures of both."""
        from usdtune.workflow.pictures import Comparison, closeups_of, compare_views

        scene, other = self._scene, self._other.scene
        deviation = self.deviation(threads)
        how = Comparison(
            closeups=closeups_of(deviation, self._moves),
            moved=tuple(row["other_path"] for row in deviation["meshes"] if not row["exact"] and row["other_path"]),
            tolerance_m=tolerance * scene.meters_per_unit,
            metres_per_unit=scene.meters_per_unit,
            folder=Path(folder),
        )
        pictures = compare_views(scene, other, self._moves, how, threads, self._tell)
        return {"deviation": deviation, "pictures": pictures}

    def keep_other(self) -> None:
        """From here on the session works on the scene that was compared with."""
        self._extraction, self._other = self._other, None

    def ask_others(self, source: str, result: str, pathmap: str, tolerance: float) -> Json:
        """What those find who share no code with the extraction: the second witness, an inventory of both stages, and
        OpenUSD's own validators, of what they did not report about the source."""
        from usdtune.bridge.inventory import Stages, compare_layers
        from usdtune.bridge.usd_validation import compare_validation

        self._tell("asking the second witness", 0, 0)
        moves = read_moves(Path(pathmap))
        # Kept, as the process ends with its answer: closing them would take longer than many a comparison.
        stages = self._stages = Stages.open(Path(source), Path(result))
        report = compare_layers(stages, moves, tolerance)
        self._tell("asking OpenUSD's validators", 0, 0)
        validation = compare_validation(stages, moves)
        return {
            "witness": {
                "agrees": report.agrees,
                "specs": report.specs,
                "fields": report.fields,
                "explained": report.explained,
                "sampled_prims": report.sampled_prims,
                "largest_distance": report.largest_distance,
                "unexplained": report.unexplained,
            },
            "validation": dataclasses.asdict(validation),
        }

    # --- All at once ------------------------------------------------------------------------------------------

    def stack(
        self,
        source: str,
        view: Mapping[str, Any],
        chain: list[dict[str, Any]],
        out: str,
        name: str,
        threads: int,
        *,
        prove: bool = False,
    ) -> Json:
        """Open, run a chain, write the result and its path map into staging: `usdtune stack` and `usdtune op`.

        With `prove` nothing is written when a step does not keep its promise.
        """
        start = time.perf_counter()
        facts = self.open(source, view)
        opened = time.perf_counter()
        answer = self.operate(chain, threads, prove=prove)
        operated = time.perf_counter()
        if name and not any(step.get("broken") for step in answer["steps"]):
            answer["staged_root"] = self.author(out, name, "")["staged_root"]
            try:
                answer["pathmap"] = self._stage_pathmap(answer["steps"])
            except OSError:  # a full disk; nothing half-written stays
                self.discard()
                raise
        answer["facts"] = facts
        answer["seconds"] = {
            "read": opened - start,
            "operate": operated - opened,
            "write": time.perf_counter() - operated,
        }
        return answer

    def _stage_pathmap(self, steps: list[dict[str, Any]]) -> str:
        """A path map that is delivered with the layers, under the result's own name."""
        name = path_map_name(self._delivery.files[0])
        staged = self._delivery.staging / name
        write_path_map(staged, self._edits, self._scene, step_numbers(steps))
        self._also_deliver(name)
        return str(staged)

    def _also_deliver(self, *names: str) -> None:
        self._delivery = dataclasses.replace(self._delivery, files=(*self._delivery.files, *names))


def _prove_step(step: dict[str, Any], before: Any, after: Any, said: Any, threads: int, pictures: bool) -> None:
    """Adds what the comparison with the scene before the step found, and whether that breaks its promise."""
    start = time.perf_counter()
    tolerance = step["tolerance"] if step["surface"] == "bounded" else 0.0
    changes = step["surface"] == "changes"
    proof = json.loads(_core.prove_step(before, after, said, tolerance, changes, step["identity"], threads, pictures))
    seen = proof["pictures"]
    step["proof"] = proof
    step["broken"] = not (proof["rendered"]["same"] and proof["authored"]["same"])
    step["broken"] |= bool(step["surface"] == "exact" and seen and seen["changed"])
    step["proof_ms"] = (time.perf_counter() - start) * 1000


def _subtrees(paths: list[str]) -> list[str]:
    """Patterns for the prims and everything below them.

    >>> _subtrees(["/A/B"]), _subtrees(["/"])
    (['/A/B//'], [])
    """
    return [] if "/" in paths else [f"{path}//" for path in paths]


def _grouped(declined: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Rows per prim as one row per reason, with a few examples."""
    by_reason: dict[str, list[str]] = {}
    for row in declined:
        by_reason.setdefault(row["reason"], []).append(row["prim"])
    return [
        {"reason": reason, "count": len(prims), "examples": [prim for prim in prims if prim.startswith("/")][:10]}
        for reason, prims in sorted(by_reason.items())
    ]


def _extract(source: str, view: Mapping[str, Any], share: Any = None) -> Any:
    from usdtune.bridge.extract import extract

    with stage_errors():
        return extract(Path(source), _stage_options(view), share=share)


def _stage_options(view: Mapping[str, Any]) -> Any:
    from usdtune.bridge.stage_options import StageOptions

    return StageOptions(mask=tuple(view["mask"]), unloaded=view["unloaded"], variants=view["variants"])


def _facts_of(extraction: Any) -> dict[str, Any]:
    return {
        "own_layers": [str(path) for path in extraction.own_layers],
        "used_layers": [str(path) for path in extraction.used_layers],
        "resolved_bytes": extraction.resolved_bytes,
        "unresolved": list(extraction.unresolved),
        "diagnostics": list(getattr(extraction, "diagnostics", [])),
        "meters_per_unit": extraction.scene.meters_per_unit,
        **_core.stored_counts(extraction.scene),
    }


def check_chain(chain: Json) -> Json:
    """The core's check of a chain before any stage is opened; needs no session."""
    try:
        return json.loads(_core.check_stack(json.dumps(chain)))
    except ValueError as error:
        raise BadUsage(str(error)) from None


__all__ = ["Session", "Stop", "check_chain"]
