package observation

import (
	"net/netip"

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

// A Plan is what a run will ask, decided before anything is sent.
type Plan struct {
	Region     string `json:"region"`
	RegionFrom string `json:"region_from"`
	Partition  string `json:"partition"`
	// RegionNote says what to know of the Region (one that this version
	// does not list). Empty: nothing.
	RegionNote string `json:"region_note,omitempty"`
	// Capabilities are those asked for.
	Capabilities []endpoint.Capability `json:"capabilities"`
	// Needs lists what each capability asked for must have.
	Needs  map[endpoint.Capability][]endpoint.Need `json:"needs"`
	Expect Expect                                  `json:"expect"`
	// Targets are those asked for, then those looked at beside them.
	Targets []PlannedTarget `json:"targets"`
	// Lookups are hosts that are looked up and no more: those that decide
	// what ExpectAuto comes to, where no target has them.
	Lookups []string `json:"lookups,omitempty"`
	// Servers are the nameservers to ask by themselves, in the order of the
	// configuration; the VPC's resolver is the last.
	Servers      []PlannedServer `json:"servers"`
	PrivateCIDRs []netip.Prefix  `json:"private_cidrs,omitempty"`
	// Proxy is where the proxies of the targets come from.
	Proxy     ProxyChoice `json:"proxy,omitempty"`
	FIPS      bool        `json:"fips,omitempty"`
	DualStack bool        `json:"dualstack,omitempty"`
	Timeout   Elapsed     `json:"timeout_ms"`
	Deadline  Elapsed     `json:"deadline_ms"`
	// AskMetadata says whether instance metadata is asked, and
	// MetadataReason why not.
	AskMetadata    bool   `json:"ask_metadata"`
	MetadataReason string `json:"metadata_reason,omitempty"`
	// Signed: signed calls were asked for, and SignedCalls are those that
	// there are for the targets.
	Signed      bool          `json:"signed,omitempty"`
	SignedCalls []PlannedCall `json:"signed_calls,omitempty"`
}

// A PlannedTarget is a target and how it is reached.
type PlannedTarget struct {
	endpoint.Target
	// Asked: a capability asked for needs it. Else the run only looks.
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
	// UnusedProxy is one that stands in the settings of the agent's service and
	// that the agent does not use for the target. nil: none.
	UnusedProxy *UnusedProxy `json:"unused_proxy,omitempty"`
}

// A ServerRole is why a nameserver is asked.
type ServerRole string

const (
	// RoleConfigured: the system asks it.
	RoleConfigured ServerRole = "configured"
	// RoleBehindStub: a loopback stub asks it; evidence only.
	RoleBehindStub ServerRole = "behind-stub"
	// RoleVPC: the resolver that knows the VPC's private names.
	RoleVPC ServerRole = "vpc"
)

// A PlannedServer is a nameserver and why it is asked.
type PlannedServer struct {
	Address netip.AddrPort `json:"address"`
	Role    ServerRole     `json:"role"`
	// From says who named it: a file, a flag, "default on EC2".
	From string `json:"from"`
	// Given: a person named it on the command line.
	Given bool `json:"given,omitempty"`
}
