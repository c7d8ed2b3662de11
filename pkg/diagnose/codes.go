package diagnose

import "slices"

// The node.
const (
	IMDSUnreachable       Code = "imds-unreachable"
	IMDSDisabled          Code = "imds-disabled"
	IMDSHopLimit          Code = "imds-hop-limit"
	RegionMismatch        Code = "region-mismatch"
	RoleMissing           Code = "role-missing"
	AgentMissing          Code = "agent-missing"
	AgentStopped          Code = "agent-stopped"
	AgentOutdated         Code = "agent-outdated"
	AgentEndpointOverride Code = "agent-endpoint-override"
	AgentConfigInvalid    Code = "agent-config-invalid"
	ClockSkew             Code = "clock-skew"
)

// DNS.
const (
	DNSNoNameserver      Code = "dns-no-nameserver"
	DNSServerSilent      Code = "dns-server-silent"
	DNSServerRefuses     Code = "dns-server-refuses"
	DNSServerFails       Code = "dns-server-fails"
	DNSForwarderBroken   Code = "dns-forwarder-broken"
	DNSNameFails         Code = "dns-name-fails"
	DNSForwarderMissing  Code = "dns-forwarder-missing"
	DNSForwarderPartial  Code = "dns-forwarder-partial"
	DNSRebindFilter      Code = "dns-rebind-filter"
	DNSResolversDisagree Code = "dns-resolvers-disagree"
	VPCResolverSilent    Code = "vpc-resolver-silent"
	EndpointNotPrivate   Code = "endpoint-not-private"
	DNSNameMissing       Code = "dns-name-missing"
	DNSNoAddress         Code = "dns-no-address"
	DNSHostsOverride     Code = "dns-hosts-override"
	DNSSearchList        Code = "dns-search-list"
	DNSSinkhole          Code = "dns-sinkhole"
	DNSNotAWS            Code = "dns-not-aws"
	DNSTCPBlocked        Code = "dns-tcp-blocked"
	DNSSlow              Code = "dns-slow"
	DNSIPv6Unroutable    Code = "dns-ipv6-unroutable"
)

// The way there.
const (
	LocalFirewall         Code = "local-firewall"
	RouteNone             Code = "route-none"
	RouteDiverted         Code = "route-diverted"
	EndpointBlocked       Code = "endpoint-blocked"
	EndpointPartlyBlocked Code = "endpoint-partly-blocked"
	EgressBlocked         Code = "egress-blocked"
	S3Blocked             Code = "s3-blocked"
	ConnectionRefused     Code = "connection-refused"
)

// TLS.
const (
	TLSWrongName      Code = "tls-wrong-name"
	TLSIntercepted    Code = "tls-intercepted"
	TLSUntrusted      Code = "tls-untrusted"
	TLSExpired        Code = "tls-expired"
	SNIFiltered       Code = "sni-filtered"
	MTUBlackHole      Code = "mtu-black-hole"
	LargeHelloBlocked Code = "large-hello-blocked"
	TLSReset          Code = "tls-reset"
	TLSStalled        Code = "tls-stalled"
	TLSNotSpoken      Code = "tls-not-spoken"
	TLSTooOld         Code = "tls-too-old"
)

// HTTP.
const (
	HTTPNotAWS       Code = "http-not-aws"
	HTTPSilent       Code = "http-silent"
	HTTPServerError  Code = "http-server-error"
	WebSocketBlocked Code = "websocket-blocked"
)

// The proxy.
const (
	ProxyInvalid         Code = "proxy-invalid"
	ProxyUnreachable     Code = "proxy-unreachable"
	ProxyAuthRequired    Code = "proxy-auth-required"
	ProxyDenied          Code = "proxy-denied"
	ProxyBypassed        Code = "proxy-bypassed"
	ProxyAgentDiffers    Code = "proxy-agent-differs"
	ProxyShadowsEndpoint Code = "proxy-shadows-endpoint"
	ProxyIMDSNotBypassed Code = "proxy-imds-not-bypassed"
)

// Credentials (`--signed`).
const (
	CredentialsMissing   Code = "credentials-missing"
	CredentialsRejected  Code = "credentials-rejected"
	IAMDenied            Code = "iam-denied"
	EndpointPolicyDenies Code = "endpoint-policy-denies"
)

// The agent's own log.
const (
	AgentAccessDenied     Code = "agent-access-denied"
	AgentIdentityRejected Code = "agent-identity-rejected"
	AgentReportsError     Code = "agent-reports-error"
	AgentHibernating      Code = "agent-hibernating"
)

// S3, and what is left.
const (
	S3PolicyDenies  Code = "s3-policy-denies"
	S3BucketMissing Code = "s3-bucket-missing"
	S3WrongRegion   Code = "s3-wrong-region"
	Intermittent    Code = "intermittent"
	Unexplained     Code = "unexplained"
)

// Codes lists every code that this version can find, in the order in which
// the causes are looked for.
func Codes() []Code {
	all := causes()
	codes := make([]Code, len(all))
	for i, c := range all {
		codes[i] = c.code
	}
	return codes
}

// AtMost is the most that a finding of the code can be, "" for a code that
// does not exist.
func AtMost(code Code) Severity {
	c, _ := causeOf(code)
	return c.atMost
}

// ExplainedBy are the causes from which the code follows, sorted: where one of
// them breaks a target, the code is not reported for it.
func ExplainedBy(code Code) []Code {
	c, _ := causeOf(code)
	return slices.Compact(slices.Sorted(slices.Values(c.explainedBy)))
}

func causeOf(code Code) (cause, bool) {
	for _, c := range causes() {
		if c.code == code {
			return c, true
		}
	}
	return cause{}, false
}
