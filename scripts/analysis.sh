#!/bin/sh
# Runs the queries of deploy/analysis in DuckDB and compares the results with
# ssmcheck fleet. The test is a module of its own, to keep DuckDB, which needs cgo
# and a C++ library, out of the program's go.mod. `-fetch` only fetches and builds
# it, so that a later run needs no network.
set -eu
go=${GO:-go}
in=deploy/analysis/duckdb
# Always for this machine, whatever GOOS says.
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
