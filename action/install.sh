#!/usr/bin/env bash
# Puts the program where the action's other steps find it: the release that this
# very commit has the checksum of, else built from the source beside this file.
#
# Reads VERSION and checksums.txt of the action's directory, RUNNER_TEMP,
# RUNNER_OS and RUNNER_ARCH. Writes the step outputs bin and sha256.
set -euo pipefail

releases=https://github.com/openllmo/git-anchor/releases/download
largest=$((128 * 1024 * 1024)) # of a binary, in bytes

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=$(cat "$here/VERSION")
temp=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
temp=$(mktemp -d "${temp//\\//}/git-anchor.XXXXXX") # nobody else's file is in it

fail() {
	printf '::error title=git-anchor::%s\n' "$*"
	rm -rf "$temp"
	exit 1
}

# sha256 FILE prints it in hex. macOS has no sha256sum.
sha256() {
	local sum
	sum=$( (sha256sum || shasum -a 256) <"$1" 2>/dev/null)
	printf '%s' "${sum%% *}"
}

# platform sets system, machine and exe as Go and our releases call them.
platform() {
	exe=
	case ${RUNNER_OS:-$(uname -s)} in
	Linux) system=linux ;;
	macOS | Darwin) system=darwin ;;
	Windows | MINGW* | MSYS*) system=windows exe=.exe ;;
	*) fail "there is no git-anchor for the system ${RUNNER_OS:-$(uname -s)}" ;;
	esac
	case ${RUNNER_ARCH:-$(uname -m)} in
	X64 | x86_64 | amd64) machine=amd64 ;;
	ARM64 | aarch64 | arm64) machine=arm64 ;;
	*) fail "there is no git-anchor for the processor ${RUNNER_ARCH:-$(uname -m)}" ;;
	esac
}

# listed ASSET prints its checksum in this commit, or nothing.
listed() {
	[ -f "$here/checksums.txt" ] || return 0
	awk -v name="$1" '$2 == name { print $1 }' "$here/checksums.txt"
}

# download ASSET SHA256 to $bin. A failure to get it leaves the way through the
# source, which gives the same bytes; other bytes than promised end everything.
download() {
	printf 'git-anchor %s: release binary for %s/%s\n' "$version" "$system" "$machine"
	if ! curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 3 \
		--max-time 300 --max-filesize "$largest" --output "$bin" "$releases/v$version/$1"; then
		printf 'it could not be downloaded\n'
		return 1
	fi
	local got
	got=$(sha256 "$bin")
	[ "$got" = "$2" ] || fail "$1 has the SHA-256 $got, and checksums.txt promises $2: it was not run. Report this."
}

build() {
	command -v go >/dev/null || fail "no release binary for $system/$machine is to be had for this commit, and there is no Go to build one: pin a release, or put actions/setup-go before this step."
	local name=$version
	[ -f "$here/checksums.txt" ] || name=$version-devel
	printf 'git-anchor %s: building from source for %s/%s with %s\n' "$name" "$system" "$machine" "$(cd "$here" && go env GOVERSION)"
	bash "$here/action/build.sh" "$name" "$system" "$machine" "$bin" || fail 'the build ended with an error, see above'
}

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "VERSION is no version: $version"
platform
bin=$temp/git-anchor$exe
asset=git-anchor_${version}_${system}_$machine$exe
sum=$(listed "$asset")
if [ -z "$sum" ]; then
	build
elif [[ ! $sum =~ ^[0-9a-f]{64}$ ]]; then
	fail "checksums.txt has no single SHA-256 for $asset"
else
	download "$asset" "$sum" || build
fi
sum=$(sha256 "$bin")
[ -n "$sum" ] || fail 'this machine has neither sha256sum nor shasum'
chmod 0755 "$bin"
printf 'bin=%s\nsha256=%s\n' "$bin" "$sum" >>"$GITHUB_OUTPUT"
