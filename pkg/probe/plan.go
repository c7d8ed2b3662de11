package probe

import (
	"net/netip"
	"net/url"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Config is what a user asks for.
type Config struct {
	// Region and where it comes from ("--region", "AWS_REGION", "instance
	// metadata" …). It must be well-formed: endpoint.LookupRegion.
	Region     string
	RegionFrom string
	// Capabilities that must work. Empty: endpoint.DefaultCapabilities, and
	// a look beyond them.
	Capabilities []endpoint.Capability
	Expect       observation.Expect
	// VPCResolver knows the VPC's private names. Zero: 169.254.169.253 on
	// EC2, none elsewhere.
	VPCResolver netip.AddrPort
	// Nameservers take the place of the configured ones.
	Nameservers []netip.AddrPort
	// Proxy is "auto" (or empty), "none", or a URL with ProxyURL set.
	Proxy    string
	ProxyURL *url.URL
	// Endpoints names other hosts for targets, by the target's name.
	Endpoints    map[string]string
	Buckets      []string
	PrivateCIDRs []netip.Prefix
	FIPS         bool
	DualStack    bool
	// Signed also sends signed, read-only calls with the node's own
	// credentials.
	Signed bool
	// Ignore and Labels go into the plan as they are.
	Ignore   []string
	Labels   map[string]string
	Timeout  observation.Elapsed
	Deadline observation.Elapsed
}
