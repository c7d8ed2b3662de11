package diagnose

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestWriteOption: the other options of a line stay, in their order.
func TestWriteOption(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []observation.FileLine
		want  string
	}{
		{"alone", []observation.FileLine{{Line: 3, Text: "options ndots:5"}}, "change line 3 of /etc/resolv.conf to `options ndots:1`"},
		{"among others", []observation.FileLine{{Line: 3, Text: "options ndots:5 timeout:2 rotate"}}, "change line 3 of /etc/resolv.conf to `options ndots:1 timeout:2 rotate`"},
		{"twice on a line", []observation.FileLine{{Line: 3, Text: "options\tedns0 ndots:3 ndots:5"}}, "change line 3 of /etc/resolv.conf to `options edns0 ndots:1`"},
		{"on two lines", []observation.FileLine{{Line: 3, Text: "options ndots:3"}, {Line: 4, Text: "options rotate ndots:5"}, {Line: 6, Text: "options use-vc"}},
			"change line 4 of /etc/resolv.conf to `options rotate ndots:1`"},
		{"on a line that a report does not hold", nil, "set the option ndots:1 in /etc/resolv.conf, and keep the options that are already there"},
		{"a line that was cut", []observation.FileLine{{Line: 3, Text: "options ndots:5 " + strings.Repeat("x", 184) + "…"}},
			"set the option ndots:1 in /etc/resolv.conf (line 3), and keep the options that are already there"},
		{"a line that would begin a command", []observation.FileLine{{Line: 3, Text: "options ndots:5 `reboot`"}},
			"set the option ndots:1 in /etc/resolv.conf (line 3), and keep the options that are already there"},
	} {
		w := healthy()
		w.Node.Resolver.Options = test.lines
		if got := newFacts(w.Observations).writeOption("ndots", "1"); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestOptionsStay: the fixes that change an option keep the rest of its line.
func TestOptionsStay(t *testing.T) {
	for _, test := range []struct {
		code   Code
		line   string
		want   string
		change func(w *world)
	}{
		{DNSSearchList, "options ndots:5 timeout:2 rotate", "change line 3 of /etc/resolv.conf to `options ndots:1 timeout:2 rotate`",
			func(w *world) { w.completes("10.0.9.80", allNames...) }},
		{DNSServerSilent, "options timeout:1 rotate", "change line 3 of /etc/resolv.conf to `options timeout:5 rotate`", func(w *world) {
			w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
			w.unresolved(observation.KindTimeout, allNames...)
			w.Node.Resolver.Timeout = 1000 * ms
		}},
	} {
		w := healthy()
		test.change(w)
		w.Node.Resolver.Options = []observation.FileLine{{Line: 3, Text: test.line}}
		found := false
		for _, f := range Judge(w.Observations).Findings {
			found = found || f.Code == test.code && strings.Contains(strings.Join(f.Fix, "\n"), test.want)
		}
		if !found {
			t.Errorf("no fix of %s says: %s", test.code, test.want)
		}
	}
}
