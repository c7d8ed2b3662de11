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
	wrong []error
}

// check checks a package. Function bodies are read only in the module's own:
// to others they say nothing.
func (c *checker) check(p listed) {
	fail := func(err error) { c.wrong = append(c.wrong, err) }
	if p.Error != nil {
		fail(fmt.Errorf("%s: %s", p.ImportPath, p.Error.Err))
		return
	}
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		file, err := c.files.parse(filepath.Join(p.Dir, name))
		if err != nil {
			fail(err)
			continue
		}
		parsed = append(parsed, file)
	}
	config := types.Config{
		Importer:         importer{c.known, p.ImportMap},
		Sizes:            c.sizes,
		IgnoreFuncBodies: !p.ours(),
		Error:            fail,
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	c.known[p.ImportPath], _ = config.Check(p.ImportPath, c.files.set, parsed, nil) // Error has heard of it
}

// An importer finds what one package imports.
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
	return nil, fmt.Errorf("%s is not among what is imported", path)
}

// files keeps what is parsed: most files are the same on every system.
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
