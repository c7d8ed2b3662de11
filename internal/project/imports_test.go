package project

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ssmcheck/ssmcheck/"

// packageImports says which packages of this module each package may import, and which of
// the standard library it may not: those for networks and files.
var packageImports = []struct {
	path      string
	mayImport []string
	forbidden []string
}{
	{"pkg/endpoint", nil, outside},
	{"pkg/quote", nil, outside},
	{"pkg/manual", nil, outside},
	{"pkg/observation", []string{"pkg/endpoint"}, outside},
	{"internal/files", []string{"pkg/observation", "internal/winapi"}, nil},
	{"pkg/fix", []string{"pkg/endpoint"}, outside},
	{"pkg/probe", []string{"pkg/endpoint", "pkg/observation", "internal/files", "internal/winapi"}, nil},
	{"pkg/diagnose", []string{"pkg/endpoint", "pkg/observation", "pkg/fix", "pkg/quote"}, outside},
	{"pkg/report", []string{"pkg/endpoint", "pkg/observation", "pkg/diagnose", "pkg/fix", "pkg/manual", "pkg/quote"}, outside},
	{"pkg/redact", []string{"pkg/endpoint", "pkg/observation"}, outside},
	{"pkg/remedy", []string{"pkg/endpoint", "pkg/observation", "pkg/diagnose", "pkg/fix", "pkg/quote"}, outside},
	{"pkg/fleet", []string{"pkg/report"}, []string{"net", "net/http", "os/exec", "os/signal", "crypto/tls"}},
}

// outside are the packages for sockets and files. net/netip and net/url have only values.
var outside = []string{
	"net", "net/http", "net/rpc", "net/smtp", "os", "os/exec", "os/signal", "io/fs", "io/ioutil", "syscall", "plugin",
	"crypto/tls", "log", "log/slog",
}

// systems have files with different imports.
var systems = []string{"linux", "windows", "darwin"}

func TestImportsGoOneWay(t *testing.T) {
	for _, system := range systems {
		for _, rule := range packageImports {
			for _, line := range goList(t, system, "{{.ImportPath}} {{join .Imports \" \"}}", "./"+rule.path+"/...") {
				pkg, imports, _ := strings.Cut(line, " ")
				for imported := range strings.FieldsSeq(imports) {
					if path, ours := strings.CutPrefix(imported, module); ours && !within(path, rule.path) &&
						!slices.ContainsFunc(rule.mayImport, func(r string) bool { return within(path, r) }) {
						t.Errorf("%s: %s imports %s", system, pkg, imported)
					}
					if slices.Contains(rule.forbidden, imported) {
						t.Errorf("%s: %s imports %s: it must open no socket and no file", system, pkg, imported)
					}
				}
			}
		}
	}
}

// TestNoLabInTheProgram: neither the lab nor anything for tests is linked into ssmcheck.
func TestNoLabInTheProgram(t *testing.T) {
	for _, system := range systems {
		deps := goList(t, system, "{{.ImportPath}}", "-deps", "./cmd/ssmcheck")
		if len(deps) < 100 {
			t.Fatalf("%s: %d packages are linked into ssmcheck, which cannot be", system, len(deps))
		}
		for _, dep := range deps {
			if strings.HasPrefix(dep, module+"internal/") && dep != module+"internal/files" && dep != module+"internal/winapi" || dep == "testing" || strings.Contains(dep, "go-cmp") ||
				strings.Contains(dep, "/aws-sdk-go-v2/service/") {
				t.Errorf("%s: ssmcheck links %s", system, dep)
			}
		}
	}
}

func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// goList runs go list in the module's root for a system.
func goList(t *testing.T, system, format string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-f", format}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) == 0 || lines[0] == "" {
		t.Fatalf("%v lists nothing", cmd.Args)
	}
	return lines
}
