package probe

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

func TestSocketsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := make(sockets, 1)
		release, failure := s.take(t.Context(), OpConnect)
		if failure != nil {
			t.Fatal(failure)
		}
		if _, ok := s.takeFree(); ok {
			t.Error("a second place of one was free")
		}
		// An attempt that never began is old at no time.
		for cause, want := range map[error]Kind{ErrDeadline: KindUndecided, ErrInterrupted: KindInterrupted} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(cause) })
			if _, failure := s.take(ctx, OpConnect); !failure.Of(want) {
				t.Errorf("%v: %v, wanted %s", cause, failure, want)
			}
		}
		release()
		release() // twice frees one place
		if _, ok := s.takeFree(); !ok {
			t.Error("the place was not given back")
		}
		if _, ok := s.takeFree(); ok {
			t.Error("a place was given back twice")
		}
	})
}

func TestQuestionsEnd(t *testing.T) {
	server := listenDNS(t, zone(map[string]string{firstHost + ".": "10.0.1.101"}), nil)
	p := &Prober{questions: newQuestions(1)}
	x, failure := p.dialServer(t.Context(), server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.close()
	if a := x.ask(t.Context(), firstHost, dns.TypeA); a.Failure != nil || a.Sent != 1 {
		t.Errorf("the first question: %+v", a)
	}
	for _, a := range []Answer{x.ask(t.Context(), firstHost, dns.TypeA), x.askTCP(t.Context(), firstHost, dns.TypeA)} {
		if !a.Failure.Of(KindUndecided) || a.Sent != 0 {
			t.Errorf("one more over %s: %+v, wanted it not to be put", a.Transport, a)
		}
	}
}

func TestSearchListTrap(t *testing.T) {
	p := &Prober{}
	if !goResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	n := Node{Resolver: ResolverConfig{Search: make([]string, 6)}}
	if why := p.resolverTrap(n, 13); why != "" {
		t.Errorf("six domains, as many as a container has: %s", why)
	}
	n.Resolver.Search = make([]string, maxSearch)
	if p.resolverTrap(n, 13) == "" {
		t.Error("a search list without end is no trap")
	}
}
