#!/usr/bin/env bash
# Drops ctest's two lines per passed test and keeps the rest: failures, their output and the closing lines.
# The whole log is beside it in build/logs.
exec grep --line-buffered -vE '^ *Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test +#[0-9]+: .* Passed '
