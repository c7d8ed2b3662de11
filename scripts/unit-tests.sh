#!/bin/sh
# Runs every test but those of internal/e2e, internal/bench and internal/wine: with
# `race` those that use the race detector, with `plain` the others, otherwise both.
# The race detector needs cgo and a C compiler; without them the tests run without
# it, and this says so.
set -eu
go=${GO:-go}

# Only packages that start goroutines are tested for races. The others are compiled
# like the program, without cgo and with trimmed paths, so that vet, these tests and
# `make build` compile each package once. Tests of the lab mostly wait, so more
# packages run at once than there are processors. `make vet` has vetted them all.
concurrent='./cmd/ssmcheck ./pkg/probe/... ./internal/lab/... ./pkg/fleet'
gotest() { ./scripts/gotest.sh -vet=off -p 4 -timeout 45m "$@"; }
plain() { CGO_ENABLED=0 gotest -trimpath "$@"; }

# These tests judge or fix one report after another, in a single goroutine. And
# TestThousandInterruptedRuns makes fewer runs under the race detector.
single='TestDiagnoseAgain|TestFixHostile'

case ${1:-all} in race | all)
	if CGO_ENABLED=1 $go build -race -o /dev/null ./pkg/endpoint 2>/dev/null; then
		CGO_ENABLED=1 gotest -race -tags nosdk -skip "^($single)\$" $concurrent
		plain -run "^(TestThousandInterruptedRuns|$single)\$" ./cmd/ssmcheck
	else
		echo "SKIP: the race detector needs cgo and a C compiler; the tests run without it" >&2
		[ "${CI:-}" != true ] || exit 1
		plain $concurrent
	fi
	;;
esac
case ${1:-all} in plain | all)
	# shellcheck disable=SC2046,SC2086 # lists of words
	plain $($go list ./... | grep -vxF "$($go list $concurrent)" | grep -Ev '/internal/(e2e|bench|wine)$')
	;;
esac
