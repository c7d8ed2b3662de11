package scenarios

import (
	"crypto/tls"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// tlsScenarios are the worlds in which a connection opens and fails later.
func tlsScenarios() []Scenario {
	edge := func(f func(*TLSFault), services ...string) Fault {
		return onEdges(func(e *Edge) { f(&e.TLS) }, services...)
	}
	every := append([]string{"s3"}, publicServices...)
	noUpgrades := everyEdge(func(e *Edge) { e.Cert = Certificate{Issuer: Inspection}; e.HTTP.DropUpgrade = true })
	return []Scenario{
		{
			Name: "sni-filtered", Title: "a firewall cuts handshakes that name ssmmessages",
			Base: NATPublic, Faults: []Fault{edge(func(f *TLSFault) { f.ResetNames = []string{hostMessages} }, every...)},
			Want: fails("sni-filtered", "ssmmessages"),
		},
		{
			Name: "sni-filtered-silent", Title: "a firewall swallows handshakes that name ssmmessages",
			Base: NATPublic, Faults: []Fault{edge(func(f *TLSFault) { f.StallNames = []string{hostMessages} }, every...)},
			Want: fails("sni-filtered", "ssmmessages"),
		},
		{
			Name: "mtu-black-hole", Title: "a tunnel on the way loses large packets from AWS",
			Base: HybridForwarder, Faults: []Fault{losesLarge(DropLargeReplies, apis...)},
			Args: []string{"--vpc-resolver", inboundDNS.String()}, Needs: []string{"unbound"},
			Want: fails("mtu-black-hole", apis...), NetnsOnly: "a mapped connection has no packets to lose",
		},
		{
			Name: "mtu-black-hole-towards-aws", Title: "a tunnel on the way loses large packets towards AWS",
			Base: HybridForwarder, Faults: []Fault{losesLarge(DropLarge, apis...)},
			Args: []string{"--vpc-resolver", inboundDNS.String()}, Needs: []string{"unbound"},
			Want: warns("mtu-black-hole"), NetnsOnly: "a mapped connection has no packets to lose",
		},
		{
			Name: "large-hello-blocked", Title: "a firewall swallows handshakes that need more than one packet",
			Base: NATPublic, Faults: []Fault{edge(func(f *TLSFault) { f.MaxHello = 1400 }, every...)},
			Want: warns("large-hello-blocked"), NetnsOnly: "a mapped connection cannot be asked for small segments, which must fail too",
		},
		{
			Name: "tls-reset", Title: "every handshake with the ssm endpoint is cut",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.Reset = true }, "ssm")},
			Want: fails("tls-reset", "ssm"),
		},
		{
			Name: "tls-stalled", Title: "no handshake with the ssm endpoint completes",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.Stall = true }, "ssm")},
			Want: fails("tls-stalled", "ssm"),
		},
		{
			Name: "tls-not-spoken", Title: "what answers at ssm's address speaks plain HTTP",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.PlainHTTP = true }, "ssm")},
			Want: fails("tls-not-spoken", "ssm"),
		},
		{
			Name: "tls-not-spoken-ssh", Title: "what answers at ssmmessages' address is an SSH server",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.Banner = "SSH-2.0-OpenSSH_9.2\r\n" }, "ssmmessages")},
			Want: fails("tls-not-spoken", "ssmmessages"),
		},
		{
			Name: "tls-too-old", Title: "a middlebox offers nothing newer than TLS 1.1",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.MaxVersion = tls.VersionTLS11 }, "ssm")},
			Want: fails("tls-too-old", "ssm"),
		},
		{
			Name: "tls-post-quantum-only", Title: "what answers for ssm accepts no key exchange but X25519MLKEM768",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{}), edge(func(f *TLSFault) { f.Groups = []tls.CurveID{tls.X25519MLKEM768} }, "ssm")},
			Want: fails("tls-reset", "ssm"),
		},
		{
			Name: "tls-post-quantum-asked", Title: "what answers for ssm asks for X25519MLKEM768, which was not offered",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{}), edge(func(f *TLSFault) { f.Speak = RetryRequest(tls.X25519MLKEM768) }, "ssm")},
			Want: fails("tls-reset", "ssm"),
		},
		{
			Name: "tls-cipher-only", Title: "what answers for ssm accepts no cipher suite but one that the agent does not offer",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) {
				f.Ciphers, f.MaxVersion = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}, tls.VersionTLS12
			}, "ssm")},
			Want: fails("tls-reset", "ssm"),
		},
		{
			Name: "intermittent", Title: "the first handshake at each address of ssm is cut, the next one passes",
			Base: PrivateVPC, Faults: []Fault{edge(func(f *TLSFault) { f.ResetFirst = 1 }, "ssm")},
			Want: warns("intermittent"),
		},
		{
			Name: "http-silent", Title: "ssmmessages completes the handshake and never answers a request",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.HTTP.Silent = true }, "ssmmessages")},
			Want: fails("http-silent", "ssmmessages"),
		},
		{
			Name: "http-server-error", Title: "ssm answers 503",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.HTTP.Status = 503 }, "ssm")},
			Want: warns("http-server-error"),
		},
		{
			Name: "websocket-blocked", Title: "a middlebox that intercepts TLS, with a CA that the node trusts, swallows WebSocket upgrades",
			Base: NATPublic, Faults: []Fault{noUpgrades, trusts(Inspection)},
			Want: both(fails("websocket-blocked", "ssmmessages"), warns("tls-intercepted")),
		},
		{
			Name: "websocket-blocked-nat", Title: "no endpoint for ssmmessages; a middlebox on the path over NAT intercepts TLS and swallows WebSocket upgrades",
			Base: PrivateVPC, Faults: []Fault{noEndpoint("ssmmessages"), openInternet, noUpgrades, trusts(Inspection)},
			Want: both(fails("websocket-blocked", "ssmmessages"), warns("endpoint-not-private", "tls-intercepted")),
		},
		{
			Name: "websocket-unanswered", Title: "AWS's own server gives the upgrade no answer: nothing is proved",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.HTTP.DropUpgrade = true }, "ssmmessages")},
			Want: Want{Verdict: "pass", Status: 0, Infos: codes("websocket-blocked")},
		},
	}
}
