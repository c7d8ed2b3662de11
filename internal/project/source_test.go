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
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the module's root, relative to this package.
const root = "../.."

// sources returns every Go file of the module.
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

// TestFilesAreSmall limits a file to one subject.
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

// TestPackageComments: every package has a comment, and no init function, whose effect
// would depend on the order of imports.
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

// TestGoroutinesAreTestedForRaces: scripts/unit-tests.sh uses the race detector for each
// package that starts a goroutine or locks something.
func TestGoroutinesAreTestedForRaces(t *testing.T) {
	script := read(t, "scripts/unit-tests.sh")
	raced := regexp.MustCompile(`(?m)^concurrent='(.*)'$`).FindStringSubmatch(script)
	if raced == nil {
		t.Fatal("scripts/unit-tests.sh names no package")
	}
	patterns := strings.Fields(raced[1])
	found := 0
	for path, file := range syntax(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		pkg := strings.TrimPrefix(dir, root+"/")
		if strings.HasSuffix(path, "_test.go") || !strings.HasPrefix(pkg, "cmd/") && !strings.HasPrefix(pkg, "pkg/") && !strings.HasPrefix(pkg, "internal/lab") {
			continue // not tested for races
		}
		concurrent := false
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				concurrent = true
			case *ast.SelectorExpr: // sync.Once and its functions do their own locking
				x, ok := n.X.(*ast.Ident)
				concurrent = concurrent || ok && (x.Name == "atomic" || x.Name == "sync" && !strings.HasPrefix(n.Sel.Name, "Once"))
			}
			return true
		})
		if !concurrent {
			continue
		}
		found++
		if !slices.ContainsFunc(patterns, func(p string) bool {
			p = strings.TrimPrefix(p, "./")
			below, all := strings.CutSuffix(p, "/...")
			return pkg == p || all && within(pkg, below)
		}) {
			t.Errorf("%s starts goroutines, and scripts/unit-tests.sh uses the race detector only for %q", path, patterns)
		}
	}
	if found < 10 {
		t.Errorf("%d files start goroutines, which cannot be all", found)
	}
}

// calledByOthers are methods that Go's library calls through an interface.
var calledByOthers = []string{
	"Error", "Is", "Unwrap", "Temporary", "Timeout", "String", "GoString", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText",
	"Close", "LocalAddr", "RemoteAddr", "Read", "Write", "SetDeadline", "SetReadDeadline", "SetWriteDeadline",
	"StandStill", // for tests of several packages
}

// TestMethodsAreCalled: something other than a test calls each exported method. No other
// tool reports unused ones.
func TestMethodsAreCalled(t *testing.T) {
	called := map[string]bool{}
	declared := map[string]string{}
	for path, file := range syntax(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				called[n.Sel.Name] = true
			case *ast.FuncDecl:
				if n.Recv != nil && n.Name.IsExported() && !strings.HasPrefix(path, root+"/internal/") {
					declared[n.Name.Name] = path
				}
			}
			return true
		})
	}
	if len(declared) < 20 {
		t.Fatalf("%d methods found, which cannot be all", len(declared))
	}
	for name, path := range declared {
		if !called[name] && !slices.Contains(calledByOthers, name) {
			t.Errorf("%s: nothing but a test calls %s", path, name)
		}
	}
}

// syntax returns every Go file of the module, parsed.
func syntax(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for path, source := range sources(t) {
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		files[path] = file
	}
	return files
}
