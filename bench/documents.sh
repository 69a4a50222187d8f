#!/usr/bin/env bash
# Stamp, upgrade, verify and list N documents of one repository against a local
# calendar and chain. Prints the times and what the network saw.
# usage: bench/documents.sh [N]      (default 1000)
set -euo pipefail
n=${1:-1000}
. "$(dirname "${BASH_SOURCE[0]}")/devnet.sh"
mkdir -p "$dir/repo/evidence"
cd "$dir/repo"
git init -q
for i in $(seq "$n"); do echo "{\"n\": $i}" >"evidence/$i.json"; done
git add . && git commit -q -m 'Documents'
for c in alice bob; do git config --add anchor.calendar "$url/calendar/$c"; done
git config anchor.explorer "$url/esplora"
TIMEFORMAT='%3R s wall, %3U s user, %3S s sys'
echo "stamp $n:"
time git-anchor --network regtest --calendar "$url/pool/a" --calendar "$url/pool/b" -q evidence/*.json >/dev/null
git add . && git commit -q -m 'Proofs'
curl -s -X POST "$url/mine?n=6" >/dev/null
echo "upgrade $n:"
time git-anchor upgrade --network regtest -q >/dev/null
git commit -q -a -m 'Upgrade'
echo "verify $n:"
time git-anchor verify --network regtest -q >/dev/null
echo "requests:"
curl -s "$url/requests" | tr '{' '\n' | sed -n 's/.*"method":"\([A-Z]*\)","path":"\([^"]*\)".*/\1 \2/p' | sed 's#/[0-9a-f]\{32,\}#/…#' | sort | uniq -c
