package lab

import (
	"context"
	"flag"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
	"github.com/ssmcheck/ssmcheck/pkg/probe/ipranges"
)

// A Run is a run in a mapped world: its observations, and their diagnosis.
type Run struct {
	Seen   *observation.Observations
	Report *diagnose.Report
	// Status is the exit status that ssmcheck would have.
	Status int
}

// Preflight runs a scenario's mapped world with the scenario's flags and args. It
// supports only those flags of ssmcheck that scenarios use.
func Preflight(ctx context.Context, s Scenario, args ...string) (*Run, error) {
	f, err := parseFlags(slices.Concat(s.Args, args))
	if err != nil {
		return nil, err
	}
	c := f.config
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := s.World()
	p, err := mapped(ctx, w)
	if err != nil {
		return nil, err
	}
	if f.ranges != "" {
		file, err := p.Files.Open(strings.TrimPrefix(f.ranges, "/"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if p.Ranges, err = ipranges.Read(file); err != nil {
			return nil, err
		}
	}
	deadline, cancel := context.WithTimeoutCause(ctx, time.Duration(c.Deadline), probe.ErrDeadline)
	defer cancel()
	node := p.InspectNode(deadline)
	var meta *imds.Call
	c.Region, c.RegionFrom = probe.ChooseRegion(f.region, p.Getenv, node.Node)
	if c.Region == "" {
		meta = p.StartMetadata(deadline)
		if c.Region, err = meta.Region(deadline); err != nil {
			return nil, err
		}
		c.RegionFrom = "instance metadata"
	}
	plan, err := probe.NewPlan(c, node)
	if err != nil {
		return nil, err
	}
	r := &Run{Seen: p.Observe(deadline, plan, node, meta, nil)}
	if err := w.Misused(); err != nil {
		return nil, err
	}
	r.Report = diagnose.Judge(r.Seen)
	r.Status = r.Report.ExitStatus(false)
	return r, nil
}

// flags are the supported flags of ssmcheck.
type flags struct {
	region string
	// ranges is the path of a file on the node.
	ranges string
	config probe.Config
}

// parseFlags parses flags as ssmcheck does.
func parseFlags(args []string) (flags, error) {
	var out flags
	c := &out.config
	f := flag.NewFlagSet("preflight", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&out.region, "region", "", "AWS Region")
	f.StringVar(&out.ranges, "ip-ranges", "", "Amazon's ip-ranges.json")
	timeout := f.Duration("timeout", probe.DefaultTimeout, "for one attempt")
	deadline := f.Duration("deadline", probe.DefaultDeadline, "for the whole run")
	f.BoolVar(&c.DualStack, "dualstack", false, "test the dual-stack names")
	f.BoolVar(&c.FIPS, "fips", false, "test the FIPS names")
	f.Func("private-cidr", "address space that counts as private", func(v string) error {
		p, err := netip.ParsePrefix(v)
		c.PrivateCIDRs = append(c.PrivateCIDRs, p)
		return err
	})
	f.BoolVar(&c.Signed, "signed", false, "also send signed calls")
	f.Func("expect", "auto, private or public", func(v string) error { c.Expect = observation.Expect(v); return nil })
	f.Func("vpc-resolver", "the resolver that knows the VPC's private names", func(v string) (err error) {
		c.VPCResolver, err = server(v)
		return err
	})
	f.Func("nameserver", "test this nameserver", func(v string) error {
		s, err := server(v)
		c.Nameservers = append(c.Nameservers, s)
		return err
	})
	f.Func("proxy", "auto, none, or a URL", func(v string) (err error) {
		if c.Proxy = v; v != "auto" && v != "none" {
			c.ProxyURL, err = url.Parse(v)
		}
		return err
	})
	f.Func("for", "what must work", func(v string) error {
		if v == "all" {
			c.Capabilities = endpoint.Capabilities()
			return nil
		}
		for name := range strings.SplitSeq(v, ",") {
			p, err := endpoint.ParseCapability(name)
			if err != nil {
				return err
			}
			c.Capabilities = append(c.Capabilities, p)
		}
		return nil
	})
	f.Func("bucket", "a bucket of your own", func(v string) error { c.Buckets = append(c.Buckets, v); return nil })
	f.Func("endpoint", "NAME=HOST", func(v string) error {
		name, host, _ := strings.Cut(v, "=")
		if c.Endpoints == nil {
			c.Endpoints = map[string]string{}
		}
		c.Endpoints[name] = host
		return nil
	})
	err := f.Parse(args)
	c.Timeout, c.Deadline = observation.Elapsed(*timeout), observation.Elapsed(*deadline)
	return out, err
}

// server parses a nameserver's address.
func server(text string) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(text)
	return netip.AddrPortFrom(a, 53), err
}
