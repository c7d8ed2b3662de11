package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// linkedLicences is the text that the licences of all linked modules, and
// Go's, want to go with the program. The modules are those that the program
// itself names.
func linkedLicences(ctx context.Context, program string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	root, err := exec.CommandContext(ctx, goCommand(), "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	// Of Go itself the library is linked, not what lies about its sources.
	texts, err := licenceFiles(os.DirFS(strings.TrimSpace(string(root))), "Go "+info.GoVersion, false)
	if err != nil {
		return nil, err
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: a release links what go.mod names", m.Path)
		}
		dir, err := moduleDir(ctx, m.Path+"@"+m.Version)
		if err != nil {
			return nil, err
		}
		more, err := licenceFiles(os.DirFS(dir), m.Path+" "+m.Version, true)
		if err != nil {
			return nil, err
		}
		texts = append(texts, more...)
	}
	return joinLicences(texts), nil
}

// moduleDir is where Go keeps a module's sources, which it fetches if it has
// to.
func moduleDir(ctx context.Context, module string) (string, error) {
	cmd := exec.CommandContext(ctx, goCommand(), "mod", "download", "-json", module)
	cmd.Env = plainEnv()
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &m); jsonErr != nil || m.Error != "" || m.Dir == "" {
		return "", fmt.Errorf("go mod download %s: %w", module, cmp.Or(jsonErr, err, fmt.Errorf("%s", m.Error)))
	}
	return m.Dir, nil
}

// A licence is one file of a module.
type licence struct {
	of   string // the module and the file
	text []byte
}

// licenceFiles are a module's licences and notices; deep, also those of the
// parts that it has from elsewhere. A module without one of its own is an
// error: it may not be given away.
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

// joinLicences writes each text once, under the names of all that have it.
func joinLicences(texts []licence) []byte {
	var buf bytes.Buffer
	buf.WriteString("ssmcheck is linked with the software below. Each text stands once, under all that it is of.\n")
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
