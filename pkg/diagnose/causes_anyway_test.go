package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// anywayTests are faults of this node itself at names with a wrong address, and wrong
// paths that cause what is seen on them.
func anywayTests() []verdictTest {
	// kmsByNAT: kms is public by design, ssm is private, and both are needed.
	kmsByNAT := func(w *world) {
		w.resolves("kms", publicOf(3)...)
		w.planned("kms").Asked = true
		w.Plan.Capabilities = append(w.Plan.Capabilities, endpoint.KMSEncryption)
		w.Plan.Needs[endpoint.KMSEncryption] = []endpoint.Need{{"kms"}}
	}
	core := []string{"ssm", "ssmmessages", "ec2messages", "s3", nameBucket, "kms"}
	untrusted := func(h *observation.Handshake) {
		h.Trusted, h.Verified, h.VerifyText = false, false, "x509: certificate signed by unknown authority"
	}
	refused := func(a *observation.AddressObservation) { connectFails(a, observation.KindNotPermitted, ms/10) }
	return []verdictTest{
		{name: "kms is public by design, and answers", status: 0, change: kmsByNAT},
		{name: "an empty trust store, and kms is public by design", status: 1, want: []string{"error tls-untrusted ssm,ssmmessages,ec2messages,s3," + nameBucket + ",kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.certificate(untrusted, core...)
		}},
		{name: "a packet filter on this node, and kms is public by design", status: 1, want: []string{"error local-firewall ssm,ssmmessages,ec2messages,s3," + nameBucket + ",kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.each(refused, core...)
		}},
		{name: "a clock two years back, and kms is public by design", status: 1, want: []string{"error clock-skew ssm,ssmmessages,ec2messages,s3," + nameBucket + ",kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.certificate(func(h *observation.Handshake) {
				h.InTime, h.Verified = false, false
				h.Certificates[0].NotBefore, h.Certificates[0].NotAfter = began.AddDate(1, 11, 0), began.AddDate(2, 11, 0)
			}, core...)
			w.clock(2 * 365 * 24 * time.Hour)
		}},
		{name: "an empty trust store behind a forwarder that is missing, and NAT", status: 1,
			want: []string{"error tls-untrusted " + asked5, "warning dns-forwarder-missing ssm,ssmmessages,ec2messages"}, change: func(w *world) {
				forwards(w)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
				w.certificate(untrusted, allNames...)
			}},
		{name: "kms is public by design, and its certificate has ended", status: 1, want: []string{"error tls-expired kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.certificate(func(h *observation.Handshake) {
				h.InTime, h.Verified = false, false
				h.Certificates[0].NotAfter = began.AddDate(0, 0, -9)
			}, "kms")
		}},
		{name: "kms is public by design, and refuses", status: 1, want: []string{"error connection-refused kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.connects(observation.KindConnectionRefused, 9*ms, "kms")
		}},
		{name: "kms is public, and silent: it has no endpoint", status: 1, want: []string{"error endpoint-not-private kms"}, change: func(w *world) {
			kmsByNAT(w)
			w.silent("kms")
		}},
		{name: "the hosts file pins an IPv6 address that has no route", status: 1, want: []string{"error dns-hosts-override ssm"}, change: func(w *world) {
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("fd00::9"), Line: 3}}
			w.system("ssm", "fd00::9")
			w.at("ssm").Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("fd00::9"), From: []string{"system"}}}
			w.connects(observation.KindNoRoute, ms/10, "ssm")
		}},
		{name: "an IPv6 nameserver stands second, and there is no IPv6 route", status: 0, change: func(w *world) {
			s := w.server("fd00:ec2::253", observation.RoleConfigured)
			s.Route = &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}
			w.failsAll("fd00:ec2::253", observation.KindNoRoute, observation.KindNoRoute)
		}},
		{name: "private is asked for, and ec2messages alone is public, without an agent", status: 0, want: []string{"warning endpoint-not-private ec2messages", "info agent-missing"}, change: func(w *world) {
			w.Node.Agent = observation.Agent{Installed: observation.No}
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ec2messages", publicOf(slices.Index(allAPIs, "ec2messages"))...)
		}},
		{name: "the agent's proxy opens TLS, and private endpoints answer directly", status: 1, want: []string{"error proxy-shadows-endpoint ssm,ssmmessages,ec2messages"}, change: func(w *world) {
			w.beside(func(name string, p *observation.ProxyObservation) {
				if slices.Contains([]string{"s3", nameBucket}, name) {
					return
				}
				p.Inside.Handshake = w.shaken(name)
				byBox(false)(p.Inside.Handshake)
			})
		}},
	}
}
