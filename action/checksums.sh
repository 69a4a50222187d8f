#!/usr/bin/env bash
# Builds the binaries of a release and prints their checksums.
#
#   action/checksums.sh DIRECTORY
#
# Before tagging, with the Go version that action/go-version names:
#
#   action/checksums.sh dist >checksums.txt
#   git add VERSION checksums.txt && git commit -m "Release $(cat VERSION)"
#
# The commit after the tagged one removes checksums.txt again: where there are
# none, the action builds from source. The release workflow builds all this once
# more and ends in red where a byte differs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$1"
cd "$1"

version=$(cat "$here/VERSION")
want=go$(cat "$here/action/go-version")
have=$(go env GOVERSION)
if [ "$have" != "$want" ]; then
	printf 'a release is built with %s, and this is %s: GOTOOLCHAIN=%s gets it\n' "$want" "$have" "$want" >&2
	exit 1
fi

for system in darwin linux windows; do
	for machine in amd64 arm64; do
		asset=git-anchor_${version}_${system}_${machine}
		[ "$system" != windows ] || asset=$asset.exe
		"$here/action/build.sh" "$version" "$system" "$machine" "$asset" >&2
		sum=$( (sha256sum || shasum -a 256) <"$asset" 2>/dev/null)
		printf '%s  %s\n' "${sum%% *}" "$asset"
	done
done
