package probe

import (
	"context"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
	"github.com/ssmcheck/ssmcheck/pkg/probe/signed"
)

// A signing has the signed calls of one run. They are made concurrently with the rest, each
// at one address of its target, once that has answered an unsigned request.
type signing struct {
	run          *run
	amazonIssued bool
	// known is closed when the search for credentials is over.
	known       chan struct{}
	credentials observation.Credentials
	keys        signed.Keys

	calls attempt.TaskGroup
	mu    sync.Mutex
	made  map[string]*observation.SignedCall // by the target's name
	// refused is, by the target's name, why an address that answered was not trusted
	// with a signed call.
	refused map[string]string
}

// startSigning begins to look for the credentials. nil: the plan has no signed calls.
func (r *run) startSigning(ctx context.Context) *signing {
	if !r.plan.Signed {
		return nil
	}
	s := &signing{run: r, known: make(chan struct{}), made: make(map[string]*observation.SignedCall), refused: make(map[string]string)}
	if region, err := endpoint.LookupRegion(r.plan.Region); err == nil {
		s.amazonIssued = region.Partition.AmazonIssued
	}
	s.calls.Go(func() {
		defer close(s.known)
		s.credentials, s.keys = signed.FindCredentials(ctx, r.p.machine(), r.p.runner(), r.node.Kind, func() observation.Metadata {
			select {
			case <-r.metadataKnown:
			case <-ctx.Done():
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.metadata
		})
	})
	return s
}

// A signedAttempt repeats an answered attempt with another request. It records where the call
// was sent, and returns what was observed.
type signedAttempt func(reply.Request, *observation.SignedCall) (observation.Stages, *observation.Failure)

// offer makes a target's call the first time that one of its addresses, or the path through
// its proxy, is suitable.
func (s *signing) offer(ctx context.Context, t observation.PlannedTarget, answered observation.Stages, failure *observation.Failure, try signedAttempt) {
	call, ok := s.planned(t.Name)
	if !ok || failure != nil || answered.Reply == nil {
		return
	}
	signed := signed.NewSignature(call, s.run.plan.Region, s.amazonIssued && !t.Foreign, s.run.p.runner().Clock)
	s.mu.Lock()
	if why := signed.Distrusts(answered.Handshake); why != "" {
		s.refused[t.Name] = why
	} else if s.made[t.Name] == nil {
		out := &observation.SignedCall{PlannedCall: call}
		s.made[t.Name] = out
		s.calls.Go(func() { s.make(t, signed, try, out) })
	}
	s.mu.Unlock()
}

func (s *signing) planned(target string) (observation.PlannedCall, bool) {
	if s != nil {
		for _, c := range s.run.plan.SignedCalls {
			if c.Target == target {
				return c, true
			}
		}
	}
	return observation.PlannedCall{}, false
}

// make waits for the credentials and makes one call.
func (s *signing) make(t observation.PlannedTarget, sig *signed.Signature, try signedAttempt, out *observation.SignedCall) {
	<-s.known
	if s.keys == (signed.Keys{}) {
		out.NotMade = "no credentials were found"
		if s.credentials.Found != observation.No {
			out.NotMade = "whether there are credentials is not known"
		}
		return
	}
	sig.Use(s.keys)
	seen, failure := try(sig.Request(t.Target), out)
	out.Failure = failure
	if failure == nil && seen.Reply == nil {
		// The first connection was trusted, this one is not.
		out.NotMade = sig.Distrusts(seen.Handshake)
	}
	sig.Record(seen.Reply, out)
}

// results waits for the calls that were started, and returns all in plan order. A nil signing
// has none.
func (s *signing) results() (observation.Credentials, []observation.SignedCall) {
	if s == nil {
		return observation.Credentials{}, nil
	}
	s.calls.Wait()
	<-s.known
	var all []observation.SignedCall
	for _, c := range s.run.plan.SignedCalls {
		out := observation.SignedCall{PlannedCall: c}
		switch {
		case s.made[c.Target] != nil:
			out = *s.made[c.Target]
		case s.refused[c.Target] != "":
			out.NotMade = s.refused[c.Target]
		default:
			out.NotMade = "the target did not answer an unsigned request"
		}
		all = append(all, out)
	}
	return s.credentials, all
}
