package project

import (
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestExamples wants an example that runs in every package of which the README
// says that it is a library.
func TestExamples(t *testing.T) {
	for _, room := range []string{"pkg/endpoint", "pkg/probe", "pkg/observation", "pkg/diagnose", "pkg/report", "pkg/fleet"} {
		name := filepath.Join(root, room, "example_test.go")
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
