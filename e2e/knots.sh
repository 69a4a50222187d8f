#!/usr/bin/env bash
# Runs TestBitcoind against a real bitcoind: Debian's bitcoin-knots from
# trixie-backports, unpacked into a scratch directory with the libraries it
# needs and started by its own dynamic loader, so that nothing is installed and
# older systems will do. apt verifies what it fetches, about 40 MB.
#
# Where it cannot be had (no apt, no network, another architecture) the script
# says so and succeeds. GIT_ANCHOR_BITCOIND names a bitcoind to use instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

absent() {
	printf 'no bitcoind can be had, so no real one was tried: %s\n' "$1"
	exit 0
}

# fetch unpacks the package and all that it depends on under $scratch/root.
fetch() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg suite deb
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || absent 'this is no Debian'
	[ -r "$keyring" ] || absent "$keyring is missing (debian-archive-keyring)"
	mkdir -p "$scratch"/{etc/empty,state/lists/partial,cache/archives/partial,root}
	: >"$scratch/state/status"
	for suite in trixie-backports trixie; do
		printf 'deb [signed-by=%s] http://deb.debian.org/debian %s main\n' "$keyring" "$suite"
	done >"$scratch/etc/sources.list"
	cat >"$scratch/etc/apt.conf" <<-END
		Dir::State "$scratch/state";
		Dir::State::status "$scratch/state/status";
		Dir::Cache "$scratch/cache";
		Dir::Etc::sourcelist "$scratch/etc/sources.list";
		Dir::Etc::sourceparts "$scratch/etc/empty";
		Dir::Etc::preferences "$scratch/etc/none";
		Dir::Etc::preferencesparts "$scratch/etc/empty";
		APT::Sandbox::User "";
		APT::Default-Release "";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::Languages "none";
	END
	export APT_CONFIG="$scratch/etc/apt.conf"
	apt-get -qq update || absent 'apt-get update failed'
	apt-get -qq -y install --download-only --no-install-recommends -t trixie-backports bitcoin-knots ||
		absent 'the package bitcoin-knots or what it needs could not be fetched'
	for deb in "$scratch"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$scratch/root"
	done
	unset APT_CONFIG
}

# start_script writes the program that stands for bitcoind.
start_script() {
	local root=$scratch/root loader libraries
	loader=$(find "$root/usr" -name 'ld-linux*.so.*' | head -n 1)
	libraries=$(dirname "$(find "$root/usr/lib" -name 'libc.so.6' | head -n 1)")
	[ -n "$loader" ] && [ -x "$root/usr/bin/bitcoind" ] || absent 'its packages hold no bitcoind or no loader'
	printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries" "$root/usr/bin/bitcoind" >"$scratch/bitcoind"
	chmod +x "$scratch/bitcoind"
	"$scratch/bitcoind" --version >"$scratch/version" 2>&1 || absent "it does not run here: $(head -c 300 "$scratch/version")"
	head -n 1 "$scratch/version"
	export GIT_ANCHOR_BITCOIND=$scratch/bitcoind
}

if [ -z "${GIT_ANCHOR_BITCOIND:-}" ]; then
	fetch
	start_script
fi
go test -count=1 -run '^TestBitcoind$' -v .
