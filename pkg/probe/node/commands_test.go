package node

import (
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Only a command that is surely in no directory counts as missing.
func TestMissingCommands(t *testing.T) {
	program := &fstest.MapFile{Mode: 0o755}
	for _, test := range []struct {
		name, path string
		files      fstest.MapFS
		denied     string
		there      []observation.Command
		unknown    bool
	}{
		{name: "in PATH and in sbin", path: "/usr/bin:/bin", files: fstest.MapFS{"usr/bin/dig": program, "usr/sbin/nft": program, "opt/curl": program}, there: []observation.Command{"dig", "nft"}},
		{name: "root's PATH by sudo", path: "/sbin:/bin:/usr/sbin:/usr/bin", files: fstest.MapFS{"usr/bin/dig": program, "usr/local/bin/aws": program, "snap/bin/jq": program}, there: []observation.Command{"dig", "aws", "jq"}},
		{name: "no PATH", files: fstest.MapFS{"usr/bin/curl": program, "bin/ip": program}, there: []observation.Command{"curl", "ip"}},
		{name: "as many directories as are searched", path: strings.Repeat("/usr/bin:", maxPath-1) + "/opt/bin", files: fstest.MapFS{"opt/bin/dig": program}, there: []observation.Command{"dig"}},
		{name: "one more", path: strings.Repeat("/usr/bin:", maxPath) + "/opt/bin", files: fstest.MapFS{"usr/bin/curl": program, "opt/bin/dig": program}, unknown: true},
		{name: "no program", path: "/usr/bin", files: fstest.MapFS{"usr/bin/dig": {Mode: 0o644}, "usr/bin/curl/x": program, "usr/bin/nft": {Mode: fs.ModeDevice | 0o755}, "usr/bin/ip": program}, there: []observation.Command{"ip"}},
		{name: "a directory of this user's own", path: "relative::/opt/tools", files: fstest.MapFS{"opt/tools/aws": program, "relative/dig": program}, there: []observation.Command{"aws"}},
		{name: "no directory is there: another file system", path: "/usr/bin", files: fstest.MapFS{"etc/hosts": program}, unknown: true},
		{name: "a directory that this user may not search", path: "/usr/bin:/secret/bin", files: fstest.MapFS{"usr/bin/dig": program}, denied: "secret/bin", unknown: true},
		{name: "a file that this user may not inspect", path: "/usr/bin", files: fstest.MapFS{"usr/bin/dig": program}, denied: "usr/bin/curl", there: []observation.Command{"dig", "curl"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := bareNode(nil)
			p.Files = deniedFS{test.files, test.denied}
			p.Getenv = func(name string) string { return map[string]string{"PATH": test.path}[name] }
			got := p.missingCommands()
			for _, c := range observation.Commands() {
				if missing := !test.unknown && !slices.Contains(test.there, c); missing != slices.Contains(got, c) {
					t.Errorf("%s: missing is %t, want %t", c, !missing, missing)
				}
			}
		})
	}
}

// A deniedFS has a path that may not be inspected.
type deniedFS struct {
	fstest.MapFS
	denied string
}

func (f deniedFS) Stat(name string) (fs.FileInfo, error) {
	if name == f.denied {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: syscall.EACCES}
	}
	return f.MapFS.Stat(name)
}
