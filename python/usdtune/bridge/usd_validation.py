# SPDX-License-Identifier: Apache-2.0
"""OpenUSD's own validators as a provider: what they report about a result and did not report about its source.

They know nothing of us, and some of what they look at (binding schemas, subset families, shader types, packages)
no law of ours is about. A finding is old when the source has the same one, by validator and by the path that the
path map leads to; counted by validator where it is about a layer, whose name a result changes.

Only the result is validated as long as nothing is found there: a clean result has nothing to compare. What instances
share is looked at in the first of them; in the source, in each, for any of them may have become the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pxr import Sdf, Sdr, Tf, Usd, UsdUtils

from usdtune.bridge.inventory import Move, PathMap, Stages

try:
    from pxr import UsdValidation
except ImportError:  # OpenUSD before 25.02 has no bindings for them
    UsdValidation = None


@dataclass(frozen=True)
class Finding:
    """What a validator says; `path` is empty where it is about a layer or the stage as a whole."""

    validator: str
    path: str
    message: str


@dataclass
class ValidationReport:
    """`before` counts what the validators that have found something now found in the source; None as long as nobody had
    to ask them."""

    available: bool = False
    validators: int = 0
    before: int | None = None
    after: int = 0
    new: list[Finding] = field(default_factory=list)


def all_validators() -> list[Any] | None:
    """Every registered validator; None where this `pxr` has none."""
    if UsdValidation is None or not hasattr(UsdValidation.ValidationRegistry, "GetOrLoadAllValidators"):
        return None
    # The usd-core 25.11 wheel lacks shader definitions that its shader registry complains about once, when made.
    with suppress(Tf.ErrorException):
        Sdr.Registry()
    return list(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())


def compare_validation(stages: Stages, moves: Iterable[Move]) -> ValidationReport:
    """Runs every registered validator on the result and those that find something there on the source.

    Not available means that this `pxr` has none: nothing was looked at, and the report says so.
    """
    validators = all_validators()
    if validators is None:
        return ValidationReport()
    report = ValidationReport(available=True, validators=len(validators))
    diagnostics = UsdUtils.CoalescingDiagnosticDelegate()  # they print what they find as well
    try:
        after = _findings(stages.after, validators, list(_shared_prims(stages.after)))
        report.after = len(after)
        if after:
            speaking = {finding.validator.rpartition(".")[0] for finding in after}
            asked = [validator for validator in validators if validator.GetMetadata().name in speaking]
            before = _findings(stages.before, asked)
            report.before = len(before)
            report.new = _new(before, after, PathMap(moves), stages.after)
    finally:
        del diagnostics
    return report


def _shared_prims(stage: Usd.Stage) -> Iterator[Usd.Prim]:
    """What instances draw, once for each prototype: as the proxies in the first instance."""
    seen = set()
    prims = iter(Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()))
    for prim in prims:
        if prim.IsInstanceProxy():
            yield prim
        if prim.IsInstance():
            prototype = prim.GetPrototype().GetPath()
            if prototype in seen:
                prims.PruneChildren()
            seen.add(prototype)


def _findings(stage: Usd.Stage, validators: list[Any], shared: list[Usd.Prim] | None = None) -> list[Finding]:
    """Sorted: they are found by several threads. `shared` are the instance proxies to look at; without it, all."""
    found = []
    for error in _errors(stage, validators, shared):
        if error.HasNoError():
            continue
        message = error.GetMessage().strip()
        sites = sorted({_path_of(site) for site in error.GetSites()} - {""}) or [_path_in(message, stage)]
        found += [Finding(error.GetIdentifier(), site, message) for site in sites]
    return sorted(found, key=lambda finding: (finding.validator, finding.path, finding.message))


def _errors(stage: Usd.Stage, validators: list[Any], shared: list[Usd.Prim] | None) -> list[Any]:
    """What the validators find. A layer that does not parse makes some of them raise, and hides what the others found:
    then each is asked alone, and those that raise have found nothing that they could tell."""
    context = UsdValidation.ValidationContext(validators)
    try:
        if shared is None:
            return list(context.Validate(stage))
        return [*context.Validate(stage, Usd.PrimDefaultPredicate), *context.Validate(shared)]
    except Tf.ErrorException:
        if len(validators) == 1:
            return []
        return [error for validator in validators for error in _errors(stage, [validator], shared)]


def _path_in(message: str, stage: Usd.Stage) -> str:
    """What a finding about the whole stage is about, where its text names something there. Layers are named alike.

    >>> stage = Usd.Stage.CreateInMemory()
    >>> plate = stage.DefinePrim("/World/Plate").CreateAttribute("indices", Sdf.ValueTypeNames.Int)
    >>> _path_in("Type mismatch for attribute </World/Plate.indices>.", stage)
    '/World/Plate.indices'
    >>> _path_in("Stage with root layer </scenes/plate.usda> has no units.", stage)
    ''
    """
    named = re.search(r"<(/[^>]+)>", message)
    there = named and Sdf.Path.IsValidPathString(named[1]) and stage.GetObjectAtPath(named[1])
    return named[1] if named and there else ""


def _path_of(site: Any) -> str:
    if site.IsProperty():
        return str(site.GetProperty().GetPath())
    if site.IsPrim():
        path = site.GetPrim().GetPath()
    elif site.IsValidSpecInLayer():
        spec = site.GetPropertySpec() or site.GetPrimSpec()
        path = spec.path if spec else Sdf.Path()
    else:
        return ""
    return "" if path == Sdf.Path.absoluteRootPath else str(path)


def _new(before: list[Finding], after: list[Finding], path_map: PathMap, result: Usd.Stage) -> list[Finding]:
    """Findings of the result without a counterpart; those without a path by their number."""
    known = {(finding.validator, path) for finding in before for path in _places(finding.path, path_map, result)}
    allowed = Counter(finding.validator for finding in before if not finding.path)
    new = []
    for finding in after:
        if finding.path:
            if (finding.validator, finding.path) not in known:
                new.append(finding)
        elif allowed[finding.validator]:
            allowed[finding.validator] -= 1
        else:
            new.append(finding)
    return new


def _places(path: str, path_map: PathMap, result: Usd.Stage) -> set[str]:
    """Where a finding of the source may stand in the result: as it was, as it is mapped, or where that comes from."""
    if not path:
        return set()
    new, _ = path_map.fate(path)
    places = {path} if new is None else {path, new}
    if new is not None and new != path:
        prim_path = Sdf.Path(new).GetPrimPath()
        prim = result.GetPrimAtPath(prim_path)
        rest = new[len(str(prim_path)) :]
        if prim:
            origins = [prim.GetPrimInPrototype()] if prim.IsInstanceProxy() else []
            places |= {f"{origin.GetPath()}{rest}" for origin in origins}
            places |= {f"{spec.path.StripAllVariantSelections()}{rest}" for spec in prim.GetPrimStack()}
    return places
