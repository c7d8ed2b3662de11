package diagnose_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Every code is explained, once, and nothing else is.
func TestEveryCodeIsExplained(t *testing.T) {
	var explained []diagnose.Code
	for _, f := range diagnose.Families() {
		if f.Title == "" {
			t.Error("a family has no title")
		}
		for _, e := range f.Explanations {
			explained = append(explained, e.Code)
		}
	}
	codes := diagnose.Codes()
	slices.Sort(explained)
	slices.Sort(codes)
	if !slices.Equal(explained, codes) {
		t.Errorf("explained are\n%v\nand the codes are\n%v", explained, codes)
	}
}

// awsPage is a page of AWS's documentation.
var awsPage = regexp.MustCompile(`^https://docs\.aws\.amazon\.com/[A-Za-z0-9/_-]+\.html$`)

// Each explanation is whole, and its words are ours: sentences that end, commands
// that fit a terminal, pages of AWS.
func TestExplanationsAreWhole(t *testing.T) {
	for _, code := range diagnose.Codes() {
		e, ok := diagnose.Explain(code)
		if !ok || e.Code != code || e.Summary == "" || e.AtMost != diagnose.AtMost(code) || e.Summary != diagnose.Summary(code) {
			t.Errorf("%s: explained as %+v", code, e)
			continue
		}
		if len(e.How) == 0 || len(e.Prove) == 0 || len(e.Fix) == 0 {
			t.Errorf("%s: how, proof or fix is missing", code)
		}
		for _, s := range slices.Concat(e.How, e.Fix, []string{e.Summary}) {
			if !sentence(s) {
				t.Errorf("%s: no sentence: %q", code, s)
			}
		}
		for _, s := range e.Prove {
			if s.Shows == "" || strings.HasSuffix(s.Shows, ".") || s.Shows != strings.TrimSpace(s.Shows) {
				t.Errorf("%s: no words of what is shown: %q", code, s.Shows)
			}
			for line := range strings.SplitSeq(s.Command, "\n") {
				if line == "" || len(line) > 78 || strings.TrimRight(line, " ") != line {
					t.Errorf("%s: %d columns, or none: %q", code, len(line), line)
				}
			}
		}
		for _, url := range e.See {
			if !awsPage.MatchString(url) {
				t.Errorf("%s: no page of AWS: %q", code, url)
			}
		}
		for _, c := range e.GivesWayTo {
			if _, ok := diagnose.Explain(c); !ok || c == code {
				t.Errorf("%s gives way to %s, which is no other code", code, c)
			}
		}
	}
}

// A shell takes every command.
func TestExplainedCommandsAreShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no sh")
		}
		t.Skip("SKIP: there is no sh; the commands were not parsed")
	}
	var script strings.Builder
	for _, f := range diagnose.Families() {
		for _, e := range f.Explanations {
			for _, s := range e.Prove {
				script.WriteString(s.Command + "\n")
			}
		}
	}
	cmd := exec.Command(sh, "-n")
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// sentence reports whether s ends as one, in plain ASCII.
func sentence(s string) bool {
	if !strings.HasSuffix(s, ".") || strings.Count(s, "`")%2 != 0 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func TestExplainUnknown(t *testing.T) {
	for _, code := range []diagnose.Code{"", "no-such-cause", "ENDPOINT-BLOCKED"} {
		if e, ok := diagnose.Explain(code); ok {
			t.Errorf("%q is explained: %+v", code, e)
		}
	}
}
