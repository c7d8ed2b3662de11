package node

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/files"
)

// TestSearchOfHostname: without a search list Go's resolver, the agent's, appends the
// domain of the host name.
func TestSearchOfHostname(t *testing.T) {
	for _, test := range []struct {
		name, host, conf string
		want             []string
		ofHostname       bool
	}{
		{"no list", "web-1.corp.example", "nameserver 10.0.0.2", []string{"corp.example"}, true},
		{"no file", "web-1.corp.example", "", []string{"corp.example"}, true},
		{"a list", "web-1.corp.example", "search a.example b.example", []string{"a.example", "b.example"}, false},
		{"the root alone", "web-1.corp.example", "search .", []string{"corp.example"}, true},
		{"a domain", "web-1.corp.example", "domain a.example", []string{"a.example"}, false},
		{"a name without a domain", "web-1", "nameserver 10.0.0.2", nil, false},
		{"a final dot", "web-1.", "nameserver 10.0.0.2", nil, false},
	} {
		fsys := fstest.MapFS{"proc/sys/kernel/hostname": {Data: []byte(test.host + "\n")}}
		if test.conf != "" {
			fsys["etc/resolv.conf"] = &fstest.MapFile{Data: []byte(test.conf + "\n")}
		}
		got := NewReader(files.Machine{Files: fsys}, nil, nil).resolverConfig()
		if !slices.Equal(got.Search, test.want) || got.SearchOfHostname != test.ofHostname {
			t.Errorf("%s: %q, of the host name: %t; want %q, %t", test.name, got.Search, got.SearchOfHostname, test.want, test.ofHostname)
		}
	}
}
