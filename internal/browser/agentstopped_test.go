//go:build !nobrowser

package browser

import (
	"strings"
	"testing"
)

// TestStoppedAgentIsSaid: if the page says that something can work, it also says that the
// agent is stopped.
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
