package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
)

// The tools, with their versions. They are run and never linked, so they are
// not in go.mod; Go checks their sums with its checksum database.
//
// nfpm stays at 2.45: the module that later ones write rpm packages and MSIX
// with is not to be had from every module proxy.
const (
	nfpm      = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"
	cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"
)

// tool runs a pinned tool in a directory.
func tool(ctx context.Context, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, goCommand(), append([]string{"run", "-trimpath"}, args...)...)
	cmd.Dir = dir
	// As ssmcheck is built: Go's library is then compiled once for both.
	cmd.Env = append(append(plainEnv(), "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go run %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// fetchTools runs each tool once, so that Go keeps its sources and the tool.
func fetchTools(ctx context.Context, progress io.Writer) error {
	for _, args := range [][]string{{nfpm, "--version"}, {cyclonedx, "version"}} {
		fmt.Fprintln(progress, args[0])
		if err := tool(ctx, ".", nil, args...); err != nil {
			return err
		}
	}
	return nil
}
