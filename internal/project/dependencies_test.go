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

// TestDependenciesAreExplained compares docs/dependencies.md with go.mod and with what is
// linked: each module is listed once, in the right section, with a reason.
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
		t.Errorf("docs/dependencies.md, by section (-actual, +documented):\n%s", diff)
	}
}

// explained returns the names in each table of docs/dependencies.md, by heading.
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

// requiredModules returns the requirements of go.mod, which must not replace any.
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

// linkedModules returns the modules with a package in ssmcheck on some system.
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

// pinnedTools returns the tools of the modules below tools, with their versions. Nothing
// else may run a program of another module.
func pinnedTools(t *testing.T) []string {
	t.Helper()
	modules, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("no module in tools: %v", err)
	}
	var found []string
	for _, path := range modules {
		var mod struct {
			Tool    []struct{ Path string }
			Require []struct{ Path, Version string }
		}
		if err := json.Unmarshal([]byte(output(t, "go", "mod", "edit", "-json", path)), &mod); err != nil {
			t.Fatal(err)
		}
		for _, tool := range mod.Tool {
			version := ""
			for _, m := range mod.Require {
				if m.Path == tool.Path || strings.HasPrefix(tool.Path, m.Path+"/") {
					version = m.Version
				}
			}
			found = append(found, tool.Path+"@"+version)
		}
	}
	for _, place := range []string{"Makefile", "scripts", ".ci", "packaging", ".github", "tools/run.sh"} {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, name := range regexp.MustCompile(`go (run|install) [^\n ]*@[\w.-]+`).FindAllString(string(text), -1) {
				t.Errorf("%s: %q runs a program that no module pins", path, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestDNSLibraryStaysBehindItsSeam checks which files import the DNS library:
// docs/dependencies.md says what replacing it would cost.
func TestDNSLibraryStaysBehindItsSeam(t *testing.T) {
	var files []string
	for path, file := range syntax(t) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, root+"/internal/") {
			continue
		}
		for _, i := range file.Imports {
			if i.Path.Value == `"github.com/miekg/dns"` {
				files = append(files, strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
			}
		}
	}
	slices.Sort(files)
	want := []string{
		"pkg/probe/dns_server.go", "pkg/probe/dnsquery/answer.go", "pkg/probe/dnsquery/exchange.go", "pkg/probe/dnsquery/further.go",
		"pkg/probe/dnsquery/tcp.go", "pkg/probe/dnsquery/tries.go", "pkg/probe/experiment_bound.go",
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("who uses the DNS library; docs/dependencies.md counts them:\n%s", diff)
	}
	for _, feature := range apiLines(t, "api/api.txt") {
		if strings.Contains(feature, "miekg") {
			t.Errorf("the API has a type of the DNS library: %s", feature)
		}
	}
}
