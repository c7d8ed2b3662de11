// Command dist makes what is released: for each system an archive, a list of
// what is in the program (an SBOM), and for Linux a deb and an rpm package,
// with the SHA-256 sums of them all. It makes everything twice, in two
// directories and with two build caches, and fails if a byte differs.
//
// It publishes, signs and uploads nothing, and it is no part of ssmcheck. It
// asks the network only for the modules that go.mod and tools.go name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "dist", "the `directory` to make; an earlier one of the same kind is replaced")
	only := flags.String("targets", "", "the `systems` to build for, such as linux/amd64,darwin/arm64 (default: all)")
	cache := flags.String("cache", "", "the second build's cache, a `directory` (default: an empty one)")
	fetch := flags.Bool("fetch", false, "only fetch and build the pinned tools, so that a later run needs no network")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if *fetch {
		return fetchTools(ctx, stderr)
	}
	targets, err := chooseTargets(*only)
	if err != nil {
		return err
	}
	r, err := thisRelease(ctx)
	if err != nil {
		return err
	}
	if err := mayReplace(*out); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ssmcheck-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	// Paths of different lengths, another time zone and language, and a cache
	// of its own for the second: what the first has compiled must not stand
	// for it.
	if *cache == "" {
		*cache = filepath.Join(work, "cache")
	}
	builds := []build{
		{release: r, source: filepath.Join(work, "a", "src"), out: filepath.Join(work, "a", "out")},
		{
			release: r,
			source:  filepath.Join(work, "another", "and", "longer", "src"), out: filepath.Join(work, "b", "out"),
			cache: *cache,
			env:   []string{"TZ=Asia/Kathmandu", "LC_ALL=tr_TR.UTF-8"},
		},
	}
	if err := copySources(ctx, ".", builds[0].source); err != nil {
		return err
	}
	if err := copySources(ctx, builds[0].source, builds[1].source); err != nil {
		return err
	}
	for i, b := range builds {
		start := time.Now()
		fmt.Fprintf(stderr, "ssmcheck %s, build %d of %d\n", r.version, i+1, len(builds))
		if err := b.all(ctx, targets, stderr); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "build %d took %s\n", i+1, time.Since(start).Round(time.Second))
	}
	if err := same(builds[0].out, builds[1].out); err != nil {
		return err
	}
	fmt.Fprintln(stderr, "both builds have the same bytes")
	return replace(*out, builds[0].out)
}

// all makes everything of a release in b.out, which must not exist.
func (b build) all(ctx context.Context, targets []target, progress io.Writer) error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	completions, err := b.completions(ctx)
	if err != nil {
		return err
	}
	for _, t := range targets {
		fmt.Fprintln(progress, " ", t)
		p, err := b.program(ctx, t)
		if err != nil {
			return err
		}
		files, err := b.files(ctx, p, completions)
		if err != nil {
			return err
		}
		if err := b.archive(t, files); err != nil {
			return err
		}
		if err := b.sbom(ctx, t, p); err != nil {
			return err
		}
		if t.os != "linux" {
			continue
		}
		if err := b.packages(ctx, t, files); err != nil {
			return err
		}
	}
	return writeSums(b.out)
}
