package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun checks modules with one fault each, which one system has and the
// others do not.
func TestRun(t *testing.T) {
	systems := []string{"linux/amd64", "linux/386", "windows/amd64"}
	for _, tt := range []struct {
		name, file, text string
		// wants are a part of each line, with its system. None: all is well.
		wants []string
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
			wants: []string{"windows/amd64: ", "strings/missing"},
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
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"go.mod":    "module example.com/a\n\ngo 1.26\n",
				"a.go":      "// Package a is.\npackage a\n\nimport \"fmt\"\n\n// Failf fails.\nfunc Failf(format string, a ...any) error { return fmt.Errorf(format, a...) }\n",
				"a_test.go": "package a\n\nconst onlyForTests = 1\n",
				tt.file:     tt.text,
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var told strings.Builder
			err := run(t.Context(), append([]string{"-C", dir}, systems...), &told)
			if (err == nil) != (tt.wants == nil) {
				t.Errorf("%v\n%s", err, &told)
			}
			for line := range strings.Lines(told.String()) {
				if tt.wants == nil || !strings.HasPrefix(line, tt.wants[0]) {
					t.Errorf("it says %s", line)
				}
			}
			for _, want := range tt.wants {
				if !strings.Contains(told.String(), want) {
					t.Errorf("it lacks %q:\n%s", want, &told)
				}
			}
		})
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
