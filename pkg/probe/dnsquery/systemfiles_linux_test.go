package dnsquery

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestFilesUnsafe(t *testing.T) {
	const hosts, order = "etc/hosts", "etc/nsswitch.conf"
	lines := func(n int) string { return strings.Repeat("10.9.9.9 a.example\n", n) }
	for _, test := range []struct {
		name  string
		files map[string]string
		node  observation.Node
		want  string
	}{
		{"no files", nil, observation.Node{}, ""},
		{"as usual", map[string]string{hosts: lines(3), order: "hosts: files dns\n"}, observation.Node{}, ""},
		{"a large hosts file", map[string]string{hosts: lines(13_000)}, observation.Node{}, ""},
		{"a hosts file of too many names", map[string]string{hosts: lines(14_000)}, observation.Node{}, "/etc/hosts: more than 256 KiB"},
		{"a vast order", map[string]string{order: strings.Repeat("# a\n", 300_000)}, observation.Node{}, "/etc/nsswitch.conf: more than 1 MiB"},
		{"what could not be read in time", nil, observation.Node{Hosts: observation.HostsFile{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: "the hosts file: not read in time"}}},
			"the hosts file: not read in time"},
	} {
		if got, hangs := FilesUnsafe(files.Machine{Files: probetest.Root(test.files)}, test.node, 1); got != test.want || hangs {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestFilesUnsafe_hangs: a file that was not read in time is not touched again.
func TestFilesUnsafe_hangs(t *testing.T) {
	late := &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: "not read in time"}
	for name, n := range map[string]observation.Node{
		"etc/resolv.conf":   {Resolver: observation.ResolverConfig{Failure: late}},
		"etc/nsswitch.conf": {Resolver: observation.ResolverConfig{Failure: late}},
		"etc/hosts":         {Hosts: observation.HostsFile{Failure: late}},
	} {
		synctest.Test(t, func(t *testing.T) {
			hang := make(chan struct{})
			defer close(hang)
			fsys := probetest.HangingFS{MapFS: probetest.Root(map[string]string{name: ""}), Name: name, Hang: hang}
			var got string
			go func() { got, _ = FilesUnsafe(files.Machine{Files: fsys}, n, 1) }()
			synctest.Wait()
			if got != late.Text {
				t.Errorf("%s: %q, want %q at once", name, got, late.Text)
			}
		})
	}
}
