package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// A look is one run, and what it means.
type look struct {
	seen   *probe.Observations
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

	node := p.LookAtNode(ctx)
	meta, err := s.findRegion(ctx, &p, o, node)
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
	progress := s.begin(o, plan)
	seen := p.Observe(ctx, plan, node, meta, progress.saw)
	progress.end()
	return &look{seen, diagnose.Judge(seen)}, nil
}

// A noRegionError says that instance metadata, which alone could name the
// Region, does not.
type noRegionError struct{ err error }

func (e *noRegionError) Error() string {
	return fmt.Sprintf("%s (instance metadata does not tell one: %v)", noRegion, e.err)
}
func (e *noRegionError) Unwrap() error { return e.err }

const noRegion = "no Region: give --region NAME or set AWS_REGION"

// findRegion completes the configuration with the Region, in the contract's
// order. Only where nothing else names it does the run wait for instance
// metadata; the call is then under way, and is returned.
func (s system) findRegion(ctx context.Context, p *probe.Prober, o *options, node probe.Node) (*probe.MetadataCall, error) {
	region, from := probe.ChooseRegion(o.region, s.getenv, node)
	if region != "" {
		if _, err := endpoint.LookupRegion(region); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		o.config.Region, o.config.RegionFrom = region, from
		return nil, nil
	}
	if node.Kind == probe.NodeHybrid {
		return nil, errors.New(noRegion)
	}
	meta := p.StartMetadata(ctx)
	region, err := meta.Region(ctx)
	switch {
	case err == nil:
		o.config.Region, o.config.RegionFrom = region, "instance metadata"
		return meta, nil
	case errors.Is(context.Cause(ctx), probe.ErrInterrupted):
		return nil, unfinished(errors.New("interrupted before the Region was known"))
	}
	return nil, &noRegionError{err}
}
