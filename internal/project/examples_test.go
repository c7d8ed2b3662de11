package project

import (
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestExamples: every package that the README lists as a library has a runnable example.
func TestExamples(t *testing.T) {
	for _, path := range []string{"pkg/endpoint", "pkg/probe", "pkg/observation", "pkg/diagnose", "pkg/report", "pkg/fleet"} {
		name := filepath.Join(root, path, "example_test.go")
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		examples := doc.Examples(file)
		if len(examples) == 0 {
			t.Errorf("%s shows nothing", name)
		}
		for _, e := range examples {
			if e.Output == "" {
				t.Errorf("%s: Example%s has no output, so it is not run", name, e.Name)
			}
		}
	}
}
