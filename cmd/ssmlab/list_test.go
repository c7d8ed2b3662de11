package main

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// What a scenario wants is found with its flags only: the list has them.
func TestListTellsFlags(t *testing.T) {
	c := listCommand()
	var b strings.Builder
	c.SetOut(&b)
	c.SetArgs(nil)
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(b.String()) {
		lines[strings.Fields(line)[0]] = strings.TrimSuffix(line, "\n")
	}
	for _, s := range lab.Scenarios() {
		line := lines[s.Name]
		if flags := " [ssmcheck " + strings.Join(s.Args, " ") + "]"; len(s.Args) > 0 && !strings.HasSuffix(line, s.Title+flags) ||
			len(s.Args) == 0 && !strings.HasSuffix(line, s.Title) {
			t.Errorf("%s: %q", s.Name, line)
		}
	}
}
