package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestNarrowNoProxy(t *testing.T) {
	const covers = ", which only the proxy can reach"
	for _, test := range []struct {
		name, list    string
		through, want []string
		removed       []string // how each one begins, and ends
		change        func(w *world)
	}{
		{name: "nothing covers it", list: "localhost, 10.0.0.0/8,.corp.example,amazonaws.com:80", through: []string{hostS3},
			want: []string{"localhost", "10.0.0.0/8", ".corp.example", "amazonaws.com:80"}},
		{name: "one entry covers it, and nothing else that was tried", list: ".corp.example,s3.us-east-2.amazonaws.com,.nowhere.example", through: []string{hostS3},
			want: []string{".corp.example", ".nowhere.example"}, removed: []string{`"` + hostS3 + `" is removed from no_proxy, because it covers ` + hostS3 + covers}},
		{name: "a blocked private endpoint stays", list: ".amazonaws.com,localhost", through: []string{hostS3},
			want:    []string{"localhost", hostSSM, hostMessages, hostLegacy, hostKMS, hostLogs},
			removed: []string{`".amazonaws.com" is removed from no_proxy, because it covers ` + hostS3 + covers + "; " + hostSSM + ", "},
			change:  func(w *world) { w.silent("ssm", "ssmmessages") }},
		{name: "everything goes directly, and nothing answers there", list: "*", through: []string{hostSSM, hostS3},
			removed: []string{`"*" is removed from no_proxy, because it covers ` + hostSSM + " and " + hostS3 + covers + "; everything else that it covers then goes through the proxy"},
			change: func(w *world) {
				for i := range w.Targets {
					w.Targets[i].Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("52.95.21.1")}}
				}
			}},
	} {
		w := healthy()
		if test.change != nil {
			test.change(w)
		}
		entries, missing := noProxyEntries(test.list)
		got := narrowNoProxy(w.Observations, entries, test.through)
		if diff := cmp.Diff(test.want, got.Entries); diff != "" || len(missing) > 0 || len(got.Removed) != len(test.removed) {
			t.Errorf("%s: %v, missing %q (-want +got)\n%s", test.name, got.Removed, missing, diff)
			continue
		}
		for i, r := range got.Removed {
			if !strings.HasPrefix(r.String(), test.removed[i]) {
				t.Errorf("%s: %s", test.name, r)
			}
		}
	}
}

// What a report lacks of a no_proxy is said, and half an entry is not an entry.
func TestNoProxyEntries(t *testing.T) {
	const half = ".corp.example"
	long := strings.Repeat("a.example,", maxNoProxy/10) + half
	entries, missing := noProxyEntries(long[:maxNoProxy])
	if !slices.Equal(entries, []string{"a.example"}) || len(missing) != 1 || !strings.Contains(missing[0], "first 4096 bytes") {
		t.Errorf("%q, missing %q", entries, missing)
	}
	entries, missing = noProxyEntries("x, ***,***,,x")
	if !slices.Equal(entries, []string{"x"}) || len(missing) != 1 || !strings.Contains(missing[0], "hides an entry") {
		t.Errorf("%q, missing %q", entries, missing)
	}
}

// A proxy taken from the shell keeps what goes directly today, by either setting.
func TestSetProxyKeepsNoProxy(t *testing.T) {
	w := healthy()
	onPremises(w)
	w.shellProxy()
	w.Node.Proxy.No, w.Node.Proxy.ShellNo = ".corp.example,.amazonaws.com", "10.0.0.0/8,.corp.example"
	r := Judge(w.Observations)
	if len(r.Findings) != 1 || r.Findings[0].Code != ProxyAgentDiffers {
		t.Fatalf("%q", told1(r))
	}
	steps := strings.Join(r.Findings[0].Fix, "\n")
	for _, want := range []string{
		`"no_proxy=.corp.example,10.0.0.0/8,169.254.169.254" "NO_PROXY=.corp.example,10.0.0.0/8,169.254.169.254"`,
		`".amazonaws.com" is removed from no_proxy, because it covers ` + hostSSM,
	} {
		if !strings.Contains(steps, want) {
			t.Errorf("%q does not stand in it:\n%s", want, steps)
		}
	}
}
