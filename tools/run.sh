#!/bin/sh
# tools/run.sh MODULE TOOL [ARGUMENT ...] runs a tool at the version that
# tools/MODULE/go.mod has. Each is built as the programs of this repository are,
# so that Go's library is compiled once for all, and kept in bin/tools.
# `tools/run.sh MODULE -fetch` only fetches the sources.
set -eu
module=$(cd "$(dirname "$0")/$1" && pwd)
name=$2
shift 2
go=${GO:-go}
if [ "$name" = -fetch ]; then
	exec "$go" -C "$module" list -deps tool >/dev/null
fi
bin=$module/../../bin/tools
env -u GOOS -u GOARCH CGO_ENABLED=0 GOFLAGS=-trimpath "$go" -C "$module" build -o "$bin/" \
	"$("$go" -C "$module" list -f '{{.ImportPath}}' tool | grep -E "(^|/)$name(/v[0-9]+)?\$")"
exec "$bin/$name" "$@"
