package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
)

// licences writes the licences of Go and of every module that is linked on some
// system, which must accompany the program.
func licences(dir string) error {
	root, err := output("go", "env", "GOROOT")
	if err != nil {
		return err
	}
	// Only Go's library is linked, so the licences in subdirectories do not apply.
	texts, err := licenceFiles(os.DirFS(strings.TrimSpace(string(root))), "Go "+runtime.Version(), false)
	if err != nil {
		return err
	}
	modules, err := linkedModules()
	if err != nil {
		return err
	}
	for _, m := range modules {
		more, err := licenceFiles(os.DirFS(m.dir), m.name, true)
		if err != nil {
			return err
		}
		texts = append(texts, more...)
	}
	return write(dir, "THIRD-PARTY-LICENSES.txt", joinLicences(texts))
}

// A module is a linked one: its path and version, and its directory in the module
// cache.
type module struct{ name, dir string }

func linkedModules() ([]module, error) {
	var found []module
	for _, system := range []string{"linux", "windows", "darwin"} {
		out, err := output("env", "GOOS="+system, "go", "list", "-deps", "-f",
			`{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}	{{with .Replace}}REPLACED{{else}}{{.Dir}}{{end}}{{end}}{{end}}`, "./cmd/ssmcheck")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t")
			m := module{name, dir}
			if !ok || slices.Contains(found, m) {
				continue
			}
			if dir == "REPLACED" {
				return nil, fmt.Errorf("%s is replaced: a release links what go.mod names", name)
			}
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b module) int { return cmp.Compare(a.name, b.name) })
	return found, nil
}

// A licence is one file of a module.
type licence struct {
	of   string // the module and the file
	text []byte
}

// licenceFiles returns a module's licences and notices; with deep, also those in
// its subdirectories, for code that it copied. A module without a licence of its
// own is an error, because it may not be distributed.
func licenceFiles(module fs.FS, name string, deep bool) ([]licence, error) {
	var found []licence
	own := false
	err := fs.WalkDir(module, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != "." && (!deep || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		base := strings.TrimSuffix(strings.TrimSuffix(d.Name(), ".txt"), ".md")
		switch base {
		case "LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "PATENTS":
		default:
			return nil
		}
		own = own || path == d.Name()
		text, err := fs.ReadFile(module, path)
		found = append(found, licence{of: name + ", " + path, text: bytes.TrimSpace(text)})
		return err
	})
	if err == nil && !own {
		err = fmt.Errorf("%s: no licence found", name)
	}
	return found, err
}

// joinLicences writes each text once, below the names of all files with that text.
func joinLicences(texts []licence) []byte {
	var buf bytes.Buffer
	buf.WriteString("ssmcheck is linked with the software below. Each text appears once, below the names of all that use it.\n")
	for i, l := range texts {
		same := func(o licence) bool { return bytes.Equal(o.text, l.text) }
		if slices.ContainsFunc(texts[:i], same) {
			continue
		}
		buf.WriteString("\n" + strings.Repeat("=", 80) + "\n")
		for _, o := range texts[i:] {
			if same(o) {
				buf.WriteString(o.of + "\n")
			}
		}
		buf.WriteString(strings.Repeat("-", 80) + "\n\n")
		buf.Write(l.text)
		buf.WriteString("\n")
	}
	return buf.Bytes()
}
