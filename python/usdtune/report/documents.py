# SPDX-License-Identifier: Apache-2.0
"""Reading and writing the JSON documents of a run; the schemas beside this file are the contract.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     chain = Path(folder) / "op_chain.json"
...     write(chain, "op_chain", [{"operation": "meshCleanup", "tolerance": 0.0}])
...     load(chain, "op_chain")
[{'operation': 'meshCleanup', 'tolerance': 0.0}]

Needs no `pxr`. Everything that is written was checked first, so a document on disk is a valid one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry, Resource

from usdtune.atomic_file import write_text

__all__ = [
    "FILE_NAMES",
    "SCHEMAS",
    "DocumentError",
    "check",
    "dumps",
    "exit_class",
    "load",
    "load_jsonl",
    "timestamp",
    "vocabulary",
    "write",
]

Json = Any
"""Whatever `json` reads: the schemas say more about each document than a type here could."""

FILE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "setup_preflight": ("setup-preflight.json",),
    "profile": ("baseline_profile.json", "profiles/after_profile.json"),
    "sa_report": ("sa_report.json",),
    "validation_scope_note": ("validation-scope-note.json",),
    "validation_report": ("validation-report.json", "validation-report.after.json"),
    "provider_summary": ("provider-summary.json", "provider-summary.after.json"),
    "restructure_decision": ("restructure_decision.json",),
    "restructure_decision_pending": ("restructure_decision_pending.json",),
    "gates": ("gates.json",),
    "answers": ("answers.json",),
    "op_chain": ("op_chain.json",),
    "optimization_plan": ("optimization_plan.json",),
    "plan_response": ("plan_response.json",),
    "op_summary": ("{stem}.{hash12}.summary.json",),
    "compare_profiles": ("compare_profiles.json",),
    "optimization_report": ("{asset_name}_optimization_report.json",),
    "pathmap_row": ("pathmap.jsonl",),
    "verification_report": ("verification_report.json",),
    "proof": ("proof.json",),
    "diff": ("diff.json",),
    "stop": ("stop.json",),
    "run_state": ("run_state.json",),
    "commit": ("{result_stem}.commit.json",),
}
"""Each document's name, and its files relative to the output folder; parts in braces are filled in."""

_SCHEMA_FOLDER: Final = Path(__file__).with_name("schemas")
_URN: Final = "urn:usdtune:schema:"

# Newer public packages renamed these. We keep the older names, and accept both on reading.
_OUR_SPELLING: Final[Mapping[str, str]] = {
    "usd-optimize-run-operations": "so-run-operations",
    "usd-optimize-run-validators": "so-run-validators",
    "usd-optimize-interpret-validators": "so-interpret-validators",
    "blocked_missing_usd_optimize": "blocked_missing_scene_optimizer",
    "blocked_missing_usd_optimize_operation": "blocked_missing_so_operation",
    "ready-profiling-kit": "ready-kit",
}
_RENAMED_VALUES: Final = frozenset(
    {"planned_phases", "committed_milestones", "blocked_code", "code", "x_status", "milestone"}
)
_TWIN_BLOCKS: Final = ("sceneOptimizer", "usdOptimize")


class DocumentError(ValueError):
    """A document that cannot be read, or must not be written, in one sentence.

    >>> raise DocumentError(Path("plan.json"), "/decision", '"maybe"', '"blocked" or "ready_to_plan"')
    Traceback (most recent call last):
    ...
    usdtune.report.documents.DocumentError: plan.json: /decision is "maybe", but "blocked" or \
"ready_to_plan" is expected.
    """

    def __init__(self, path: Path, pointer: str, value: str, expectation: str) -> None:
        self.path = path
        self.pointer = pointer
        self.value = value
        self.expectation = expectation
        place = pointer or "the document"
        super().__init__(f"{path}: {place} is {value}, but {expectation} is expected.")


def _read_schema(name: str) -> dict[str, Json]:
    text = (_SCHEMA_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    return cast(dict[str, Json], json.loads(text))


SCHEMAS: Final[Mapping[str, dict[str, Json]]] = {name: _read_schema(name) for name in FILE_NAMES}
"""The JSON Schema of each document, by the document's name."""

_VOCABULARY: Final = _read_schema("vocabulary")

_REGISTRY: Final[Registry[Json]] = Registry[Json]().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in (_VOCABULARY, *SCHEMAS.values())
)

# JSON Schema lets 412.0 pass as an integer. The public report checker does not, so neither do we.
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
_VALIDATORS: Final = {name: _Validator(schema, registry=_REGISTRY) for name, schema in SCHEMAS.items()}
"""The engine that says what is wrong. It takes seconds for a plant's findings, so only what the quick one refuses
comes to it."""


class _WholeNumber:
    """The quick engine's keyword for the same rule about integers."""

    def __init__(self, _schema: Json, _value: Json, _path: Json) -> None:
        pass

    def validate(self, value: Json) -> None:
        if isinstance(value, float):
            raise ValueError("a whole number is expected")


