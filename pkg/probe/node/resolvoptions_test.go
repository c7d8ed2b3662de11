package node

import (
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestResolverOptions(t *testing.T) {
	for text, want := range map[string]observation.ResolverConfig{
		"options use-vc":                        {UseTCP: true, Options: []observation.FileLine{{Line: 1, Text: "options use-vc"}}},
		"options edns0\noptions trust-ad usevc": {UseTCP: true, Options: []observation.FileLine{{Line: 2, Text: "options trust-ad usevc"}}},
		"options tcp rotate":                    {UseTCP: true, Rotate: true, Options: []observation.FileLine{{Line: 1, Text: "options tcp rotate"}}},
		"options ndots:5 timeout:2 attempts:3":  {Ndots: new(5), Timeout: observation.Elapsed(2 * time.Second), Attempts: 3, Options: []observation.FileLine{{Line: 1, Text: "options ndots:5 timeout:2 attempts:3"}}},
		"options ndots:0":                       {Ndots: new(0), Options: []observation.FileLine{{Line: 1, Text: "options ndots:0"}}},
		"options ndots:99 timeout:0":            {Ndots: new(15), Timeout: observation.Elapsed(time.Second), Options: []observation.FileLine{{Line: 1, Text: "options ndots:99 timeout:0"}}},
		"# options use-vc\n;options rotate":     {},
		"options edns0 single-request":          {},
		"options use-vc:1 rotate:2 ndots":       {},
	} {
		got := bareNode(map[string]string{"etc/resolv.conf": text}).resolverConfig()
		want.From = "/etc/resolv.conf"
		probetest.Compare(t, want, got)
	}
}

// TestLinesOfAFile_areBounded: a file may have any number of lines, of any length.
func TestLinesOfAFile_areBounded(t *testing.T) {
	line := "nameserver " + strings.Repeat("x", 5000) + "\n"
	got := bareNode(map[string]string{"etc/resolv.conf": strings.Repeat(line, 100)}).resolverConfig()
	if len(got.Unusable) != maxFileLines || len(got.Unusable[0].Text) > maxFileLine+len("…") {
		t.Errorf("%d lines, the first of %d bytes", len(got.Unusable), len(got.Unusable[0].Text))
	}
}

func TestLookupOrder(t *testing.T) {
	const path = "/etc/nsswitch.conf"
	for _, test := range []struct {
		name, text string
		want       observation.LookupOrder
		onlyFiles  bool
	}{
		{"as usual", "passwd: files\nhosts: files dns\n", observation.LookupOrder{Path: path, Sources: []string{"files", "dns"}, At: observation.FileLine{Line: 2, Text: "hosts: files dns"}}, false},
		{"the hosts file alone", "hosts:\tfiles # dns\n", observation.LookupOrder{Path: path, Sources: []string{"files"}, At: observation.FileLine{Line: 1, Text: "hosts:\tfiles # dns"}}, true},
		{"what stands in brackets", "hosts: files [NOTFOUND=return] dns\n", observation.LookupOrder{Path: path, Sources: []string{"files", "dns"}, At: observation.FileLine{Line: 1, Text: "hosts: files [NOTFOUND=return] dns"}}, false},
		{"a source that Go does not know counts as DNS", "hosts: files myhostname\n", observation.LookupOrder{Path: path, Sources: []string{"files", "myhostname"}, At: observation.FileLine{Line: 1, Text: "hosts: files myhostname"}}, false},
		{"two lines", "hosts: files\nhosts: dns\n", observation.LookupOrder{Path: path, Sources: []string{"files", "dns"}, At: observation.FileLine{Line: 1, Text: "hosts: files"}}, false},
		{"no hosts", "passwd: files\nhosts:\n", observation.LookupOrder{Path: path}, false},
		{"a line that is none: Go reads nothing of it", "hosts: files\nwhat is this\n", observation.LookupOrder{Path: path}, false},
		{"brackets that are not closed", "hosts: files [NOTFOUND=return\n", observation.LookupOrder{Path: path}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := bareNode(map[string]string{"etc/nsswitch.conf": test.text}).lookupOrder()
			probetest.Compare(t, test.want, got)
			if got.OnlyFiles() != test.onlyFiles {
				t.Errorf("only files: %t", got.OnlyFiles())
			}
		})
	}
	if got := bareNode(nil).lookupOrder(); got.Path != "" || got.OnlyFiles() {
		t.Errorf("without a file: %+v", got)
	}
}
