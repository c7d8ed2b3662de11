package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestResolverAdvice wants what a finding says of how this system asks, with the
// node's own files, lines and values.
func TestResolverAdvice(t *testing.T) {
	for _, test := range adviceOnResolver() {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			consistent(t, r)
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == test.code })
			if i < 0 {
				t.Fatalf("no %s in %q", test.code, told1(r))
			}
			f := r.Findings[i]
			text := strings.Join(slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix), "\n")
			for _, say := range test.say {
				if !strings.Contains(text, say) {
					t.Errorf("%q does not stand in it:\n%s", say, text)
				}
			}
			for _, never := range test.never {
				if strings.Contains(text, never) {
					t.Errorf("%q stands in it:\n%s", never, text)
				}
			}
		})
	}
}

func TestResolverNotes(t *testing.T) {
	w := healthy()
	w.secondServer(ownServer)
	r := &w.Node.Resolver
	r.Rotate, r.Options = true, []observation.FileLine{{Line: 5, Text: "options rotate"}}
	r.NeverAsked = []observation.FileLine{{Line: 4, Text: "nameserver 10.0.0.99"}}
	r.Unusable = []observation.FileLine{{Line: 3, Text: "nameserver dns.example"}}
	notes := Judge(w.Observations).Notes
	for _, want := range []string{
		`/etc/resolv.conf, line 4: "nameserver 10.0.0.99": never asked, as the agent's resolver and the C library use only three nameservers`,
		`/etc/resolv.conf, line 3: "nameserver dns.example": ignored, as it contains no address`,
		"`options rotate` is set in /etc/resolv.conf (line 5): each lookup begins with the next nameserver",
	} {
		if !slices.Contains(notes, want) {
			t.Errorf("no note %q in %q", want, notes)
		}
	}
}

func adviceOnResolver() []advice {
	tailscale := func(w *world) {
		w.onlyServer("100.100.100.100")
	}
	return []advice{
		{
			name: "where TCP alone is asked over is quoted", code: DNSTCPBlocked,
			say:    []string{`/etc/resolv.conf, line 2: "options use-vc"`, "10.0.0.2: " + hostSSM + ": no answer in 3s over TCP", "over UDP", "from /etc/resolv.conf (line 2): it answers over UDP"},
			change: func(w *world) { w.overTCP() },
		},
		{
			name: "nsswitch.conf is named, with the line to write", code: DNSNoNameserver,
			say:   []string{`/etc/nsswitch.conf, line 12: "hosts: files"`, "write `hosts: files dns` in line 12 of /etc/nsswitch.conf"},
			never: []string{"DHCP", "configure a nameserver"},
			change: func(w *world) {
				w.onlyFiles()
				for _, name := range allNames {
					w.systemFails(name, observation.KindNXDomain)
				}
			},
		},
		{
			name: "two addresses in one line are quoted, and parted", code: DNSNoNameserver,
			say: []string{`/etc/resolv.conf, line 2: "nameserver 10.0.0.2, 10.0.0.3;$(reboot)"`, "with one address per line: `nameserver 10.0.0.2` and `nameserver 10.0.0.3`"},
			change: func(w *world) {
				w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
				w.Node.Resolver.Unusable = []observation.FileLine{{Line: 2, Text: "nameserver 10.0.0.2, 10.0.0.3;$(reboot)"}}
				w.unresolved(observation.KindConnectionRefused, allNames...)
			},
		},
		{
			name: "validation that fails is told, with both commands", code: DNSNameFails,
			say: []string{"cannot validate", "(DNSSEC)", "with checking disabled (CD): 10.0.1.102", "dig @10.0.0.53 " + hostMessages + " +cd", "domain-insecure"},
			change: func(w *world) {
				forwards(w)
				w.fails(ownServer, "ssmmessages", observation.KindServFail)
				w.ask(ownServer).Unchecked = []observation.Answer{{Name: hostMessages, Type: "A", Rcode: "NOERROR", Addresses: addrs("10.0.1.102"), Elapsed: ms}}
				w.unresolved(observation.KindOther, "ssmmessages")
			},
		},
		{
			name: "SERVFAIL with checking disabled too is no validation", code: DNSNameFails,
			say:   []string{"answers SERVFAIL for " + hostMessages + ", but answers for other names", "with checking disabled (CD): SERVFAIL"},
			never: []string{"DNSSEC", "private addresses"},
			change: func(w *world) {
				forwards(w)
				w.fails(ownServer, "ssmmessages", observation.KindServFail)
				w.ask(ownServer).Unchecked = []observation.Answer{{Name: hostMessages, Type: "A", Rcode: "SERVFAIL", Elapsed: ms, Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindServFail}}}
				w.unresolved(observation.KindOther, "ssmmessages")
			},
		},
		{
			name: "the search domain is named, and the record of the name itself is not blamed", code: DNSSearchList,
			say: []string{
				"10.0.9.80, the address of " + hostSSM + ".corp.example", "options ndots:5", "change line 3 of /etc/resolv.conf to `options ndots:1`",
				"getent ahosts " + hostSSM + ".", "from the search list",
			},
			never:  []string{"security group", "10.0.0.2 takes"},
			change: func(w *world) { w.completes("10.0.9.80", allNames...) },
		},
		{
			name: "the domain of the host name stands in for a search list", code: DNSSearchList,
			say:   []string{"has no search list", "the domain of the host name", "write a `search` line with another domain"},
			never: []string{"from the search list"},
			change: func(w *world) {
				w.completes("10.0.9.80", allNames...)
				w.Node.Resolver.SearchOfHostname = true
			},
		},
		{
			name: "Tailscale's resolver has settings of its own", code: DNSForwarderMissing,
			say: []string{"tailscale set --accept-dns=false", "split DNS"}, no: []fix.Kind{fix.ForwardZone}, never: []string{"DHCP"},
			change: func(w *world) {
				tailscale(w)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
			},
		},
		{
			name: "Tailscale's resolver is silent", code: DNSServerSilent,
			say: []string{"tailscale set --accept-dns=false"}, never: []string{"security group", "DHCP", "start the DNS service"},
			change: func(w *world) {
				tailscale(w)
				w.failsAll("100.100.100.100", observation.KindTimeout, observation.KindTimeout)
				w.unresolved(observation.KindTimeout, allNames...)
			},
		},
		{
			name: "rotate is said to be set", code: DNSResolversDisagree,
			say: []string{"number 2 in /etc/resolv.conf, where `options rotate` is set"}, never: []string{"with `options rotate`"},
			change: func(w *world) {
				w.Node.Resolver.Rotate = true
				w.secondServer(ownServer)
				w.says(ownServer, "ssm", publicOf(0)...)
			},
		},
	}
}
