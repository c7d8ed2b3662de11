#!/bin/sh
# Runs go test through internal/gotest, which prints only failed and skipped tests.
# That program is built for this machine, whatever the tests are built for.
# GOTEST_IN is the directory of another module.
set -eu
go=${GO:-go}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
env -u GOOS -u GOARCH -u GOFLAGS CGO_ENABLED=0 $go build -trimpath -buildvcs=false -o "$dir/gotest" ./internal/gotest
code=0
cd "${GOTEST_IN:-.}"
"$dir/gotest" "$@" || code=$?
exit $code
