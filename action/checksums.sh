#!/usr/bin/env bash
# Builds what a release consists of, the binaries and the verifier pages, and
# prints the checksums.
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
export LC_ALL=C # the order of names
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

list() {
	local sum
	sum=$( (sha256sum || shasum -a 256) <"$1" 2>/dev/null)
	printf '%s  %s\n' "${sum%% *}" "$1"
}

for system in darwin linux windows; do
	for machine in amd64 arm64; do
		asset=git-anchor_${version}_${system}_${machine}
		[ "$system" != windows ] || asset=$asset.exe
		"$here/action/build.sh" "$version" "$system" "$machine" "$asset" >&2
		list "$asset"
	done
done

"$here/action/pages.sh" . >&2
for page in verify*.html; do
	list "$page"
done
