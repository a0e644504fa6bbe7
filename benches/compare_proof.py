# SPDX-License-Identifier: Apache-2.0
"""The proof of a chain's result against the floor: `prove.py` in turns with `floor.py`.

    $ python benches/compare_proof.py plant.usdc --runs 3

The chain is that of `compare_chain.py`; it runs once, and its time does not count.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from compare_chain import BENCHES, print_columns
from fresh_process import run_fresh


def main() -> int:
    """Command line: see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--stack", type=Path, default=BENCHES / "stacks" / "exact_chain.json")
    parser.add_argument("--python", default=sys.executable, help="interpreter with usd-core and usdtune (this one)")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one process")
    arguments = parser.parse_args()
    scene = str(arguments.scene)
    floors, proofs = [], []
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.usdc"
        chain = [arguments.python, "-m", "usdtune", "stack", str(arguments.stack), scene, "-o", str(result)]
        subprocess.run(chain, check=True, stdout=subprocess.DEVNULL)
        pathmap = result.with_name("result.pathmap.jsonl")
        for number in range(arguments.runs):
            floor = [arguments.python, str(BENCHES / "floor.py"), scene, "--out", str(Path(folder) / "floor.usdc")]
            prove = [arguments.python, str(BENCHES / "prove.py"), scene, str(result), str(pathmap)]
            floors.append(run_fresh(floor, arguments.timeout).wall_seconds)
            proofs.append(run_fresh(prove, arguments.timeout).wall_seconds)
            print(f"round {number + 1}/{arguments.runs}", file=sys.stderr)
    rows = [["", "wall s", "of the floor"], ["floor", f"{min(floors):.2f}", "1.00"]]
    rows.append(["proof", f"{min(proofs):.2f}", f"{min(proofs) / min(floors):.2f}"])
    print_columns(rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
