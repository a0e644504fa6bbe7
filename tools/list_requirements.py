"""Prints the requirements that pyproject.toml names, one per line, so that no other file repeats them.

Example: ``python tools/list_requirements.py build runtime usd dev test | pip install -r /dev/stdin``
"""

import sys
import tomllib
from pathlib import Path


def main(names: list[str]) -> None:
    document = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    project = document["project"]
    known: dict[str, list[str]] = {
        "build": document["build-system"]["requires"],
        "runtime": project["dependencies"],
        **project["optional-dependencies"],
        **document["dependency-groups"],
    }
    for name in names:
        if name not in known:
            raise SystemExit(f"pyproject.toml has no requirements '{name}'; there are {', '.join(sorted(known))}")
        print("\n".join(known[name]))


if __name__ == "__main__":
    main(sys.argv[1:])
