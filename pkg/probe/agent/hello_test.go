package agent

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/lab/program"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// built returns the agent's program with this build info, as a file's text.
func built(b program.Build) string { return string(b.ELF()) }

// TestAgentHello: which ClientHello the agent sends follows from its program and its service's
// environment, otherwise from its version; otherwise it is not known.
func TestAgentHello(t *testing.T) {
	const (
		binary  = "usr/bin/amazon-ssm-agent"
		worker  = "usr/bin/ssm-agent-worker"
		unit    = "lib/systemd/system/amazon-ssm-agent.service"
		dropIn  = "etc/systemd/system/amazon-ssm-agent.service.d/hello.conf"
		group   = "sys/fs/cgroup/system.slice/amazon-ssm-agent.service/cgroup.procs"
		service = "[Service]\nExecStart=/usr/bin/amazon-ssm-agent\n"
	)
	of := func(goVersion string) program.Build { return program.Build{Go: goVersion, Version: "3.3.5226.0"} }
	godebug := func(value string) string { return "[Service]\nEnvironment=\"GODEBUG=" + value + "\"\n" }
	for _, test := range []struct {
		name   string
		files  map[string]string
		denied []string
		want   observation.HelloSize
		// from are words of the evidence, and key the setting that makes it small.
		from, key string
	}{
		{"Go 1.25", map[string]string{binary: built(of("go1.25.13"))}, nil, observation.HelloLarge, "/usr/bin/amazon-ssm-agent: built with go1.25.13", observation.SwitchMLKEM},
		{"Go 1.24 of a maker's own", map[string]string{binary: built(of("go1.24.4-1 (Red Hat) X:nodwarf5"))}, nil, observation.HelloLarge, "built with go1.24.4", observation.SwitchMLKEM},
		{"Go 1.23", map[string]string{binary: built(of("go1.23.8"))}, nil, observation.HelloLarge, "go1.23.8", observation.SwitchKyber},
		{"Go 1.22", map[string]string{binary: built(of("go1.22.11"))}, nil, observation.HelloSmall, "go1.22.11", ""},
		{"a newer toolchain, and an old go.mod", map[string]string{binary: built(program.Build{Go: "go1.26.1", DefaultGODEBUG: "containermaxprocs=0,tlsmlkem=0"})}, nil,
			observation.HelloSmall, "with tlsmlkem=0 built in", observation.SwitchMLKEM},
		{"switched off by a drop-in", map[string]string{binary: built(of("go1.25.13")), dropIn: godebug("netdns=go,tlsmlkem=0")}, nil,
			observation.HelloSmall, "tlsmlkem=0 (/etc/systemd/system/amazon-ssm-agent.service.d/hello.conf)", observation.SwitchMLKEM},
		{"Kyber's switch with Go 1.24", map[string]string{binary: built(of("go1.24.7")), dropIn: godebug("tlskyber=0")}, nil, observation.HelloLarge, "go1.24.7", observation.SwitchMLKEM},
		{"Kyber's switch with Go 1.23", map[string]string{binary: built(of("go1.23.1")), dropIn: godebug("tlskyber=0")}, nil, observation.HelloSmall, "tlskyber=0", observation.SwitchKyber},
		{"the last one counts", map[string]string{binary: built(of("go1.25.13")), dropIn: godebug("tlsmlkem=0,tlsmlkem=1")}, nil, observation.HelloLarge, "sets tlsmlkem", observation.SwitchMLKEM},
		{"switched on against the build", map[string]string{binary: built(program.Build{Go: "go1.26.1", DefaultGODEBUG: "tlsmlkem=0"}), dropIn: godebug("tlsmlkem=1")}, nil,
			observation.HelloLarge, "sets tlsmlkem", observation.SwitchMLKEM},
		{"by an environment file", map[string]string{
			binary: built(of("go1.25.13")), dropIn: "[Service]\nEnvironmentFile=/etc/default/ssm\n", "etc/default/ssm": "GODEBUG=tlsmlkem=0\n",
		}, nil, observation.HelloSmall, "/etc/default/ssm", observation.SwitchMLKEM},
		{"by the process", map[string]string{
			binary: built(of("go1.25.13")), dropIn: godebug("tlsmlkem=1"), group: "7\n", "proc/7/comm": "amazon-ssm-agen\n", "proc/7/environ": "A=b\x00GODEBUG=tlsmlkem=0\x00",
		}, nil, observation.HelloSmall, "/proc/7/environ", observation.SwitchMLKEM},
		{"a GODEBUG that may not be read", map[string]string{
			binary: built(of("go1.25.13")), dropIn: "[Service]\nEnvironmentFile=/etc/default/ssm\n", "etc/default/ssm": "GODEBUG=tlsmlkem=0\n",
		}, []string{"etc/default/ssm"}, "", "GODEBUG of the agent's service is not known", observation.SwitchMLKEM},
		{"a GODEBUG that the service manager hands on", map[string]string{binary: built(of("go1.25.13")), dropIn: "[Service]\nPassEnvironment=GODEBUG\n"}, nil,
			"", "GODEBUG of the agent's service is not known", observation.SwitchMLKEM},
		{"an old one needs no GODEBUG", map[string]string{binary: built(of("go1.22.11")), dropIn: "[Service]\nPassEnvironment=GODEBUG\n"}, nil, observation.HelloSmall, "go1.22.11", ""},
		{"cryptography of others", map[string]string{binary: built(program.Build{Go: "go1.25.13", Experiments: "boringcrypto"})}, nil, "", "GOEXPERIMENT", ""},
		{"cryptography of others, by the version", map[string]string{binary: built(of("go1.25.13 X:systemcrypto"))}, nil, "", "GOEXPERIMENT", ""},
		{"the worker's build", map[string]string{binary: built(program.Build{Version: "3.3.1142.0"}), worker: built(of("go1.25.13"))}, nil,
			observation.HelloLarge, "/usr/bin/ssm-agent-worker: built with go1.25.13", observation.SwitchMLKEM},
		{"by a new version", map[string]string{binary: built(program.Build{Version: "3.3.3185.0"})}, nil, observation.HelloLarge, "the agent's version, 3.3.3185.0", observation.SwitchMLKEM},
		{"by a version of Go 1.23's time", map[string]string{binary: built(program.Build{Version: "3.3.2299.0"})}, nil, observation.HelloLarge, "3.3.2299.0", observation.SwitchKyber},
		{"by an old version", map[string]string{binary: built(program.Build{Version: "3.3.1957.0"})}, nil, observation.HelloSmall, "3.3.1957.0", ""},
		{"by the version of the package", map[string]string{binary: "", "var/lib/dpkg/status": "Package: amazon-ssm-agent\nStatus: install ok installed\nVersion: 3.3.5390.0-1\n"}, nil,
			observation.HelloLarge, "3.3.5390.0", observation.SwitchMLKEM},
		{"neither build nor version", map[string]string{binary: "#!/bin/sh\n"}, nil, "", "neither the build of the agent's program nor its version is known", ""},
		{"a program that may not be read", map[string]string{binary: built(of("go1.25.13"))}, []string{binary}, "", "neither the build", ""},
		{"no agent", map[string]string{"proc/1/comm": "systemd\n"}, nil, "", "no agent is installed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, installed := test.files[binary]; installed {
				test.files[unit] = service
			}
			p := bareAgent(nil)
			p.Files = probetest.NodeFS{MapFS: probetest.Root(test.files), Denied: test.denied}
			a, _, _ := p.Agent()
			if got := a.Hello; got.Size != test.want || got.Switch != test.key || !strings.Contains(got.From, test.from) {
				t.Errorf("got %+v, want size %q by %q, switched by %q", got, test.want, test.from, test.key)
			}
		})
	}
}

