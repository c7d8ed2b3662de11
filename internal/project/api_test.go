package project

import (
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is new of the API into api/api.txt")

// apiPackages are those that other programs import.
var apiPackages = []string{"diagnose", "fleet", "observation", "probe", "report"}

// TestAPI compares what the packages export with api/api.txt, one feature per line, as
// Go itself does. `go test ./internal/project -run TestAPI -update` adds what is new. A
// removal breaks users: it needs a line in api/except.txt, with a reason.
func TestAPI(t *testing.T) {
	now := exportedAPI(t)
	if len(now) < 200 {
		t.Fatalf("%d features found, which cannot be all", len(now))
	}
	const file = "api/api.txt"
	known := apiLines(t, file)
	gone := apiLines(t, "api/except.txt")
	for _, feature := range known {
		if !slices.Contains(now, feature) && !slices.Contains(gone, feature) {
			t.Errorf("gone, or changed: %s\nbring it back; or copy the line into api/except.txt, below a comment that says why, and mention it in CHANGELOG.md", feature)
		}
	}
	for _, feature := range gone {
		if slices.Contains(now, feature) || !slices.Contains(known, feature) {
			t.Errorf("api/except.txt says that this is gone, which it is not: %s", feature)
		}
	}
	added := slices.DeleteFunc(slices.Clone(now), func(f string) bool { return slices.Contains(known, f) })
	if *update && len(added) > 0 {
		all := slices.Sorted(slices.Values(append(known, added...)))
		if err := os.WriteFile(filepath.Join(root, file), []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, feature := range added {
		t.Errorf("new: %s\nif others are to use it, write it down: go test ./internal/project -run TestAPI -update", feature)
	}
}

// TestAPIFeatures checks the features of a test package: every kind of feature, and
// nothing that may change without breaking anybody.
func TestAPIFeatures(t *testing.T) {
	pkg := types.NewPackage("example.com/p", "p")
	named := types.NewNamed(types.NewTypeName(token.NoPos, pkg, "T", nil), nil, nil)
	str := types.Typ[types.String]
	field := func(name string) *types.Var { return types.NewField(token.NoPos, pkg, name, str, false) }
	named.SetUnderlying(types.NewStruct([]*types.Var{field("Open"), field("closed")}, nil))
	param := types.NewVar(token.NoPos, pkg, "name", str)
	signature := types.NewSignatureType(types.NewVar(token.NoPos, pkg, "t", types.NewPointer(named)), nil, nil,
		types.NewTuple(param), types.NewTuple(types.NewVar(token.NoPos, pkg, "", named)), false)
	named.AddMethod(types.NewFunc(token.NoPos, pkg, "M", signature))
	named.AddMethod(types.NewFunc(token.NoPos, pkg, "hidden", signature))
	got := features(named.Obj())
	want := []string{"pkg p, type T struct", "pkg p, type T struct, Open string", "pkg p, method (*T) M(string) T"}
	if !slices.Equal(got, want) {
		t.Errorf("features %q, want %q", got, want)
	}
}

func apiLines(t *testing.T, name string) []string {
	t.Helper()
	return slices.DeleteFunc(strings.Split(read(t, name), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
}

// exportedAPI returns the features of the packages, sorted, from the compiler's export
// data.
func exportedAPI(t *testing.T) []string {
	t.Helper()
	args := []string{"-deps", "-export", "-trimpath"}
	for _, name := range apiPackages {
		args = append(args, "./pkg/"+name)
	}
	compiled := map[string]string{}
	for _, line := range goList(t, "linux", "{{.ImportPath}} {{.Export}}", args...) {
		path, file, _ := strings.Cut(line, " ")
		compiled[path] = file
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(compiled[path])
	})
	var all []string
	for _, name := range apiPackages {
		pkg, err := imports.Import(module + "pkg/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if o := pkg.Scope().Lookup(name); o.Exported() {
				all = append(all, features(o)...)
			}
		}
	}
	slices.Sort(all)
	return all
}

// features returns the lines of an exported name.
func features(o types.Object) []string {
	qualify := func(p *types.Package) string {
		if p == o.Pkg() {
			return ""
		}
		return strings.TrimPrefix(p.Path(), module+"pkg/")
	}
	text := func(t types.Type) string { return types.TypeString(t, qualify) }
	lines := []string{}
	add := func(format string, args ...any) {
		lines = append(lines, "pkg "+path.Base(o.Pkg().Path())+", "+fmt.Sprintf(format, args...))
	}
	switch o := o.(type) {
	case *types.Const:
		add("const %s %s = %s", o.Name(), text(o.Type()), o.Val().ExactString())
	case *types.Var:
		add("var %s %s", o.Name(), text(o.Type()))
	case *types.Func:
		add("func %s%s", o.Name(), strings.TrimPrefix(text(unnamed(o.Signature())), "func"))
	case *types.TypeName:
		if o.IsAlias() {
			add("type %s = %s", o.Name(), text(types.Unalias(o.Type())))
			break
		}
		switch u := o.Type().Underlying().(type) {
		case *types.Struct:
			add("type %s struct", o.Name())
			for f := range u.Fields() {
				if f.Exported() {
					add("type %s struct, %s %s", o.Name(), f.Name(), text(f.Type()))
				}
			}
		case *types.Interface:
			// Other implementations would lack an additional method.
			add("type %s %s", o.Name(), text(u))
		default:
			add("type %s %s", o.Name(), text(u))
		}
		if types.IsInterface(o.Type()) {
			break
		}
		for m := range o.Type().(*types.Named).Methods() {
			if m.Exported() {
				add("method (%s) %s%s", text(m.Signature().Recv().Type()), m.Name(), strings.TrimPrefix(text(unnamed(m.Signature())), "func"))
			}
		}
	}
	return lines
}

// unnamed returns a signature without the names of its parameters, which may change.
func unnamed(s *types.Signature) *types.Signature {
	tuple := func(t *types.Tuple) *types.Tuple {
		var vars []*types.Var
		for v := range t.Variables() {
			vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), "", v.Type()))
		}
		return types.NewTuple(vars...)
	}
	return types.NewSignatureType(nil, nil, nil, tuple(s.Params()), tuple(s.Results()), s.Variadic())
}
