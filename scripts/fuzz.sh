#!/bin/sh
# Runs libFuzzer targets one after the other: scripts/fuzz.sh [SECONDS] [TARGET...]
set -eu
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
for target; do
    found=build/fuzz/found/$target
    mkdir -p "$found"
    echo "== $target, $seconds s"
    build/fuzz/tests/fuzz_$target -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$found/crash-" \
        "$found" "tests/fuzz/corpus/$target" 2>&1 | tail -n 12
done
