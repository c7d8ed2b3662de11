package node

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

func FuzzResolvConf(f *testing.F) {
	f.Add([]byte("nameserver 10.0.0.2\nnameserver fe80::1%eth0\nsearch a b c\n"))
	f.Add([]byte("nameserver\nnameserver x\n;\n#\r\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		servers, search := parseResolvConf(b, maxNameservers)
		if len(servers) > maxNameservers || len(search) > maxSearch {
			t.Errorf("%d servers, %d domains", len(servers), len(search))
		}
		for _, s := range servers {
			if !s.IsValid() || s.Port() != dnsquery.Port {
				t.Errorf("server %v", s)
			}
		}
	})
}

func FuzzHosts(f *testing.F) {
	f.Add([]byte("10.0.0.1 ssm.us-east-2.amazonaws.com # x\n::1 a.api.aws\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries := ParseHosts(b, nil)
		if len(entries) > maxHosts {
			t.Errorf("%d entries", len(entries))
		}
		for _, e := range entries {
			if !e.Address.IsValid() || e.Line < 1 || e.Name != strings.ToLower(e.Name) {
				t.Errorf("entry %+v", e)
			}
		}
	})
}
