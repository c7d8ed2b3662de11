package attempt

import (
	"context"
	"net"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// optionalKey marks the context of an optional target's tasks.
type optionalKey struct{}

// WithOptional marks the context of an optional target's tasks.
func WithOptional(ctx context.Context) context.Context {
	return context.WithValue(ctx, optionalKey{}, true)
}

// isOptional reports whether the context is that of an optional target's tasks.
func isOptional(ctx context.Context) bool { return ctx.Value(optionalKey{}) != nil }

// Sockets limits how many sockets are open. nil: no limit.
type Sockets struct {
	All chan struct{}
	// Optional are those that optional targets may use: many silent ones must not keep a
	// required target waiting.
	Optional chan struct{}
}

func NewSockets() *Sockets {
	const places = MaxSockets - UnseenSockets
	return &Sockets{All: make(chan struct{}, places), Optional: make(chan struct{}, places/4)}
}

// Acquire waits for a place. Call it before the time limit of an attempt
// begins: an attempt that never began is undecided, not timed out.
func (s *Sockets) Acquire(ctx context.Context, op observation.Op) (release func(), failure *observation.Failure) {
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

// places are where a place can come from, in this order.
func (s *Sockets) places(ctx context.Context) []chan struct{} {
	if isOptional(ctx) {
		return []chan struct{}{s.Optional, s.All}
	}
	return []chan struct{}{s.All}
}

// TryAcquire takes a place if one is free now.
func (s *Sockets) TryAcquire() (release func(), ok bool) {
	if s == nil {
		return func() {}, true
	}
	select {
	case s.All <- struct{}{}:
		return sync.OnceFunc(func() { <-s.All }), true
	default:
		return nil, false
	}
}

// A BudgetedConn releases its place when it is closed.
type BudgetedConn struct {
	net.Conn
	Release func()
}

func (c *BudgetedConn) Close() error {
	defer c.Release()
	return c.Conn.Close()
}

const (
	// MaxSockets is how many sockets may be open at once: a node may have few to spare.
	MaxSockets = 128
	// UnseenSockets are reserved for those that are not counted: two for each name that
	// Go's own resolver looks up, and metadata's.
	UnseenSockets = 32
)
