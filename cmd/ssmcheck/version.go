package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// version is set by the linker for a release: -X main.version=1.2.3.
var version string

// buildVersion returns the release's version, otherwise the module version or
// commit that Go recorded at build time, otherwise "devel".
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, modified := commit()
	if len(revision) < 12 {
		return "devel"
	}
	if modified {
		return "devel-" + revision[:12] + "-modified"
	}
	return "devel-" + revision[:12]
}

// commit is the one that the program was built from, if Go recorded it.
func commit() (revision string, modified bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	return revision, modified
}

// A build is what version prints.
type build struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	// Commit is empty if it is not known.
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
}

func (s system) versionCommand() *cobra.Command {
	format := ""
	c := &cobra.Command{
		Use:   "version [flags]",
		Short: "Print the version, and how it was built",
		Args:  noArguments,

		DisableFlagsInUseLine: true,
	}
	addFormatFlag(c, &format, []string{"text", "json"}, "text or json")
	c.RunE = func(*cobra.Command, []string) error {
		b := build{Name: "ssmcheck", Version: s.version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
		b.Commit, b.Modified = commit()
		return s.print(new(options), func(w io.Writer, _ report.TextOptions) error {
			if format == "json" {
				e := json.NewEncoder(w)
				e.SetIndent("", "  ")
				return e.Encode(b)
			}
			from := cmp.Or(b.Commit, "not known")
			if b.Modified {
				from += ", modified"
			}
			_, err := fmt.Fprintf(w, "ssmcheck version %s\n%s, %s, commit %s\n", b.Version, b.Go, b.Platform, from)
			return err
		})
	}
	return c
}
