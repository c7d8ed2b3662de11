package probe

import (
	"context"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// runner makes the attempts of the prober. Inlined into its fifty callers it made the
// program larger by pages.
//
//go:noinline
func (p *Prober) runner() *attempt.Runner {
	return &attempt.Runner{Dial: p.Dial, Timeout: p.Timeout, Now: p.Now, UserAgent: p.UserAgent, Heart: p.heart, Sockets: p.sockets}
}

func (p *Prober) machine() files.Machine { return files.Machine{Files: p.Files, Getenv: p.Getenv} }

// trustStore is the run's, or outside of a run a new one.
func (p *Prober) trustStore() *handshake.Trust {
	if p.trust != nil {
		return p.trust
	}
	return &handshake.Trust{Machine: p.machine(), RootCAs: p.RootCAs, VerifyChain: p.verifyChain}
}

// lookup looks a host up the system's way.
func (p *Prober) lookup(ctx context.Context, host string) observation.SystemLookup {
	return (&dnsquery.System{Runner: p.runner(), LookupHost: p.LookupHost, Questions: p.systemQuestions}).Lookup(ctx, host)
}

func (p *Prober) dialServer(ctx context.Context, addr netip.AddrPort) (*dnsquery.Client, *observation.Failure) {
	return dnsquery.Dial(ctx, p.runner(), p.questions, addr)
}

// LookAtNode reads what the node says of itself, from files and the system. It
// sends nothing, runs no command and changes nothing. It never fails and never
// hangs: each part carries its own Failure, and a part that could not be read
// in two seconds, or before ctx was over, is of KindTimeout.
func (p *Prober) LookAtNode(ctx context.Context) node.Local {
	q := *p
	defer q.Watch()()
	return node.NewReader(q.machine(), q.heart, q.InterfacePrefixes).Inspect(ctx)
}

// StartMetadata asks instance metadata at 169.254.169.254 in its second
// version, never through a proxy and never in its first version. Each call has
// a second. ctx ends them all.
func (p *Prober) StartMetadata(ctx context.Context) *imds.Call {
	q := *p
	stop := q.Watch()
	return imds.Start(ctx, q.runner(), stop)
}

// Watch begins to note when this process does not run (it is stopped or
// starved, or the machine is suspended), for all that p does until stop is
// called. Each method does so by itself for as long as it takes; who calls
// several of them for one run calls Watch first, so that what happens between
// them counts too.
func (p *Prober) Watch() (stop func()) {
	if p.heart != nil {
		return func() {}
	}
	p.heart = attempt.NewHeartbeat()
	p.heart.Start()
	return p.heart.Stop
}
