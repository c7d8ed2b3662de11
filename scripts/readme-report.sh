#!/bin/sh
# Puts the report of the scenario endpoint-blocked between the marks of
# README.md. The argument is the lab's program.
set -eu
lab=$1
scenario=endpoint-blocked

report=$(mktemp)
trap 'rm -f "$report" "$report.md"' EXIT
status=0
"$lab" run --mapped $scenario >"$report" 2>/dev/null || status=$?
# The scenario is broken on purpose: ssmcheck ends with 1.
[ "$status" = 1 ] || { echo "ssmlab run --mapped $scenario: exit status $status, want 1" >&2; exit 1; }

awk -v report="$report" '
	/<!-- report:end -->/ { print "```"; inside = 0 }
	!inside { print }
	/<!-- report:begin -->/ {
		inside = 1
		print "```text"
		while ((getline line < report) > 0) print line
	}
' README.md >"$report.md"
cat "$report.md" >README.md
