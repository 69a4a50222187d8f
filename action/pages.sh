#!/usr/bin/env bash
# Writes the empty verifier pages into a directory, as a release has them: in
# each language verify.html and verify-online.html, in those but English as
# verify-de.html and so on. The same source gives the same bytes everywhere.
#
#   action/pages.sh DIRECTORY
set -euo pipefail
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

GOOS='' GOARCH='' go build -trimpath -buildvcs=false -o "$scratch/git-anchor" ./cmd/git-anchor
for lang in en de fr es it uk; do
	ending=-$lang.html
	[ "$lang" != en ] || ending=.html
	rm -f "$out/verify$ending" "$out/verify-online$ending"
	"$scratch/git-anchor" certificate --verifier --lang "$lang" --out "$out/verify$ending"
	"$scratch/git-anchor" certificate --verifier --online --lang "$lang" --out "$out/verify-online$ending"
done
