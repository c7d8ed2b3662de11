#!/bin/sh
# Builds in dist/, and publishes nothing: the release if a clean checkout is at a tag,
# otherwise a snapshot, named after the commit.
set -eu
cd "$(dirname "$0")/.."
git rev-parse --verify --quiet HEAD >/dev/null || { echo "make dist needs a git checkout: the version and the time are the commit's" >&2; exit 1; }

how=--snapshot
if git describe --tags --exact-match >/dev/null 2>&1 && [ -z "$(git status --porcelain)" ]; then
	how=--skip=publish,announce
fi
# Without a remote, GoReleaser finds neither commit nor time.
if [ -z "$(git remote)" ]; then
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/ssmcheck/ssmcheck
fi
trap 'rm -f cmd/ssmcheck/*.syso' EXIT
./tools/run.sh goreleaser goreleaser release --clean $how "$@"
