"""Looks first, then writes, then asks an independent comparison: one operation from Python.

$ python examples/share_repeated_parts.py plant.usdc shared.usdc
"""

import sys

import usdtune


def main(scene: str, result: str) -> int:
    looked = usdtune.op("deduplicateGeometry", scene, arguments={"tolerance": 0.0})
    if not looked.changed:
        print(f"{scene}: nothing in it repeats.")
        return 0
    done = usdtune.op("deduplicateGeometry", scene, result, arguments={"tolerance": 0.0}, verify=True)
    before, after = done.before["mesh_count"], done.after["mesh_count"]
    print(f"{done.result}: {before} meshes became {after}, the rest instances")
    print(f"surface: {done.label}")
    same = usdtune.diff(scene, result)
    print("draws the same" if same else f"{same.difference_count} differences, first: {same.differences[0]['message']}")
    return 0 if same else 5


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
