package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
)

// A look is one run, and what it means.
type look struct {
	seen   *observation.Observations
	judged *diagnose.Report
}

// look looks at the node, plans, observes and judges. Of the plan it carries
// out what the named targets take; none: the whole. Its error is a mistake on
// the command line, unless it is an exitError.
func (s system) look(ctx context.Context, o *options, targets []string) (*look, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(o.config.Deadline), probe.ErrDeadline)
	defer cancel()
	p := s.prober
	p.Timeout = time.Duration(o.config.Timeout)
	p.UserAgent = "ssmcheck/" + s.version
	p.Ranges = o.ranges
	defer p.Watch()()

	begun := time.Now()
	node := p.LookAtNode(ctx)
	meta, err := s.findRegion(ctx, &p, o, node.Node)
	if e, ok := errors.AsType[*noRegionError](err); ok {
		e.brief = o.redact
		e.seen = func() *look { return o.withoutRegion(begun, node.Node, meta.Wait(ctx)) }
		if interruptedBy(ctx) {
			return e.seen(), nil
		}
		if f, ok := errors.AsType[*observation.Failure](e.err); ok && f.Of(observation.KindUndecided) {
			return nil, unfinished(e) // the time was over first, or this process did not run
		}
	}
	if err != nil {
		return nil, err
	}
	plan, err := probe.NewPlan(o.config, node)
	if _, ok := errors.AsType[*probe.EndpointError](err); ok {
		return nil, fmt.Errorf("--endpoint: %w", err)
	} else if err != nil {
		return nil, err
	}
	if len(targets) > 0 {
		plan = plan.Only(targets)
	}
	progress := s.begin(o, plan.Plan)
	defer progress.end()
	seen := p.Observe(ctx, plan, node, meta, progress.saw)
	return &look{seen, diagnose.Judge(seen)}, nil
}

// A noRegionError says that instance metadata, which alone could name the
// Region, does not.
type noRegionError struct {
	err  error
	node observation.Node
	// brief: what the node and metadata say is not to be told.
	brief bool
	// seen gives what was seen all the same.
	seen func() *look
}

func (e *noRegionError) Error() string {
	if e.brief {
		return noRegion(observation.Node{})
	}
	return noRegion(e.node, fmt.Sprintf("instance metadata does not tell one: %v", e.err))
}
func (e *noRegionError) Unwrap() error { return e.err }

// noRegion says what to give, and why nothing on the node names the Region. An
// agent's registration that is there and was of no use is one of the reasons.
func noRegion(n observation.Node, reasons ...string) string {
	if f := n.Registration.Failure; f != nil && f.Kind != observation.KindAbsent {
		reasons = append(reasons, "the agent's registration was not used: "+cmp.Or(f.Text, string(f.Kind)))
	}
	text := "no Region: give --region NAME or set AWS_REGION"
	if len(reasons) > 0 {
		text += " (" + strings.Join(reasons, "; ") + ")"
	}
	return text
}

// chooseRegion gives the Region that something other than metadata names, and
// what names it.
func (s system) chooseRegion(o *options, node observation.Node) (region, from string) {
	region, from = probe.ChooseRegion(o.region, s.getenv, node)
	if o.region != "" && !o.regionFlag.Changed {
		from = variable("region")
	}
	return region, from
}

// findRegion completes the configuration with the Region, in the contract's
// order. Only where nothing else names it does the run wait for instance
// metadata; the call is then under way, and is returned, with an error too.
func (s system) findRegion(ctx context.Context, p *probe.Prober, o *options, node observation.Node) (*imds.Call, error) {
	region, from := s.chooseRegion(o, node)
	if region != "" {
		if _, err := endpoint.LookupRegion(region); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		o.config.Region, o.config.RegionFrom = region, from
		return nil, nil
	}
	if node.Kind == observation.NodeHybrid {
		if o.redact {
			node = observation.Node{}
		}
		return nil, errors.New(noRegion(node))
	}
	meta := p.StartMetadata(ctx)
	region, err := meta.Region(ctx)
	if err != nil {
		return meta, &noRegionError{err: err, node: node}
	}
	o.config.Region, o.config.RegionFrom = region, "instance metadata"
	return meta, nil
}

// withoutRegion is the report of a look that a person ended before the Region
// was known: what the node itself tells, and nothing planned.
func (o *options) withoutRegion(begun time.Time, node observation.Node, meta observation.Metadata) *look {
	c := o.config
	if len(c.Capabilities) == 0 {
		c.Capabilities = endpoint.DefaultCapabilities()
	}
	seen := &observation.Observations{
		StartedAt: begun.UTC(), Duration: observation.Elapsed(time.Since(begun)), Ending: observation.EndingInterrupted,
		Plan: observation.Plan{
			Capabilities: c.Capabilities, Expect: c.Expect, PrivateCIDRs: c.PrivateCIDRs, FIPS: c.FIPS, DualStack: c.DualStack,
			Timeout: c.Timeout, Deadline: c.Deadline, AskMetadata: true, Signed: c.Signed,
		},
		Node: node, Metadata: meta,
	}
	return &look{seen, diagnose.Judge(seen)}
}
