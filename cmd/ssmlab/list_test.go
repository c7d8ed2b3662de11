package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// TestListTellsFlags: the list has the flags that a run needs to find what is wanted.
func TestListTellsFlags(t *testing.T) {
	c := listCommand()
	var b strings.Builder
	c.SetOut(&b)
	c.SetArgs(nil)
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{} // by name, with the flags on a separate line
	name := ""
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		flags := strings.HasPrefix(line, "    ssmcheck ")
		if n := utf8.RuneCountInString(line); n > 80 && !flags {
			t.Errorf("%d columns: %q", n, line)
		}
		if !strings.HasPrefix(line, " ") {
			name = strings.Fields(line)[0]
		}
		if flags {
			listed[name] += "\n"
		}
		listed[name] += " " + strings.Join(strings.Fields(line), " ")
	}
	for _, s := range scenarios.All() {
		want := " " + s.Name + " " + s.Want.String() + " " + s.Title
		if len(s.Args) > 0 {
			want += "\n ssmcheck " + strings.Join(s.Args, " ")
		}
		if listed[s.Name] != want {
			t.Errorf("%s: %q, want %q", s.Name, listed[s.Name], want)
		}
	}
}
