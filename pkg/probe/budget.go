package probe

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What one run may take of the network, whatever the nameservers answer and
// the node's files say. A node may have few sockets to spare, and AWS passes
// 1024 packets a second of an interface to the VPC's resolver, metadata's
// among them (Amazon VPC User Guide, AmazonDNS-concepts).
const (
	// maxSockets is how many sockets may be open at once.
	maxSockets = 128
	// unseenSockets are left for those that others open: two for each name
	// that Go's own resolver looks up, and metadata's.
	unseenSockets = 32
	// maxQuestions is how many DNS questions may be sent, each packet counted.
	maxQuestions = 300
	// maxSystemQuestions is how many the system's own resolver may make of
	// the names of a run where each gets an answer.
	maxSystemQuestions = 200
)

// sockets are the places for open ones. nil: as many as you like.
type sockets struct {
	all chan struct{}
	// optional are those of all that optional targets may have: many silent ones
	// must not keep a required target waiting.
	optional chan struct{}
}

func newSockets() *sockets {
	const places = maxSockets - unseenSockets
	return &sockets{all: make(chan struct{}, places), optional: make(chan struct{}, places/4)}
}

// take waits for a place. It is asked for before the time of an attempt
// begins: an attempt that never began is undecided, not silent.
func (s *sockets) take(ctx context.Context, op observation.Op) (release func(), failure *observation.Failure) {
	if s == nil {
		return func() {}, nil
	}
	var taken []chan struct{}
	release = sync.OnceFunc(func() {
		for _, c := range taken {
			<-c
		}
	})
	for _, c := range s.places(ctx) {
		select {
		case c <- struct{}{}:
			taken = append(taken, c)
		case <-ctx.Done():
			release()
			return nil, &observation.Failure{Op: op, Kind: endedBy(ctx, 0), Text: "never begun: other connections were still open"}
		}
	}
	return release, nil
}

// places are what a place is taken of, in this order.
func (s *sockets) places(ctx context.Context) []chan struct{} {
	if isOptional(ctx) {
		return []chan struct{}{s.optional, s.all}
	}
	return []chan struct{}{s.all}
}

// takeFree takes a place if one is free at once.
func (s *sockets) takeFree() (release func(), ok bool) {
	if s == nil {
		return func() {}, true
	}
	select {
	case s.all <- struct{}{}:
		return sync.OnceFunc(func() { <-s.all }), true
	default:
		return nil, false
	}
}

// A placedConn gives its place back when it is closed.
type placedConn struct {
	net.Conn
	release func()
}

func (c *placedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// questions are those that may still be sent. nil: as many as you like.
type questions struct{ left atomic.Int64 }

func newQuestions(n int) *questions {
	q := new(questions)
	q.left.Store(int64(n))
	return q
}

// take reports whether one more may be sent.
func (q *questions) take() bool { return q == nil || q.left.Add(-1) >= 0 }

// tooMany is the failure of a question that was not put.
func tooMany() *observation.Failure {
	return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindUndecided, Text: "not asked: the run has put as many questions as it may"}
}

// systemQuestions is how many questions Go's own resolver makes of the names
// where each gets an answer, be it that there is none: both families, and each
// once more for every domain of the search list.
func systemQuestions(n observation.Node, names int) int {
	return 2 * names * (1 + len(n.Resolver.Search))
}

// shareQuestions parts those of a run between Go's own resolver and the
// nameservers that are asked one by one. The resolver looks the names up, and
// proxies, each both families. Where servers fail, it puts each question to
// all of them, and anew: it may where the others have enough for theirs, each
// twice, with the further ones that follow a failure.
func shareQuestions(n observation.Node, looked, proxies, names, servers int) (system, others int) {
	const further = 8
	configured := len(n.Resolver.Servers)
	if configured == 0 {
		configured = 2 // this node itself, by both families
	}
	system = min(systemQuestions(n, looked)+2*proxies, maxSystemQuestions)
	again := system * (configured*resolverAttempts(n.Resolver) - 1)
	free := maxQuestions - system - servers*(4*names+further)
	system += max(0, min(again, free))
	return system, maxQuestions - system
}

// proxyLookups counts how often proxies may be looked up: for each path through
// one, and once more if that fails.
func (r *run) proxyLookups() (n int) {
	for _, t := range r.targets {
		if !t.plan.Tried() {
			continue
		}
		proxy := t.plan.proxyURL
		if proxy == nil && t.plan.Asked {
			proxy = r.node.proxies.shellProxyFor(t.plan.Host, t.plan.Port)
		}
		if proxy == nil || proxy.Hostname() == "" {
			continue
		}
		if _, err := observation.ParseAddress(proxy.Hostname()); err == nil {
			continue
		}
		n += 2
		if t.plan.WebSocket {
			n += 2
		}
		if r.plan.Signed {
			n += 2
		}
	}
	return n
}
