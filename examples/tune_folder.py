"""Tunes every USD file of a folder, as a nightly job would: gates answered beforehand, one line per scene.

$ python examples/tune_folder.py scenes/ tuned/
"""

import sys
from pathlib import Path

import usdtune
from usdtune.workflow.stops import Stop


def main(folder: Path, out: Path) -> int:
    worst = 0
    for scene in sorted(path for path in folder.iterdir() if path.suffix in {".usd", ".usda", ".usdc", ".usdz"}):
        try:
            done = usdtune.run(scene, out / scene.stem, approve={"restructure": "optimize-as-is"}, overwrite=True)
        except Stop as stop:  # an open question, a scene that does not open, a result that was kept back: a sentence
            print(f"{scene.name}: {stop}")
            worst = max(worst, stop.exit_code)
            continue
        print(f"{scene.name}: {done.verdict}, {done.result or 'nothing to do'}; report {done.report_html}")
    return worst


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
