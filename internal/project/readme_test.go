package project

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// help returns the help text of a program of this module, from SSMCHECK_BIN if set.
func help(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run", "-trimpath", "./cmd/" + program}, append(args, "--help")...)...)
	if bin := os.Getenv("SSMCHECK_BIN"); bin != "" {
		cmd = exec.Command(filepath.Join(bin, program), append(args, "--help")...)
	}
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

// TestREADMENamesWhatExists: the README, and the pages that say how to run the programs,
// name only existing flags and targets of the Makefile.
func TestREADMENamesWhatExists(t *testing.T) {
	makefile := read(t, "Makefile")
	flags := help(t, "ssmcheck") + help(t, "ssmcheck", "fix") + help(t, "ssmlab", "run")
	made := 0
	for _, name := range []string{"README.md", "docs/usage.md", "docs/recipes.md", "CONTRIBUTING.md"} {
		text := strings.ReplaceAll(read(t, name), " --allow-untrusted ", " ") // apk's
		named := regexp.MustCompile(`(?m)(?:^|[\s`+"`"+`])(--[a-z][a-z-]+)`).FindAllStringSubmatch(text, -1)
		if name == "CONTRIBUTING.md" {
			named = nil // it names flags of other programs
		} else if len(named) < 5 {
			t.Errorf("only %d flags found in %s", len(named), name)
		}
		for _, m := range named {
			if !regexp.MustCompile(`(?m)` + m[1] + `\b`).MatchString(flags) {
				t.Errorf("%s names %s, which no program has", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|`|=\\S+ )make ([a-z][a-z0-9 -]*)").FindAllStringSubmatch(text, -1) {
			for target := range strings.FieldsSeq(m[1]) {
				made++
				if !strings.Contains(makefile, "\n"+target+":") {
					t.Errorf("%s names make %s, which is no target of the Makefile", name, target)
				}
			}
		}
	}
	if made < 6 {
		t.Errorf("only %d targets of make found in the texts", made)
	}
}

// TestREADMELeadsToEveryPage: the README is short, and links to each page of docs.
func TestREADMELeadsToEveryPage(t *testing.T) {
	readme := read(t, "README.md")
	text, _, ok := strings.Cut(readme, "\n## Documentation\n")
	if words := len(strings.Fields(text)); !ok || words > 1200 {
		t.Errorf("the README has %d words before its list of pages (found: %t), at most 1,200 are read", words, ok)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.*"))
	if err != nil || len(pages) < 8 {
		t.Fatalf("docs has %d pages: %v", len(pages), err)
	}
	for _, page := range pages {
		if name := "docs/" + filepath.Base(page); !strings.Contains(readme, "]("+name+")") {
			t.Errorf("README.md has no link to %s", name)
		}
	}
}

// TestMakeHelpListsEveryTarget: each target has a line of help.
func TestMakeHelpListsEveryTarget(t *testing.T) {
	makefile := read(t, "Makefile")
	targets := regexp.MustCompile(`(?m)^\.PHONY: (\S+)\n(.*)`).FindAllStringSubmatch(makefile, -1)
	if len(targets) < 10 {
		t.Fatalf("only %d targets found", len(targets))
	}
	for _, m := range targets {
		if !strings.HasPrefix(m[2], m[1]+":") || !strings.Contains(m[2], "## ") {
			t.Errorf("target %s has no line of help: %q", m[1], m[2])
		}
	}
}
