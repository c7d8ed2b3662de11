package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// packages writes a deb and an rpm package. packaging/nfpm.yaml says what goes
// where; this puts the files into a directory for it.
func (b build) packages(ctx context.Context, t target, files []file) error {
	stage := filepath.Join(b.source, "bin", "packages_"+t.arch)
	for _, f := range files {
		if f.name == "ssmcheck.1" { // both systems keep man pages so
			data, err := compress(f.data)
			if err != nil {
				return err
			}
			f.name, f.data = f.name+".gz", data
		}
		to := filepath.Join(stage, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, f.data, f.mode); err != nil {
			return err
		}
	}
	for _, name := range []string{"packaging/copyright", "deploy/prometheus/ssmcheck.service", "deploy/prometheus/ssmcheck.timer"} {
		data, err := os.ReadFile(filepath.Join(b.source, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(stage, path.Base(name)), data, 0o644); err != nil {
			return err
		}
	}
	env := append([]string{
		"PACKAGE_VERSION=" + b.packageVersion(),
		"PACKAGE_ARCH=" + t.packaged,
		"SOURCE_DATE_EPOCH=" + strconv.FormatInt(b.time.Unix(), 10),
	}, b.env...)
	config := filepath.Join(b.source, "packaging", "nfpm.yaml")
	for _, format := range []string{"deb", "rpm"} {
		if err := tool(ctx, stage, env, nfpm, "package", "--config", config, "--packager", format,
			"--target", b.out+string(filepath.Separator)); err != nil {
			return err
		}
	}
	return nil
}
