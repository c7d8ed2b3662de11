#!/bin/sh
# Asks DuckDB the questions of deploy/analysis, and wants the answers of ssmcheck
# fleet. The test is a module of its own, so that the program's go.mod has no
# DuckDB, which needs cgo and a C++ library to link with. `-fetch` only fetches and
# builds it, so that a later run needs no network.
set -eu
go=${GO:-go}
in=deploy/analysis/duckdb
# For this machine, whatever else is built here.
duckdb() { env -u GOOS -u GOARCH CGO_ENABLED=1 "$@"; }
built() { duckdb "$go" test -C $in -trimpath -vet=off -c -o /dev/null .; }

if [ "${1:-}" = -fetch ]; then
	echo "$in: DuckDB"
	built
	exit
fi
if ! why=$(built 2>&1); then
	echo "SKIP: DuckDB cannot be built here; deploy/analysis was not tested: $why" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
fi
GOTEST_IN=$in duckdb ./scripts/gotest.sh -trimpath -count=1 .
