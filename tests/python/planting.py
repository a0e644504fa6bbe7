# SPDX-License-Identifier: Apache-2.0
"""Plants a defect at both places where one can come from: an operation, and what writes its edits into layers.

A defect is a change to a stage by OpenUSD's own API. As the edits of a broken operation it is said by what differs then
between the layers; not every defect can be said so (an operation has no sentence about samples, variants or layers),
and those come from authoring only. A broken operation says no more about its edits than they say themselves, except for
rows of the path map that the defect adds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pxr import Sdf, Usd
from usdtune import _core
from usdtune._core import EditBuilder, edit_kinds
from usdtune.workflow.fresh_look import Seen
from usdtune.workflow.jobs import Session
from usdtune.workflow.path_map import step_numbers
from usdtune.workflow.step_proof import proof_of
from usdtune.workflow.usd_validation import news
from usdtune.workflow.verify import Promise, judge

Json = dict[str, Any]
Defect = Callable[[Usd.Stage], None]
KIND = {name: number for number, name in enumerate(edit_kinds())}
FATES = ("kept", "moved", "instanced", "merged", "removed")
WHOLE = {"mask": [], "unloaded": False, "variants": {}}
STRUCTURE = {"specifier", "typeName", "apiSchemas", "primChildren", "properties", "variantSetChildren"}
ARCS = {"references", "payload", "inheritPaths", "specializes", "variantSetNames", "variantSelection"}
OF_ATTRIBUTE = {"default", "typeName", "variability", "custom", "connectionPaths", "timeSamples", "connectionChildren"}
EXACT = Promise("exact", "moved", 0.0)
OF_RELATIONSHIP = {"targetPaths", "variability", "custom", "targetChildren"}


class Unsayable(Exception):
    """No edit says this."""


def quiet(message: str, done: int, total: int) -> None: ...


def session_on(source: Path, **more: Any) -> Session:
    session = Session(quiet, **more)
    session.open(str(source), WHOLE)
    return session


# --- By an operation ----------------------------------------------------------------------------------------------


def with_defect(source: Path, key: str, defect: Defect, rows: Iterable[tuple[str, str, str]] = ()) -> Any:
    """Runs operations; the one of that key also does what the defect does, with these (old, new, fate) rows."""

    def run_op(scene: Any, asked: str, arguments: str, looks_only: bool, threads: int) -> Any:
        outcome = _core.run_op(scene, asked, arguments, looks_only, threads)
        if asked == key:
            outcome.edits.append(edits_of(source, scene, defect, rows))
        return outcome

    return run_op


def edits_of(source: Path, scene: Any, defect: Defect, rows: Iterable[tuple[str, str, str]] = ()) -> Any:
    """What a defect changes in the root layer, as edits on a scene in which those places are as in the source."""
    if source.suffix == ".usdz":
        raise Unsayable("packages are not written in place")
    # In memory only, and where it lies: relative paths lead from there, and the folder may be read only.
    layer = Sdf.Layer.FindOrOpen(str(source))
    before = Sdf.Layer.CreateAnonymous()
    before.TransferContent(layer)
    builder = EditBuilder(scene)
    try:
        stage = Usd.Stage.Open(layer)
        defect(stage)
        Sayer(builder, before, stage).say()
    finally:
        layer.TransferContent(before)
    for old, new, fate in rows:
        builder.move(old, new, FATES.index(fate), "planted", "planted")
    return builder.take()


class Sayer:
    """Says as edits in what the root layer of a stage differs from another layer."""

    def __init__(self, builder: Any, before: Sdf.Layer, stage: Usd.Stage) -> None:
        self.builder, self.before, self.stage = builder, before, stage
        self.after = stage.GetRootLayer()

    def say(self) -> None:
        kept = ("primChildren", "rootPrimOrder", "subLayers", "subLayerOffsets")
        if _fields(self.before.pseudoRoot, kept) != _fields(self.after.pseudoRoot, kept):
            raise Unsayable("layer metadata")
        if _in_variants(self.before) != _in_variants(self.after):
            raise Unsayable("variants")
        old, new = _prims(self.before), _prims(self.after)
        for path in sorted(old.keys() - new.keys()):
            if path.GetParentPath() in new or path.GetParentPath().IsAbsoluteRootPath():
                self.add("removePrim", path)
        for path, spec in new.items():
            if path not in old:
                self.add("definePrim", path, type_name=spec.typeName)
            self.prim(path, old.get(path), spec)

    def add(self, kind: str, path: Sdf.Path, **more: Any) -> None:
        self.builder.add(KIND[kind], str(path), **more)

    def prim(self, path: Sdf.Path, old: Sdf.PrimSpec | None, new: Sdf.PrimSpec) -> None:
        if old and _only(old, ARCS) != _only(new, ARCS):
            raise Unsayable("arcs")
        if old and old.typeName != new.typeName:
            self.add("setTypeName", path, type_name=new.typeName)
        prim = self.stage.GetPrimAtPath(path)
        was = _fields(old, STRUCTURE | ARCS) if old else {}
        now = _fields(new, STRUCTURE | ARCS)
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                self.add("setPrimMetadata", path, name=key, type_name=_type_of(now.get(key)), value=now.get(key))
        if _info(old, "apiSchemas") != _info(new, "apiSchemas"):
            self.add("setApiSchemas", path, targets=list(prim.GetAppliedSchemas()))
        names = {entry.name: entry for entry in old.properties} if old else {}
        for name in sorted(names.keys() - {entry.name for entry in new.properties}):
            self.add("removeProperty", path, name=name)
        for entry in new.properties:
            before = names.get(entry.name)
            if isinstance(entry, Sdf.AttributeSpec):
                self.attribute(path, prim, before, entry)
            elif before is None or _info(before, "targetPaths") != _info(entry, "targetPaths"):
                targets = [str(target) for target in prim.GetRelationship(entry.name).GetTargets()]
                self.add("setTargets", path, name=entry.name, targets=targets)
            elif _fields(before, OF_RELATIONSHIP) != _fields(entry, OF_RELATIONSHIP):
                raise Unsayable("metadata of relationships")

    def attribute(self, path: Sdf.Path, prim: Usd.Prim, old: Any, new: Sdf.AttributeSpec) -> None:
        if _info(old, "timeSamples") != _info(new, "timeSamples"):
            raise Unsayable("samples")
        was, now = (_fields(spec, OF_ATTRIBUTE) if spec else {} for spec in (old, new))
        if was.keys() - now.keys():
            raise Unsayable("metadata of attributes that go")
        changed = [(key, _type_of(value), value) for key, value in now.items() if was.get(key) != value]
        value = prim.GetAttribute(new.name).Get() if old is None or old.default != new.default else None
        flags = int(new.variability == Sdf.VariabilityUniform) + 2 * int(new.custom)
        if value is not None or changed or old is None:
            if old is not None and old.typeName != new.typeName:
                self.add("removeProperty", path, name=new.name)
            self.add(
                "setAttribute",
                path,
                name=new.name,
                type_name=str(new.typeName),
                value=_crossing(value),
                flags=flags,
                metadata=changed,
            )
        elif old.default is not None and new.default is None:
            raise Unsayable("values that go")
        if _info(old, "connectionPaths") != _info(new, "connectionPaths"):
            targets = [str(target) for target in prim.GetAttribute(new.name).GetConnections()]
            self.add("setTargets", path, name=new.name, targets=targets, flags=4)


def _prims(layer: Sdf.Layer) -> dict[Sdf.Path, Sdf.PrimSpec]:
    found: dict[Sdf.Path, Sdf.PrimSpec] = {}

    def visit(path: Sdf.Path) -> None:
        if path.IsPrimPath() and not path.ContainsPrimVariantSelection():
            found[path] = layer.GetPrimAtPath(path)

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    return dict(sorted(found.items()))


def _in_variants(layer: Sdf.Layer) -> dict[str, str]:
    found: dict[str, str] = {}

    def visit(path: Sdf.Path) -> None:
        if path.ContainsPrimVariantSelection():
            spec = layer.GetObjectAtPath(path)
            found[str(path)] = str(_fields(spec, ())) if spec else ""

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    return found


def _fields(spec: Sdf.Spec, without: Iterable[str]) -> Json:
    return {key: spec.GetInfo(key) for key in spec.ListInfoKeys() if key not in without}


def _info(spec: Sdf.Spec | None, key: str) -> Any:
    return spec.GetInfo(key) if spec and spec.HasInfo(key) else None


def _only(spec: Sdf.Spec, keys: Iterable[str]) -> list[str]:
    return [f"{key} {spec.GetInfo(key)}" for key in sorted(keys) if spec.HasInfo(key)]


def _type_of(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "double", str: "string", dict: "dictionary"}
    if type(value) not in names and value is not None:
        raise Unsayable(f"metadata of {type(value)}")
    return names.get(type(value), "")


def _crossing(value: Any) -> Any:
    return value.GetValue() if isinstance(value, Sdf.TimeCode) else value


def proven(session: Session, chain: list[str]) -> list[Json]:
    """The steps of a chain, each with what its proof tells under `told`."""
    done = session.operate([{"operation": key} for key in chain], 0, lenient=True, prove=True)
    for step in done["steps"]:
        assert "error" not in step, step["error"]
        if "proof" in step:
            step["told"] = proof_of(step)
    steps: list[Json] = done["steps"]
    return steps


def broken_laws(step: Json) -> set[str]:
    return {row["law"] for row in step.get("told", {"laws": []})["laws"] if row["status"] == "broken"}


def whole_difference(source: Path, key: str, defect: Defect, rows: Iterable[tuple[str, str, str]] = ()) -> set[Any]:
    """What the comparisons of whole scenes find between the scenes before and after a broken step."""
    scene = session_on(source)._scene
    edits = with_defect(source, key, defect, rows)(scene, key, "{}", False, 0).edits
    after = _core.preview(scene, edits)
    lines, _ = edits.path_map(scene, {})
    # The row of the pseudo-root says nothing; without any, paths would be inferred.
    moves = [("/", "/", "kept", "", "")]
    for line in lines.splitlines():
        row = json.loads(line)
        if row["kind"] != "kept" or row["reason"]:
            moves.append((row["old"], row["new"], row["kind"], row["reason"], ""))
    relations = (_core.diff_rendered, _core.diff_authored)
    return set().union(*(differences(json.loads(relation(scene, after, moves))) for relation in relations))


def found_by_proof(step: Json) -> set[Any]:
    """The same by its proof, but for what an operation does not promise: only the proof knows that."""
    found = differences(step["proof"]["rendered"]) | differences(step["proof"]["authored"])
    return {row for row in found if "which the operation does not promise" not in row[3]}


def differences(report: Json) -> set[Any]:
    return {(row["law"], row["path"], row["other_path"], row["message"]) for row in report["differences"]}


# --- By what writes -----------------------------------------------------------------------------------------------


def authored(session: Session, chain: list[str], out: Path) -> tuple[Path, Path]:
    """The staged root layer and the path map of a clean chain."""
    done = session.operate([{"operation": key} for key in chain], 0)
    out.mkdir(exist_ok=True)
    session.write_pathmap(str(out / "pathmap.jsonl"), done["steps"])
    assert step_numbers(done["steps"])
    return Path(session.author(str(out), "", "test")["staged_root"]), out / "pathmap.jsonl"


def spoil(staged_root: Path, defect: Defect) -> None:
    """Plants a defect in what was written."""
    stage = Usd.Stage.Open(str(staged_root))
    defect(stage)
    stage.GetRootLayer().Save()


def accusers(source: Path, staged_root: Path, pathmap: Path, promise: Promise = EXACT) -> set[str]:
    """Who refuses a staged result, as a run asks them: laws, the second witness, OpenUSD's validators."""
    session = session_on(source)
    result = str(staged_root)
    session.open_other(result, WHOLE)
    session.follow(str(pathmap))
    tolerance = promise.tolerance
    relations = {name: session.diff(name, tolerance, 0) for name in ("rendered", "authored")}
    variants = session.variants(str(source), result, WHOLE, tolerance, 0)
    others = session.ask_others(str(source), result, str(pathmap), tolerance)
    judgement = judge(Seen(relations, variants, others["witness"], others["validation"], None), promise, 1.0)
    found = {row["law"] for row in judgement["laws"] if row["status"] == "broken"}
    if judgement["second_witness"]["status"] == "broken":
        found.add("second_witness")
    if news(others["validation"]):
        found.add("validators")
    return found


# --- In a whole run -----------------------------------------------------------------------------------------------


class WorkerHere:
    """Works in this process, with operations and an authoring that may be broken."""

    def __init__(self, run_op: Any = _core.run_op, spoils: dict[str, Defect] | None = None) -> None:
        """`spoils`: what goes wrong when the result of one of these operations is written."""
        self.session = Session(quiet, run_op)
        self.spoils = spoils or {}
        self.chain: list[str] = []

    def close(self) -> None: ...

    def save_stderr(self, folder: Path, name: str) -> Json:
        return {"bytes": 0, "truncated": False, "head": None, "tail": None}

    def call(self, job: str, **arguments: Any) -> Any:
        answer = json.loads(json.dumps(self.session.do(job, arguments)))
        if job in ("operate", "stack"):
            self.chain = [step["key"] for step in answer["steps"] if step["edit_count"]]
        if job in ("author", "stack") and "staged_root" in answer:
            for key in self.chain:
                if key in self.spoils:
                    spoil(Path(answer["staged_root"]), self.spoils[key])
        return answer

    def start(self, job: str, **arguments: Any) -> Callable[[], Any]:
        answer = self.call(job, **arguments)
        return lambda: answer
