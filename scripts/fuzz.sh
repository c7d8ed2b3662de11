#!/bin/sh
# Runs every fuzz target of the module for the time given, one after another.
# Of that time an input that is of use may take a second to be made smaller: Go's
# minute for each leaves none for a saved report, which has many bytes.
set -eu
go=${GO:-go}
time=${1:-10s}

for package in $($go list ./...); do
	for target in $($go test -tags nosdk -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		$go test -tags nosdk -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "$package"
	done
done
