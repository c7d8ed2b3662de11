#!/bin/sh
# The unit tests as programs for the other processors of Linux: under qemu-user
# for arm64 and arm, and for 386 as x86-64 runs them itself (under qemu-i386 Go's
# programs end with "bad g in signal handler"). Not the packages that make network
# namespaces or run other programs.
set -eu
go=${GO:-go}

skip() {
	echo "SKIP: $1; nothing is tested for other processors" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}
[ "$($go env GOOS)/$($go env GOARCH)" = linux/amd64 ] || skip "this is no Linux on x86-64"
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
