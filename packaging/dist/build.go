package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A build makes all files of a release, in a copy of the sources.
type build struct {
	release
	source string   // the copy; what is built lies in its bin
	out    string   // where the files of the release go
	cache  string   // Go's build cache; empty: the user's
	env    []string // beside that of this process
}

// program builds ssmcheck for a target with the Makefile's own flags, and
// gives the path of the program.
func (b build) program(ctx context.Context, t target) (string, error) {
	bin := filepath.Join("bin", t.os+"_"+t.arch)
	path := filepath.Join(b.source, bin, t.exe())
	cmd := exec.CommandContext(ctx, "make", "build", "BIN="+filepath.ToSlash(bin), "VERSION="+b.version, "GO="+goCommand())
	cmd.Dir = b.source
	cmd.Env = append(plainEnv(), "GOOS="+t.os, "GOARCH="+t.arch, t.level, "GOFLAGS=-mod=readonly", "GOFIPS140=off")
	cmd.Env = append(cmd.Env, b.env...)
	if b.cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+b.cache)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make build for %s: %w\n%s", t, err, out)
	}
	return path, nil
}

// shells are those for which ssmcheck writes completions, with the usual name
// of the file.
var shells = []struct{ shell, file string }{
	{"bash", "ssmcheck.bash"},
	{"zsh", "_ssmcheck"},
	{"fish", "ssmcheck.fish"},
	{"powershell", "ssmcheck.ps1"},
}

// completions are written by the program itself, built for this machine. They
// are the same for every target.
func (b build) completions(ctx context.Context) ([]file, error) {
	host := target{os: runtime.GOOS, arch: runtime.GOARCH}
	for _, t := range allTargets() {
		if t.String() == host.String() {
			host = t
		}
	}
	program, err := b.program(ctx, host)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, s := range shells {
		cmd := exec.CommandContext(ctx, program, "completion", s.shell)
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("ssmcheck completion %s: %w", s.shell, err)
		}
		if !bytes.Contains(text, []byte("ssmcheck")) {
			return nil, fmt.Errorf("ssmcheck completion %s does not name the program", s.shell)
		}
		files = append(files, file{name: "completions/" + s.file, mode: 0o644, data: text})
	}
	return files, nil
}

// plainEnv is this process's environment without what changes how Go and make
// build.
func plainEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOFIPS140", "GODEBUG",
			"CGO_ENABLED", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "VERSION", "BIN", "LDFLAGS":
		default:
			env = append(env, v)
		}
	}
	return env
}

// goCommand is the Makefile's GO.
func goCommand() string {
	if g := os.Getenv("GO"); g != "" {
		return g
	}
	return "go"
}
