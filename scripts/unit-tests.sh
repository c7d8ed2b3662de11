#!/bin/sh
# Every test but those of internal/e2e and internal/bench. The race detector needs cgo and a C
# compiler; without one the tests run without it, and this says so.
set -eu
go=${GO:-go}

packages=$($go list ./... | grep -Ev '/internal/(e2e|bench)')
race=-race
if ! CGO_ENABLED=1 $go build -race -o /dev/null ./pkg/endpoint 2>/dev/null; then
	echo "SKIP: the race detector needs cgo and a C compiler; the tests run without it" >&2
	[ "${CI:-}" != true ] || exit 1
	race=
fi
# The tests of the project build the program themselves and have no races to
# find; those that compare with the AWS SDK would compile its clients again.
# shellcheck disable=SC2086 # a list of words
${race:+env CGO_ENABLED=1} ./scripts/gotest.sh $race -tags nosdk -timeout 10m $(echo "$packages" | grep -v '/internal/project$')
# One of the former compiles everything anew, in a build cache of its own.
./scripts/gotest.sh -timeout 15m ./pkg/endpoint ./internal/project
# A thousand runs are fewer with the race detector; here they are a thousand.
./scripts/gotest.sh -timeout 10m -run '^TestThousandInterruptedRuns$' ./cmd/ssmcheck
