package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// rejectedBy makes connections to the targets fail by an ICMP message.
func (w *world) rejectedBy(from string, kind observation.Kind, typ, code int, took observation.Elapsed, names ...string) {
	w.connects(kind, took, names...)
	w.asksKernel(observation.ExperimentUDPConnect, "", names...)
	w.each(func(a *observation.AddressObservation) {
		a.Connect.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr(from), Type: typ, Code: code}
	}, names...)
}

// far makes every answer of the run take as long.
func (w *world) far(took observation.Elapsed) {
	for i := range w.Targets {
		for j := range w.Targets[i].Addresses {
			if c := w.Targets[i].Addresses[j].Connect; c != nil && c.Failure == nil {
				c.Elapsed = took
			}
		}
	}
	for i := range w.Servers {
		for j := range w.Servers[i].Answers {
			w.Servers[i].Answers[j].Elapsed = took
		}
	}
}

func connectionTests() []verdictTest {
	const node, router = "10.0.2.10", "10.0.2.1"
	local, blocked := []string{"error local-firewall ssm"}, []string{"error endpoint-blocked ssm"}
	return []verdictTest{
		{name: "admin-prohibited, by this node itself", status: 1, want: local, change: func(w *world) {
			w.rejectedBy(node, observation.KindHostUnreachable, 3, 13, ms/5, "ssm")
		}},
		{name: "admin-prohibited, by this node itself, measured late", status: 1, want: local, change: func(w *world) {
			w.rejectedBy(node, observation.KindHostUnreachable, 3, 13, 40*ms, "ssm")
		}},
		{name: "port unreachable, by this node itself, measured late", status: 1, want: local, change: func(w *world) {
			w.rejectedBy(node, observation.KindConnectionRefused, 3, 3, 40*ms, "ssm")
		}},
		{name: "admin-prohibited, by a router next door, sooner than this node may be", status: 1, want: blocked, change: func(w *world) {
			w.far(20 * ms)
			w.rejectedBy(router, observation.KindHostUnreachable, 3, 13, ms/10, "ssm")
		}},
		{name: "port unreachable, by a router next door: no reset", status: 1, want: blocked, change: func(w *world) {
			w.far(20 * ms)
			w.rejectedBy(router, observation.KindConnectionRefused, 3, 3, ms/10, "ssm")
		}},
		{name: "host unreachable at once, by this node itself: its packet filter", status: 1, want: local, change: func(w *world) {
			w.rejectedBy(node, observation.KindHostUnreachable, 3, 1, ms/5, "ssm")
		}},
		{name: "host unreachable after a while, by this node itself: nobody has the address", status: 1, want: blocked, change: func(w *world) {
			w.rejectedBy(node, observation.KindHostUnreachable, 3, 1, 2900*ms, "ssm")
		}},
		{name: "host unreachable in less than a packet needs, and nobody says by whom", status: 1, want: local, change: func(w *world) {
			w.far(20 * ms)
			w.connects(observation.KindHostUnreachable, 3*ms/10, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "host unreachable as soon as others answer, and nobody says by whom", status: 1, want: blocked, change: func(w *world) {
			w.far(ms / 2)
			w.connects(observation.KindHostUnreachable, 3*ms/10, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "a rule of policy routing that swallows", status: 1, want: local, change: func(w *world) {
			w.connects(observation.KindInvalid, ms/100, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "a rule of policy routing for everything, and nothing else answers", status: 1, want: []string{"error local-firewall " + asked5}, change: func(w *world) {
			w.far(0)
			w.connects(observation.KindNoRoute, ms/100, allNames...)
			w.asksKernel(observation.ExperimentUDPConnect, "", allNames...)
		}},
		{name: "a reset in less than a packet needs, beside link-local answers that come sooner", status: 1, want: local, change: func(w *world) {
			w.far(20 * ms)
			for i := range w.Servers {
				if !w.Servers[i].Address.Addr().IsLinkLocalUnicast() {
					continue
				}
				for j := range w.Servers[i].Answers {
					w.Servers[i].Answers[j].Elapsed = ms / 5
				}
			}
			w.connects(observation.KindConnectionRefused, 3*ms/10, "ssm")
		}},
		{name: "prohibited by ICMPv6 over a line", status: 1, want: blocked, change: func(w *world) {
			w.resolves("ssm", "fd00::1")
			w.connects(observation.KindProhibited, 20*ms, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, "", "ssm")
		}},
		{name: "one zone is rejected", status: 0, want: []string{"warning endpoint-partly-blocked ssm"}, change: func(w *world) {
			a := &w.at("ssm").Addresses[1]
			connectFails(a, observation.KindHostUnreachable, 2*ms)
			a.Connect.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr(router), Type: 3, Code: 13}
		}},
	}
}

// TestRejectionIsNotBlamed: a finding about what is rejected, by ICMP or a reset, never
// mentions a security group or a network ACL: those drop.
func TestRejectionIsNotBlamed(t *testing.T) {
	for _, kind := range []observation.Kind{observation.KindHostUnreachable, observation.KindConnectionRefused, observation.KindNoRoute, observation.KindProhibited} {
		for _, from := range []string{"10.0.2.1", "10.0.2.10", "10.0.1.101"} {
			for _, public := range []bool{false, true} {
				for _, one := range []bool{false, true} {
					w := healthy()
					if public {
						w.public()
					}
					if one {
						a := &w.at("ssm").Addresses[0]
						connectFails(a, kind, 2*ms)
						a.Connect.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr(from), Type: 3, Code: 13}
					} else {
						w.rejectedBy(from, kind, 3, 13, 2*ms, allNames...)
					}
					for _, f := range Judge(w.Observations).Findings {
						for _, line := range slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix) {
							for _, word := range []string{"security group", "network ACL"} {
								if strings.Contains(line, word) && f.Severity == Error {
									t.Errorf("%s by %s: %s: %q", kind, from, f.Code, line)
								}
							}
						}
					}
				}
			}
		}
	}
}

// TestRejecterIsNamed: the sender of the ICMP message is in the title, the evidence and
// the fix.
func TestRejecterIsNamed(t *testing.T) {
	w := healthy()
	w.rejectedBy("10.0.2.1", observation.KindHostUnreachable, 3, 13, ms, "ssm")
	f := Judge(w.Observations).Findings[0]
	for _, line := range []string{f.Title, f.Evidence[0], f.Fix[0]} {
		if !strings.Contains(line, "10.0.2.1") {
			t.Errorf("it does not name who rejects: %q", line)
		}
	}
	w = healthy()
	w.public()
	for _, name := range allAPIs {
		w.rejectedBy(w.at(name).Addresses[0].Address.String(), observation.KindHostUnreachable, 3, 13, ms, name)
	}
	spoofed := Judge(w.Observations).Findings[0]
	if text := strings.Join(append(spoofed.Fix, spoofed.Title), "\n"); !strings.Contains(text, "answers as 52.") || !strings.Contains(text, "answers as those addresses") || strings.Contains(text, "machine") {
		t.Errorf("it does not say that AWS is only named: %s", text)
	}
	if !strings.Contains(f.Evidence[0], "administratively prohibited, ICMP type 3 code 13") {
		t.Errorf("evidence: %q", f.Evidence[0])
	}
}
