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
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// preflight is the program without a subcommand: one run, or with --wait as
// many as it takes, and the report of the last one. An error that is not an
// exitError is a usage error.
func (s system) preflight(ctx context.Context, o *options) (int, error) {
	defer deferGC()()
	o.defaultOutput()
	if err := o.outputs.open(); err != nil {
		return 0, err
	}
	defer o.outputs.close()
	if o.redact {
		o.redactor = redact.New()
	}

	last, interrupted, err := s.runOrWait(ctx, o)
	if err != nil {
		return 0, err
	}
	d, err := s.document(o, o.redactor, last)
	if err != nil {
		return 0, err
	}
	status := o.exitStatus(d)
	if interrupted {
		when := "interrupted"
		if last.observed.Plan.Region == "" {
			when += " before the Region was found"
		}
		s.printError(when + "; the report covers only what was observed until then")
		status = statusUnfinished
	}
	for _, err := range s.writeReports(d, o) {
		s.printError(err.Error())
		status = statusUnfinished
	}
	return status, nil
}

func (s system) runOrWait(ctx context.Context, o *options) (last *runResult, interrupted bool, err error) {
	if o.wait > 0 {
		return s.waitUntilPass(ctx, o)
	}
	last, err = s.runOnce(ctx, o, nil)
	return last, err == nil && last.report.Interrupted, err
}

// A runResult is what one run observed, and the diagnosis.
type runResult struct {
	observed *observation.Observations
	report   *diagnose.Report
}

// runOnce inspects the node, plans, probes and judges. If targets is non-empty,
// it probes only those and what they depend on. An error that is not an
// exitError is a usage error.
func (s system) runOnce(ctx context.Context, o *options, targets []string) (*runResult, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(o.config.Deadline), probe.ErrDeadline)
	defer cancel()
	p := s.prober
	p.Timeout = time.Duration(o.config.Timeout)
	p.UserAgent = "ssmcheck/" + s.version
	p.Ranges = o.ranges
	defer p.Watch()()

	begun := time.Now()
	node := p.InspectNode(ctx)
	meta, err := s.findRegion(ctx, &p, o, node.Node)
	if e, ok := errors.AsType[*noRegionError](err); ok {
		e.redact = o.redact
		e.partial = func() *runResult { return o.withoutRegion(begun, node.Node, meta.Wait(ctx)) }
		if interruptedBy(ctx) {
			return e.partial(), nil
		}
		if f, ok := errors.AsType[*observation.Failure](e.err); ok && f.Of(observation.KindUndecided) {
			return nil, unfinished(e) // the deadline passed, or this process was stopped
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
	observed := p.Observe(ctx, plan, node, meta, progress.update)
	return &runResult{observed, diagnose.Judge(observed)}, nil
}

// A noRegionError reports that only instance metadata could have named the
// Region, and did not.
type noRegionError struct {
	err  error
	node observation.Node
	// redact: the message must not contain what the node or metadata said.
	redact bool
	// partial returns what was observed without a Region.
	partial func() *runResult
}

func (e *noRegionError) Error() string {
	if e.redact {
		return noRegion(observation.Node{})
	}
	return noRegion(e.node, fmt.Sprintf("instance metadata did not return one: %v", e.err))
}
func (e *noRegionError) Unwrap() error { return e.err }

// noRegion says how to give a Region, and why none was found. An agent's
// registration that exists but is unusable is one of the reasons.
func noRegion(n observation.Node, reasons ...string) string {
	if f := n.Registration.Failure; f != nil && f.Kind != observation.KindAbsent {
		reasons = append(reasons, "the agent's registration could not be used: "+cmp.Or(f.Text, string(f.Kind)))
	}
	text := "no Region: give --region NAME or set AWS_REGION"
	if len(reasons) > 0 {
		text += " (" + strings.Join(reasons, "; ") + ")"
	}
	return text
}

// chooseRegion returns the Region if something other than metadata names it,
// and what names it.
func (s system) chooseRegion(o *options, node observation.Node) (region, from string) {
	region, from = probe.ChooseRegion(o.region, s.getenv, node)
	if o.region != "" && !o.regionFlag.Changed {
		from = variable("region")
	}
	return region, from
}

// findRegion sets the configuration's Region, searching in the contract's
// order. It waits for instance metadata only if nothing else names the Region;
// the metadata call in progress is then returned, also with an error.
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

// withoutRegion is the result of a run that was interrupted before the Region
// was known: facts about the node, and an empty plan.
func (o *options) withoutRegion(begun time.Time, node observation.Node, meta observation.Metadata) *runResult {
	c := o.config
	if len(c.Capabilities) == 0 {
		c.Capabilities = endpoint.DefaultCapabilities()
	}
	observed := &observation.Observations{
		StartedAt: begun.UTC(), Duration: observation.Elapsed(time.Since(begun)), Ending: observation.EndingInterrupted,
		Plan: observation.Plan{
			Capabilities: c.Capabilities, Expect: c.Expect, PrivateCIDRs: c.PrivateCIDRs, FIPS: c.FIPS, DualStack: c.DualStack,
			Timeout: c.Timeout, Deadline: c.Deadline, AskMetadata: true, Signed: c.Signed,
			Ignore: c.Ignore, Labels: c.Labels,
		},
		Node: node, Metadata: meta,
	}
	return &runResult{observed, diagnose.Judge(observed)}
}
