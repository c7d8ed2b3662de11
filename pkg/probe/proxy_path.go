package probe

import (
	"context"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/tunnel"
)

// A proxyPath is the path to one target through a proxy: the proxy's name, the
// connection to it, the CONNECT request, then TLS and HTTP inside. Each stage
// that fails is retried, as on the direct path.
type proxyPath struct {
	p      *Prober
	proxy  *url.URL
	target endpointTarget
	hello  handshake.ClientHello

	mu sync.Mutex
	to []netip.AddrPort // the proxy's addresses, once a lookup has given them
}

// throughProxy probes one target through a proxy, and retries if that fails. It also
// reports whether a WebSocket was granted.
func (p *Prober) throughProxy(ctx context.Context, proxy *url.URL, t endpointTarget) (out *observation.ProxyObservation, upgraded bool) {
	path := &proxyPath{p: p, proxy: proxy, target: t, hello: p.helloFor(t.host)}
	second := path.hedge(ctx)
	out, upgraded = path.attempt(ctx, p.runner().Limit(), second.opened)
	again, granted := second.end(out)
	if again == nil && path.repeatable(ctx, out) {
		var trying attempt.TaskGroup
		var small *observation.ProxyObservation
		var smallGranted bool
		if hs := out.Inside.Handshake; path.hello.Large && hs != nil && hs.Failure != nil {
			trying.Go(func() { small, smallGranted = path.smallHello(ctx) })
		}
		again, granted = path.repeat(ctx)
		if trying.Wait(); small != nil {
			e := proxyExperiment(small, observation.ExperimentSmallHello)
			e.StandsIn = p.eitherHello
			out.Experiments = append(out.Experiments, e)
			granted = granted || p.eitherHello && smallGranted
		}
	}
	if again != nil {
		out.Experiments = append([]observation.Experiment{proxyExperiment(again, observation.ExperimentRepeat)}, out.Experiments...)
	}
	if t.ask.Upgrade {
		return out, upgraded || granted // the plain request makes the other experiments
	}
	if f := proxyConnectFailure(out); conclusive(ctx, f) && out.Address.IsValid() {
		about := append(p.aboutThePath(ctx, out.Address, f), p.attemptBound(ctx, directPath{to: out.Address, until: observation.OpConnect}, out.Connect)...)
		out.Experiments = append(about, out.Experiments...)
	}
	if counts, _ := out.Settled(); wantsMore(counts.Inside.Handshake) && ctx.Err() == nil {
		path.hello.Wide = true
		path.target.ask.Prepare, path.target.ask.Distrusts, path.target.ask.Method = nil, nil, ""
		wide, _ := path.attempt(ctx, p.runner().Limit(), func() {})
		wide.Inside.Reply = nil // as on the direct path it is the handshake that counts
		out.Experiments = append(out.Experiments, proxyExperiment(wide, observation.ExperimentWideHello))
	}
	return out, upgraded || granted
}

// smallHello makes the attempt with the small ClientHello, after the large one failed.
func (x *proxyPath) smallHello(ctx context.Context) (*observation.ProxyObservation, bool) {
	small := &proxyPath{p: x.p, proxy: x.proxy, target: x.target, hello: handshake.SmallHello(x.target.host)}
	return small.attempt(ctx, x.p.runner().Limit(), func() {})
}

// attempt is one attempt, whose lookup and connection each take at most limit. opened is
// called when a connection to the proxy is made. The attempt is repeated if this process
// did not run meanwhile.
func (x *proxyPath) attempt(ctx context.Context, limit time.Duration, opened func()) (out *observation.ProxyObservation, upgraded bool) {
	var lookup *observation.SystemLookup // of the first try; the later ones need none
	x.p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out, upgraded = x.attemptOnce(ctx, limit, opened)
		if out.Lookup == nil {
			out.Lookup = lookup
		}
		lookup = out.Lookup
		return out.Failure()
	})
	return out, upgraded
}

