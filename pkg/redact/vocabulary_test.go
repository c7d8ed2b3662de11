package redact_test

import (
	"crypto/tls"
	"flag"
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

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// TestVocabulary holds vocabulary.txt to the words of the texts that facts are
// recorded in, and to those that a judgement compares facts with. One that is
// missing has a stand-in where it needs none: a few may, so that not every new
// text needs the list anew. To write it again:
// go test ./pkg/redact -run Vocabulary -update.
func TestVocabulary(t *testing.T) {
	words := map[string]bool{}
	add := func(n ast.Node) {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, _ := strconv.Unquote(l.Value) // the parser has read it
			for _, w := range word.FindAllString(s, -1) {
				if !id.MatchString(w) {
					words[strings.ToLower(w)] = true
				}
			}
		}
	}
	for _, dir := range []string{"probe", "endpoint", "observation"} {
		literals(t, filepath.Join("..", dir), func(n ast.Node) bool {
			add(n)
			_, isImport := n.(*ast.ImportSpec)
			return !isImport
		})
	}
	literals(t, filepath.Join("..", "diagnose"), func(n ast.Node) bool {
		for _, e := range compared(n) {
			add(e)
		}
		return true
	})
	everybodys, err := os.ReadFile("public.txt")
	if err != nil {
		t.Fatal(err)
	}
	for w := range strings.FieldsSeq(remark.ReplaceAllString(string(everybodys), "")) {
		delete(words, w)
	}
	const file = "vocabulary.txt"
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

// compared are the values that a node of the syntax tree compares others with, as
// in a case, a table or strings.Contains.
func compared(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CaseClause:
		return n.List
	case *ast.CompositeLit:
		return n.Elts
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			return []ast.Expr{n.X, n.Y}
		}
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		if ok && (slices.Contains([]string{"Contains", "ContainsAny", "HasPrefix", "HasSuffix", "EqualFold", "Cut", "Index"}, f.Sel.Name)) {
			return n.Args
		}
	}
	return nil
}

// literals visits the syntax trees of a folder's files.
func literals(t *testing.T, dir string, visit func(ast.Node) bool) {
	t.Helper()
	for _, name := range goFiles(t, dir) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, visit)
	}
}

// goFiles are those of a folder and the folders in it, tests left out.
func goFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	return files
}

// The names of key exchanges say nothing of whose node it is.
func TestRedactKeepsGroups(t *testing.T) {
	groups := []string{tls.X25519.String(), tls.X25519MLKEM768.String(), tls.SecP256r1MLKEM768.String(), tls.SecP384r1MLKEM1024.String(), "group 0x6399"}
	own := len(groups)
	literals(t, filepath.Join("..", "probe"), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "groupNames" {
			for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
				name, _ := strconv.Unquote(e.(*ast.KeyValueExpr).Value.(*ast.BasicLit).Value) // the parser has read it
				groups = append(groups, name)
			}
		}
		return true
	})
	if len(groups) == own {
		t.Fatal("no file of the probe has groupNames")
	}
	for _, g := range groups {
		h := &observation.Handshake{Group: g, VerifyText: "it is " + g + ", and asked for \"" + g + "\""}
		o := &observation.Observations{LargeHello: []observation.Experiment{{Result: observation.Stages{Handshake: h}}}}
		got, err := redact.New().Observations(o)
		if err != nil {
			t.Fatal(err)
		}
		if is := got.LargeHello[0].Result.Handshake; is.Group != g || is.VerifyText != h.VerifyText {
			t.Errorf("%s is %s, and %q", g, is.Group, is.VerifyText)
		}
	}
}

var update = flag.Bool("update", false, "write the vocabulary again")

var remark = regexp.MustCompile(`(?m)^#.*`)

// id is a piece of a hash or a key, which nobody needs to read.
var id = regexp.MustCompile(`^[0-9a-f]*[0-9][0-9a-f]*$|[A-Z].*[0-9].*[a-z].*[0-9]`)

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]+[A-Za-z0-9]`)
