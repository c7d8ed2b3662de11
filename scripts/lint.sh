#!/bin/sh
# What vet does not see: staticcheck, as staticcheck.conf has it, and functions
# that no program of this module can reach, which only a test calls. `-fetch`
# only fetches and builds the two tools, so that a later run needs no network.
#
# The driver of the browser and the clients of the AWS SDK, of which tests alone
# make use, would be read whole for it: the tags leave them out.
set -eu
go=${GO:-go}

# Run and never linked, so they are not in go.mod; Go checks their sums with its
# checksum database.
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
deadcode=golang.org/x/tools/cmd/deadcode@v0.51.0

# As the program is built: what they need is compiled for it as well. Nothing of
# the environment may build them for another system.
tool() { env -u GOOS -u GOARCH CGO_ENABLED=0 GOFLAGS=-trimpath "$go" run "$@"; }

tools_there() { tool $staticcheck -version && tool $deadcode -h 2>&1; }

if [ "${1:-}" = -fetch ]; then
	printf '%s\n' $staticcheck $deadcode
	tools_there >/dev/null
	exit
fi
if ! tools_there >/dev/null 2>&1; then
	echo "SKIP: staticcheck and deadcode cannot be fetched; the sources were not checked by them" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
fi

tool $staticcheck -tags nosdk,nobrowser ./...

# Functions that are reached by nobody on Linux, and may be.
expected='
internal/lab/mapped.go:Mapped the tests play the lab in their own process
internal/lab/metadata.go:Secrets tests want them in no report
internal/lab/proxysecret.go:ProxySecrets tests want them in no output
internal/lab/scenario.go:Scenario.Healthy tests ask it
internal/lab/scenarios/all.go:Find tests ask it
internal/lab/netns/engines_linux.go:Missing tests ask it
internal/lab/want.go:AboutTime tests ask it
internal/lab/want.go:Want.OnlySlow tests ask it
pkg/probe/signed/credentials.go:Keys.String fmt calls it, so that no key is printed
pkg/probe/signed/credentials.go:Keys.GoString fmt calls it
pkg/fix/fix.go:Kinds for programs that import the package
pkg/diagnose/finding_actions.go:Actions for programs that import the package
pkg/probe/node/sitelocal.go:isDefaultSiteLocal Windows calls it
pkg/probe/service/windowsproxy.go:applyWindowsProxy Windows calls it
pkg/probe/service/windowsproxy.go:windowsProxy.split Windows calls it
pkg/probe/service/windowsproxy.go:windowsProxy.list Windows calls it
pkg/probe/service/windowsproxy.go:windowsHost Windows calls it
'
found=$(tool $deadcode -f '{{range .Funcs}}{{.Position.File}}:{{.Name}}{{println}}{{end}}' ./cmd/...)
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
