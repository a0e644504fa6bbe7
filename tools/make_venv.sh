#!/usr/bin/env bash
# Makes the virtual environment given as the first argument with the newest CPython that fits (3.12, then 3.11),
# or with the one that $PYTHON names, and gives it the requirement groups named after it.
# Usage: make_venv.sh .venv build runtime usd dev test
set -euo pipefail

venv="$1"
shift
root="$(cd "$(dirname "$0")/.." && pwd)"

# Prints what keeps an interpreter from being used; nothing when it fits.
obstacle() {
    "$1" - << 'CHECK' 2> /dev/null || echo "does not run"
import importlib.util
import os
import sys
import sysconfig

if sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info[:2] <= (3, 12):
    print("is not CPython 3.11 or 3.12")
elif not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("has no headers")
elif not importlib.util.find_spec("ensurepip"):
    print("has no ensurepip")
CHECK
}

choose() {
    local candidate
    for candidate in ${PYTHON:-python3.12 python3.11 python3 /usr/bin/python3}; do
        if command -v "$candidate" > /dev/null && [ -z "$(obstacle "$candidate")" ]; then
            echo "$candidate"
            return
        fi
    done
}

if [ ! -x "$venv/bin/python" ]; then
    python="$(choose)"
    if [ -z "$python" ] && [ -z "${PYTHON:-}" ]; then
        "$root/tools/install_system_packages.sh" python
        python="$(choose)"
    fi
    if [ -z "$python" ]; then
        echo "No CPython 3.11 or 3.12 with headers and ensurepip was found; name one with PYTHON=/path/to/python3" >&2
        exit 1
    fi
    "$python" -m venv "$venv"
fi

"$venv/bin/python" "$root/tools/list_requirements.py" "$@" > "$venv/requirements.txt"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$venv/requirements.txt"

# An editable install without a build: CMake puts the module beside the package, and these two make it known.
# PYTHONPATH still wins, so another checkout can borrow this environment; it stays its maker's.
site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
[ -e "$site/usdtune-checkout.pth" ] || echo "$root/python" > "$site/usdtune-checkout.pth"
cat > "$venv/bin/usdtune" << COMMAND
#!$(cd "$venv" && pwd)/bin/python
import sys

from usdtune.cli.main import main

sys.exit(main())
COMMAND
chmod +x "$venv/bin/usdtune"
