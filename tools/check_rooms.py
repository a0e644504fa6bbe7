"""Checks that every #include in the core follows the arrows of core/rooms.json, and that every room tells what it is.

Prints one line per include that does not, and exits 1. `--self-test` shows that a wrong include is caught.

Example: ``python tools/check_rooms.py``
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
# Debian's oneTBB is not built for ThreadSanitizer. One file that knows it is one file to replace there.
THREAD_LIBRARY = "tbb/"
THREAD_HOME = "base/parallel"
OURS = {".h", ".hpp", ".cpp"}


def check(core: Path) -> list[str]:
    """Every broken arrow below `core`, as a sentence."""
    table = json.loads((core / "rooms.json").read_text())
    rooms: dict[str, list[str]] = table["rooms"]
    only: dict[str, dict[str, list[str]]] = table.get("only", {})
    broken = broken_table(rooms)

    root = core / "usdtune"
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name not in rooms:
            broken.append(f"core/usdtune/{folder.name}: no such room in core/rooms.json")
            continue
        if not (folder / "README.md").is_file():
            broken.append(f"core/usdtune/{folder.name}: no README.md says what this room knows and must never know")
        for source in sorted(path for path in folder.rglob("*") if path.suffix in OURS):
            name = source.relative_to(root)
            text = source.read_text()
            for match in INCLUDE.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                reason = why_forbidden(match[1], folder.name, str(name), rooms, only)
                if reason:
                    broken.append(f"core/usdtune/{name}:{line}: includes {match[1]}, but {reason}")
    return broken


def broken_table(rooms: dict[str, list[str]]) -> list[str]:
    """Arrows that name an unknown room, or one further down: the latter is how circles begin."""
    order = list(rooms)
    return [
        f"core/rooms.json: {room} names {allowed}, which is not a room above it"
        for room, arrows in rooms.items()
        for allowed in arrows
        if allowed not in order[: order.index(room)]
    ]


def why_forbidden(
    included: str, room: str, name: str, rooms: dict[str, list[str]], only: dict[str, dict[str, list[str]]]
) -> str | None:
    """The reason `room` must not include this, or None where it may."""
    if included.startswith(("pxr/", "Python.h", "nanobind/")):
        return "the core knows neither USD nor Python"
    if included.startswith((THREAD_LIBRARY, "oneapi/")) and not name.startswith(THREAD_HOME):
        return f"only {THREAD_HOME} talks to oneTBB; use parallelFor"
    if not included.startswith("usdtune/"):
        return None
    target, _, header = included.removeprefix("usdtune/").partition("/")
    if target == room:
        return None
    if target not in rooms:
        return f"there is no room {target}"
    if target not in rooms[room]:
        return f"{room} may include only {', '.join(rooms[room]) or 'itself'}"
    permitted = only.get(room, {}).get(target)
    if permitted and header not in permitted:
        return f"of {target}, {room} may include only {', '.join(permitted)}"
    return None


def self_test() -> list[str]:
    """Builds a tiny core with known mistakes and says which of them were missed."""
    with tempfile.TemporaryDirectory() as folder:
        core = Path(folder)
        rooms = {"base": [], "mesh": ["base"], "ops": ["base", "mesh"], "plan": ["base", "ops"]}
        (core / "rooms.json").write_text(json.dumps({"rooms": rooms, "only": {"plan": {"ops": ["op.h"]}}}))
        cases = {
            "mesh/fine.h": ("usdtune/base/span.h", False),
            "mesh/upward.h": ("usdtune/ops/op.h", True),
            "mesh/pool.cpp": ("tbb/parallel_for.h", True),
            "base/parallel.cpp": ("tbb/parallel_for.h", False),
            "ops/usd.cpp": ("pxr/usd/usd/stage.h", True),
            "ops/fine.cpp": ("usdtune/mesh/weld.h", False),
            "plan/fine.cpp": ("usdtune/ops/op.h", False),
            "plan/deep.cpp": ("usdtune/ops/merge_vertices.h", True),
            "plan/sideways.cpp": ("usdtune/mesh/weld.h", True),
        }
        for name, (included, _) in cases.items():
            path = core / "usdtune" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#pragma once\n#include "{included}"\n')
        (core / "usdtune" / "base" / "README.md").write_text("# base\n")
        told = "\n".join(check(core))
        silent = [room for room in rooms if (f"usdtune/{room}: no README.md" in told) != (room != "base")]
        return [f"self-test: the README.md of {room} was not looked for" for room in silent] + [
            f"self-test: {name} including {included} should {'fail' if wrong else 'pass'}"
            for name, (included, wrong) in cases.items()
            if (f"{name}:2:" in told) != wrong
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", type=Path, default=Path(__file__).resolve().parent.parent / "core")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        broken, fine = self_test(), "rooms: known mistakes are caught"
    else:
        broken, fine = check(arguments.core), "rooms: every include follows its arrow"
    print("\n".join(broken) if broken else fine)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
