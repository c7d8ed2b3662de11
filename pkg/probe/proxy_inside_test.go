package probe

import (
	"encoding/json"
	"strings"
	"testing"
)

// A proxy's settings must be complete internally, and without the password in everything that is
// recorded.
func TestProxyPasswordStaysInside(t *testing.T) {
	p := bare(map[string]string{"proc/1/comm": "systemd\n"})
	p.Getenv = func(name string) string {
		if name == "https_proxy" {
			return "http://user:secret@proxy.example:3128"
		}
		return ""
	}
	node := p.InspectNode(t.Context())
	plan, err := NewPlan(Config{Region: "us-east-2"}, node)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{node, plan} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Errorf("the password is written down: %s", b)
		}
	}
	target := plan.Targets[0]
	if password, _ := plan.proxies[target.Name].User.Password(); password != "secret" {
		t.Errorf("the proxy's password is %q inside, want it whole", password)
	}
	if want := "http://user:***@proxy.example:3128"; target.Proxy != want {
		t.Errorf("shown as %q, want %q", target.Proxy, want)
	}
}
