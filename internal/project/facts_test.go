package project

import (
	"slices"
	"testing"
)

// TestFactsLinkNoNetwork: facts, their diagnosis and the reports link nothing that uses
// a network or starts a process, not even indirectly.
func TestFactsLinkNoNetwork(t *testing.T) {
	for _, system := range systems {
		for _, path := range []string{"pkg/observation", "pkg/diagnose", "pkg/redact", "pkg/report", "pkg/remedy"} {
			deps := goList(t, system, "{{.ImportPath}}", "-deps", "./"+path)
			for _, banned := range []string{"net/http", "crypto/tls", "crypto/x509", "os/exec", "github.com/miekg/dns", module + "pkg/probe"} {
				if slices.Contains(deps, banned) {
					t.Errorf("%s: %s links %s", system, path, banned)
				}
			}
		}
	}
}
