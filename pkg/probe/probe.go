// Package probe records what a node sees of the endpoints that Systems
// Manager needs: answers, addresses, connections, handshakes and replies,
// each with its time and, where it failed, with the kind of the failure.
//
// It plans a run and carries the plan out. The single stages are packages of their
// own (attempt, dnsquery, handshake, reply, tunnel, imds, signed), and so is what the
// machine itself says (node, agent, service). The package judges nothing: it
// knows no cause, no severity and no verdict, and it does not print. It
// changes nothing on the node and sends no request that changes anything.
package probe

import (
	"context"
	"crypto/x509"
	"io/fs"
	"net"
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/ipranges"
)

// The causes with which a caller ends a run's context: see attempt.
var (
	ErrInterrupted = attempt.ErrInterrupted
	ErrDeadline    = attempt.ErrDeadline
)

// DefaultTimeout bounds one attempt: a question, a connection, a handshake, a
// reply.
const DefaultTimeout = attempt.DefaultTimeout

// DefaultDeadline bounds the whole run.
const DefaultDeadline = 15 * time.Second

// A Prober makes observations. The zero value uses the real network and the
// real node. It keeps no state between calls, except that of Watch, and may be
// used by several goroutines at once.
type Prober struct {
	// Dial opens every connection of the probe: DNS over UDP and TCP, TLS,
	// metadata. nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LookupHost asks the system's way, as the agent does. nil: Go's own
	// resolver on this system.
	LookupHost func(ctx context.Context, host string) ([]netip.Addr, error)
	// Files is the node's root directory. nil: the real one.
	Files fs.FS
	// Getenv reads the probe's own environment. nil: os.Getenv.
	Getenv func(string) string
	// InterfacePrefixes gives the node's own addresses with their subnets.
	// nil: those of the system's interfaces.
	InterfacePrefixes func() ([]netip.Prefix, error)
	// Root is the trust store. nil: the system's.
	RootCAs *x509.CertPool
	// Now is the node's clock, compared with AWS's. nil: time.Now.
	Now func() time.Time
	// Timeout bounds one attempt. 0: DefaultTimeout.
	Timeout time.Duration
	// Ranges are Amazon's published addresses, to tell them from others
	// (OpenIPRanges). nil: not given.
	Ranges *ipranges.Ranges
	// UserAgent is sent with every HTTP request. Empty: "ssmcheck".
	UserAgent string

	// heart notes when this process does not run: see Watch.
	heart *attempt.Heartbeat
	// What one run may take; Observe sets them in its own copy.
	sockets   *attempt.Sockets
	questions *dnsquery.Budget
	// interfaces are the node's.
	interfaces []observation.Interface
	// systemQuestions are those of Go's own resolver.
	systemQuestions *dnsquery.Budget
	trust           *handshake.Trust
	// largeHello: the agent sends the large ClientHello, or may; and
	// eitherHello: which one it sends is not known.
	largeHello, eitherHello bool
	// verifyChain stands in place of crypto/x509's in a test.
	verifyChain func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error)
}
