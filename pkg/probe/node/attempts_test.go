package node

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

func TestResolverAttempts(t *testing.T) {
	if !dnsquery.GoResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	for text, want := range map[string]struct {
		attempts int
		unsafe   bool
	}{
		"":                                       {0, false},
		"options ndots:2 attempts:5":             {5, false},
		"options attempts:0":                     {1, false},
		"options attempts:x":                     {1, false},
		"options attempts:3x":                    {3, false},
		"options attempts:9\noptions attempts:2": {2, false},
		"options attempts:100":                   {100, false},
		"options attempts:101":                   {101, true},
		"options attempts:99999999999999999999":  {999, true},
		"# options attempts:101":                 {0, false},
	} {
		p := bareNode(map[string]string{"etc/resolv.conf": "nameserver 10.0.0.2\n" + text + "\n"})
		n := observation.Node{Resolver: p.resolverConfig()}
		if unsafe, _ := dnsquery.FilesUnsafe(p.Machine, n, 7); n.Resolver.Attempts != want.attempts || (unsafe != "") != want.unsafe {
			t.Errorf("%q: %d, unsafe %q", text, n.Resolver.Attempts, unsafe)
		}
	}
}
