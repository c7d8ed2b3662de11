package diagnose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFacts_judgeNothing: no facts file names a cause, a match, or what a finding is
// made of.
func TestFacts_judgeNothing(t *testing.T) {
	judging := map[string]bool{
		"Code": true, "cause": true, "match": true, "words": true, "Finding": true, "Check": true,
		"Severity": true, "judgement": true, "quoted": true,
	}
	constant := regexp.MustCompile(`(?m)^(?:const |\t)(\w+) +Code = "`)
	all, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range constant.FindAllSubmatch(text, -1) {
			judging[string(c[1])] = true
		}
	}
	if n := len(judging); n < len(Codes()) {
		t.Fatalf("%d names, fewer than causes", n)
	}
	for _, name := range all {
		if !strings.HasPrefix(name, "facts") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		selected := map[*ast.Ident]bool{} // m.Code is an ICMP message's
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				selected[n.Sel] = true
			case *ast.Ident:
				if judging[n.Name] && !selected[n] {
					t.Errorf("%s names %s", name, n.Name)
				}
			}
			return true
		})
	}
}
