#!/usr/bin/env bash
# Builds one binary. The same source, version and Go give the same bytes in
# every directory and on every machine, which is why a release's checksums can
# be part of the commit that it is built from.
#
#   action/build.sh VERSION GOOS GOARCH FILE
set -euo pipefail
version=$1 system=$2 machine=$3 out=$4

case $out in
/* | [A-Za-z]:*) ;;
*) out=$PWD/$out ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What a machine is set to must not show: an empty GOFLAGS would be looked up in
# the file of go env, and so it repeats a flag.
export GOOS=$system GOARCH=$machine CGO_ENABLED=0
export GOFLAGS=-trimpath GOWORK=off GOAMD64=v1 GOARM64=v8.0 GOFIPS140=off
unset GOEXPERIMENT

go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.release=$version" -o "$out" ./cmd/git-anchor
