#!/usr/bin/env bash
# Read git's objects, in two repositories that are made for it: how long a cold
# git-anchor takes beside git cat-file, and what a scan of all blobs costs beside
# git cat-file piped into a SHA-256. Prints ratios, and counts that are the same
# on every machine. Needs python3, and openssl for a fast SHA-256.
# usage: bench/objects.sh [COMMITS [BLOBS]]      (default 100000 60)
set -euo pipefail
commits=${1:-100000} blobs=${2:-60} runs=40
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
go build -o "$dir/git-anchor" ./cmd/git-anchor
go test -c -o "$dir/objects.test" ./internal/gitrepo/objects
sha=(sha256sum)
command -v openssl >/dev/null && sha=(openssl dgst -sha256)

for kind in deltas big; do
  n=$commits
  [ $kind = deltas ] || n=$blobs
  git init -q -b main "$dir/$kind"
  python3 bench/objects.py $kind "$n" | git -C "$dir/$kind" fast-import --quiet --big-file-threshold=1m
done
git -C "$dir/deltas" repack -adfq --depth=50 --window=10
git -C "$dir/deltas" reset -q --hard
printf '%d commits, %s objects\n' "$commits" "$(git -C "$dir/deltas" count-objects -v | sed -n 's/^in-pack: //p')"

# ratio A B
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# The shortest of many runs, one of each after the other, in microseconds.
cd "$dir/deltas"
blob=$(git rev-parse "HEAD:$(git ls-files | sed -n 1p)")
cold=("git cat-file blob $blob" "git-anchor --version" "git-anchor status")
best=(999999999 999999999 999999999)
PATH="$dir:$PATH"
for _ in $(seq "$runs"); do
  for i in "${!cold[@]}"; do
    start=${EPOCHREALTIME/[.,]/}
    ${cold[i]} >/dev/null
    took=$((${EPOCHREALTIME/[.,]/} - start))
    [ "$took" -ge "${best[i]}" ] || best[i]=$took
  done
done
for i in "${!cold[@]}"; do
  printf '%-62s %6d µs, ratio %s\n' "${cold[i]}" "${best[i]}" "$(ratio "${best[i]}" "${best[0]}")"
done

# seconds COMMAND...: of all processors.
seconds() {
  local TIMEFORMAT='%3U %3S'
  { time "$@" >/dev/null; } 2>&1 | awk '{ print $1 + $2 }'
}
own() { GIT_ANCHOR_BENCH_OBJECTS="$1/.git/objects" "$dir/objects.test" -test.run '^$' -test.bench 'Scan$' -test.benchtime 1x; }
pipe() { git -C "$1" cat-file --batch-all-objects "${@:2}" --batch | "${sha[@]}"; }

for kind in deltas big; do
  own "$dir/$kind" | awk -v kind=$kind '/^BenchmarkScan/ { printf "%s:", kind; for (i = 5; i < NF; i += 2) printf " %d %s", $i, $(i+1); print "" }'
  ours=$(seconds own "$dir/$kind")
  for order in '' --unordered; do
    git=$(seconds pipe "$dir/$kind" $order)
    printf '%s: scan %.2f s of CPU; git cat-file %s | sha256 %.2f s; %s times\n' $kind "$ours" "$order" "$git" "$(ratio "$git" "$ours")"
  done
done
