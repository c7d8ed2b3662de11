package observation

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// Expect is what the addresses of AWS's API names should be.
type Expect string

// The values of --expect. The zero value means ExpectAuto.
const (
	ExpectAuto    Expect = "auto"
	ExpectPrivate Expect = "private"
	ExpectPublic  Expect = "public"
)

// A ProxyChoice is what --proxy came to. The zero value means ProxyAuto.
type ProxyChoice string

// The values of a plan's proxy.
const (
	// ProxyAuto: what the agent's service would use.
	ProxyAuto ProxyChoice = "auto"
	// ProxyNone: none, whatever the service has.
	ProxyNone ProxyChoice = "none"
	// ProxyGiven: the one that --proxy names.
	ProxyGiven ProxyChoice = "given"
)

// A Plan is what a run will probe, decided before anything is sent.
type Plan struct {
	Region     string `json:"region"`
	RegionFrom string `json:"region_from"`
	Partition  string `json:"partition"`
	// RegionNote is what to know about the Region, if this version does not list it.
	// Empty: nothing.
	RegionNote string `json:"region_note,omitempty"`
	// Capabilities are the requested ones.
	Capabilities []endpoint.Capability `json:"capabilities"`
	// Needs lists what each requested capability must have.
	Needs  map[endpoint.Capability][]endpoint.Need `json:"needs"`
	Expect Expect                                  `json:"expect"`
	// Targets are the required ones, then the optional ones.
	Targets []PlannedTarget `json:"targets"`
	// Lookups are hosts that are only looked up: they decide what ExpectAuto
	// becomes, if no target has them.
	Lookups []string `json:"lookups,omitempty"`
	// Servers are the nameservers to query individually, in the order of the
	// configuration; the VPC's resolver is the last.
	Servers      []PlannedServer `json:"servers"`
	PrivateCIDRs []netip.Prefix  `json:"private_cidrs,omitempty"`
	// Proxy is where the proxies of the targets come from.
	Proxy     ProxyChoice `json:"proxy,omitempty"`
	FIPS      bool        `json:"fips,omitempty"`
	DualStack bool        `json:"dualstack,omitempty"`
	// Ignore are the codes of causes that are accepted on this node (--ignore).
	Ignore []string `json:"ignore,omitempty"`
	// Labels are those given with --label.
	Labels   map[string]string `json:"labels,omitempty"`
	Timeout  Elapsed           `json:"timeout_ms"`
	Deadline Elapsed           `json:"deadline_ms"`
	// AskMetadata says whether instance metadata is queried, and MetadataReason
	// why not.
	AskMetadata    bool   `json:"ask_metadata"`
	MetadataReason string `json:"metadata_reason,omitempty"`
	// Signed: signed calls were requested, and SignedCalls are those available
	// for the targets.
	Signed      bool          `json:"signed,omitempty"`
	SignedCalls []PlannedCall `json:"signed_calls,omitempty"`
}

// A PlannedTarget is a target and how it is reached.
type PlannedTarget struct {
	endpoint.Target
	// Asked: a requested capability needs it. Otherwise it is optional.
	Asked bool `json:"asked"`
	// PlainHost is the host that the agent uses if it is too old to know
	// UseDualStackEndpoint, which its configuration sets: its version is not
	// known. Empty: Host is the agent's for certain.
	PlainHost string `json:"plain_host,omitempty"`
	// Proxy is the URL of the proxy that the agent would use for it,
	// without its password. Empty: direct.
	Proxy string `json:"proxy,omitempty"`
	// ProxyIgnored: a proxy is configured for it whose address cannot be
	// parsed, so that the agent goes there directly.
	ProxyIgnored bool `json:"proxy_ignored,omitempty"`
	// UnusedProxy is a proxy in the settings of the agent's service that the agent does
	// not use for the target. nil: none.
	UnusedProxy *UnusedProxy `json:"unused_proxy,omitempty"`
}

// A ServerRole is why a nameserver is queried.
type ServerRole string

const (
	// RoleConfigured: the system queries it.
	RoleConfigured ServerRole = "configured"
	// RoleBehindStub: a loopback stub queries it; evidence only.
	RoleBehindStub ServerRole = "behind-stub"
	// RoleVPC: the resolver that knows the VPC's private names.
	RoleVPC ServerRole = "vpc"
)

// A PlannedServer is a nameserver and why it is queried.
type PlannedServer struct {
	Address netip.AddrPort `json:"address"`
	Role    ServerRole     `json:"role"`
	// From says who named it: a file, a flag, "default on EC2".
	From string `json:"from"`
	// Given: the user named it on the command line.
	Given bool `json:"given,omitempty"`
}

// Only returns the plan with the named targets and those needed to judge them: the
// alternatives in the same Need, and the S3 host of a bucket. A capability keeps the Needs
// whose targets are all left.
//
// If no capability would be left, nothing could be judged, and the plan is returned
// unchanged.
func (p Plan) Only(names []string) Plan {
	kept := p.needed(names)
	out := p
	out.Capabilities, out.Needs = nil, make(map[endpoint.Capability][]endpoint.Need)
	for _, c := range p.Capabilities {
		for _, need := range p.Needs[c] {
			if !slices.ContainsFunc(need, func(name string) bool { return !kept[name] }) {
				out.Needs[c] = append(out.Needs[c], need)
			}
		}
		if len(out.Needs[c]) > 0 {
			out.Capabilities = append(out.Capabilities, c)
		}
	}
	if len(out.Capabilities) == 0 {
		return p
	}
	out.Targets = keep(p.Targets, func(t PlannedTarget) bool { return kept[t.Name] })
	out.SignedCalls = keep(p.SignedCalls, func(c PlannedCall) bool { return kept[c.Target] })
	return out
}

// needed returns the named targets and those needed to judge them.
func (p Plan) needed(names []string) map[string]bool {
	kept := make(map[string]bool, len(names))
	for _, name := range names {
		kept[name] = true
	}
	for _, t := range p.Targets {
		if t.Bucket == "" || !kept[t.Name] {
			continue
		}
		for _, host := range p.Targets {
			if host.Bucket == "" && (host.Host == t.Host || t.VirtualHosted && t.Bucket+"."+host.Host == t.Host) {
				kept[host.Name] = true
			}
		}
	}
	for _, needs := range p.Needs {
		for _, need := range needs {
			// An alternative alone would decide what the named target has to.
			if slices.ContainsFunc(need, func(name string) bool { return slices.Contains(names, name) }) {
				for _, name := range need {
					kept[name] = true
				}
			}
		}
	}
	return kept
}

// Only returns what a run of the plan's Only would have seen.
func (o *Observations) Only(names []string) *Observations {
	out := *o
	out.Plan = o.Plan.Only(names)
	planned := func(name string) bool {
		return slices.ContainsFunc(out.Plan.Targets, func(t PlannedTarget) bool { return t.Name == name })
	}
	out.Targets = keep(o.Targets, func(t TargetObservation) bool { return planned(t.Name) })
	out.Signed = keep(o.Signed, func(c SignedCall) bool { return planned(c.Target) })
	return &out
}

// keep returns the elements for which ok holds; the list itself is not changed.
func keep[T any](list []T, ok func(T) bool) []T {
	var out []T
	for _, x := range list {
		if ok(x) {
			out = append(out, x)
		}
	}
	return out
}
