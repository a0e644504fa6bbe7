# SPDX-License-Identifier: Apache-2.0
"""The floor: what opening a stage, reading all arrays and exporting costs with `usd-core` alone.

Nothing that optimizes a scene can be faster than this, so ratios against it say how much time
the optimizing itself takes. One JSON document on stdout:

    $ python benches/floor.py scene.usdc --out /tmp/floor.usdc
    {"tool": "floor", "seconds": 1.9, "open_seconds": 0.4, ..., "peak_rss_bytes": 160000000}

Run it in a fresh process each time: `usd-core` shares a layer that is opened twice.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from process_memory import peak_rss_bytes


@dataclass(frozen=True)
class ArraysRead:
    """How many array values a stage holds, and their bytes where they have a plain layout."""

    count: int
    byte_count: int


@dataclass(frozen=True)
class FloorResult:
    """One run of the floor. `seconds` spans import to export; the parts leave out the import."""

    tool: str
    seconds: float
    import_seconds: float
    open_seconds: float
    read_seconds: float
    export_seconds: float
    peak_rss_bytes: int
    array_count: int
    array_bytes: int


def read_arrays(stage) -> ArraysRead:
    """Reads each array of each prim (prototypes too), at the default time and at every sample.

    Crate files map arrays lazily, so the bytes are summed once: a value that was only fetched
    has not been read.
    """
    from pxr import Usd

    count = byte_count = 0
    roots = [stage.GetPseudoRoot(), *stage.GetPrototypes()]
    for root in roots:
        for prim in Usd.PrimRange(root, Usd.PrimAllPrimsPredicate):
            for attribute in prim.GetAuthoredAttributes():
                if not attribute.GetTypeName().isArray:
                    continue
                for when in (Usd.TimeCode.Default(), *attribute.GetTimeSamples()):
                    value = attribute.Get(when)
                    if value is None:
                        continue
                    count += 1
                    byte_count += touch(value)
    return ArraysRead(count, byte_count)


def touch(value) -> int:
    """Reads every byte of an array that offers its memory; walks the others (strings, tokens)."""
    try:
        view = memoryview(value)
    except (TypeError, BufferError):
        return sum(len(str(item)) for item in value)
    if view.nbytes:
        zlib.adler32(view)
    return view.nbytes


def run_floor(scene: Path, out: Path) -> FloorResult:
    """Times open, read and export of `scene`; writes the root layer to `out`."""
    begin = time.perf_counter()
    from pxr import Usd

    imported = time.perf_counter()
    stage = Usd.Stage.Open(str(scene))
    opened = time.perf_counter()
    arrays = read_arrays(stage)
    read = time.perf_counter()
    if not stage.GetRootLayer().Export(str(out)):
        raise OSError(f"{out}: the root layer could not be exported there")
    exported = time.perf_counter()
    return FloorResult(
        tool="floor",
        seconds=exported - begin,
        import_seconds=imported - begin,
        open_seconds=opened - imported,
        read_seconds=read - opened,
        export_seconds=exported - read,
        peak_rss_bytes=peak_rss_bytes(),
        array_count=arrays.count,
        array_bytes=arrays.byte_count,
    )


def main() -> int:
    """Command line: SCENE [--out FILE]. Without `--out` the export goes to a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = arguments.out or Path(folder, "floor").with_suffix(arguments.scene.suffix)
        print(json.dumps(asdict(run_floor(arguments.scene, out))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
