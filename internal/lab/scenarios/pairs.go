package scenarios

import (
	"maps"
	"slices"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// pairs are worlds with two faults that have nothing to do with each other.
func pairs() []Scenario {
	ssmmessages := "ssmmessages.us-east-2.amazonaws.com"
	sg := blockEndpoints(Drop, "ssmmessages")
	noGateway := func(w *World) { w.Ways = nil; noInternet(w, false) }
	policy := onEdges(func(e *Edge) { e.Buckets.Denied = []string{"*"} }, "s3")
	return []Scenario{
		{
			Name: "pair-endpoint-blocked-s3-blocked", Title: "ssmmessages' security group, and no gateway endpoint for S3",
			Base: PrivateVPC, Faults: []Fault{noGateway, sg},
			Want: both(fails("endpoint-blocked", "ssmmessages"), fails("s3-blocked", "s3", amazonSSM)),
		},
		{
			Name: "pair-endpoint-not-private-s3-policy", Title: "no endpoint for ssmmessages, and the gateway endpoint's policy",
			Base: PrivateVPC, Faults: []Fault{noEndpoint("ssmmessages"), policy},
			Want: both(fails("endpoint-not-private", "ssmmessages"), fails("s3-policy-denies", amazonSSM)),
		},
		{
			Name: "pair-clock-skew-endpoint-blocked", Title: "the clock is ten minutes behind, and ssmmessages' security group",
			Base: PrivateVPC, Faults: []Fault{clock(10 * time.Minute), sg},
			Want: both(fails("clock-skew", "ssm", "ec2messages", "s3", amazonSSM), fails("endpoint-blocked", "ssmmessages")),
		},
		{
			Name: "pair-hosts-override-endpoint-blocked", Title: "the hosts file pins ssm, and ssmmessages' security group",
			Base: PrivateVPC, Faults: []Fault{onNode(func(n *Node) { n.Hosts = []string{"10.0.9.9 ssm.us-east-2.amazonaws.com"} }), sg},
			Want: both(fails("dns-hosts-override", "ssm"), fails("endpoint-blocked", "ssmmessages")),
		},
		{
			Name: "pair-forwarder-missing-s3-policy", Title: "a nameserver that does not forward, and the gateway endpoint's policy",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(ownDNS()), policy},
			Want: both(fails("dns-forwarder-missing", apis...), fails("s3-policy-denies", amazonSSM)),
		},
		{
			Name: "pair-sni-filtered-tls-expired", Title: "a firewall cuts handshakes that name ssmmessages, and ssm's certificate ran out",
			Base: NATPublic, Faults: []Fault{
				everyEdge(func(e *Edge) { e.TLS.ResetNames = []string{ssmmessages} }),
				onEdges(func(e *Edge) { e.Cert.NotBefore, e.Cert.NotAfter = -9000*time.Hour, -24*time.Hour }, "ssm"),
			},
			Want: both(fails("sni-filtered", "ssmmessages"), fails("tls-expired", "ssm")),
		},
		{
			Name: "pair-wrong-name-http-silent", Title: "ssm has another host's certificate, and ssmmessages answers no request",
			Base: PrivateVPC, Faults: []Fault{
				onEdges(func(e *Edge) { e.Cert.Names = []string{"sqs.us-east-2.amazonaws.com"} }, "ssm"),
				onEdges(func(e *Edge) { e.HTTP.Silent = true }, "ssmmessages"),
			},
			Want: both(fails("tls-wrong-name", "ssm"), fails("http-silent", "ssmmessages")),
		},
		{
			Name: "pair-refused-stalled", Title: "ssm's address answers with a reset, and ssmmessages' handshake does not end",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Refuse, "ssm"), onEdges(func(e *Edge) { e.TLS.Stall = true }, "ssmmessages")},
			Want: both(fails("connection-refused", "ssm"), fails("tls-stalled", "ssmmessages")),
		},
		{
			Name: "pair-forwarder-partial-endpoint-blocked", Title: "only ssm's name is forwarded, and ssm's security group",
			Base: PrivateVPC, Faults: []Fault{
				resolvConf(customDNS), addServer(ownDNS(Forward{Zone: "ssm.us-east-2.amazonaws.com", To: vpcPlusTwo})), blockEndpoints(Drop, "ssm"),
			},
			Want: both(fails("dns-forwarder-partial", "ssmmessages", "ec2messages"), fails("endpoint-blocked", "ssm")),
		},
		{
			Name: "pair-sinkhole-s3-blocked", Title: "on premises: ssmmessages is blocked by name, and S3 by address",
			Base: HybridPublic, Faults: []Fault{
				dnsFault(DNSFault{Zones: []string{ssmmessages}, Do: DNSNXDomain}, premisesDNS), blockPublic(Drop, "s3"),
			},
			Want: both(fails("dns-name-missing", "ssmmessages"), fails("s3-blocked", "s3", amazonSSM)),
		},
		{
			Name: "pair-zone-role", Title: "one zone's addresses do not answer, and there is no instance profile",
			Base: PrivateVPC, Faults: []Fault{blockZone(Drop, "ssm", "ssmmessages"), func(w *World) { w.Metadata.Role = "" }},
			Want: warns("endpoint-partly-blocked", "role-missing"),
		},
		{
			Name: "pair-second-silent-endpoint-blocked", Title: "the second nameserver is silent, and ssmmessages' security group",
			Base: PrivateVPC, Faults: []Fault{resolvConf(vpcPlusTwo, customDNS), sg},
			Want: both(fails("endpoint-blocked", "ssmmessages"), warns("dns-server-silent")),
		},
		{
			Name: "pair-route-none-s3-policy", Title: "a route prohibits the endpoints' subnets, and the gateway endpoint's policy",
			Base: PrivateVPC, Faults: []Fault{onNode(func(n *Node) {
				n.Routes = append(n.Routes, Route{To: prefix("10.0.1.0/24"), Kind: Prohibit}, Route{To: prefix("10.0.3.0/24"), Kind: Prohibit})
			}), policy},
			Want: both(fails("route-none", apis...), fails("s3-policy-denies", amazonSSM)),
		},
	}
}

// both wants the findings of two faults.
func both(a, b Want) Want {
	errors := map[diagnose.Code][]string{}
	maps.Copy(errors, a.Errors)
	maps.Copy(errors, b.Errors)
	return Want{Verdict: a.Verdict, Status: max(a.Status, b.Status), Errors: errors, Warnings: slices.Concat(a.Warnings, b.Warnings)}
}
