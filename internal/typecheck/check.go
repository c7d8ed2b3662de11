package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"sync"
)

// A checker checks the packages of one system, one after another.
type checker struct {
	files *files
	sizes types.Sizes
	// known are the packages checked so far, by ImportPath.
	known map[string]*types.Package
	facts facts
	wrong []error
	// seen are the errors so far: most files are in a package and again in the one
	// with its tests.
	seen map[string]bool
}

func (c *checker) fail(err error) {
	if !c.seen[err.Error()] {
		c.seen[err.Error()] = true
		c.wrong = append(c.wrong, err)
	}
}

// check type-checks a package. Only the module's own packages are checked with their
// function bodies, and vetted.
func (c *checker) check(p listed) {
	if p.Error != nil {
		c.fail(fmt.Errorf("%s: %s", p.ImportPath, p.Error.Err))
		return
	}
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		file, err := c.files.parse(filepath.Join(p.Dir, name))
		if err != nil {
			c.fail(err)
			continue
		}
		parsed = append(parsed, file)
	}
	config := types.Config{
		Importer:         importer{c.known, p.ImportMap},
		Sizes:            c.sizes,
		IgnoreFuncBodies: !p.ours(),
		Error:            c.fail,
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	var info *types.Info
	if p.ours() {
		info = &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
			Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
		}
	}
	checked, err := config.Check(p.ImportPath, c.files.set, parsed, info)
	c.known[p.ImportPath] = checked
	if err == nil && p.ours() { // config.Error has reported err
		c.vet(checked, parsed, info)
	}
}

// An importer returns the packages that one package imports.
type importer struct {
	known map[string]*types.Package
	paths map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if p, ok := i.paths[path]; ok {
		path = p
	}
	if p := i.known[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s was not listed", path)
}

// files caches parsed files: most are the same on every system.
type files struct {
	set *token.FileSet
	mu  sync.Mutex
	all map[string]func() (*ast.File, error)
}

func newFiles() *files {
	return &files{set: token.NewFileSet(), all: map[string]func() (*ast.File, error){}}
}

func (f *files) parse(path string) (*ast.File, error) {
	f.mu.Lock()
	once := f.all[path]
	if once == nil {
		once = sync.OnceValues(func() (*ast.File, error) {
			return parser.ParseFile(f.set, path, nil, parser.SkipObjectResolution)
		})
		f.all[path] = once
	}
	f.mu.Unlock()
	return once()
}
