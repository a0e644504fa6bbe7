# SPDX-License-Identifier: Apache-2.0
"""The whole proof of one result, in fresh processes as a run makes it.

$ python benches/prove.py plant.usdc tuned/plant.usdc tuned/plant.pathmap.jsonl
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from usdtune.workflow.fresh_look import FreshLook
from usdtune.workflow.options import StageView
from usdtune.workflow.supervise import Child


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("pathmap", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.0, help="stage units")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        FreshLook(Child, arguments.scene.absolute(), StageView().to_json(), arguments.result.name) as fresh,
    ):
        pictures = Path(folder) / "proof"
        seen = fresh.look(arguments.result.absolute(), arguments.pathmap, arguments.tolerance, 0, pictures)
    if seen.shown is None:
        raise SystemExit(f"{arguments.result} is not the same scene; there is nothing to measure.")
    print(json.dumps({"agrees": seen.witness["agrees"], "views": len(seen.shown["pictures"]["views"])}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
