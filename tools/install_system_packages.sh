#!/usr/bin/env bash
# Installs the Debian packages that a build needs and does nothing when they are there, so that it works offline.
# Usage: install_system_packages.sh [core] [fuzz] [bench] [browser] [python]
set -euo pipefail

packages=()
for group in "${@:-core}"; do
    case "$group" in
        core) packages+=(g++ cmake ninja-build ccache libtbb-dev libxxhash-dev liblz4-dev libeigen3-dev nlohmann-json3-dev
                         libembree-dev libosd-dev libopenexr-dev libpng-dev libjpeg-dev libgtest-dev libgmock-dev) ;;
        # 14, Debian's default, does not know all of C++20. llvm-16 holds what puts names to addresses.
        fuzz) packages+=(clang-16 libclang-rt-16-dev llvm-16) ;;
        browser) packages+=(chromium fonts-dejavu-core) ;;
        bench) packages+=(libbenchmark-dev) ;;
        # Debian's own CPython comes without headers and without venv.
        python) packages+=(python3 python3-venv python3-dev) ;;
        *) echo "no package group '$group'; there are core, fuzz, bench, browser and python" >&2; exit 2 ;;
    esac
done

if ! command -v dpkg-query > /dev/null; then
    echo "This is not Debian. Please install what corresponds to: ${packages[*]}" >&2
    for tool in c++ cmake ninja; do command -v "$tool" > /dev/null || exit 1; done
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" = 0 ]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
else
    printf 'Some system packages are missing, and installing them takes root. Please run:\n\n    sudo %s\n\n' "$install" >&2
    exit 1
fi
# A package list that is out of date names files which are gone; one that cannot be renewed may still do.
"${as_root[@]}" apt-get update -q || echo "apt-get update failed; trying with the lists at hand" >&2
"${as_root[@]}" $install -q
