package probe

import (
	"context"
	"crypto/x509"
	"io/fs"
	"net"
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
	"github.com/ssmcheck/ssmcheck/pkg/probe/ipranges"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// The causes with which a caller ends a run's context (context.WithTimeoutCause,
// context.WithCancelCause): a person ended it, or its time is over. The
// observations' Ending says which. A context that ends without either counts as
// ended by its deadline if that has passed, otherwise as interrupted.
var (
	ErrInterrupted = attempt.ErrInterrupted
	ErrDeadline    = attempt.ErrDeadline
)

// DefaultTimeout bounds one attempt: a DNS query, a connection, a handshake, a
// reply.
const DefaultTimeout = attempt.DefaultTimeout

// DefaultDeadline limits the whole run, through the context that the caller passes.
const DefaultDeadline = 15 * time.Second

// A Prober makes observations. The zero value uses the real network and the
// real node. It keeps no state between calls, except that of Watch, and may be
// used by several goroutines at once.
type Prober struct {
	// Dial opens every connection of the probe: DNS over UDP and TCP, TLS,
	// metadata. nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LookupHost queries the system's resolver, as the agent does. nil: Go's on this
	// system.
	LookupHost func(ctx context.Context, host string) ([]netip.Addr, error)
	// Files is the node's root directory. nil: the real one.
	Files fs.FS
	// Getenv reads the probe's own environment. nil: os.Getenv.
	Getenv func(string) string
	// InterfacePrefixes returns the node's own addresses with their subnets.
	// nil: those of the system's interfaces.
	InterfacePrefixes func() ([]netip.Prefix, error)
	// RootCAs is the trust store. nil: the system's.
	RootCAs *x509.CertPool
	// Now is the node's clock, compared with AWS's. nil: time.Now.
	Now func() time.Time
	// Timeout bounds one attempt. 0: DefaultTimeout. Observe uses that of its plan.
	Timeout time.Duration
	// Ranges are Amazon's published address ranges (ipranges.Open). nil: not given.
	Ranges *ipranges.Ranges
	// UserAgent is sent with every HTTP request. Empty: "ssmcheck".
	UserAgent string

	// heart records when this process does not run: see Watch.
	heart *attempt.Heartbeat
	// What one run may use; Observe sets it in its own copy.
	sockets   *attempt.Sockets
	questions *dnsquery.Budget
	// interfaces are the node's.
	interfaces []observation.Interface
	// systemQuestions are for Go's own resolver.
	systemQuestions *dnsquery.Budget
	trust           *handshake.Trust
	// largeHello: the agent sends the large ClientHello, or may. eitherHello: which one
	// it sends is not known.
	largeHello, eitherHello bool
	// verifyChain replaces crypto/x509's in a test.
	verifyChain func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error)
}

// An Event reports progress. Events come in chronological order, from several goroutines but
// never two at once.
type Event struct {
	// Target is the name of the planned target that it is about.
	Target string
	// Done: nothing more will be tried there.
	Done bool
	// Failure is the first one there, nil if there is none so far.
	Failure *observation.Failure
}

// runner makes the prober's attempts. Inlined into its fifty callers, it would make the
// program several pages larger.
//
//go:noinline
func (p *Prober) runner() *attempt.Runner {
	return &attempt.Runner{Dial: p.Dial, Timeout: p.Timeout, Now: p.Now, UserAgent: p.UserAgent, Heart: p.heart, Sockets: p.sockets}
}

func (p *Prober) machine() files.Machine { return files.Machine{Files: p.Files, Getenv: p.Getenv} }

// trustStore returns the run's, or a new one outside of a run.
func (p *Prober) trustStore() *handshake.Trust {
	if p.trust != nil {
		return p.trust
	}
	return &handshake.Trust{Machine: p.machine(), RootCAs: p.RootCAs, VerifyChain: p.verifyChain}
}

// lookup looks up a host with the system's resolver.
func (p *Prober) lookup(ctx context.Context, host string) observation.SystemLookup {
	return (&dnsquery.System{Runner: p.runner(), LookupHost: p.LookupHost, Questions: p.systemQuestions}).Lookup(ctx, host)
}

func (p *Prober) dialServer(ctx context.Context, addr netip.AddrPort) (*dnsquery.Client, *observation.Failure) {
	return dnsquery.Dial(ctx, p.runner(), p.questions, addr)
}

// InspectNode reads what the node knows about itself, from files and the system. It
// sends nothing, runs no command and changes nothing. It never fails and never
// hangs: each part has its own Failure, of KindTimeout if it could not be read
// within two seconds or before ctx ended.
func (p *Prober) InspectNode(ctx context.Context) node.Local {
	q := *p
	defer q.Watch()()
	return node.NewReader(q.machine(), q.heart, q.InterfacePrefixes).Inspect(ctx)
}

// StartMetadata queries instance metadata at 169.254.169.254 with version 2, never with
// version 1 and never through a proxy. It returns at once: the call's Region and Wait
// return what it found, and Observe accepts a call in progress. Each request is limited
// to one second. ctx ends them all.
func (p *Prober) StartMetadata(ctx context.Context) *imds.Call {
	q := *p
	stop := q.Watch()
	return imds.Start(ctx, q.runner(), stop)
}

// Watch starts recording when this process does not run (it is stopped or starved, or
// the machine is suspended), for everything that p does until stop is called. Each
// method does so itself while it runs; to call several of them for one run, call Watch
// first, so that pauses between them count too.
func (p *Prober) Watch() (stop func()) {
	if p.heart != nil {
		return func() {}
	}
	p.heart = attempt.NewHeartbeat()
	p.heart.Start()
	return p.heart.Stop
}
