#!/bin/sh
# go test, as internal/gotest tells it: what failed and what was skipped. It is
# built for this machine as `make` builds, whatever the tests are built with.
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
