package imds

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A Call is a query of instance metadata in progress. It runs alongside
// everything else, so that only those who need an answer wait for it.
type Call struct {
	began attempt.Moment
	// region is closed when the Region is in, or will not come; all is closed
	// when nothing more comes.
	region, all chan struct{}
	// ended is closed when the call's own context is over.
	ended  <-chan struct{}
	asking attempt.TaskGroup

	mu       sync.Mutex
	metadata observation.Metadata
}

// Start queries instance metadata at 169.254.169.254 with version 2, never with
// version 1 and never through a proxy. Each call is limited to one second. ctx
// ends them all.
//
// done is called when nothing more will come.
func Start(ctx context.Context, p *attempt.Runner, done func()) *Call {
	c := &Call{
		began:    p.Heart.Now(),
		region:   make(chan struct{}),
		all:      make(chan struct{}),
		ended:    ctx.Done(),
		metadata: observation.Metadata{Asked: true},
	}
	c.asking.Go(func() {
		defer close(c.all)
		defer done()
		askMetadata(ctx, p, c)
	})
	return c
}

// wait waits until everything has arrived, enough is closed or ctx ends.
func (c *Call) wait(ctx context.Context, enough <-chan struct{}) {
	select {
	case <-enough:
	case <-c.all:
		c.asking.Wait()
	case <-ctx.Done():
		c.settle()
	}
}

// Region waits only for the Region. The error is a *Failure.
func (c *Call) Region(ctx context.Context) (string, error) {
	c.wait(ctx, c.region)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.metadata.Region == "" {
		if c.metadata.Failure == nil {
			return "", c.late(ctx)
		}
		return "", c.metadata.Failure
	}
	return c.metadata.Region, nil
}

// Wait waits until everything has arrived or ctx ends, and returns what there
// is. A nil Call returns the zero Metadata: no call was made.
func (c *Call) Wait(ctx context.Context) observation.Metadata {
	if c == nil {
		return observation.Metadata{}
	}
	c.wait(ctx, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.metadata
	m.VPCBlocks, m.SubnetBlocks = slices.Clone(m.VPCBlocks), slices.Clone(m.SubnetBlocks)
	m.SecurityGroups = slices.Clone(m.SecurityGroups)
	if m.Failure == nil && m.InstanceID == "" {
		m.Failure = c.late(ctx)
	}
	if m.Elapsed == 0 {
		m.Elapsed = observation.Elapsed(c.began.Ran())
	}
	return m
}

// settle waits for the calls to report how they ended, if their own context
// ended: otherwise the result would depend on scheduling. It does not wait for
// a dialer that ignores its context.
func (c *Call) settle() {
	select {
	case <-c.ended:
	default:
		return // they go on, for somebody who waits longer
	}
	select {
	case <-c.all:
	case <-time.After(settleLimit):
	}
}

// settleLimit is how long a busy node may take to end its calls.
const settleLimit = 250 * time.Millisecond

// late returns how an answer counts that had not arrived when ctx ended.
func (c *Call) late(ctx context.Context) *observation.Failure {
	return c.began.CutOff(ctx, observation.OpMetadata)
}

// note records what arrived.
func (c *Call) note(write func(*observation.Metadata)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	write(&c.metadata)
}
