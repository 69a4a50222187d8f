#!/usr/bin/env bash
# Parse and evaluate real proofs under 1 KB on one core: this module against the
# reference library (Debian: python3-opentimestamps), in one run.
# usage: GIT_ANCHOR_CORPUS=DIR bench/parse.sh
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GIT_ANCHOR_CORPUS:?set GIT_ANCHOR_CORPUS to the directory of real proofs}"
ours=$(go test -run '^$' -bench 'ParseCorpus/Parse$' -cpu 1 -benchtime 3s ./internal/ots |
  awk '/^Benchmark/ { for (i = 2; i <= NF; i++) if ($i == "proofs/s") print $(i-1) }')
reference=$(/usr/bin/python3 bench/parse.py "$GIT_ANCHOR_CORPUS")
printf 'this module        %8.0f proofs/s\nreference library  %8.0f proofs/s\nratio              %8.1f\n' \
  "$ours" "$reference" "$(awk -v a="$ours" -v b="$reference" 'BEGIN { print a / b }')"
