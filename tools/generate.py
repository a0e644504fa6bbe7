"""Writes the pages that come out of the catalogue: docs/ops, docs/rules and their indexes.

They are never edited by hand: the page of an operation or rule stands at the top of its own source file. `--check`
writes nothing, names what is out of date and exits 1.

Example: ``python tools/generate.py --check``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from usdtune.cli.manual_page import descriptors, op_page, ops_index, rule_page, rules, rules_index

DOCS = Path(__file__).parents[1] / "docs"


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    out = {DOCS / "ops" / f"{key}.md": op_page(entry) for key, entry in descriptors().items()}
    out |= {DOCS / "rules" / f"{name}.md": rule_page(entry) for name, entry in rules().items()}
    out[DOCS / "ops" / "index.md"] = ops_index()
    out[DOCS / "rules" / "index.md"] = rules_index()
    return out


def stale(wanted: dict[Path, str]) -> list[str]:
    """What is missing, different, or there without an entry in the catalogue."""
    found = {path for folder in ("ops", "rules") for path in (DOCS / folder).glob("*")}
    out = [f"{path.relative_to(DOCS.parent)}: not in the catalogue any more" for path in found - wanted.keys()]
    for path, text in wanted.items():
        if not path.is_file():
            out.append(f"{path.relative_to(DOCS.parent)}: missing")
        elif path.read_text() != text:
            out.append(f"{path.relative_to(DOCS.parent)}: not what the catalogue says")
    return sorted(out)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    wanted = pages()
    if not parser.parse_args().check:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    problems = stale(wanted)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("Run `make docs`; remove pages that no entry stands for.", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
