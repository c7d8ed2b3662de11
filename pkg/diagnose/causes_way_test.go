package diagnose

import (
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func healthyTests() []verdictTest {
	return []verdictTest{
		{name: "healthy", status: 0, change: func(*world) {}},
		{name: "healthy, without any agent", status: 0, want: []string{"info agent-missing"}, change: func(w *world) {
			w.Node.Agent = observation.Agent{Installed: observation.No}
		}},
		{name: "S3 through a gateway, everything else public silent", status: 0, want: []string{"info endpoint-not-private kms,logs"}, change: func(w *world) {
			w.resolves("kms", publicOf(3)...)
			w.resolves("logs", publicOf(4)...)
			w.silent("kms", "logs")
		}},
		{name: "peered VPC: private addresses outside the VPC's blocks", status: 0, change: func(w *world) {
			w.resolves("ssm", "10.77.1.5")
		}},
		{name: "China: another CA", status: 0, change: func(w *world) {
			w.Plan.Partition = "aws-cn"
			w.certificate(byBox(true), allNames...)
		}},
		{name: "a host that is not AWS's own: nothing is concluded from its issuer", status: 0, change: func(w *world) {
			w.planned("ssm").Foreign = true
			w.certificate(byBox(true), "ssm")
		}},
	}
}

func pathTests() []verdictTest {
	return []verdictTest{
		{name: "one endpoint's security group", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
		}},
		{name: "every endpoint's security group: one finding", status: 1, want: []string{"error endpoint-blocked " + apis3}, change: func(w *world) {
			w.silent(allAPIs...)
		}},
		{name: "rejected by ICMP", status: 1, want: []string{"error endpoint-blocked ssm"}, change: func(w *world) {
			w.connects(observation.KindHostUnreachable, 2*ms, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "an endpoint that nobody asked for", status: 0, want: []string{"info endpoint-blocked kms"}, change: func(w *world) {
			w.silent("kms")
		}},
		{name: "ec2messages blocked, with a new agent", status: 0, want: []string{"info endpoint-blocked ec2messages"}, change: func(w *world) {
			w.silent("ec2messages")
		}},
		{name: "ec2messages blocked, with an agent of an unknown version", status: 0, want: []string{"warning endpoint-blocked ec2messages"}, change: func(w *world) {
			w.Node.Agent.Version = ""
			w.silent("ec2messages")
		}},
		{name: "ec2messages blocked, with the last agent that needs it", status: 1, want: []string{"error endpoint-blocked ec2messages"}, change: func(w *world) {
			w.Node.Agent.Version = "3.3.39.9"
			w.silent("ec2messages")
		}},
		{name: "run-command alone does with ec2messages", status: 0, want: []string{"warning endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.Plan.Capabilities = []endpoint.Capability{endpoint.RunCommand}
			w.silent("ssmmessages")
		}},
		{name: "one zone is silent", status: 0, want: []string{"warning endpoint-partly-blocked ssm"}, change: func(w *world) {
			connectFails(&w.at("ssm").Addresses[1], observation.KindTimeout, 3000*ms)
		}},
		{name: "one zone is silent, in the other a box opens TLS", status: 1, want: []string{"error tls-intercepted ssm", "warning endpoint-partly-blocked ssm"}, change: func(w *world) {
			w.certificate(byBox(false), "ssm")
			connectFails(&w.at("ssm").Addresses[1], observation.KindTimeout, 3000*ms)
		}},
		{name: "no way out", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			w.public()
			w.silent(allNames...)
		}},
		{name: "no way out but to S3", status: 1, want: []string{"error egress-blocked " + apis3}, change: func(w *world) {
			w.public()
			w.silent(allAPIs...)
		}},
		{name: "no gateway endpoint", status: 1, want: []string{"error s3-blocked s3," + nameBucket}, change: func(w *world) {
			w.silent("s3", nameBucket)
		}},
		{name: "no gateway endpoint, and no endpoint for ssmmessages: two faults", status: 1,
			want: []string{"error endpoint-not-private ssmmessages", "error s3-blocked s3," + nameBucket}, change: func(w *world) {
				w.resolves("ssmmessages", publicOf(1)...)
				w.silent("ssmmessages", "s3", nameBucket)
			}},
		{name: "S3's interface endpoint is blocked", status: 1, want: []string{"error endpoint-blocked s3," + nameBucket}, change: func(w *world) {
			w.resolves("s3", "10.0.1.109")
			w.resolves(nameBucket, "10.0.1.109")
			w.silent("s3", nameBucket)
		}},
		{name: "refused", status: 1, want: []string{"error connection-refused ssm"}, change: func(w *world) {
			w.connects(observation.KindConnectionRefused, 900*ms/1000, "ssm")
		}},
		{name: "refused in one zone", status: 0, want: []string{"warning connection-refused ssm"}, change: func(w *world) {
			connectFails(&w.at("ssm").Addresses[1], observation.KindConnectionRefused, ms)
		}},
		{name: "no default route", status: 1, want: []string{"error route-none " + asked5}, change: func(w *world) {
			w.public()
			w.connects(observation.KindNoRoute, 0, allNames...)
			w.asksKernel(observation.ExperimentUDPConnect, observation.KindNoRoute, allNames...)
		}},
		{name: "a route that prohibits", status: 1, want: []string{"error route-none ssm"}, change: func(w *world) {
			w.connects(observation.KindProhibited, ms/100, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, observation.KindProhibited, "ssm")
		}},
		{name: "a route that swallows", status: 1, want: []string{"error route-none ssm"}, change: func(w *world) {
			w.connects(observation.KindInvalid, ms/100, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, observation.KindInvalid, "ssm")
		}},
		{name: "EACCES at once, and a UDP socket connects: a rule of policy routing", status: 1, want: []string{"error local-firewall ssm"}, change: func(w *world) {
			w.connects(observation.KindProhibited, ms/100, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "EPERM", status: 1, want: []string{"error local-firewall ssm"}, change: func(w *world) {
			w.connects(observation.KindNotPermitted, ms/100, "ssm")
		}},
		{name: "silence, and a datagram gets EPERM", status: 1, want: []string{"error local-firewall ssm"}, change: func(w *world) {
			w.silent("ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
			w.asksKernel(observation.ExperimentUDPSend, observation.KindNotPermitted, "ssm")
		}},
		{name: "silence, and a datagram passes", status: 1, want: []string{"error endpoint-blocked ssm"}, change: func(w *world) {
			w.silent("ssm")
			w.asksKernel(observation.ExperimentUDPSend, "", "ssm")
		}},
		{name: "refused sooner than a packet returns, and measured late at the other address", status: 1, want: []string{"error local-firewall ssm"}, change: func(w *world) {
			w.connects(observation.KindConnectionRefused, ms/10, "ssm")
			w.at("ssm").Addresses[1].Connect.Elapsed = 3 * ms
		}},
		{name: "EPERM to the public addresses of a name that should be private: the name is the cause", status: 1, want: []string{"error endpoint-not-private ssmmessages"}, change: func(w *world) {
			w.resolves("ssmmessages", publicOf(1)...)
			w.connects(observation.KindNotPermitted, 0, "ssmmessages")
		}},
	}
}

func tlsTests() []verdictTest {
	return []verdictTest{
		{name: "a certificate for another host", status: 1, want: []string{"error tls-wrong-name ssm"}, change: func(w *world) {
			w.certificate(func(h *observation.Handshake) { h.NameMatches, h.Verified = false, false }, "ssm")
		}},
		{name: "a portal with its own certificate is a wrong name", status: 1, want: []string{"error tls-wrong-name ssm"}, change: func(w *world) {
			w.certificate(byBox(false), "ssm")
			w.certificate(func(h *observation.Handshake) { h.NameMatches = false }, "ssm")
			w.page("ssm")
		}},
		{name: "a box that the node does not trust", status: 1, want: []string{"error tls-intercepted " + asked5}, change: func(w *world) {
			w.certificate(byBox(false), allNames...)
		}},
		{name: "a box that the node trusts", status: 0, want: []string{"warning tls-intercepted " + asked5}, change: func(w *world) {
			w.certificate(byBox(true), allNames...)
		}},
		{name: "a trust store without Amazon's roots", status: 1, want: []string{"error tls-untrusted " + asked5}, change: func(w *world) {
			w.certificate(func(h *observation.Handshake) { h.Trusted, h.Verified = false, false }, allNames...)
		}},
		{name: "the trust store was not asked to the end", status: 3, change: func(w *world) {
			w.certificate(notVerified, allNames...)
		}},
		{name: "the trust store was not asked to the end, and the certificate is for another host", status: 1, want: []string{"error tls-wrong-name " + asked5}, change: func(w *world) {
			w.certificate(notVerified, allNames...)
			w.certificate(func(h *observation.Handshake) { h.NameMatches = false }, allNames...)
		}},
		{name: "China: a CA that the node does not trust", status: 1, want: []string{"error tls-untrusted ssm"}, change: func(w *world) {
			w.Plan.Partition = "aws-cn"
			w.certificate(byBox(false), "ssm")
		}},
		{name: "an old certificate", status: 1, want: []string{"error tls-expired ssmmessages"}, change: func(w *world) {
			w.certificate(expire, "ssmmessages")
		}},
		{name: "a wrong clock explains the certificates", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) {
			w.clock(-2 * 365 * 24 * time.Hour)
			w.certificate(func(h *observation.Handshake) {
				h.InTime, h.Verified = false, false
				h.Certificates[0].NotBefore, h.Certificates[0].NotAfter = began.AddDate(-2, -3, 0), began.AddDate(-2, 9, 0)
			}, allNames...)
		}},
		{name: "no certificate is in its time, and nobody tells the time", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) {
			w.certificate(expire, allNames...)
			w.each(func(a *observation.AddressObservation) { a.Reply = nil }, allNames...)
		}},
		{name: "a wrong clock, and a certificate that is old by AWS's clock too", status: 1,
			want: []string{"error clock-skew ssm,ec2messages,s3," + nameBucket, "error tls-expired ssmmessages"}, change: func(w *world) {
				w.clock(10 * time.Minute)
				w.certificate(expire, "ssmmessages")
			}},
		{name: "a name filter that cuts", status: 1, want: []string{"error sni-filtered ssmmessages"}, change: func(w *world) {
			w.shakes(observation.KindReset, "ssmmessages")
			w.tries(observation.ExperimentRepeat, observation.KindReset, "ssmmessages")
			w.tries(observation.ExperimentNoServerName, "", "ssmmessages")
			w.tries(observation.ExperimentSmallSegments, observation.KindReset, "ssmmessages")
		}},
		{name: "a name filter that swallows, proved by another name", status: 1, want: []string{"error sni-filtered ssmmessages"}, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssmmessages")
			w.tries(observation.ExperimentRepeat, observation.KindTimeout, "ssmmessages")
			w.tries(observation.ExperimentNoServerName, observation.KindTLSAlert, "ssmmessages")
			w.tries(observation.ExperimentOtherServerName, "", "ssmmessages")
		}},
		{name: "an MTU hole", status: 1, want: []string{"error mtu-black-hole ssm"}, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentRepeat, observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentNoServerName, observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentSmallSegments, "", "ssm")
		}},
		{name: "an MTU hole towards AWS", status: 0, want: []string{"warning mtu-black-hole ssm"}, change: func(w *world) {
			w.LargeHello = large(w, observation.KindTimeout, "")
		}},
		{name: "a large ClientHello does not pass", status: 0, want: []string{"warning large-hello-blocked ssm"}, change: func(w *world) {
			w.LargeHello = large(w, observation.KindTimeout, observation.KindTimeout)
		}},
		{name: "a large ClientHello passes when repeated", status: 0, change: func(w *world) {
			w.LargeHello = large(w, observation.KindTimeout, observation.KindTimeout)
			w.LargeHello[1].Result.Handshake = w.shaken("ssm")
		}},
		{name: "the handshake is cut", status: 1, want: []string{"error tls-reset ssm"}, change: func(w *world) {
			w.shakes(observation.KindClosed, "ssm")
			w.tries(observation.ExperimentRepeat, observation.KindClosed, "ssm")
			w.tries(observation.ExperimentNoServerName, observation.KindClosed, "ssm")
		}},
		{name: "the handshake never ends", status: 1, want: []string{"error tls-stalled ssm"}, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentRepeat, observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentNoServerName, observation.KindTimeout, "ssm")
			w.tries(observation.ExperimentSmallSegments, observation.KindTimeout, "ssm")
		}},
		{name: "no TLS", status: 1, want: []string{"error tls-not-spoken ssm"}, change: func(w *world) {
			w.shakes(observation.KindNotTLS, "ssm")
			w.each(func(a *observation.AddressObservation) { a.Handshake.FirstBytes = `"HTTP/1.1 400 Bad Request"` }, "ssm")
		}},
		{name: "TLS 1.1 only, by the alert", status: 1, want: []string{"error tls-too-old ssm"}, change: func(w *world) {
			w.shakes(observation.KindTLSVersion, "ssm")
		}},
		{name: "TLS 1.1 only, by the experiment", status: 1, want: []string{"error tls-too-old ssm"}, change: func(w *world) {
			w.shakes(observation.KindClosed, "ssm")
			w.tries(observation.ExperimentOldTLS, "", "ssm")
			w.each(func(a *observation.AddressObservation) { a.Experiments[0].Result.Handshake.Version = "TLS 1.1" }, "ssm")
		}},
		{name: "a lost packet", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssm")
			w.each(func(a *observation.AddressObservation) {
				a.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: w.proven("ssm")}}
			}, "ssm")
			w.tries(observation.ExperimentNoServerName, "", "ssm")
		}},
	}
}

