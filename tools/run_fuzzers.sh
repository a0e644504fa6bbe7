#!/usr/bin/env bash
# Runs every fuzzer below the folder $1 for $2 seconds. New inputs go to build/fuzz/corpus, never into fuzz/corpus:
# seeds are chosen by people. A crashing input is left in build/fuzz/artifacts, the whole output in build/fuzz/logs.
set -euo pipefail

programs="$1"
seconds="$2"
mkdir -p build/fuzz/artifacts build/fuzz/logs
export ASAN_SYMBOLIZER_PATH="${ASAN_SYMBOLIZER_PATH:-$(command -v llvm-symbolizer-16 || true)}"

failed=0
found=0
for program in "$programs"/*_fuzz; do
    [ -x "$program" ] || continue
    found=$((found + 1))
    topic="$(basename "$program" _fuzz)"
    log="build/fuzz/logs/$topic.txt"
    folders=("build/fuzz/corpus/$topic")
    mkdir -p "${folders[0]}"
    if [ -d "fuzz/corpus/$topic" ]; then folders+=("fuzz/corpus/$topic"); fi
    if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/artifacts/$topic-" "${folders[@]}" > "$log" 2>&1; then
        echo "$topic: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s"
    else
        failed=$((failed + 1))
        echo "$topic: FAILED, $log ends with"
        tail -n 40 "$log"
    fi
done
echo "$found fuzzers, $failed failed"
[ "$failed" = 0 ]
