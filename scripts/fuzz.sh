#!/bin/sh
# Runs every fuzz target of the module for the time given, one after another.
set -eu
go=${GO:-go}
time=${1:-10s}

for package in $($go list ./...); do
	for target in $($go test -tags nosdk -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		$go test -tags nosdk -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done
