//go:build !nobrowser

package browser

import (
	"strings"
	"testing"
)

// TestStoppedAgentIsSaid wants that the page does not say that something can
// work without saying that the agent is stopped.
func TestStoppedAgentIsSaid(t *testing.T) {
	p := newTab(t, chromium(t))
	p.open(scenario(t, "agent-stopped"))
	said := value[string](p, `document.querySelector('.hero').innerText`)
	for _, want := range []string{"network works; the SSM Agent is stopped", "can work once the SSM Agent runs"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q, but\n%s", want, said)
		}
	}
}
