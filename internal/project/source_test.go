package project

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the module's root, seen from this package.
const root = "../.."

// sources gives every Go file of the module with its content.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, dir := range []string{"cmd", "pkg", "internal", "packaging"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			b, err := os.ReadFile(path)
			files[path] = b
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 20 {
		t.Fatalf("%d Go files found, which cannot be all", len(files))
	}
	return files
}

func TestFormatted(t *testing.T) {
	for path, source := range sources(t) {
		want, err := format.Source(source)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if !bytes.Equal(source, want) {
			t.Errorf("%s is not gofmt'ed", path)
		}
	}
}

// TestFilesAreSmall holds a file to one subject.
func TestFilesAreSmall(t *testing.T) {
	for path, source := range sources(t) {
		limit := 400
		if strings.HasSuffix(path, "_test.go") {
			limit = 800 // tables of cases
		}
		if lines := bytes.Count(source, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines, more than %d", path, lines, limit)
		}
	}
}

// TestPackageComments wants one in every package, and nothing registered by
// init, which would depend on the order of imports.
func TestPackageComments(t *testing.T) {
	commented := make(map[string]bool)
	for path, source := range sources(t) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		dir := filepath.Dir(path)
		what := "Package " + file.Name.Name + " "
		if file.Name.Name == "main" {
			what = "Command " + filepath.Base(dir) + " "
		}
		commented[dir] = commented[dir] || strings.HasPrefix(file.Doc.Text(), what)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}
