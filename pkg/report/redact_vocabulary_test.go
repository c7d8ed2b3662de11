package report_test

import (
	"crypto/tls"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRedactVocabulary holds redactvocabulary.txt to the words of the texts that
// facts and findings are told in. One that is missing has a stand-in where it
// needs none: a few may, so that not every new text needs the list anew. To
// write it again: go test ./pkg/report -run RedactVocabulary -update.
func TestRedactVocabulary(t *testing.T) {
	words := map[string]bool{}
	for _, dir := range []string{"probe", "endpoint", "diagnose"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					s, _ := strconv.Unquote(l.Value) // the parser has read it
					for _, w := range word.FindAllString(s, -1) {
						words[strings.ToLower(w)] = true
					}
				}
				_, isImport := n.(*ast.ImportSpec)
				return !isImport
			})
		}
	}
	const file = "redactvocabulary.txt"
	if *update {
		var lines []string
		line := ""
		all := make([]string, 0, len(words))
		for w := range words {
			all = append(all, w)
		}
		slices.Sort(all)
		for _, w := range all {
			if len(line)+len(w) >= 120 {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimSpace(line + " " + w)
		}
		if err := os.WriteFile(file, []byte(strings.Join(append(lines, line), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields(string(have))
	var missing []string
	for w := range words {
		if !slices.Contains(listed, w) {
			missing = append(missing, w)
		}
	}
	if len(missing) > len(words)/20 {
		slices.Sort(missing)
		t.Errorf("%s lacks %d of %d words, run this test with -update: %s", file, len(missing), len(words), strings.Join(missing, " "))
	}
}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]+[A-Za-z0-9]`)

// The names of key exchanges say nothing of whose node it is.
func TestRedactKeepsGroups(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "probe", "tls_offer.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{tls.X25519.String(), tls.X25519MLKEM768.String(), tls.SecP256r1MLKEM768.String(), tls.SecP384r1MLKEM1024.String(), "group 0x6399"}
	own := len(groups)
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "groupNames" {
			for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
				name, _ := strconv.Unquote(e.(*ast.KeyValueExpr).Value.(*ast.BasicLit).Value) // the parser has read it
				groups = append(groups, name)
			}
		}
		return true
	})
	if len(groups) == own {
		t.Fatal("tls_offer.go has no groupNames")
	}
	for _, g := range groups {
		d := healthy()
		a := &d.Observations.Targets[0].Addresses[0]
		h := *a.Handshake
		h.Group, a.Handshake = g, &h
		d.Notes = []string{"it chose " + g + ", and asked for \"" + g + "\""}
		got := redact(t, d)
		if name := got.Observations.Targets[0].Addresses[0].Handshake.Group; name != g || got.Notes[0] != d.Notes[0] {
			t.Errorf("%s is %s, and %q", g, name, got.Notes[0])
		}
	}
}
