#!/bin/sh
# Runs the unit tests for other Linux processors: arm64 and arm under qemu-user, and
# 386 directly on x86-64 (under qemu-i386, Go programs end with "bad g in signal
# handler"). Packages that create network namespaces or run other programs are left
# out.
set -eu
go=${GO:-go}

skip() {
	echo "SKIP: $1; nothing is tested for other processors" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}
[ "$($go env GOOS)/$($go env GOARCH)" = linux/amd64 ] || skip "this is not Linux on x86-64"
for qemu in qemu-aarch64 qemu-arm; do
	command -v $qemu >/dev/null || skip "$qemu is not installed"
done

packages=$($go list ./pkg/... ./internal/files ./internal/syserr)
exec_flag() { [ -z "$1" ] || echo "-exec $1"; }
code=0
for arch in arm64:qemu-aarch64 arm:qemu-arm 386:; do
	echo "== linux/${arch%%:*}"
	# shellcheck disable=SC2086 # a list of words
	GOARCH=${arch%%:*} CGO_ENABLED=0 ./scripts/gotest.sh -short -trimpath -vet=off -count=1 -timeout 20m -tags nosdk $(exec_flag "${arch##*:}") $packages || code=1
done
exit $code