func expire(h *observation.Handshake) {
	h.InTime, h.Verified = false, false
	h.Certificates[0].NotBefore, h.Certificates[0].NotAfter = began.AddDate(-1, 0, 0), began.AddDate(0, 0, -1)
}

// large are the experiments with a large ClientHello that failed so, at the
// first address of ssm; in small segments too, unless it passed.
func large(w *world, failed, small observation.Kind) []observation.Experiment {
	try := func(kind observation.ExperimentKind, failed observation.Kind) observation.Experiment {
		e := observation.Experiment{Kind: kind, Target: "ssm", Address: netip.MustParseAddr("10.0.1.101"), Result: observation.Stages{Connect: &observation.Connect{Elapsed: ms}}}
		if failed == "" {
			e.Result.Handshake = w.shaken("ssm")
		} else {
			e.Result.Handshake = &observation.Handshake{Elapsed: 1000 * ms, Failure: &observation.Failure{Op: observation.OpHandshake, Kind: failed}}
		}
		return e
	}
	return []observation.Experiment{
		try(observation.ExperimentLargeHello, failed), try(observation.ExperimentRepeat, failed), try(observation.ExperimentLargeHelloSmallSegments, small),
	}
}

func httpTests() []verdictTest {
	return []verdictTest{
		{name: "a block page behind a certificate that the node trusts", status: 1, want: []string{"error http-not-aws ssm"}, change: func(w *world) {
			w.certificate(byBox(true), "ssm")
			w.page("ssm")
		}},
		{name: "a block page behind a certificate that the node refuses", status: 1, want: []string{"error http-not-aws ssm"}, change: func(w *world) {
			w.certificate(byBox(false), "ssm")
			w.page("ssm")
		}},
		{name: "Amazon's certificate is proof enough without a request id", status: 0, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) { a.Reply.RequestID = "" }, "ssm")
		}},
		{name: "no answer inside TLS", status: 1, want: []string{"error http-silent ssm"}, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) {
				a.Reply = &observation.Reply{Request: "GET /", Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpReply, Kind: observation.KindTimeout}}
			}, "ssm")
		}},
		{name: "the service has an error", status: 0, want: []string{"warning http-server-error ssm"}, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) { a.Reply.Status = 503 }, "ssm")
		}},
		{name: "a trusted box swallows the WebSocket", status: 1, want: []string{"error websocket-blocked ssmmessages", "warning tls-intercepted " + asked5}, change: func(w *world) {
			w.certificate(byBox(true), allNames...)
			w.socket(func(s *observation.WebSocket) {
				s.Reply = &observation.Reply{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpUpgrade, Kind: observation.KindTimeout}}
			})
		}},
		{name: "a trusted box answers the WebSocket itself", status: 1, want: []string{"error websocket-blocked ssmmessages", "warning tls-intercepted " + asked5}, change: func(w *world) {
			w.certificate(byBox(true), allNames...)
			w.socket(func(s *observation.WebSocket) { s.Reply.RequestID, s.Reply.Status = "", 400 })
		}},
		{name: "a box swallows the WebSocket, and ec2messages does not help an old agent's sessions", status: 1,
			want: []string{"error websocket-blocked ssmmessages", "warning tls-intercepted ssmmessages"}, change: func(w *world) {
				w.certificate(byBox(true), "ssmmessages")
				w.socket(func(s *observation.WebSocket) {
					s.Handshake, s.Reply = &observation.Handshake{Failure: &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindReset}}, nil
				})
			}},
		{name: "Amazon's own server does not answer the upgrade", status: 0, want: []string{"info websocket-blocked ssmmessages"}, change: func(w *world) {
			w.socket(func(s *observation.WebSocket) {
				s.Reply = &observation.Reply{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpUpgrade, Kind: observation.KindTimeout}}
			})
		}},
		{name: "the run ended before the upgrade", status: 0, change: func(w *world) {
			w.socket(func(s *observation.WebSocket) {
				s.Reply = &observation.Reply{Failure: &observation.Failure{Op: observation.OpUpgrade, Kind: observation.KindUndecided}}
			})
		}},
	}
}

