#!/usr/bin/env bash
# Configures preset $1 for the interpreter $2, if that has not been done with these very settings already.
set -euo pipefail

preset="$1"
python="$(realpath -s "$2")"
folder="build/$preset"
settings="$python werror=${USDTUNE_WERROR:-OFF} $(cksum < CMakePresets.json)"

[ "$(cat "$folder/.configured" 2> /dev/null || true)" != "$settings" ] || exit 0
# What CMake remembers of one Python's headers and nanobind would end up in the module of another.
fresh=()
grep -qsF "=$python" "$folder/CMakeCache.txt" || fresh=(--fresh)
cmake "${fresh[@]}" --no-warn-unused-cli --preset "$preset" -DPython_EXECUTABLE="$python"
echo "$settings" > "$folder/.configured"
