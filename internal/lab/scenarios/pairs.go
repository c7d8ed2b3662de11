package scenarios

import (
	"maps"
	"slices"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// pairs are worlds with two unrelated faults.
func pairs() []Scenario {
	sg := blockEndpoints(Drop, "ssmmessages")
	pair := func(name, title string, want Want, faults ...Fault) Scenario {
		return Scenario{Name: name, Title: title, Base: PrivateVPC, Faults: faults, Want: want}
	}
	policy := onEdges(func(e *Edge) { e.Buckets.Denied = []string{"*"} }, "s3")
	return []Scenario{
		pair("pair-endpoint-blocked-s3-blocked", "ssmmessages' security group, and no gateway endpoint for S3", both(fails("endpoint-blocked", "ssmmessages"), fails("s3-blocked", "s3", amazonSSM)),
			noGateway, sg),
		pair("pair-endpoint-not-private-s3-policy", "no endpoint for ssmmessages, and the gateway endpoint's policy", both(fails("endpoint-not-private", "ssmmessages"), fails("s3-policy-denies", amazonSSM)),
			noEndpoint("ssmmessages"), policy),
		pair("pair-clock-skew-endpoint-blocked", "the clock is ten minutes behind, and ssmmessages' security group", both(fails("clock-skew", "ssm", "ec2messages", "s3", amazonSSM), fails("endpoint-blocked", "ssmmessages")),
			clock(10*time.Minute), sg),
		pair("pair-hosts-override-endpoint-blocked", "the hosts file pins ssm, and ssmmessages' security group", both(fails("dns-hosts-override", "ssm"), fails("endpoint-blocked", "ssmmessages")),
			onNode(func(n *Node) { n.Hosts = []string{"10.0.9.9 ssm.us-east-2.amazonaws.com"} }), sg),
		pair("pair-forwarder-missing-s3-policy", "a nameserver that does not forward, and the gateway endpoint's policy", both(fails("dns-forwarder-missing", apis...), fails("s3-policy-denies", amazonSSM)),
			resolvConf(customDNS), addServer(ownDNS()), policy),
		{
			Name: "pair-sni-filtered-tls-expired", Title: "a firewall cuts handshakes that name ssmmessages, and ssm's certificate ran out",
			Base: NATPublic, Faults: []Fault{
				everyEdge(func(e *Edge) { e.TLS.ResetNames = []string{hostMessages} }),
				onEdges(func(e *Edge) { e.Cert.NotBefore, e.Cert.NotAfter = -9000*time.Hour, -24*time.Hour }, "ssm"),
			},
			Want: both(fails("sni-filtered", "ssmmessages"), fails("tls-expired", "ssm")),
		},
		pair("pair-wrong-name-http-silent", "ssm has another host's certificate, and ssmmessages answers no request", both(fails("tls-wrong-name", "ssm"), fails("http-silent", "ssmmessages")),
			onEdges(func(e *Edge) { e.Cert.Names = []string{"sqs.us-east-2.amazonaws.com"} }, "ssm"),
			onEdges(func(e *Edge) { e.HTTP.Silent = true }, "ssmmessages")),
		pair("pair-refused-stalled", "ssm's address answers with a reset, and ssmmessages' handshake does not end", both(fails("connection-refused", "ssm"), fails("tls-stalled", "ssmmessages")),
			blockEndpoints(Refuse, "ssm"), onEdges(func(e *Edge) { e.TLS.Stall = true }, "ssmmessages")),
		pair("pair-forwarder-partial-endpoint-blocked", "only ssm's name is forwarded, and ssm's security group", both(fails("dns-forwarder-partial", "ssmmessages", "ec2messages"), fails("endpoint-blocked", "ssm")),
			resolvConf(customDNS), addServer(ownDNS(Forward{Zone: hostSSM, To: vpcPlusTwo})), blockEndpoints(Drop, "ssm")),
		{
			Name: "pair-sinkhole-s3-blocked", Title: "on premises: ssmmessages is blocked by name, and S3 by address",
			Base: HybridPublic, Faults: []Fault{
				dnsFault(DNSFault{Zones: []string{hostMessages}, Do: DNSNXDomain}, premisesDNS), blockPublic(Drop, "s3"),
			},
			Want: both(fails("dns-name-missing", "ssmmessages"), fails("s3-blocked", "s3", amazonSSM)),
		},
		pair("pair-zone-role", "one zone's addresses do not answer, and there is no instance profile", warns("endpoint-partly-blocked", "role-missing"),
			blockZone(Drop, "ssm", "ssmmessages"), func(w *World) { w.Metadata.Role = "" }),
		pair("pair-second-silent-endpoint-blocked", "the second nameserver is silent, and ssmmessages' security group", both(fails("endpoint-blocked", "ssmmessages"), warns("dns-server-silent")),
			resolvConf(vpcPlusTwo, customDNS), sg),
		pair("pair-route-none-s3-policy", "a route prohibits the endpoints' subnets, and the gateway endpoint's policy", both(fails("route-none", apis...), fails("s3-policy-denies", amazonSSM)),
			addRoutes(Prohibit, "10.0.1.0/24", "10.0.3.0/24"), policy),
	}
}

// both wants the findings of both.
func both(a, b Want) Want {
	errors := map[diagnose.Code][]string{}
	maps.Copy(errors, a.Errors)
	maps.Copy(errors, b.Errors)
	return Want{Verdict: a.Verdict, Status: max(a.Status, b.Status), Errors: errors, Warnings: slices.Concat(a.Warnings, b.Warnings)}
}
