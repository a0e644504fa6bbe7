# SPDX-License-Identifier: Apache-2.0
"""Flags and help of operations, out of their descriptors: what the core declares is what the command takes."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from usdtune import _core
from usdtune.cli.arguments import Parser, not_one_of
from usdtune.cli.manual_page import OP_PARAGRAPHS, value_range
from usdtune.cli.manual_page import descriptors as descriptors
from usdtune.workflow.stops import BadUsage

Descriptor = dict[str, Any]


def descriptor_of(key: str) -> Descriptor:
    known = descriptors()
    if key in known:
        return known[key]
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(key.lower(), by_lower, 1, cutoff=0.5)
    hint = f"did you mean `{by_lower[near[0]]}`?" if near else "`usdtune ops` lists them."
    raise BadUsage(f"There is no operation `{key}` in this version; {hint}", alternatives=_close(key, known))


def _close(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, list(known), 3, cutoff=0.4)


def kebab(name: str) -> str:
    """
    >>> kebab("mergeVertices")
    'merge-vertices'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def as_in_catalogue(texts: Iterable[str], descriptor: Descriptor) -> list[str]:
    """Flags written with dashes, as the catalogue spells them; everything else as it is."""
    spelled = {f"--{kebab(argument['name'])}": f"--{argument['name']}" for argument in descriptor["arguments"]}
    spelled |= {f"--no-{flag[2:]}": f"--no-{name[2:]}" for flag, name in list(spelled.items())}
    out = []
    for text in texts:
        flag, equals, value = text.partition("=")
        out.append(spelled.get(flag, flag) + equals + value)
    return out


def add_operation(parser: Parser, descriptor: Descriptor) -> None:
    """One flag per argument, spelled as in the catalogue or with dashes."""
    parser.description = f"{descriptor['title']}: {descriptor['summary']}"
    parser.epilog = manual(descriptor)
    group = parser.add_argument_group("arguments of the operation")
    for argument in descriptor["arguments"]:
        _add_argument(group, argument)


def _add_argument(group: argparse._ArgumentGroup, argument: Descriptor) -> None:
    name = argument["name"]
    settings: dict[str, Any] = {"dest": f"argument_{name}", "default": None, "help": _help_of(argument)}
    if argument.get("hidden"):
        settings["help"] = argparse.SUPPRESS
    kind = argument["type"]
    if kind == "bool":
        group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, **settings)
        return
    settings["metavar"] = _metavar(argument)
    if kind.endswith("[]"):
        settings["nargs"] = "+"
        kind = kind[:-2]
    if kind == "enum":
        settings["type"] = _choice_reader(argument)
    else:
        settings["type"] = {"int": int, "float": float, "double": float}.get(kind, str)
    group.add_argument(f"--{name}", **settings)


def _metavar(argument: Descriptor) -> str:
    if argument.get("choices"):
        return "|".join(str(choice["value"]) for choice in argument["choices"])
    return {"int": "N", "float": "X", "double": "X"}.get(argument["type"].rstrip("[]"), "TEXT")


def _choice_reader(argument: Descriptor) -> Any:
    choices = {str(choice["value"]): choice["value"] for choice in argument.get("choices", [])}
    choices.update({choice["label"]: choice["value"] for choice in argument.get("choices", [])})

    def read(text: str) -> int:
        if text not in choices:
            raise argparse.ArgumentTypeError(not_one_of(text, list(choices)))
        return int(choices[text])

    return read


def _help_of(argument: Descriptor) -> str:
    parts = [argument["description"].rstrip(".")]
    for choice in argument.get("choices", []):
        parts.append(f"{choice['value']} = {choice['label']}")
    facts = [f"default {_shown(argument['default'])}"]
    if argument.get("unit"):
        facts.append(f"in {argument['unit']}")
    if "minimum" in argument or "maximum" in argument:
        facts.append(value_range(argument))
    return f"{'; '.join(parts)} ({', '.join(facts)})".replace("%", "%%")


def _shown(value: Any) -> str:
    return "none" if value in ([], "", None) else json.dumps(value)


def given_arguments(namespace: argparse.Namespace) -> dict[str, Any]:
    """What was said on the command line, by the catalogue's names; the core fills in the rest."""
    prefix = "argument_"
    return {
        name[len(prefix) :]: value
        for name, value in vars(namespace).items()
        if name.startswith(prefix) and value is not None
    }


def manual(descriptor: Descriptor) -> str:
    """The operation's page as text."""
    lines = [
        f"{descriptor['lossClass']} · surface {descriptor['surface']} · identity {descriptor['identity']} · "
        f"risk {descriptor['risk']}" + (" · needs confirmation" if descriptor["needsConfirmation"] else "")
    ]
    for name, title in OP_PARAGRAPHS.items():
        text = descriptor["manual"].get(name, "")
        if text:
            lines += ["", f"{title}:", *_wrapped(text)]
    return "\n".join(lines).replace("%", "%%")


def _wrapped(text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += textwrap.wrap(paragraph, 96, initial_indent="  ", subsequent_indent="  ") or [""]
    return lines


def check_arguments(key: str, given: dict[str, Any]) -> None:
    """Raises BadUsage with the core's sentence unless name, type and range of every argument are right."""
    try:
        _core.check_arguments(key, json.dumps(given))
    except ValueError as error:
        raise BadUsage(str(error)) from None
