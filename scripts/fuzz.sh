#!/bin/sh
# Runs every fuzz target of the module for the given time, one after another.
# Minimizing an interesting input may take a second: with Go's default of a minute,
# fuzzing saved reports, which are large, would do nothing else.
set -eu
go=${GO:-go}
time=${1:-10s}

for package in $($go list ./...); do
	for target in $($go test -tags nosdk -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		$go test -tags nosdk -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "$package"
	done
done
