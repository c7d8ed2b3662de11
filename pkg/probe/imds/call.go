package imds

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A Call is a question to instance metadata that is under way. It is
// asked beside everything else, so that only who needs an answer waits for it.
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

// Start asks instance metadata at 169.254.169.254 in its second
// version, never through a proxy and never in its first version. Each call has
// a second. ctx ends them all.
//
// done is called when nothing more comes.
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

// Region waits for the Region alone. The error is a *Failure.
func (c *Call) Region(ctx context.Context) (string, error) {
	select {
	case <-c.region:
	case <-c.all:
		c.asking.Wait()
	case <-ctx.Done():
		c.settle()
	}
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

// Wait waits until all is in that will come, or ctx is over, and gives what
// there is. The zero Metadata for a nil call: nothing was asked.
func (c *Call) Wait(ctx context.Context) observation.Metadata {
	if c == nil {
		return observation.Metadata{}
	}
	select {
	case <-c.all:
		c.asking.Wait()
	case <-ctx.Done():
		c.settle()
	}
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

// settle waits for the calls to say how they ended, where it is their own
// context that is over: else it were chance whether that is told or not. A
// dialer that does not heed its context is not waited for.
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

// settleLimit is what a busy node may take to end its calls.
const settleLimit = 250 * time.Millisecond

// late says what an answer counts as that had not come when ctx was over.
func (c *Call) late(ctx context.Context) *observation.Failure {
	return c.began.CutOff(ctx, observation.OpMetadata)
}

// note writes down what came in.
func (c *Call) note(write func(*observation.Metadata)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	write(&c.metadata)
}
