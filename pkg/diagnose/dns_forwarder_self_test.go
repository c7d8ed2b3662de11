package diagnose

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

var (
	addressInText = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b|\bfd00:ec2::253\b`)
	forwardFix    = regexp.MustCompile(`^(.*? forwards? .*?)(?: to |it should be )(.*)$`)
)

// forwardsToItself returns the address that a fix names both as the server that forwards
// and as the one to forward to, or "". The VPC's own resolver has several, one of which
// is known only within the VPC.
func forwardsToItself(steps string, ec2 bool) string {
	m := forwardFix.FindStringSubmatch(steps)
	if m == nil {
		return ""
	}
	one := func(a string) string {
		if a == "169.254.169.253" || a == "fd00:ec2::253" || ec2 && a == vpcPlus2 {
			return "the VPC's own"
		}
		return a
	}
	to := addressInText.FindString(m[2])
	for _, from := range addressInText.FindAllString(m[1], -1) {
		if to != "" && one(from) == one(to) {
			return from
		}
	}
	return ""
}

// TestNoFixForwardsToItself covers every world of the other tests, and every place where
// a nameserver may be.
func TestNoFixForwardsToItself(t *testing.T) {
	if forwardsToItself("make 10.0.0.2 forward amazonaws.com to 10.0.0.2 (the VPC's resolver)", true) == "" ||
		forwardsToItself("make the resolver at 127.0.0.53, or the servers behind it (10.0.0.2), forward amazonaws.com to 10.0.0.2 (x)", true) == "" ||
		forwardsToItself("make 169.254.169.253 forward amazonaws.com to 10.0.0.2", true) == "" ||
		forwardsToItself("make 10.0.0.53 forward amazonaws.com to 10.0.0.2 (the VPC's resolver; 169.254.169.253 from within the VPC)", true) != "" {
		t.Fatal("the test does not see what it looks for")
	}
	fixes := 0
	look := func(name string, w *world) {
		for _, f := range Judge(w.Observations).Findings {
			for _, steps := range f.Fix {
				if forwardFix.MatchString(steps) {
					fixes++
				}
				if a := forwardsToItself(steps, newFacts(w.Observations).ec2()); a != "" {
					t.Errorf("%s: %s tells %s to forward to itself: %s", name, f.Code, a, steps)
				}
			}
		}
	}
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		look(test.name, w)
	}
	servers := []string{vpcPlus2, "169.254.169.253", "fd00:ec2::253", ownServer, "127.0.0.53", "10.20.0.53", "10.8.0.10"}
	for _, ec2 := range []bool{true, false} {
		for _, at := range servers {
			for _, behind := range append(servers, "") {
				for _, vpc := range append(servers, "") {
					for _, outcome := range []string{"public", "partial", "pinned", "fails"} {
						w := healthy()
						s := w.onlyServer(at)
						if !ec2 {
							w.hybrid()
							s = &w.Servers[0]
						}
						if behind != "" {
							b := *s
							b.Role, b.Address = observation.RoleBehindStub, netip.AddrPortFrom(netip.MustParseAddr(behind), 53)
							w.Servers = append(w.Servers, b)
						}
						if vpc != "" {
							// It returns the private addresses, and the others do not.
							v := *s
							v.Role, v.Given, v.Address = observation.RoleVPC, vpc != "169.254.169.253", netip.AddrPortFrom(netip.MustParseAddr(vpc), 53)
							kept := w.Servers[:0]
							for _, old := range w.Servers {
								if old.Role != observation.RoleVPC {
									kept = append(kept, old)
								}
							}
							w.Servers = append(kept, v)
						}
						answers := w.Servers[0].Answers
						for i := range w.Servers {
							if w.Servers[i].Role == observation.RoleVPC {
								continue
							}
							own := make([]observation.Answer, len(answers))
							copy(own, answers)
							for j := range own {
								if outcome == "partial" && j%4 > 1 || len(own[j].Addresses) == 0 {
									continue
								}
								if own[j].Addresses = addrs(publicOf(1)...); outcome == "fails" {
									own[j].Addresses, own[j].Rcode, own[j].Failure = nil, "SERVFAIL", &observation.Failure{Op: observation.OpLookup, Kind: observation.KindServFail}
								}
							}
							w.Servers[i].Answers = own
						}
						for i := range w.System {
							w.System[i].Addresses = addrs(publicOf(1)...)
						}
						if outcome == "pinned" {
							w.Node.Hosts.Entries = append(w.Node.Hosts.Entries, observation.HostsEntry{Name: hostSSM, Address: netip.MustParseAddr("10.0.1.101")})
						}
						look(strings.Join([]string{at, behind, vpc, outcome}, " "), w)
					}
				}
			}
		}
	}
	if fixes < 100 {
		t.Errorf("only %d fixes forward at all", fixes)
	}
	t.Logf("%d fixes forward", fixes)
}
