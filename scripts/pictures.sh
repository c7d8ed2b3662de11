#!/bin/sh
# Draws the pictures of README.md: a report in a terminal, and the HTML report
# in Chromium, both of the lab's scenario endpoint-blocked. The arguments are
# the lab's program and ssmcheck.
set -eu
lab=$1 ssmcheck=$2 scenario=endpoint-blocked out=docs/pictures
command -v chromium >/dev/null || { echo "SKIP: chromium is missing; no picture of the HTML report" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p $out

# The scenario is broken on purpose: ssmcheck ends with 1.
status=0
"$lab" run $scenario -- "$ssmcheck" --region us-east-2 --color always >"$work/report" || status=$?
[ "$status" = 1 ] || { echo "$scenario: exit status $status, want 1" >&2; exit 1; }
{ printf '$ ./ssmcheck\n'; cat "$work/report"; } | go run ./internal/picture >$out/terminal.svg

status=0
"$lab" run $scenario -- "$ssmcheck" --region us-east-2 -o html >"$work/report.html" || status=$?
[ "$status" = 1 ]
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
	--disable-component-update --disable-sync --host-resolver-rules='MAP * ~NOTFOUND' --hide-scrollbars \
	--user-data-dir="$work/profile" --window-size=1120,1560 \
	--screenshot=$out/report.png "file://$work/report.html" 2>/dev/null
