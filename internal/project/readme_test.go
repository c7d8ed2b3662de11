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

// help gives the help text of a program of this module: that which SSMCHECK_BIN
// has, as in `make test`, or one that is built for it.
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

// TestREADMENamesWhatExists holds the README to the flags that the programs
// have, and to the targets of the Makefile.
func TestREADMENamesWhatExists(t *testing.T) {
	readme, makefile := read(t, "README.md"), read(t, "Makefile")
	flags := help(t, "ssmcheck") + help(t, "ssmcheck", "fix") + help(t, "ssmlab", "run")
	named := regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(outsideReport(t, readme), -1)
	if len(named) < 5 {
		t.Fatalf("only %d flags found in the README", len(named))
	}
	for _, flag := range named {
		if !regexp.MustCompile(`(?m)` + flag + `\b`).MatchString(flags) {
			t.Errorf("README names %s, which no program has", flag)
		}
	}
	made := 0
	for _, text := range []string{readme, read(t, "CONTRIBUTING.md")} {
		for _, m := range regexp.MustCompile("(?m)(?:^|`|=\\S+ )make ([a-z][a-z0-9 -]*)").FindAllStringSubmatch(text, -1) {
			for target := range strings.FieldsSeq(m[1]) {
				made++
				if !strings.Contains(makefile, "\n"+target+":") {
					t.Errorf("make %s is named, and is no target of the Makefile", target)
				}
			}
		}
	}
	if made < 6 {
		t.Errorf("only %d targets of make found in the texts", made)
	}
}

// TestMakeHelpListsEveryTarget wants a line of help for each target.
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

// outsideReport gives the README without the report in it, and wants the
// marks between which `make readme-report` puts it.
func outsideReport(t *testing.T, readme string) string {
	t.Helper()
	before, rest, ok := strings.Cut(readme, "<!-- report:begin -->\n")
	_, after, ends := strings.Cut(rest, "<!-- report:end -->\n")
	if !ok || !ends {
		t.Fatal("README.md has lost the marks of its report")
	}
	return before + after
}
