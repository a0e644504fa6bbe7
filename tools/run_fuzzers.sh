#!/usr/bin/env bash
# Runs every fuzzer below the folder $1 for $2 seconds. New inputs go to build/fuzz/corpus, never into fuzz/corpus:
# seeds are chosen by people. A crashing input is left in build/fuzz/artifacts.
set -euo pipefail

programs="$1"
seconds="$2"
mkdir -p build/fuzz/artifacts

for program in "$programs"/*_fuzz; do
    [ -x "$program" ] || { echo "no fuzzers below $programs"; exit 0; }
    topic="$(basename "$program" _fuzz)"
    mkdir -p "build/fuzz/corpus/$topic"
    folders=("build/fuzz/corpus/$topic")
    if [ -d "fuzz/corpus/$topic" ]; then folders+=("fuzz/corpus/$topic"); fi
    echo "== $topic, $seconds s"
    "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz/artifacts/$topic-" "${folders[@]}"
done
