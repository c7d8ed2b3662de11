package project

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDependenciesAreExplained holds docs/dependencies.md to go.mod and to
// what is linked: each module stands once, in its place, with a reason.
func TestDependenciesAreExplained(t *testing.T) {
	linked := linkedModules(t)
	want := make(map[string][]string)
	for _, m := range requiredModules(t) {
		section := "For the tests only"
		if linked[m.Path] {
			section = "Linked into ssmcheck"
		}
		if m.Indirect {
			section += "/Brought by these"
		}
		want[section] = append(want[section], m.Path)
	}
	want["Tools that `make test` and `make dist` run"] = pinnedTools(t)
	for _, names := range want {
		slices.Sort(names)
	}
	got := explained(t)
	for _, names := range got {
		slices.Sort(names)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/dependencies.md, by section (-what is so, +what it says):\n%s", diff)
	}
}

// explained are the names in each table of docs/dependencies.md, by heading.
func explained(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	section, part := "", ""
	row := regexp.MustCompile("^\\| `([^`]+)` \\| (.*) \\|$")
	for line := range strings.Lines(read(t, "docs/dependencies.md")) {
		line = strings.TrimSuffix(line, "\n")
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			section, part = heading, ""
		} else if heading, ok := strings.CutPrefix(line, "### "); ok {
			part = "/" + heading
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		found[section+part] = append(found[section+part], m[1])
		if len(strings.Fields(m[2])) < 3 {
			t.Errorf("docs/dependencies.md gives no reason for %s: %q", m[1], m[2])
		}
	}
	return found
}

type requirement struct {
	Path     string
	Indirect bool
}

// requiredModules are those of go.mod, which must change none of them for
// another.
func requiredModules(t *testing.T) []requirement {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	var mod struct {
		Require []requirement
		Replace []any
		Tool    []any
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	if len(mod.Replace) > 0 || len(mod.Tool) > 0 {
		t.Errorf("go.mod has replace or tool lines: %v %v", mod.Replace, mod.Tool)
	}
	return mod.Require
}

// linkedModules are those of which a package is in ssmcheck on some system.
func linkedModules(t *testing.T) map[string]bool {
	t.Helper()
	linked := make(map[string]bool)
	for _, system := range systems {
		for _, path := range goList(t, system, "{{with .Module}}{{.Path}}{{end}}", "-deps", "./cmd/ssmcheck") {
			linked[path] = true
		}
	}
	return linked
}

// pinnedTools are the programs that a script, the Makefile or packaging/dist
// names with a version, as `go run` takes it. A version that is not exact is
// an error.
func pinnedTools(t *testing.T) []string {
	t.Helper()
	tool := regexp.MustCompile(`[a-z0-9.-]+\.[a-z]+/[\w./-]+@[\w.-]+`)
	exact := regexp.MustCompile(`@v\d+\.\d+\.\d+$`)
	var found []string
	for _, place := range []string{"Makefile", "scripts", ".ci", "packaging"} {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, name := range tool.FindAllString(string(text), -1) {
				if !exact.MatchString(name) {
					t.Errorf("%s: %s is not pinned to one version", path, name)
				}
				if !slices.Contains(found, name) {
					found = append(found, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
