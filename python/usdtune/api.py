# SPDX-License-Identifier: Apache-2.0
"""The calls of `import usdtune`: what the commands do, with values instead of texts.

What stops a command raises here, with the same sentence: `usdtune.workflow.stops.Stop` and its kinds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from usdtune import _core
from usdtune.workflow.options import RunOptions, StageView, local_source
from usdtune.workflow.stops import BadUsage
from usdtune.workflow.supervise import Child

Json = dict[str, Any]
PathLike = str | Path


@dataclass(frozen=True)
class RunResult:
    """A finished run. `result` is None where there was nothing to do, or where it was kept back."""

    verdict: str
    score: float
    workflow_mode: str
    out: Path
    result: Path | None
    report: Json

    @property
    def report_html(self) -> Path:
        return Path(self.report["artifacts"]["html"])


@dataclass(frozen=True)
class OpResult:
    """What operations did. `label` is the loosest promise about the surface: exact, bounded by X, or changes.

    `verified` says whether the result was read again and compared; without it a promise is only a promise.
    """

    label: str
    verified: bool
    steps: list[Json]
    before: dict[str, int]
    after: dict[str, int]
    result: Path | None

    @property
    def changed(self) -> bool:
        return any(step["edit_count"] for step in self.steps)


@dataclass(frozen=True)
class DiffResult:
    """Whether two scenes are the same; true in a condition when they are."""

    same: bool
    difference_count: int
    differences: list[Json]
    document: Json

    def __bool__(self) -> bool:
        return self.same


def run(
    scene: PathLike,
    out: PathLike,
    *,
    approve: Mapping[str, str] | None = None,
    answers: PathLike | None = None,
    keep_paths: bool = False,
    overwrite: bool = False,
    mask: Sequence[str] = (),
    unloaded: bool = False,
    variants: Mapping[str, Mapping[str, str]] | None = None,
    threads: int = 0,
    pictures: bool = True,
) -> RunResult:
    """The whole flow: measure, find, repair, prove, measure again, report.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     scene = Path(folder) / "empty.usda"
    ...     _ = scene.write_text('#usda 1.0\\n(\\n    metersPerUnit = 1\\n    upAxis = "Z"\\n)\\n')
    ...     done = run(scene, Path(folder) / "out", approve={"restructure": "optimize-as-is"})
    ...     done.workflow_mode, done.verdict, done.result
    ('no_op', 'neutral', None)
    """
    from usdtune.workflow import flow
    from usdtune.workflow.start import Request, opened

    options = RunOptions(
        view=_view(mask, unloaded, variants), keep_paths=keep_paths, threads=threads, pictures=pictures
    )
    request = Request(
        source=scene,
        out=out,
        options=options,
        approvals=dict(approve or {}),
        answers=Path(answers) if answers else None,
        overwrite=overwrite,
    )
    with opened(request) as current:
        flow.run_all(current)
        report = current.read("optimization_report")
        folder = current.out
    return RunResult(
        verdict=report["verdict"],
        score=report["optimization_score"],
        workflow_mode=report["workflow_mode"],
        out=folder,
        result=Path(report["output_path"]) if report["output_path"] else None,
        report=report,
    )


def op(
    key: str,
    scene: PathLike,
    out: PathLike | None = None,
    *,
    threads: int = 0,
    verify: bool = False,
    arguments: Mapping[str, Any] | None = None,
) -> OpResult:
    """One operation; without `out` nothing is written, with `verify` only what keeps its promise.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     scene = Path(folder) / "empty.usda"
    ...     _ = scene.write_text("#usda 1.0\\n")
    ...     op("pruneLeaves", scene).changed
    False
    """
    return stack([{"operation": key, **(arguments or {})}], scene, out, threads=threads, verify=verify)


def stack(
    chain: Sequence[Mapping[str, Any]],
    scene: PathLike,
    out: PathLike | None = None,
    *,
    threads: int = 0,
    verify: bool = False,
) -> OpResult:
    """A list of operations, obeyed as it stands; without `out` nothing is written.

    With `verify` the result is read again in a fresh process and raises Refused unless it keeps its promise.

    >>> stack([{"operation": "pruneLeafs"}], "scene.usd")
    Traceback (most recent call last):
    ...
    usdtune.workflow.stops.BadUsage: ...
    """
    from usdtune.cli.chains import output_file
    from usdtune.workflow.stack import apply_stack

    steps = [dict(step) for step in chain]
    try:
        _core.check_stack(json.dumps(steps))
    except ValueError as error:
        raise BadUsage(str(error)) from None
    source = local_source(scene)
    target = output_file(str(out), source) if out is not None else None
    with Child(f"Working on {source.name}") as worker:
        answer = apply_stack(worker, source, steps, target, view=StageView(), threads=threads, prove=verify)
    return OpResult(
        label=answer["label"],
        verified=answer["verified"],
        steps=answer["steps"],
        before=answer["before"],
        after=answer["after"],
        result=target,
    )


def diff(
    left: PathLike,
    right: PathLike,
    *,
    authored: bool = False,
    pathmap: PathLike | None = None,
    tolerance: float = 0.0,
    threads: int = 0,
) -> DiffResult:
    """Are two scenes the same, as drawn or as authored?

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     left, right = Path(folder) / "a.usda", Path(folder) / "b.usda"
    ...     _ = left.write_text('#usda 1.0\\ndef Xform "A" {}\\n'), right.write_text("#usda 1.0\\n")
    ...     bool(diff(left, left)), bool(diff(left, right, authored=True))
    (True, False)
    """
    from usdtune.workflow.diff import diff as compare

    with Child("Comparing the scenes") as worker:
        document = compare(
            worker,
            Path(left),
            Path(right),
            relation="authored" if authored else "rendered",
            pathmap=Path(pathmap) if pathmap else None,
            tolerance=tolerance,
            threads=threads,
        )
    return DiffResult(
        same=document["same"],
        difference_count=document["difference_count"],
        differences=document["differences"],
        document=document,
    )


def _view(mask: Sequence[str], unloaded: bool, variants: Mapping[str, Mapping[str, str]] | None) -> StageView:
    chosen = {prim: dict(selections) for prim, selections in (variants or {}).items()}
    return StageView(mask=tuple(mask), unloaded=unloaded, variants=chosen)
