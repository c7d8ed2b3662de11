package scenarios

import (
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// answerScenarios are the worlds in which something answers, but not as AWS does.
func answerScenarios() []Scenario {
	intercept := func(e *Edge) { e.Cert = Certificate{Issuer: Inspection} }
	day := 24 * time.Hour
	return []Scenario{
		{
			Name: "tls-intercepted", Title: "a middlebox intercepts TLS with a CA that the node does not trust",
			Base: NATPublic, Faults: []Fault{everyEdge(intercept)},
			Want: fails("tls-intercepted", unresolved...),
		},
		{
			Name: "tls-intercepted-trusted", Title: "a middlebox intercepts TLS with a CA that the node trusts",
			Base: NATPublic, Faults: []Fault{everyEdge(intercept), trusts(Inspection)},
			Want: warns("tls-intercepted"),
		},
		{
			Name: "tls-untrusted", Title: "the node's trust store lacks Amazon's root",
			Base: PrivateVPC, Faults: []Fault{onNode(func(n *Node) { n.Trusts = []Issuer{OtherCA} })},
			Want: fails("tls-untrusted", unresolved...),
		},
		{
			Name: "tls-untrusted-nat", Title: "the same, with endpoints for Systems Manager alone, and the rest over NAT",
			Base: S3Gateway, Faults: []Fault{openInternet, onNode(func(n *Node) { n.Trusts = []Issuer{OtherCA} })},
			Args: []string{"--for", "run-command,session-manager,kms-encryption,cloudwatch-logs"},
			Want: fails("tls-untrusted", "ssm", "ssmmessages", "ec2messages", "kms", "logs"),
		},
		{
			Name: "tls-store-of-the-shell", Title: "this shell names a trust store that is not there, and the agent's service does not",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{}), withEnv("SSL_CERT_FILE", "/srv/none.pem"), withEnv("SSL_CERT_DIR", "/srv/none")},
			Want: passes(),
		},
		{
			Name: "tls-store-of-the-agent", Title: "the agent's service names a trust store that is not there",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Env: []string{"SSL_CERT_FILE=/srv/none.pem", "SSL_CERT_DIR=/srv/none"}})},
			Want: fails("tls-untrusted", unresolved...), NetnsOnly: "the trust store is no file there",
		},
		{
			Name: "tls-wrong-name", Title: "the private zone of ssm points at another service's endpoint",
			Base:   PrivateVPC,
			Faults: []Fault{onEdges(func(e *Edge) { e.Cert.Names = []string{"sqs.us-east-2.amazonaws.com"} }, "ssm")},
			Want:   fails("tls-wrong-name", "ssm"),
		},
		{
			Name: "tls-expired", Title: "ssmmessages shows a certificate that expired yesterday",
			Base:   PrivateVPC,
			Faults: []Fault{onEdges(func(e *Edge) { e.Cert.NotBefore, e.Cert.NotAfter = -400*day, -day }, "ssmmessages")},
			Want:   fails("tls-expired", "ssmmessages"),
		},
		{
			Name: "clock-skew", Title: "the node's clock is ten minutes behind",
			Base: PrivateVPC, Faults: []Fault{clock(10 * time.Minute)},
			Want: fails("clock-skew", unresolved...),
		},
		{
			Name: "clock-skew-ahead", Title: "the node's clock is two hours ahead",
			Base: NATPublic, Faults: []Fault{clock(-2 * time.Hour)},
			Want: fails("clock-skew", unresolved...),
		},
		{
			Name: "clock-skew-years", Title: "the node's clock is two years behind: no certificate is valid yet",
			Base: PrivateVPC, Faults: []Fault{clock(2 * 365 * day)},
			Want: fails("clock-skew", unresolved...),
		},
		{
			Name: "clock-skew-years-nat", Title: "the same, with endpoints for Systems Manager alone, and the rest over NAT",
			Base: S3Gateway, Faults: []Fault{openInternet, clock(2 * 365 * day)},
			Args: []string{"--for", "run-command,session-manager,kms-encryption,cloudwatch-logs"},
			Want: fails("clock-skew", "ssm", "ssmmessages", "ec2messages", "kms", "logs"),
		},
		{
			Name: "clock-skew-little", Title: "the node's clock is two minutes behind",
			Base: PrivateVPC, Faults: []Fault{clock(2 * time.Minute)},
			Want: warns("clock-skew"),
		},
		{
			Name: "http-not-aws", Title: "a middlebox answers every server's address with its own page",
			Base: NATPublic, Faults: []Fault{everyEdge(func(e *Edge) {
				e.Cert = Certificate{Issuer: Portal}
				e.HTTP = HTTPFault{Status: 403, Page: "<html><title>Blocked</title><p>This site is blocked by your organisation.</html>"}
			})},
			Want: fails("http-not-aws", unresolved...),
		},
		{
			Name: "s3-policy-denies", Title: "the gateway endpoint's policy allows none of AWS's buckets",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.Buckets.Denied = []string{"*"} }, "s3")},
			Want: fails("s3-policy-denies", amazonSSM),
		},
		{
			Name: "s3-bucket-missing", Title: "one of the user's own buckets does not exist",
			Base: PrivateVPC, Args: []string{"--bucket", "no-such-bucket-of-ours"},
			Want: fails("s3-bucket-missing", "s3:no-such-bucket-of-ours"),
		},
		{
			Name: "s3-bucket-elsewhere", Title: "one of the user's own buckets is in another Region",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.Buckets.Elsewhere = map[string]string{"ours-in-europe": "eu-west-1"} }, "s3")},
			Args: []string{"--bucket", "ours-in-europe"},
			Want: warns("s3-wrong-region"),
		},
		{
			Name: "s3-policy-denies-patch", Title: "the gateway endpoint's policy lacks the buckets of patching, and of nothing else",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.Buckets.Denied = []string{"aws-ssm-us-east-2"} }, "s3")},
			Want: passes(),
		},
		{
			Name: "unexplained", Title: "ssm answers over TLS with bytes that are no HTTP",
			Base: PrivateVPC, Faults: []Fault{onEdges(func(e *Edge) { e.HTTP.Garbage = true }, "ssm")},
			Want: fails("unexplained", "ssm"),
		},
	}
}

// clock sets the clock of the world's servers ahead of the node's.
func clock(d time.Duration) Fault { return func(w *World) { w.Clock = d } }
