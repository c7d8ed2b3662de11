package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// assignmentsOf are the assignments that systemd takes from a line of the
// agent's unit.
func assignmentsOf(value string) []assignment {
	var all []assignment
	for _, a := range unitAssignments(value, specifiers{unit: AgentUnits[0]}) {
		if a.dropped == "" {
			all = append(all, a.assignment)
		}
	}
	return all
}

// TestUnitSpecifiers ignores what `systemd-analyze verify` of systemd 252 reports as ignored; the
// values are those in systemd.unit(5).
func TestUnitSpecifiers(t *testing.T) {
	const agent, snap = "amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"
	take := func(name, value string) unitAssignment {
		return unitAssignment{assignment: assignment{name, value}}
	}
	open := func(name, value string) unitAssignment {
		return unitAssignment{assignment: assignment{name, value}, open: true}
	}
	drop := func(name, value string, reason observation.UnusedKind) unitAssignment {
		return unitAssignment{assignment: assignment{name, value}, dropped: reason}
	}
	const proxy = "http://node:pass%20word@proxy:3128"
	for _, test := range []struct {
		name, unit, value string
		lenient           bool
		want              []unitAssignment
	}{
		{name: "no specifier of a digit", value: `"https_proxy=` + proxy + `"`, want: []unitAssignment{drop("https_proxy", proxy, observation.UnusedSpecifier)}},
		{name: "doubled", value: `"https_proxy=http://node:pass%%20word@proxy:3128"`, want: []unitAssignment{take("https_proxy", proxy)}},
		{name: "the other words of the line stay", value: `A=1 https_proxy=` + proxy + ` B=2`,
			want: []unitAssignment{take("A", "1"), drop("https_proxy", proxy, observation.UnusedSpecifier), take("B", "2")}},
		{name: "letters that are none", value: `A=%e B=%k C=%x D=%z E=%F F=%K G=%O H=%Q I=%X J=%Z`, want: []unitAssignment{
			drop("A", "%e", observation.UnusedSpecifier), drop("B", "%k", observation.UnusedSpecifier), drop("C", "%x", observation.UnusedSpecifier), drop("D", "%z", observation.UnusedSpecifier), drop("E", "%F", observation.UnusedSpecifier),
			drop("F", "%K", observation.UnusedSpecifier), drop("G", "%O", observation.UnusedSpecifier), drop("H", "%Q", observation.UnusedSpecifier), drop("I", "%X", observation.UnusedSpecifier), drop("J", "%Z", observation.UnusedSpecifier),
		}},
		{name: "of the unit", value: `A=%n B=%N C=%p D=%P E=%f F=%i%I G=%j H=%J`, want: []unitAssignment{
			take("A", agent), take("B", "amazon-ssm-agent"), take("C", "amazon-ssm-agent"), take("D", "amazon/ssm/agent"), take("E", "/amazon/ssm/agent"),
			take("F", ""), take("G", "agent"), take("H", "agent"),
		}},
		{name: "of snap's unit", unit: snap, value: `A=%n B=%N`, want: []unitAssignment{take("A", snap), take("B", "snap.amazon-ssm-agent.amazon-ssm-agent")}},
		{name: "of the manager", value: `A=%h B=%t C=%S D=%C E=%L F=%E G=%T H=%V I=%u%U%g%G`, want: []unitAssignment{
			take("A", "/root"), take("B", "/run"), take("C", "/var/lib"), take("D", "/var/cache"), take("E", "/var/log"), take("F", "/etc"), take("G", "/tmp"),
			take("H", "/var/tmp"), take("I", "root0root0"),
		}},
		{name: "of the machine", value: `https_proxy=http://%H:3128 A=%m`, want: []unitAssignment{open("https_proxy", "http://%H:3128"), open("A", "%m")}},
		{name: "an escaped umlaut: the first half is a directory, the second none", value: `A=%C3%BC`, want: []unitAssignment{open("A", "/var/cache3%BC")}},
		{name: "a percent sign before no letter, and at the end", value: `A=5%,b B=%- C=100%`, want: []unitAssignment{take("A", "5%,b"), take("B", "%-"), take("C", "100%")}},
		{name: "a percent sign from an escape", value: `A=\x2520`, want: []unitAssignment{drop("A", "%20", observation.UnusedSpecifier)}},
		{name: "an old systemd", lenient: true, value: `https_proxy=` + proxy + ` A=%S%n`, want: []unitAssignment{take("https_proxy", proxy), take("A", "%S"+agent)}},
		{name: "an escape that is none: what comes before stays", value: `A=1 https_proxy=http://CORP\user:pw@proxy:3128 B=2`,
			want: []unitAssignment{take("A", "1"), drop("https_proxy", `http://CORP\user:pw@proxy:3128`, observation.UnusedEscape)}},
		{name: "a quote that does not end", value: `A=1 "https_proxy=http://proxy:3128`,
			want: []unitAssignment{take("A", "1"), drop("https_proxy", "http://proxy:3128", observation.UnusedQuote)}},
		{name: "a blank in a password of which a piece would look like a port", value: `"https_proxy=http://node:123 4@proxy:3128`,
			want: []unitAssignment{drop("https_proxy", "http://node:123 4@proxy:3128", observation.UnusedQuote)}},
		{name: "a quote inside a word", value: `https_proxy="http://proxy:3128 B=2`, want: []unitAssignment{drop("https_proxy", "http://proxy:3128", observation.UnusedQuote)}},
		{name: "a control character stays", value: `https_proxy=http://proxy:3128\x01`, want: []unitAssignment{take("https_proxy", "http://proxy:3128\x01")}},
		{name: "not UTF-8", value: `https_proxy=http://proxy\xff:3128`, want: []unitAssignment{drop("https_proxy", "http://proxy\xff:3128", observation.UnusedCharacter)}},
		{name: "no assignment", value: `https_proxy 1A=x`},
	} {
		t.Run(test.name, func(t *testing.T) {
			sp := specifiers{unit: test.unit, lenient: test.lenient}
			if sp.unit == "" {
				sp.unit = agent
			}
			got := unitAssignments(test.value, sp)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(unitAssignment{}, assignment{})); diff != "" {
				t.Errorf("%s (-want +got)\n%s", test.value, diff)
			}
		})
	}
}
