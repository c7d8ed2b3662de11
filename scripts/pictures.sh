#!/bin/sh
# Regenerates the pictures in README.md: a recording of a run in a terminal, and the
# HTML report in Chromium. The arguments are the paths of ssmlab and ssmcheck. Needs
# root on Linux, to add the latency that makes the run slow enough to watch.
set -eu
lab=$1 ssmcheck=$2 out=docs/pictures
for program in script chromium; do
	command -v $program >/dev/null || { echo "SKIP: $program is missing; no pictures are drawn" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p $out

# The scenarios are broken, so ssmcheck ends with status 1.
expect1() { [ "$1" = 1 ] || { echo "$2: exit status $1, want 1" >&2; exit 1; }; }

scenario=dns-forwarder-missing status=0
"$lab" run --rtt 120ms $scenario -- script -q -e --log-out "$work/recording" --log-timing "$work/timing" \
	-c "stty cols 82 rows 50; TERM=xterm-256color LC_ALL=C.UTF-8 exec '$ssmcheck'" >/dev/null || status=$?
expect1 $status $scenario
go run ./internal/picture "$work/recording" "$work/timing" ./ssmcheck >"$work/terminal.svg"
mv "$work/terminal.svg" $out/terminal.svg

scenario=endpoint-blocked status=0
"$lab" run $scenario -- "$ssmcheck" --region us-east-2 -o html >"$work/report.html" || status=$?
expect1 $status $scenario
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
	--disable-component-update --disable-sync --host-resolver-rules='MAP * ~NOTFOUND' --hide-scrollbars \
	--user-data-dir="$work/profile" --window-size=1120,1560 \
	--screenshot=$out/report.png "file://$work/report.html" 2>/dev/null
