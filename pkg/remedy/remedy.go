// Package remedy says what to create or change so that the causes of a judged
// run go away: as Terraform, as a CloudFormation template, as commands of the
// AWS CLI, and as the configuration of the common nameservers.
//
// Its functions are pure: they write text, apply nothing, and open no socket and no
// file. What the run knows is in the text; what it cannot know is a variable named
// after what to fill in. Whatever came from outside either has a checked form (an
// address, a host name, an id) or is escaped in a comment.
package remedy

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Remedy is what to create or change for the findings of one run, before it
// is written in a language. New makes it.
type Remedy struct {
	region endpoint.Region
	node   node

	// buckets is the policy that an endpoint for S3 needs at least.
	buckets endpoint.Policy

	endpoints *endpoints
	openings  []opening
	// gateway has what the gateway endpoint for S3 is for, which the route table of a
	// subnet lacks, and policy what that of an endpoint for S3 is for, which lacks
	// buckets.
	gateway, policy []cause
	forwards        []forward
	exempt          *exemption
	proxy           *proxy
	hello           *hello
	clock           []cause // of a wrong one
	// byHand are the findings for which nothing can be generated, and optional those
	// that affect nothing that was requested.
	byHand, optional []cause
}

// A cause is a finding as a part of the remedy names it.
type cause struct {
	code  diagnose.Code
	title string
	// fix is what to do, the most likely first.
	fix []string
	// done are the steps of fix that something is generated for, from 1.
	done []int
}

// left are the steps for which nothing is generated.
func (c cause) left() []string {
	var left []string
	for i, step := range c.fix {
		if !slices.Contains(c.done, i+1) {
			left = append(left, step)
		}
	}
	return left
}

// A node is what the run knows of its own node.
type node struct {
	id, vpc string // of their checked forms, or empty
	ec2     bool
	windows bool
	linux   bool
	snap    bool
	// noAgent: the agent is known not to be installed.
	noAgent bool
	// source is the block that the node's packets come from. Zero: not known.
	source netip.Prefix
}

// endpoints are interface endpoints that a VPC lacks, or whose private DNS
// names are off.
type endpoints struct {
	causes   []cause
	services []endpoint.Service
	// doubtful: the cause may be a missing forwarder instead.
	doubtful bool
}

// An opening is a rule that a security group lacks.
type opening struct {
	causes   []cause
	services []endpoint.Service // whose endpoints; none: the inbound endpoint
	port     uint16
	// udp: as well as TCP.
	udp bool
	// more are sources in addition to the node.
	more []netip.Prefix
}

// A forward is a conditional forwarder that nameservers lack.
type forward struct {
	causes  []cause
	domains []string
	servers []netip.AddrPort
	// to are the resolvers that know the private names. None: the addresses
	// of an inbound endpoint, which the run does not know.
	to []netip.AddrPort
	// behindStub: the servers are asked by a stub on the node.
	behindStub bool
	// vpcItself: the server is a VPC's own resolver, which takes a rule of
	// Route 53 Resolver instead of a forwarder.
	vpcItself bool
	// condition says when it holds. Empty: it does.
	condition fix.Condition
}

// An exemption lets private addresses under the domains pass.
type exemption struct {
	causes  []cause
	domains []string
	servers []netip.AddrPort
}

// A proxy is the proxy settings that the agent's service lacks.
type proxy struct {
	causes []cause
	// url is the proxy's, without a password. Empty: to be given.
	url string
	// not are the hosts to reach without it; removed are those that no longer are.
	not, removed []string
	// notes say why the agent has no proxy, and which entries of no_proxy were kept,
	// replaced or dropped.
	notes []string
	// from is where the settings were found.
	from string
}

// New collects what to create or change from the actions of a judged run's
// findings. o are the observations that r was judged from: where the node is.
func New(r *diagnose.Report, o *observation.Observations) *Remedy {
	x := &Remedy{node: nodeOf(o)}
	if region, err := endpoint.LookupRegion(o.Plan.Region); err == nil {
		x.region = region
		x.buckets = x.bucketPolicy(o)
	}
	var doubts []func() // forwarders that may be missing instead of an endpoint
	for i := range r.Findings {
		f := &r.Findings[i]
		c := cause{code: f.Code, title: f.Title, fix: f.Fix}
		if f.Ignored || f.Severity == diagnose.Info || f.Severity == "" {
			x.optional = append(x.optional, c)
			continue
		}
		x.add(c, f.Actions, func(a *fix.Action) { doubts = append(doubts, func() { x.addForward(c, a) }) })
	}
	if len(x.forwards) == 0 { // otherwise the names are forwarded with those
		for _, add := range doubts {
			add()
		}
	}
	return x
}

// Empty reports whether there is nothing to create or change, also by hand.
func (x *Remedy) Empty() bool { return !x.generated() && len(x.byHand) == 0 }

// generated reports whether there is anything but words.
func (x *Remedy) generated() bool { return x.cloud() || x.named() || x.onNode() }

// cloud reports whether there is something for AWS.
func (x *Remedy) cloud() bool {
	return x.endpoints != nil || len(x.openings) > 0 || x.gateway != nil || x.policy != nil
}

// named reports whether there is something for a nameserver.
func (x *Remedy) named() bool { return len(x.forwards) > 0 || x.exempt != nil }

// onNode reports whether there is something for the node itself.
func (x *Remedy) onNode() bool { return x.proxy != nil || x.hello != nil || x.clock != nil }