def _with_whole_numbers(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_with_whole_numbers(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    marked = {key: _with_whole_numbers(value) for key, value in schema.items()}
    types = schema.get("type", [])
    if "integer" in types and "number" not in types:
        marked["wholeNumber"] = True
    return marked


_QUICK_REGISTRY: Final = jsonschema_rs.Registry(
    [(schema["$id"], _with_whole_numbers(schema)) for schema in (_VOCABULARY, *SCHEMAS.values())]
)
_QUICK_VALIDATORS: Final = {
    name: jsonschema_rs.Draft202012Validator(
        _with_whole_numbers(schema), registry=_QUICK_REGISTRY, keywords={"wholeNumber": _WholeNumber}
    )
    for name, schema in SCHEMAS.items()
}


def is_valid(name: str, document: Json) -> bool:
    """Whether a document keeps its contract, without saying why not.

    >>> is_valid("op_chain", [{"operation": "meshCleanup"}]), is_valid("op_chain", [{}])
    (True, False)
    """
    try:
        return _QUICK_VALIDATORS[name].is_valid(document)
    except (TypeError, ValueError):  # not even JSON
        return False


def vocabulary(word: str) -> tuple[Json, ...]:
    """The values an enumeration allows, in the schema's order.

    >>> vocabulary("verdict")
    ('improved', 'neutral', 'regressed', 'mixed')
    >>> vocabulary("milestone")[1]
    'profile-stage:baseline'
    """
    definition = _VOCABULARY["$defs"][word]
    if "anyOf" in definition:
        definition = definition["anyOf"][0]
    return tuple(definition["enum"])


def exit_class(block_code: str) -> int:
    """The class that a record carries for a block code, beside the exit code of the process.

    >>> exit_class("blocked_missing_so_operation")
    21
    >>> exit_class("asset preflight incomplete: missing asset_physical_context.metersPerUnit")
    26
    """
    classes = cast(dict[str, int], _VOCABULARY["$defs"]["block_code"]["x_exit_class"])
    stem = "asset preflight incomplete: missing"
    return classes[stem if block_code.startswith(stem + " ") else block_code]


def timestamp(moment: datetime | None = None) -> str:
    """A time as documents write it: UTC, whole seconds; now, when none is given.

    >>> timestamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check(path: Path, name: str, document: Json) -> None:
    """Raises DocumentError unless the document keeps its contract; `path` only names it.

    >>> check(Path("op_chain.json"), "op_chain", [{"operation": "meshCleanup"}])
    >>> check(Path("op_chain.json"), "op_chain", [{}])
    Traceback (most recent call last):
    ...
    usdtune.report.documents.DocumentError: op_chain.json: /0/operation is missing, but a value is expected.
    """
    if is_valid(name, document):
        return
    error = best_match(_VALIDATORS[name].iter_errors(document))
    if error is not None:
        raise _to_document_error(path, error)


def dumps(name: str, document: Json) -> str:
    """The document's text: keys in the schema's order, others sorted after them, two spaces, one newline.

    >>> print(dumps("op_chain", [{"tolerance": 0.5, "paths": [], "operation": "meshCleanup"}]), end="")
    [
      {
        "operation": "meshCleanup",
        "paths": [],
        "tolerance": 0.5
      }
    ]
    """
    return json.dumps(_ordered(document, SCHEMAS[name]), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def load(path: Path, name: str) -> Json:
    """Reads a document and checks it; names that newer public packages changed come back as ours.

    >>> load(Path("nowhere.json"), "gates")
    Traceback (most recent call last):
    ...
    usdtune.report.documents.DocumentError: nowhere.json: the document is missing, but a file is expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DocumentError(path, "", "missing", "a file") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise DocumentError(path, "", f"unreadable ({problem})", "a file of UTF-8 text") from None
    document = _with_our_spelling(_parse(path, "", text))
    check(path, name, document)
    return document


def write(path: Path, name: str, document: Json) -> None:
    """Checks a document and puts it at `path` in one step: a reader sees the old file or the new one.

    >>> write(Path("stop.json"), "stop", {"schemaVersion": 1})
    Traceback (most recent call last):
    ...
    usdtune.report.documents.DocumentError: stop.json: /exit_code is missing, but a value is expected.
    """
    check(path, name, document)
    try:
        text = dumps(name, document)
    except (TypeError, ValueError) as problem:
        raise DocumentError(path, "", f"not JSON ({problem})", "finite JSON") from None
    write_text(path, text)


def load_jsonl(path: Path, name: str) -> Iterator[dict[str, Json]]:
    """Reads one checked document per line, without holding more than one.

    >>> next(load_jsonl(Path("nowhere.jsonl"), "pathmap_row"))
    Traceback (most recent call last):
    ...
    usdtune.report.documents.DocumentError: nowhere.jsonl: the document is missing, but a file is expected.
    """
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise DocumentError(path, "", "missing", "a file") from None
    with file:
        for number, line in enumerate(file, start=1):
            row = _parse(path, f"line {number}", line)
            _check_row(path, name, number, row)
            yield row


class _NotPlainError(Exception):
    """Text that `json` would read and we refuse: what it holds and what is expected."""


def _refuse_constant(word: str) -> Json:
    raise _NotPlainError(f"JSON holding {word}", "a finite number or null")


def _refuse_twice(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _NotPlainError(f'JSON holding the key "{twice}" twice', "each key once")
    return document


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)


def _parse(path: Path, place: str, text: str) -> Json:
    try:
        return _DECODER.decode(text)
    except _NotPlainError as problem:
        raise DocumentError(path, place, *problem.args) from None
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise DocumentError(path, place, f"not JSON at {where} ({problem.msg})", "JSON") from None


def _with_our_spelling(document: Json) -> Json:
    if not isinstance(document, dict):
        return document
    renamed = {key: _renamed(key, value) for key, value in document.items()}
    for twin, other in (_TWIN_BLOCKS, _TWIN_BLOCKS[::-1]):
        if other in renamed:
            renamed.setdefault(twin, renamed[other])
    if isinstance(renamed.get("runtime_context"), dict):
        renamed["runtime_context"] = _with_our_spelling(renamed["runtime_context"])
    return renamed


def _renamed(key: str, value: Json) -> Json:
    if key not in _RENAMED_VALUES:
        return value
    if isinstance(value, list):
        return [_renamed(key, item) for item in value]
    return _OUR_SPELLING.get(value, value) if isinstance(value, str) else value


def _ordered(value: Json, schema: Json) -> Json:
    """The same value with the keys of its objects in the schema's order, unknown ones sorted last."""
    if isinstance(value, dict):
        known = _resolved(schema).get("properties", {})
        keys = [key for key in known if key in value] + sorted(key for key in value if key not in known)
        return {
            key: _ordered(item, known.get(key, {})) if isinstance(item, _NESTED) else item
            for key in keys
            for item in [value[key]]
        }
    if not isinstance(value, _NESTED):
        return value
    schema = _resolved(schema)
    heads, rest = schema.get("prefixItems", []), schema.get("items", {})
    return [
        _ordered(item, heads[i] if i < len(heads) else rest) if isinstance(item, _NESTED) else item
        for i, item in enumerate(value)
    ]


_NESTED: Final = (dict, list, tuple)


def _resolved(schema: Json) -> dict[str, Json]:
    """Follows references, and takes a nullable record for the record."""
    while isinstance(schema, dict):
        if "$ref" in schema:
            schema = _referenced(schema["$ref"])
        elif "anyOf" in schema and {"type": "null"} in schema["anyOf"]:
            schema = schema["anyOf"][0]
        else:
            return schema
    return {}


@cache
def _referenced(reference: str) -> Json:
    return _REGISTRY.resolver().lookup(reference).contents


def _check_row(path: Path, name: str, number: int, row: Mapping[str, Json]) -> None:
    try:
        check(path, name, row)
    except DocumentError as error:
        place = f"line {number}, {error.pointer}" if error.pointer else f"line {number}"
        raise DocumentError(path, place, error.value, error.expectation) from None


def _to_document_error(path: Path, error: ValidationError) -> DocumentError:
    steps = [str(step) for step in error.absolute_path]
    given: Json = error.instance
    rule: Json = error.validator
    wanted: Json = error.validator_value
    match rule:
        case "required":
            missing = next(key for key in wanted if key not in given)
            return DocumentError(path, _pointer([*steps, missing]), "missing", "a value")
        case "additionalProperties" if wanted is False:
            known = cast(dict[str, Json], error.schema).get("properties", {})
            extra = min(str(key) for key in given if key not in known)
            return DocumentError(path, _pointer([*steps, extra]), "an unknown key", f"one of {_listed(sorted(known))}")
        case "type":
            expectation = " or ".join([wanted] if isinstance(wanted, str) else wanted)
        case "enum":
            expectation = f"one of {_listed(wanted)}"
        case "const":
            expectation = _shown(wanted)
        case None:
            expectation = "no such key"
        case _ if rule in _BOUNDS:
            expectation = f"{_BOUNDS[rule]} {wanted}"
        case _:
            expectation = f"a value that keeps {rule} {_shown(wanted)}"
    return DocumentError(path, _pointer(steps), _shown(given), expectation)


_BOUNDS: Final[Mapping[str, str]] = {
    "pattern": "text like",
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "minItems": "an item count of at least",
    "maxItems": "an item count of at most",
    "minLength": "a length of at least",
}


def _pointer(steps: list[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _listed(values: Iterable[Json]) -> str:
    return ", ".join(_shown(value) for value in values)


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 120 else text[:117] + "…"
