package diagnose

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An Object is the one thing that a finding is about. Findings on several nodes with the
// same code and the same object have one cause.
type Object struct {
	Kind ObjectKind `json:"kind"`
	// ID is the same on every node that has the cause: words separated by spaces.
	ID string `json:"id"`
}

// An ObjectKind is what kind of thing an object is.
type ObjectKind string

// The kinds of objects.
const (
	// ObjectNameserver has its address, preceded by the VPC's id if the address is
	// another server's in another VPC.
	ObjectNameserver ObjectKind = "nameserver"
	// ObjectEndpoint has the services of VPC endpoints and their private
	// addresses; without addresses, the VPC that lacks the endpoints.
	ObjectEndpoint ObjectKind = "endpoint"
	ObjectSubnet   ObjectKind = "subnet"
	// ObjectProxy has its host and port.
	ObjectProxy  ObjectKind = "proxy"
	ObjectBucket ObjectKind = "bucket"
	ObjectRegion ObjectKind = "region"
)

// ManualPage is the address of a cause's page in the manual, without the code at its
// end.
const ManualPage = "https://github.com/ssmcheck/ssmcheck/blob/main/docs/causes.md#"

// object is what a finding is about, or nil if that is the node itself or several
// things.
func (f *facts) object(code Code, ms []match) *Object {
	kind, words := ObjectKind(""), []string(nil)
	switch code {
	case EgressBlocked, S3Blocked:
		kind, words = ObjectSubnet, []string{f.o.Metadata.SubnetID}
	case EndpointBlocked, EndpointPartlyBlocked, EndpointNotPrivate, EndpointPolicyDenies:
		kind, words = ObjectEndpoint, f.endpointWords(targetsOf(ms))
	case ProxyInvalid, ProxyUnreachable, ProxyAuthRequired, ProxyDenied, ProxyBypassed, ProxyAgentDiffers, ProxyShadowsEndpoint, ProxyIMDSNotBypassed:
		kind, words = ObjectProxy, f.proxyWords(code, ms)
	case S3PolicyDenies, S3BucketMissing, S3WrongRegion:
		kind = ObjectBucket
		words = mapTo(targetsOf(ms), bucketName)
	case RegionMismatch, HTTPServerError:
		kind, words = ObjectRegion, []string{f.o.Plan.Region}
	case DNSServerSilent, DNSServerRefuses, DNSServerFails, DNSForwarderBroken, DNSNameFails, DNSForwarderMissing, DNSForwarderPartial,
		DNSRebindFilter, DNSResolversDisagree, VPCResolverSilent, DNSNameMissing, DNSNoAddress, DNSSinkhole, DNSNotAWS, DNSTCPBlocked, DNSSlow:
		kind, words = ObjectNameserver, f.nameserverWords(serversOf(ms))
	}
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	if len(words) == 0 {
		return nil
	}
	return &Object{kind, safe(strings.Join(words, " "))}
}

// nameserverWords are the servers' addresses, or those of the configured ones if the
// matches name none.
func (f *facts) nameserverWords(servers []*server) []string {
	if len(servers) == 0 {
		servers = f.configured
	}
	var addresses []string
	vpc := ""
	for _, s := range servers {
		a := s.Address.Addr().Unmap()
		if a.IsLoopback() || a.IsLinkLocalUnicast() || f.inVPC(a) {
			vpc = f.o.Metadata.VPCID
		}
		if a = a.WithZone(""); s.Address.Port() == 53 {
			addresses = append(addresses, a.String())
		} else {
			addresses = append(addresses, netip.AddrPortFrom(a, s.Address.Port()).String())
		}
	}
	return append([]string{vpc}, sorted(addresses)...)
}

// endpointWords are services, then addresses. The public addresses of AWS's names
// change from answer to answer and belong to no VPC.
func (f *facts) endpointWords(ts []*target) []string {
	var words, addresses []string
	r, err := endpoint.LookupRegion(f.o.Plan.Region)
	for _, t := range ts {
		if err == nil {
			words = append(words, endpoint.VPCEndpointService(t.Service, r, false))
		}
		for _, w := range t.paths {
			if w.addr.IsValid() && w.class == observation.ClassPrivate {
				addresses = append(addresses, w.addr.String())
			}
		}
	}
	if len(addresses) == 0 {
		addresses = []string{f.o.Metadata.VPCID}
	}
	return append(sorted(words), sorted(addresses)...)
}

// sorted sorts words and drops duplicates.
func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// proxyWords is the proxy's host and port, without its user.
func (f *facts) proxyWords(code Code, ms []match) []string {
	c := f.o.Node.Proxy
	var urls []string
	switch code {
	case ProxyAgentDiffers: // the one that the agent lacks
		urls = []string{c.ShellHTTPS}
	case ProxyIMDSNotBypassed:
		urls = []string{c.Metadata}
	}
	for _, t := range targetsOf(ms) {
		if t.UnusedProxy != nil {
			urls = append(urls, t.UnusedProxy.URL)
		}
		urls = append(urls, t.Proxy)
	}
	for _, raw := range append(urls, c.HTTPS) {
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			return []string{u.Host}
		}
	}
	return nil
}
