package scenarios_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// TestEveryCauseHasAScenario: some scenario wants each code of the diagnosis.
func TestEveryCauseHasAScenario(t *testing.T) {
	shown := map[diagnose.Code]bool{}
	for _, s := range scenarios.All() {
		for c := range s.Want.Errors {
			shown[c] = true
		}
		for _, c := range slices.Concat(s.Want.Warnings, s.Want.Infos) {
			shown[c] = true
		}
	}
	for _, c := range diagnose.Codes() {
		if !shown[c] {
			t.Errorf("no scenario shows %s", c)
		}
		delete(shown, c)
	}
	for c := range shown {
		t.Errorf("a scenario wants %s, which is no cause", c)
	}
}

// TestScenarios checks the form of each scenario, and that its wants are consistent.
func TestScenarios(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, s := range scenarios.All() {
		if !name.MatchString(s.Name) || seen[s.Name] {
			t.Errorf("%q is no name, or another scenario's", s.Name)
		}
		seen[s.Name] = true
		if s.Title == "" || len(s.Title) > 110 {
			t.Errorf("%s: the title is empty or too long: %q", s.Name, s.Title)
		}
		if fails := len(s.Want.Errors) > 0; fails != (s.Want.Status == 1) || fails != (s.Want.Verdict == diagnose.Fail) {
			t.Errorf("%s: verdict %q and status %d do not agree with %d errors", s.Name, s.Want.Verdict, s.Want.Status, len(s.Want.Errors))
		}
		if s.Want.Verdict == diagnose.Pass && !s.Healthy() {
			t.Errorf("%s: a pass with findings", s.Name)
		}
		w := s.World()
		for _, e := range w.Edges {
			if len(e.Hosts) == 0 {
				t.Errorf("%s: a server without a host name at %s", s.Name, e.Address)
			}
		}
		if len(s.Needs) > 0 == !hasEngine(w) {
			t.Errorf("%s: needs %v, which its world does not name", s.Name, s.Needs)
		}
	}
}

func hasEngine(w *lab.World) bool {
	return slices.ContainsFunc(w.Nameservers, func(n *lab.Nameserver) bool { return n.Engine != "" }) ||
		slices.ContainsFunc(w.Proxies, func(p *lab.Proxy) bool { return p.Engine != "" })
}
