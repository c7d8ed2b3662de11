package dnsquery

import (
	"context"
	"net/netip"
	"testing"
	"testing/fstest"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

func TestBudget_ends(t *testing.T) {
	server := probetest.ListenDNS(t, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.101"}), nil)
	x, failure := Dial(t.Context(), new(attempt.Runner), NewBudget(1), server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.Close()
	if a := x.Ask(t.Context(), probetest.FirstHost, dns.TypeA); a.Failure != nil || a.Sent != 1 {
		t.Errorf("the first question: %+v", a)
	}
	for _, a := range []observation.Answer{x.Ask(t.Context(), probetest.FirstHost, dns.TypeA), x.AskTCP(t.Context(), NewQuestion(probetest.FirstHost, dns.TypeA))} {
		if !a.Failure.Of(observation.KindUndecided) || a.Sent != 0 {
			t.Errorf("one more over %s: %+v, wanted it not to be put", a.Transport, a)
		}
	}
}

// TestBudget_failureOfEachQuestion: queries that end at the same time do not change each other's
// failures, which say why a query was not sent.
func TestBudget_failureOfEachQuestion(t *testing.T) {
	server := probetest.ListenDNS(t, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.101"}), nil)
	x, failure := Dial(t.Context(), new(attempt.Runner), NewBudget(0), server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(attempt.ErrDeadline)
	answers := make([]observation.Answer, 20)
	var asking attempt.TaskGroup
	for i := range answers {
		asking.Go(func() { answers[i] = x.Ask(ctx, probetest.FirstHost, dns.TypeA) })
	}
	asking.Wait()
	for i, a := range answers {
		if !a.Failure.Of(observation.KindUndecided) || a.Failure.Text != tooMany().Text {
			t.Fatalf("question %d: %v, want %q", i, a.Failure, tooMany().Text)
		}
	}
	answers[0].Failure.Text = "changed"
	if answers[1].Failure.Text == "changed" || tooMany().Text == "changed" {
		t.Error("two questions share one failure")
	}
}

// TestSystem_budgetEnds: past the last question Go's own resolver sends none,
// and its lookup is open: it says nothing against the network.
func TestSystem_budgetEnds(t *testing.T) {
	if !GoResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	l := (&System{Runner: &attempt.Runner{Timeout: 5 * time.Second}, Questions: NewBudget(0)}).Lookup(t.Context(), "ssm.us-east-2.amazonaws.com")
	if !l.Failure.Of(observation.KindUndecided) || l.Failure.Text != tooMany().Text || time.Duration(l.Elapsed) > 4*time.Second {
		t.Errorf("%v in %s, want it open at once", l.Failure, l.Elapsed)
	}
}

func TestShare(t *testing.T) {
	// If the system looks names up, the search list does not count: thirteen names cost 26 queries,
	// and their repeats what the nameservers leave.
	searching := 130
	if !GoResolver {
		searching = 300 - 4*60
	}
	config := func(servers, search, attempts int) observation.Node {
		return observation.Node{Resolver: observation.ResolverConfig{Servers: make([]netip.AddrPort, servers), Search: make([]string, search), Attempts: attempts}}
	}
	for _, tt := range []struct {
		name            string
		node            observation.Node
		looked, proxies int
		names, servers  int
		system          int
	}{
		{"one server, each asked twice", config(1, 0, 0), 7, 0, 7, 2, 2 * 14},
		{"three servers", config(3, 0, 0), 7, 0, 7, 4, 6 * 14},
		{"none, where this node is asked", config(0, 0, 0), 7, 0, 7, 1, 4 * 14},
		{"the proxy of each target, looked up each time", config(1, 0, 0), 7, 8, 7, 2, 2 * (14 + 16)},
		{"as many servers as want all: the first answer is enough", config(1, 0, 0), 13, 14, 13, 6, 26 + 28},
		{"a failing search is cut, and the nameservers have their part", config(3, 4, 0), 13, 0, 13, 4, searching},
		{"what is left of the nameservers' part", config(3, 0, 5), 10, 0, 10, 4, 300 - 4*48},
		{"as many attempts as are taken", config(1, 0, MaxAttempts), 2, 0, 2, 1, 300 - 16},
		{"no name is looked up, of a hundred", config(1, 0, 0), 0, 0, 113, 1, 0},
	} {
		system, others := Share(tt.node, tt.looked, tt.proxies, tt.names, tt.servers)
		if system != tt.system || system+others != 300 {
			t.Errorf("%s: %d and %d, want %d and %d", tt.name, system, others, tt.system, 300-tt.system)
		}
	}
}

func TestFilesUnsafe_searchList(t *testing.T) {
	if !GoResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	n := observation.Node{Resolver: observation.ResolverConfig{Search: make([]string, 6)}}
	if why, _ := FilesUnsafe(files.Machine{Files: fstest.MapFS{}}, n, 13); why != "" {
		t.Errorf("six domains, as many as a container has: %s", why)
	}
	n.Resolver.Search = make([]string, 32)
	if why, _ := FilesUnsafe(files.Machine{Files: fstest.MapFS{}}, n, 13); why == "" {
		t.Error("a search list without end is no reason")
	}
}
