#!/bin/sh
# sbom.sh PROGRAM DOCUMENT VERSION TIME writes what is linked into a program, Go's
# library too, as CycloneDX has it. The sums of the tool's own program, which
# another machine builds otherwise, are taken out. GoReleaser runs it in dist.
set -eu
top=$(dirname "$0")/..
raw=$2.raw
trap 'rm -f "$raw"' EXIT
"$top/tools/run.sh" small cyclonedx-gomod bin -json -std -noserial -notimestamp -version "$3" -output "$raw" "$1"
jq --arg time "$4" '.metadata.timestamp = $time | del(.metadata.tools[].hashes)' "$raw" >"$2"
