package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun checks packages with one fault each, which one system has and the
// others do not. They are of one module: Go's library is then read once for all.
func TestRun(t *testing.T) {
	systems := []string{"linux/amd64", "linux/386", "windows/amd64"}
	cases := []struct {
		name, file, text string
		// wants are parts of the lines, the system first. None: all is well.
		wants []string
		// about begins what is said of it without a file.
		about string
	}{
		{name: "nothing", file: "b.go", text: "package a\n"},
		{
			name: "a system's own file", file: "b_windows.go", text: "package a\n\nvar _ int = \"text\"\n",
			wants: []string{"windows/amd64: ", "b_windows.go:3:13"},
		},
		{
			name: "a number that is too large there", file: "b.go", text: "package a\n\nvar _ int = 1 << 40\n",
			wants: []string{"linux/386: ", "1 << 40"},
		},
		{
			name: "the body of a function", file: "b_windows.go", text: "package a\n\nfunc f() { missing() }\n",
			wants: []string{"windows/amd64: ", "undefined: missing"},
		},
		{
			name: "a test", file: "b_windows_test.go", text: "package a_test\n\nimport (\n\t\"testing\"\n\n\t\"example.com/a\"\n)\n\nfunc TestA(*testing.T) { a.Missing() }\n",
			wants: []string{"windows/amd64: ", "undefined: a.Missing"},
		},
		{
			name: "what only a test has", file: "b_windows.go", text: "package a\n\nvar _ = onlyForTests\n",
			wants: []string{"windows/amd64: ", "undefined: onlyForTests"},
		},
		{
			name: "no such package", file: "b_windows.go", text: "package a\n\nimport _ \"strings/missing\"\n",
			wants: []string{"windows/amd64: ", "strings/missing"}, about: "windows/amd64: strings/missing: ",
		},
		{
			name: "what vet does not take", file: "b_windows.go", text: "package a\n\nfunc b() error { return Failf(\"%d\", \"text\") }\n",
			wants: []string{"windows/amd64: ", "b_windows.go:3:", "(printf)"},
		},
		{
			name: "a pointer that is none", file: "b_windows.go", text: "package a\n\nimport \"unsafe\"\n\nfunc b(u uintptr) unsafe.Pointer { return unsafe.Pointer(u) }\n",
			wants: []string{"windows/amd64: ", "b_windows.go:5:", "(unsafeptr)"},
		},
		{name: "syntax", file: "b_windows.go", text: "package a\n\nfunc {\n", wants: []string{"windows/amd64: ", "b_windows.go:3"}},
	}
	module := func(first, end int) string {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "go.mod"), "module example.com\n\ngo 1.26\n")
		for i := first; i < end; i++ {
			a := fmt.Sprint("a", i)
			put(t, filepath.Join(dir, a, "a.go"), "// Package a is.\npackage a\n\nimport \"fmt\"\n\n// Failf fails.\nfunc Failf(format string, a ...any) error { return fmt.Errorf(format, a...) }\n")
			put(t, filepath.Join(dir, a, "a_test.go"), "package a\n\nconst onlyForTests = 1\n")
			put(t, filepath.Join(dir, a, cases[i].file), strings.ReplaceAll(cases[i].text, "example.com/a", "example.com/"+a))
		}
		return dir
	}
	var told strings.Builder
	if err := run(t.Context(), append([]string{"-C", module(0, 1)}, systems...), &told); err != nil || told.Len() > 0 {
		t.Errorf("%s: %v\n%s", cases[0].name, err, &told)
	}
	if err := run(t.Context(), append([]string{"-C", module(1, len(cases))}, systems...), &told); err == nil {
		t.Error("faults are none")
	}
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	for i, c := range cases[1:] {
		t.Run(c.name, func(t *testing.T) {
			said := ""
			for n, line := range lines {
				if strings.Contains(line, fmt.Sprintf("/a%d/", i+1)) || c.about != "" && strings.HasPrefix(line, c.about) {
					said, lines[n] = said+line+"\n", ""
					if !strings.HasPrefix(line, c.wants[0]) {
						t.Errorf("it says %s", line)
					}
				}
			}
			for _, want := range c.wants {
				if !strings.Contains(said, want) {
					t.Errorf("it lacks %q:\n%s", want, said)
				}
			}
		})
	}
	if rest := strings.TrimSpace(strings.Join(lines, "\n")); rest != "" {
		t.Errorf("it says\n%s", rest)
	}
}

// put writes a file and its directory.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNothingToCheck wants no pass where nothing was read.
func TestNothingToCheck(t *testing.T) {
	for _, args := range [][]string{nil, {"linux"}, {"linux/mipz"}, {"-C", t.TempDir(), "linux/amd64"}} {
		var told strings.Builder
		if err := run(t.Context(), args, &told); err == nil {
			t.Errorf("%q passes:\n%s", args, &told)
		}
	}
}
