package service

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestUnitAssignments(t *testing.T) {
	for _, test := range []struct {
		value string
		want  []assignment
	}{
		{`A=1 B=2`, []assignment{{"A", "1"}, {"B", "2"}}},
		{`"A=one two" 'B=it is' C="x y"z`, []assignment{{"A", "one two"}, {"B", "it is"}, {"C", "x yz"}}},
		{`A=a\x20b\101\s\u00e9`, []assignment{{"A", "a bA é"}}},
		{`"A=say \"hi\""`, []assignment{{"A", `say "hi"`}}},
		{`https_proxy=http://u:p%%40ss@proxy:3128`, []assignment{{"https_proxy", "http://u:p%40ss@proxy:3128"}}},
		{`A=`, []assignment{{"A", ""}}},
		{`1A=x =y no-name=z word B=2`, []assignment{{"B", "2"}}},
		{`A=1 "B=2`, []assignment{{"A", "1"}}},
		{`A=1 B=\q C=3`, []assignment{{"A", "1"}}},
		{`A=1 B=\x4`, []assignment{{"A", "1"}}},
		{``, nil},
	} {
		if diff := cmp.Diff(test.want, assignmentsOf(test.value), cmp.AllowUnexported(assignment{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.value, diff)
		}
	}
}

func TestParseEnvironmentFile(t *testing.T) {
	for _, test := range []struct {
		file string
		want []assignment
	}{
		{"A=1\nB=2", []assignment{{"A", "1"}, {"B", "2"}}},
		{"# A=1\n; B=2 \\\nstill=comment\n\n  C = 3  \r\n", []assignment{{"C", "3"}}},
		{"A=\"one two\"\nB='it''s' \nC=a b\n", []assignment{{"A", "one two"}, {"B", "its"}, {"C", "a b"}}},
		{"A=one\\\ntwo\nB=x\\ y\\\\\n", []assignment{{"A", "onetwo"}, {"B", `x y\`}}},
		{"A=\"a\\\"b\\$c\\d\\\ne\"\n", []assignment{{"A", `a"b$c\de`}}},
		{"A='two\nlines'\nB=it's\n", []assignment{{"A", "two\nlines"}, {"B", "it's"}}},
		{"export A=1\nno assignment\nB=\nC", []assignment{{"B", ""}}},
		{"A=\"not closed", []assignment{{"A", "not closed"}}},
	} {
		if diff := cmp.Diff(test.want, parseEnvironmentFile(test.file), cmp.AllowUnexported(assignment{})); diff != "" {
			t.Errorf("%q (-want +got)\n%s", test.file, diff)
		}
	}
}

func TestUnitEnvironment(t *testing.T) {
	const (
		unit    = "usr/lib/systemd/system/amazon-ssm-agent.service"
		etc     = "etc/systemd/system/amazon-ssm-agent.service.d/"
		vendor  = "usr/lib/systemd/system/amazon-ssm-agent.service.d/"
		service = "[Service]\n"
	)
	for _, test := range []struct {
		name   string
		files  map[string]string
		denied []string
		want   map[string]string
		from   map[string]string
		unread observation.Kind
	}{
		{
			name:  "other sections do not count",
			files: map[string]string{unit: "[Unit]\nEnvironment=A=1\n[Service]\nExecStart=/usr/bin/amazon-ssm-agent\nEnvironment=B=2\n[Install]\nEnvironment=C=3\n"},
			want:  map[string]string{"B": "2"},
			from:  map[string]string{"B": "/" + unit},
		},
		{
			name: "drop-ins by name, and /etc before the vendor's of the same name",
			files: map[string]string{
				unit:                 probetest.UnitText("A=0"),
				etc + "20-b.conf":    probetest.UnitText("A=20"),
				etc + "10-a.conf":    probetest.UnitText("A=10"),
				vendor + "20-b.conf": probetest.UnitText("A=vendor"),
				vendor + "15-c.conf": probetest.UnitText("B=15"),
				etc + "readme.txt":   probetest.UnitText("A=no"),
			},
			want: map[string]string{"A": "20", "B": "15"},
			from: map[string]string{"A": "/" + etc + "20-b.conf", "B": "/" + vendor + "15-c.conf"},
		},
		{
			name: "drop-ins of the prefix and of all services",
			files: map[string]string{
				unit: service,
				"etc/systemd/system/amazon-.service.d/50-x.conf": probetest.UnitText("A=prefix"),
				"etc/systemd/system/service.d/10-x.conf":         probetest.UnitText("A=all B=all"),
			},
			want: map[string]string{"A": "prefix", "B": "all"},
			from: map[string]string{"A": "/etc/systemd/system/amazon-.service.d/50-x.conf", "B": "/etc/systemd/system/service.d/10-x.conf"},
		},
		{
			name: "an empty assignment starts anew, over the manager's defaults",
			files: map[string]string{
				"etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=D=default A=default\n",
				unit:                      probetest.UnitText("A=1 B=2"),
				etc + "x.conf":            service + "Environment=\nEnvironment=C=3\n",
			},
			want: map[string]string{"A": "default", "C": "3", "D": "default"},
			from: map[string]string{"A": "/etc/systemd/system.conf", "C": "/" + etc + "x.conf", "D": "/etc/systemd/system.conf"},
		},
		{
			name:  "continued lines with a comment between",
			files: map[string]string{unit: service + "Environment=A=1 \\\n# note\n  B=2\n"},
			want:  map[string]string{"A": "1", "B": "2"},
			from:  map[string]string{"A": "/" + unit, "B": "/" + unit},
		},
		{
			name: "environment files are over Environment=, and UnsetEnvironment= over all",
			files: map[string]string{
				unit:                service + "EnvironmentFile=-/etc/none\nEnvironmentFile=/etc/default/agent\nEnvironment=A=unit B=unit C=1 D=1\nUnsetEnvironment=C D=2\n",
				"etc/default/agent": "A='file'\n",
			},
			want: map[string]string{"A": "file", "B": "unit", "D": "1"},
			from: map[string]string{"A": "/etc/default/agent", "B": "/" + unit, "D": "/" + unit},
		},
		{
			name: "environment files by a pattern",
			files: map[string]string{
				unit:                 service + "EnvironmentFile=/etc/agent.d/*.env\n",
				"etc/agent.d/a.env":  "A=a\nB=a\n",
				"etc/agent.d/b.env":  "A=b\n",
				"etc/agent.d/c.conf": "A=c\n",
			},
			want: map[string]string{"A": "b", "B": "a"},
			from: map[string]string{"A": "/etc/agent.d/b.env", "B": "/etc/agent.d/a.env"},
		},
		{
			name:   "a pattern in a directory's name is not followed, and the rest is not known",
			files:  map[string]string{unit: probetest.UnitText("A=1\nEnvironmentFile=-/*/*/*.env"), "etc/agent.d/a.env": "B=2\n"},
			want:   map[string]string{"A": "1"},
			from:   map[string]string{"A": "/" + unit},
			unread: observation.KindTooLarge,
		},
		{
			name:  "environment files of what is no directory",
			files: map[string]string{unit: probetest.UnitText("A=1\nEnvironmentFile=-/etc/agent.d/*.env"), "etc/agent.d": "B=2\n"},
			want:  map[string]string{"A": "1"},
			from:  map[string]string{"A": "/" + unit},
		},
		{
			name:   "what may not be read is not known",
			files:  map[string]string{unit: probetest.UnitText("A=1"), etc + "proxy.conf": probetest.UnitText("B=2")},
			denied: []string{etc + "proxy.conf"},
			want:   map[string]string{"A": "1"},
			from:   map[string]string{"A": "/" + unit},
			unread: observation.KindDenied,
		},
		{
			name:   "a drop-in directory that may not be listed",
			files:  map[string]string{unit: probetest.UnitText("A=1"), etc + "proxy.conf": probetest.UnitText("B=2")},
			denied: []string{strings.TrimSuffix(etc, "/")},
			want:   map[string]string{"A": "1"},
			from:   map[string]string{"A": "/" + unit},
			unread: observation.KindDenied,
		},
		{
			name:   "environment files of a directory that may not be listed",
			files:  map[string]string{unit: probetest.UnitText("A=1\nEnvironmentFile=-/etc/agent.d/*.env"), "etc/agent.d/a.env": "B=2\n"},
			denied: []string{"etc/agent.d"},
			want:   map[string]string{"A": "1"},
			from:   map[string]string{"A": "/" + unit},
			unread: observation.KindDenied,
		},
		{
			name:  "environment files of a directory that is not there",
			files: map[string]string{unit: probetest.UnitText("A=1\nEnvironmentFile=-/etc/agent.d/*.env")},
			want:  map[string]string{"A": "1"},
			from:  map[string]string{"A": "/" + unit},
		},
		{
			name:   "a proxy of the service manager's own environment is not known",
			files:  map[string]string{unit: service + "PassEnvironment=LANG https_proxy\nEnvironment=A=1\n"},
			want:   map[string]string{"A": "1"},
			from:   map[string]string{"A": "/" + unit},
			unread: observation.KindOther,
		},
		{
			name:  "what is passed on and is no proxy",
			files: map[string]string{unit: service + "PassEnvironment=LANG PATH\nEnvironment=A=1\n"},
			want:  map[string]string{"A": "1"},
			from:  map[string]string{"A": "/" + unit},
		},
		{
			name: "the unit's own proxy is over the one passed on; an empty value starts anew; one is unset",
			files: map[string]string{
				unit:              service + "PassEnvironment=HTTP_PROXY\nPassEnvironment=\nPassEnvironment=https_proxy no_proxy\nEnvironment=https_proxy=http://p:1\nUnsetEnvironment=no_proxy\n",
				etc + "00-x.conf": service + "\n",
			},
			want: map[string]string{"https_proxy": "http://p:1"},
			from: map[string]string{"https_proxy": "/" + unit},
		},
		{
			name: "snap's unit",
			files: map[string]string{
				"etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service":                 service + "EnvironmentFile=-/etc/environment\n",
				"etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d/override.conf": probetest.UnitText("A=1"),
				"etc/environment": "B=\"2\"\n",
			},
			want: map[string]string{"A": "1", "B": "2"},
			from: map[string]string{"A": "/etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d/override.conf", "B": "/etc/environment"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Reader{files.Machine{Files: probetest.NodeFS{MapFS: probetest.Root(test.files), Denied: test.denied}}}
			got := p.unitEnvironment()
			if got.path == "" {
				t.Fatal("no unit found")
			}
			probetest.Compare(t, test.want, got.Values)
			probetest.Compare(t, test.from, got.From)
			if test.unread == "" && got.unread != nil || test.unread != "" && !got.unread.Of(test.unread) {
				t.Errorf("unread %v, want kind %q", got.unread, test.unread)
			}
		})
	}
}

// TestUnitIsBounded counts the files opened and listed for a unit that names files by patterns.
func TestUnitIsBounded(t *testing.T) {
	const unit = "usr/lib/systemd/system/amazon-ssm-agent.service"
	many := func(n int) map[string]string {
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("srv/%d/%d.env", i%8, i)] = "A=1\n"
		}
		return files
	}
	for _, test := range []struct {
		name, value string
		files       int
		opened      int // of those below srv
		unread      string
	}{
		{"in every part", "-/*/*/*.env", 2000, 0, "/*/*/*.env: a pattern in a directory's name is not followed"},
		{"in a directory's name alone", "/srv/[0-9]/1.env", 2000, 0, "/srv/[0-9]/1.env: a pattern in a directory's name is not followed"},
		{"in the last part", "/srv/0/*.env", 8 * 64, 64 + 1, ""},
		{"of more files than are read", "/srv/0/*.env", 8 * 65, 64 + 1, "/srv/0/*.env: more than 64 files"},
		{"of more files than are listed", "/srv/0/*.env", 8 * 1025, 1, "/srv/0: more than 1024 files"},
	} {
		t.Run(test.name, func(t *testing.T) {
			contents := many(test.files)
			contents[unit] = probetest.UnitText("B=1\nEnvironmentFile=" + test.value)
			opened := &openedFS{MapFS: probetest.Root(contents)}
			got := Reader{files.Machine{Files: opened}}.unitEnvironment()
			if test.unread == "" && got.unread != nil || test.unread != "" && (!got.unread.Of(observation.KindTooLarge) || got.unread.Text != test.unread) {
				t.Errorf("unread %v, want %q", got.unread, test.unread)
			}
			if opened.files != test.opened {
				t.Errorf("%d were opened, want %d", opened.files, test.opened)
			}
		})
	}
}

// An openedFS counts the files opened below srv.
type openedFS struct {
	fstest.MapFS
	files int
}

func (o *openedFS) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "srv") {
		o.files++
	}
	return o.MapFS.Open(name)
}

func (o *openedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if strings.HasPrefix(name, "srv") {
		o.files++
	}
	return o.MapFS.ReadDir(name)
}
