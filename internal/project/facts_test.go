package project

import (
	"slices"
	"testing"
)

// Facts, their judgement and their rendering link nothing that talks to a network
// or starts a process, however far away it is imported.
func TestFactsLinkNoNetwork(t *testing.T) {
	for _, system := range systems {
		for _, room := range []string{"pkg/observation", "pkg/diagnose", "pkg/redact", "pkg/report", "pkg/remedy"} {
			deps := goList(t, system, "{{.ImportPath}}", "-deps", "./"+room)
			for _, banned := range []string{"net/http", "crypto/tls", "crypto/x509", "os/exec", "github.com/miekg/dns", module + "pkg/probe"} {
				if slices.Contains(deps, banned) {
					t.Errorf("%s: %s links %s", system, room, banned)
				}
			}
		}
	}
}
