package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
)

// The manual has a page about every code and every capability, and about
// nothing else. What a page must contain is tested in pkg/manual.
func TestManual_hasEveryCode(t *testing.T) {
	var want, got []string
	for _, c := range Codes() {
		want = append(want, string(c))
	}
	for _, c := range endpoint.Capabilities() {
		want = append(want, string(c))
	}
	for _, chapter := range manual.Chapters() {
		got = append(got, chapter.Pages...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-codes and capabilities +manual):\n%s", diff)
	}
}

// A cause's page has the sections of a cause, and its fix ends with a restart of
// the agent if the agent gives up while the cause holds.
func TestManual_restart(t *testing.T) {
	for _, c := range causes() {
		page, _ := manual.Lookup(string(c.code))
		if len(page.Sections) != 5 {
			t.Errorf("%s: %d sections, want those of a cause", c.code, len(page.Sections))
			continue
		}
		var steps string
		for _, b := range page.Sections[3].Blocks {
			steps += b.Text + "\n"
		}
		if c.restart && !strings.Contains(strings.ToLower(steps), "restart the agent") {
			t.Errorf("%s: the fix does not restart the agent:\n%s", c.code, steps)
		}
	}
}