// TestVersionOfTheProgram: the program's own version counts, whatever a package says.
func TestVersionOfTheProgram(t *testing.T) {
	const binary = "usr/bin/amazon-ssm-agent"
	dpkg := "Package: amazon-ssm-agent\nStatus: install ok installed\nVersion: 3.3.1.0-1\n"
	p := bareAgent(map[string]string{binary: built(program.Build{Version: "3.3.5226.0"}), "var/lib/dpkg/status": dpkg})
	if a, _, _ := p.Agent(); a.Version != "3.3.5226.0" {
		t.Errorf("got %q, want the program's own", a.Version)
	}
	p = bareAgent(map[string]string{binary: "no program", "var/lib/dpkg/status": dpkg})
	if a, _, _ := p.Agent(); a.Version != "3.3.1.0" {
		t.Errorf("got %q, want the package's", a.Version)
	}
}

func TestVersionInData(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, test := range []struct{ name, data, want string }{
		{"a letter behind it", "abcSSM Agent version: 3.3.5226.0TooMany", "3.3.5226.0"},
		{"at the end", "SSM Agent version: 3.3.5226.0", "3.3.5226.0"},
		{"a digit behind the last zero", "SSM Agent version: 3.3.5226.0123456", "3.3.5226.0"},
		{"behind a mark without one", "SSM Agent version: %v SSM Agent version: 3.3.1142.0Z", "3.3.1142.0"},
		{"over the edge of a piece", long[:64<<10-25] + "SSM Agent version: 3.3.5226.0Z" + long, "3.3.5226.0"},
		{"the number over the edge", long[:64<<10-len(versionMark)-3] + "SSM Agent version: 3.3.5226.0Z" + long, "3.3.5226.0"},
		{"the mark at the very end of a piece", long[:64<<10-len(versionMark)] + "SSM Agent version: 3.3.5226.0", "3.3.5226.0"},
		{"none", long + long, ""},
		{"no version", "SSM Agent version: 3.3", ""},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := versionInData(strings.NewReader(test.data)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestTrapInPlaceOfTheProgram: only a regular file is opened, and little of a huge one is read.
func TestTrapInPlaceOfTheProgram(t *testing.T) {
	const binary = "usr/bin/amazon-ssm-agent"
	for name, file := range map[string]*fstest.MapFile{
		"a FIFO":      {Mode: fs.ModeNamedPipe | 0o444},
		"a device":    {Mode: fs.ModeDevice | fs.ModeCharDevice | 0o444},
		"a directory": {Mode: fs.ModeDir | 0o555},
		"vast":        {Data: []byte(strings.Repeat("\x7fELF", 8<<20))},
		"cut off":     {Data: program.Build{Go: "go1.25.13", Version: "3.3.5226.0"}.ELF()[:5000]},
	} {
		t.Run(name, func(t *testing.T) {
			p := bareAgent(nil)
			p.Files = fstest.MapFS{binary: file}
			if b := p.readBinary(binary, true); b.goVersion != "" || b.version != "" {
				t.Errorf("got %+v, want nothing", b)
			}
		})
	}
}

func TestBoundedReaderAt(t *testing.T) {
	b := &boundedReaderAt{r: strings.NewReader("0123456789"), left: 6}
	if _, err := io.ReadFull(io.NewSectionReader(b, 0, 4), make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if n, err := b.ReadAt(make([]byte, 4), 4); err != errTooMuch || n != 0 {
		t.Errorf("read %d bytes, %v; want none and that it is too much", n, err)
	}
}

// FuzzProgram: whatever is in place of the agent's program, what is kept of it is well-formed, and
// the run continues.
func FuzzProgram(f *testing.F) {
	f.Add(program.Build{Go: "go1.25.13", DefaultGODEBUG: "tlsmlkem=0", Version: "3.3.5226.0"}.ELF())
	f.Add([]byte("MZ"))
	f.Add([]byte("\xcf\xfa\xed\xfe"))
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := bareAgent(map[string]string{"usr/bin/amazon-ssm-agent": string(data), "usr/lib/systemd/system/amazon-ssm-agent.service": "[Service]\n"})
		a, _, _ := p.Agent()
		if h := a.Hello; h.GoVersion != "" && goRelease().FindString(h.GoVersion) != h.GoVersion || strings.ContainsAny(h.DefaultGODEBUG, " \n\x1b\"") {
			t.Errorf("hello %+v", h)
		}
		if a.Version != "" && !version().MatchString(a.Version) {
			t.Errorf("version %q", a.Version)
		}
	})
}