// socket changes the WebSocket at every address of ssmmessages.
func (w *world) socket(change func(s *observation.WebSocket)) {
	w.each(func(a *observation.AddressObservation) { change(a.WebSocket) }, "ssmmessages")
}

func s3Tests() []verdictTest {
	status := func(w *world, status int, code string) {
		w.each(func(a *observation.AddressObservation) { a.Reply.Status, a.Reply.ErrorCode = status, code }, nameBucket)
	}
	return []verdictTest{
		{name: "an endpoint policy", status: 1, want: []string{"error s3-policy-denies " + nameBucket}, change: func(w *world) {
			status(w, 403, "AccessDenied")
		}},
		{name: "403 without a public object is a pass for the way there", status: 0, change: func(w *world) {
			w.planned(nameBucket).PublicKey = ""
			status(w, 403, "AccessDenied")
		}},
		{name: "no such bucket", status: 1, want: []string{"error s3-bucket-missing " + nameBucket}, change: func(w *world) {
			status(w, 404, "NoSuchBucket")
		}},
		{name: "no such key: the bucket is there", status: 0, change: func(w *world) { status(w, 404, "NoSuchKey") }},
		{name: "another Region's bucket", status: 0, want: []string{"warning s3-wrong-region " + nameBucket}, change: func(w *world) {
			status(w, 301, "PermanentRedirect")
			w.each(func(a *observation.AddressObservation) { a.Reply.BucketRegion = "eu-west-1" }, nameBucket)
		}},
		{name: "one bucket is missing at one address, another everywhere", status: 1, want: []string{"error s3-bucket-missing s3:one,s3:two"}, change: func(w *world) {
			missing := func(a *observation.AddressObservation) { a.Reply.Status, a.Reply.ErrorCode = 404, "NoSuchBucket" }
			for _, b := range []string{"one", "two"} {
				w.target(endpoint.Target{Name: "s3:" + b, Service: endpoint.S3, Host: hostS3, Bucket: b}, true)
				w.resolves("s3:"+b, "3.5.128.10", "3.5.128.11")
			}
			missing(&w.at("s3:one").Addresses[0])
			w.each(missing, "s3:two")
		}},
		{name: "a bucket of the user's own counts as asked for", status: 1, want: []string{"error s3-bucket-missing s3:mine"}, change: func(w *world) {
			w.target(endpoint.Target{Name: "s3:mine", Service: endpoint.S3, Host: hostS3, Bucket: "mine"}, true)
			w.leads("s3:mine", "3.5.128.10")
			w.each(func(a *observation.AddressObservation) { a.Reply.Status, a.Reply.ErrorCode = 404, "NoSuchBucket" }, "s3:mine")
		}},
		{name: "a bucket whose name is not documented leaves its capability at warn", status: 0, change: func(w *world) {
			w.target(endpoint.Target{Name: "s3:patch", Service: endpoint.S3, NotDocumented: "AWS does not publish its name"}, true)
			w.Plan.Needs[endpoint.AgentUpdate] = append(w.Plan.Needs[endpoint.AgentUpdate], endpoint.Need{"s3:patch"})
		}},
	}
}

// notVerified makes it unknown what the trust store says.
func notVerified(h *observation.Handshake) {
	h.Trusted, h.Verified = false, false
	h.VerifyFailure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: "trust store: /etc/ssl/certs/zz.pem: not a regular file"}
}
