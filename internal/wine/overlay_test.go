package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPatch_unknownToolchain: a toolchain with another text is an error.
func TestPatch_unknownToolchain(t *testing.T) {
	for _, p := range patches {
		for _, text := range []string{"", "package net\n", p.old + p.old} {
			if got, err := p.apply(text); err == nil {
				t.Errorf("%s: %q became %q, want an error", p.file, text, got)
			}
		}
		if got, err := p.apply("a" + p.old + "b"); err != nil || got != "a"+p.new+"b" {
			t.Errorf("%s: %q, %v", p.file, got, err)
		}
	}
}

// TestOverlay_samePackages: the program under wine is linked from the same packages as
// the released one.
func TestOverlay_samePackages(t *testing.T) {
	dir := t.TempDir()
	if err := writeOverlay(dir); err != nil {
		t.Fatal(err)
	}
	released, tested := packages(t), packages(t, "-overlay", dir+"/overlay.json")
	if diff := cmp.Diff(released, tested); diff != "" {
		t.Errorf("packages (-released +tested):\n%s", diff)
	}
	for _, changed := range []string{"net", "crypto/x509", "internal/syscall/windows"} {
		if !slices.Contains(tested, changed) {
			t.Errorf("%s, of which a file is changed, is not linked", changed)
		}
	}
}

// packages returns the packages that ssmcheck.exe is linked from.
func packages(t *testing.T, flags ...string) []string {
	t.Helper()
	c := exec.Command("go", append(append([]string{"list", "-deps"}, flags...), "../../cmd/ssmcheck")...)
	c.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestOverlay_forTestsOnly: nothing that builds a release uses an overlay.
func TestOverlay_forTestsOnly(t *testing.T) {
	grep := exec.Command("grep", "-rl", "overlay", "Makefile", "scripts", "packaging", ".github", "cmd", "pkg", "internal")
	grep.Dir = "../.."
	out, err := grep.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if name != "scripts/test-windows.sh" && !strings.HasPrefix(name, "internal/wine/") {
			t.Errorf("%s has an overlay", name)
		}
	}
}
