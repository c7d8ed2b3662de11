#!/bin/sh
# Runs the tests as Windows programs under wine: the unit tests of every package, and
# ssmcheck.exe and ssmlab.exe in the lab. internal/wine replaces what wine lacks, for
# these tests only. docs/platforms.md lists what wine cannot show.
set -eu
go=${GO:-go}

skip() {
	echo "SKIP: $1; nothing is tested as a Windows program" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}
[ "$($go env GOOS)/$($go env GOARCH)" = linux/amd64 ] || skip "wine64 needs Linux on x86-64"
[ -x /usr/lib/wine/wine64 ] || skip "wine64 is not installed"
command -v x86_64-w64-mingw32-gcc >/dev/null || skip "mingw-w64 is not installed"

dir=$(mktemp -d)
end() {
	WINEPREFIX=$dir/prefix /usr/lib/wine/wineserver64 -k || true
	WINEPREFIX=$dir/prefix /usr/lib/wine/wineserver64 -w || true
	rm -rf "$dir"
}
trap end EXIT
CGO_ENABLED=0 $go run -trimpath -buildvcs=false ./internal/wine "$dir"
windows() { env GOOS=windows CGO_ENABLED=0 "$@"; }
windows $go build -trimpath -buildvcs=false -overlay "$dir/overlay.json" -o "$dir/bin/" ./cmd/ssmcheck ./cmd/ssmlab

# Packages that check this repository with programs of the build machine, or that
# need network namespaces.
linux_only='/internal/(bench|browser|deploy|e2e|fleetbench|formatcheck|gotest|picture|project|typecheck|wine)$|/packaging/'
code=0
# -short, as in the workflow's job on Windows; docs/platforms.md has the reason for
# each skipped test. Without CI=true, tests that run a Linux program may say SKIP.
# shellcheck disable=SC2046 # a list of words
windows env -u CI ./scripts/gotest.sh -short -trimpath -vet=off -count=1 -overlay "$dir/overlay.json" -exec "$dir/run" -parallel 3 -timeout 45m \
	-skip '^(TestLargeDirectory|TestDiagnoseAgain|TestFixHostile|TestScript|TestConnectionsAtOnce|FuzzProxySecrets)$' $($go list ./... | grep -Ev "$linux_only") || code=1
SSMCHECK_WINE=$dir CGO_ENABLED=0 ./scripts/gotest.sh -trimpath -vet=off -count=1 -parallel 6 -timeout 45m ./internal/wine || code=1
exit $code
