#!/bin/sh
# Runs golangci-lint, and deadcode for functions that no program of this module
# reaches, only tests. `make tools` has fetched both, so this needs no network.
set -eu
lint() { GO=${GO:-go} ./tools/run.sh golangci-lint golangci-lint "$@"; }
deadcode() { GO=${GO:-go} ./tools/run.sh small deadcode "$@"; }

if ! { lint version && deadcode -h 2>&1; } >/dev/null 2>&1; then
	echo "SKIP: golangci-lint and deadcode cannot be fetched; the sources were not checked by them" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
fi

lint run ./...

# Functions that no program reaches on Linux, each with the reason to keep it.
expected='
internal/lab/mapped.go:Mapped tests run the lab in their own process
internal/lab/metadata.go:Secrets tests search every report for them
internal/lab/proxysecret.go:ProxySecrets tests search every output for them
internal/lab/scenario.go:Scenario.Healthy for tests
internal/lab/netns/engines_linux.go:Missing for tests
internal/lab/want.go:AboutTime for tests
internal/lab/want.go:Want.OnlySlow for tests
pkg/probe/signed/credentials.go:Keys.String fmt calls it, so that no key is printed
pkg/probe/signed/credentials.go:Keys.GoString fmt calls it
pkg/fix/fix.go:Kinds for programs that import the package
pkg/diagnose/finding_actions.go:Actions for programs that import the package
'
found=$(deadcode -f '{{range .Funcs}}{{.Position.File}}:{{.Name}}{{println}}{{end}}' ./cmd/...)
found=$(echo "$found" | sed '/^$/d')
[ -n "$found" ] || { echo "deadcode found nothing, not even what is expected" >&2; exit 1; }
named=$(echo "$expected" | awk 'NF { print $1 }')
wrong=0
for f in $found; do
	echo "$named" | grep -qxF "$f" || { echo "$f is reached by no program: remove it, or say in scripts/lint.sh whom it is for"; wrong=1; }
done
for f in $named; do
	echo "$found" | grep -qxF "$f" || { echo "$f is reached, or gone: take it off the list in scripts/lint.sh"; wrong=1; }
done
exit $wrong
