package dnsquery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A System looks names up through the system, as the agent does.
type System struct {
	*attempt.Runner
	// LookupHost stands in for this system's own resolver. nil: Go's.
	LookupHost func(ctx context.Context, host string) ([]netip.Addr, error)
	// Questions are the queries that Go's own resolver may still send.
	Questions *Budget
}

// Lookup queries the system's resolver. Each name is looked up as the agent
// writes it, without a final dot.
func (p *System) Lookup(ctx context.Context, host string) (out observation.SystemLookup) {
	p.RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out = p.lookupOnce(ctx, host)
		return out.Failure
	})
	return out
}

func (p *System) lookupOnce(ctx context.Context, host string) observation.SystemLookup {
	out := observation.SystemLookup{Host: host}
	spent := false
	out.Elapsed, out.Failure = p.Do(ctx, observation.OpLookup, func(ctx context.Context) (err error) {
		out.Addresses, err = p.lookupHost(ctx, host)
		spent = errors.Is(err, errSpent)
		if err == nil && len(out.Addresses) == 0 {
			return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress, Text: "an answer with no address"}
		}
		return err
	})
	if spent {
		out.Failure = tooMany()
	}
	out.Addresses = slices.Clone(out.Addresses) // they may be the caller's own
	for i, a := range out.Addresses {
		out.Addresses[i] = observation.ProvenZone(a)
	}
	slices.SortFunc(out.Addresses, netip.Addr.Compare)
	out.Addresses = slices.Compact(out.Addresses)
	if len(out.Addresses) > maxAddresses {
		out.Addresses = out.Addresses[:maxAddresses]
	}
	return out
}

// errSpent ends a lookup of Go's own resolver that would exceed its query
// budget.
var errSpent = errors.New("too many questions")

func (p *System) lookupHost(ctx context.Context, host string) ([]netip.Addr, error) {
	if p.LookupHost != nil {
		return p.LookupHost(ctx, host)
	}
	r := net.Resolver{PreferGo: GoResolver}
	var starved atomic.Pointer[observation.Failure]
	asking, end := context.WithCancelCause(ctx)
	defer end(nil)
	if GoResolver {
		// Dial as the resolver itself does, once per query. It keeps only the text
		// of an error, and if the other family has no address it says that the name
		// has none.
		r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !p.Questions.take() {
				end(errSpent) // it would try all servers in vain
				return nil, errSpent
			}
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				if f := attempt.FailureOf(observation.OpLookup, err); f.Kind == observation.KindNoResources {
					starved.Store(f)
				}
			}
			return conn, err
		}
	}
	addrs, err := r.LookupNetIP(asking, "ip", host)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err() // a net.DNSError would not say whose time limit passed
	}
	if err != nil && errors.Is(context.Cause(asking), errSpent) {
		return nil, errSpent
	}
	if f := starved.Load(); f != nil && err != nil {
		return nil, f
	}
	return addrs, err
}

// GoResolver reports whether the agent uses Go's own resolver: it is a static
// Go program on Linux. On Windows and macOS a Go program asks the system, and
// so does the agent.
const GoResolver = runtime.GOOS == "linux"

// Port is the port of a nameserver.
const Port = 53
