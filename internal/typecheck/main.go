// Command typecheck checks every package of this module and its tests for the named
// systems (linux/arm64), and reports what the compiler or `go vet` would reject there.
// It compiles nothing: it reads the declarations of imported packages from their
// sources, which takes seconds where `go vet` for another system takes minutes.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/types"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "typecheck:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("typecheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("C", ".", "the `directory` of the module")
	tags := flags.String("tags", "", "build `tags`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name the systems: linux/arm64 windows/amd64")
	}
	files := newFiles()
	found := make([][]error, flags.NArg())
	var all sync.WaitGroup
	for i, system := range flags.Args() {
		all.Go(func() { found[i] = checkSystem(ctx, *dir, *tags, system, files) })
	}
	all.Wait()
	wrong := 0
	for i, system := range flags.Args() {
		for _, err := range found[i] {
			fmt.Fprintf(stderr, "%s: %v\n", system, err)
		}
		wrong += len(found[i])
	}
	if wrong > 0 {
		return fmt.Errorf("%d errors", wrong)
	}
	return nil
}

// checkSystem returns the errors on one system.
func checkSystem(ctx context.Context, dir, tags, system string, files *files) []error {
	goos, goarch, ok := strings.Cut(system, "/")
	sizes := types.SizesFor("gc", goarch)
	if !ok || sizes == nil {
		return []error{errors.New("not a system like linux/arm64")}
	}
	packages, err := list(ctx, dir, tags, goos, goarch)
	if err != nil {
		return []error{err}
	}
	c := checker{
		files: files, sizes: sizes, known: map[string]*types.Package{"unsafe": types.Unsafe}, facts: facts{}, seen: map[string]bool{},
	}
	ours := 0
	for _, p := range packages {
		if strings.HasSuffix(p.ImportPath, ".test") || p.ImportPath == "unsafe" {
			continue // a test binary
		}
		c.check(p)
		if p.ours() {
			ours++
		}
	}
	if ours == 0 {
		return []error{errors.New("no package found")}
	}
	return c.wrong
}

// A listed package is an entry of `go list`, which lists imported packages first.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	CgoFiles   []string
	// ImportMap maps import paths in the sources to ImportPath, if they differ.
	ImportMap map[string]string
	Module    *struct {
		Main      bool
		GoVersion string
	}
	Error *struct{ Err string }
}

func (p listed) ours() bool { return p.Module != nil && p.Module.Main }

// list returns every package of the module, its tests, and all that they import.
func list(ctx context.Context, dir, tags, goos, goarch string) ([]listed, error) {
	cmd := exec.CommandContext(ctx, cmp.Or(os.Getenv("GO"), "go"), "list", "-e", "-deps", "-test", "-tags", tags,
		"-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,Module,Error", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &stderr)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}
