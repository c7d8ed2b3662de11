#!/bin/sh
# sbom.sh PROGRAM DOCUMENT VERSION TIME writes the CycloneDX SBOM of a program,
# including Go's library. It removes the checksums of the tool's own binary, which
# differ between machines. GoReleaser runs it in dist.
set -eu
top=$(dirname "$0")/..
raw=$2.raw
trap 'rm -f "$raw"' EXIT
"$top/tools/run.sh" small cyclonedx-gomod bin -json -std -noserial -notimestamp -version "$3" -output "$raw" "$1"
jq --arg time "$4" '.metadata.timestamp = $time | del(.metadata.tools[].hashes)' "$raw" >"$2"