func (x *proxyPath) attemptOnce(ctx context.Context, limit time.Duration, opened func()) (out *observation.ProxyObservation, upgraded bool) {
	out = &observation.ProxyObservation{URL: observation.RedactProxyURL(x.proxy)}
	opening := *x.p
	opening.Timeout = limit
	to, lookup, failure := x.addresses(ctx, &opening)
	out.Lookup = lookup
	if failure != nil {
		out.Connect = &observation.Connect{Failure: failure}
		return out, false
	}
	for _, a := range to {
		conn, c := opening.runner().Connect(ctx, a)
		out.Address, out.Connect = a, c
		if c.Failure != nil {
			continue // try the proxy's next address
		}
		defer conn.Close()
		opened()
		conn, out.Tunnel = tunnel.Open(ctx, x.p.runner(), x.p.trustStore(), conn, x.proxy, x.target.host, x.target.port)
		if out.Tunnel.Failure != nil {
			return out, false
		}
		out.Inside, upgraded = x.p.handshakeAndReply(ctx, conn, directPath{hello: x.hello, ask: x.target.ask})
		tunnel.Secrets(x.proxy).HideStages(out.Inside)
		return out, upgraded
	}
	return out, false
}

// addresses looks up the proxy, unless that has been done.
func (x *proxyPath) addresses(ctx context.Context, p *Prober) ([]netip.AddrPort, *observation.SystemLookup, *observation.Failure) {
	x.mu.Lock()
	known := x.to
	x.mu.Unlock()
	if known != nil {
		return known, nil, nil
	}
	to, lookup, failure := p.proxyAddresses(ctx, x.proxy)
	if failure == nil {
		x.mu.Lock()
		x.to = to
		x.mu.Unlock()
	}
	return to, lookup, failure
}

// repeatable reports whether an attempt should be repeated: not if the result cannot differ,
// nor if AWS's own server leaves an upgrade unanswered, which proves nothing and would cost
// every run that time.
func (x *proxyPath) repeatable(ctx context.Context, out *observation.ProxyObservation) bool {
	failed := out.Unsettled()
	if !conclusive(ctx, failed) || failed.Of(observation.KindSyntax) || silentAtOpening(failed) { // for silence see hedge
		return false
	}
	return !x.target.ask.Upgrade || !unansweredByAmazon(out.Inside)
}

// repeat repeats the attempt. If the connection is refused again, it is tried a third time
// and the faster refusal is kept: how soon it came shows who sent it, and a loaded node
// measures late.
func (x *proxyPath) repeat(ctx context.Context) (*observation.ProxyObservation, bool) {
	out, upgraded := x.attempt(ctx, x.p.runner().Limit(), func() {})
	if !proxyConnectFailure(out).Of(observation.KindConnectionRefused) || ctx.Err() != nil {
		return out, upgraded
	}
	third, granted := x.attempt(ctx, x.p.runner().Limit(), func() {})
	if !proxyConnectFailure(third).Of(observation.KindConnectionRefused) || third.Connect.Elapsed < out.Connect.Elapsed {
		return third, granted
	}
	return out, upgraded
}

// proxyConnectFailure returns why there is no connection to the proxy, nil if there is one.
func proxyConnectFailure(p *observation.ProxyObservation) *observation.Failure {
	if p.Connect == nil {
		return nil
	}
	return p.Connect.Failure
}

// wantsMore reports whether a handshake may have failed because of what was offered.
func wantsMore(h *observation.Handshake) bool {
	return h != nil && (h.Failure.Of(observation.KindTLSAlert) || h.Failure != nil && h.RetryGroup != "")
}

// proxyExperiment presents a further attempt as an experiment of the first one.
func proxyExperiment(p *observation.ProxyObservation, kind observation.ExperimentKind) observation.Experiment {
	return observation.Experiment{
		Kind:   kind,
		Proxy:  &observation.ProxyOpening{Lookup: p.Lookup, Address: p.Address, Tunnel: p.Tunnel},
		Result: observation.Stages{Connect: p.Connect, Handshake: p.Inside.Handshake, Reply: p.Inside.Reply},
	}
}

// silentAtOpening reports whether a lookup of the proxy, or a connection to it, timed out.
func silentAtOpening(f *observation.Failure) bool {
	return f.Of(observation.KindTimeout) && (f.Op == observation.OpLookup || f.Op == observation.OpConnect)
}
