package probe

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A failingFS is a node at which one step at one name fails.
type failingFS struct {
	fstest.MapFS
	name string
	step string // "stat", "open", "read" (of a directory: its entries)
	err  error
}

func (f failingFS) fails(step, name string) error {
	if step == f.step && name == f.name {
		return &fs.PathError{Op: step, Path: name, Err: f.err}
	}
	return nil
}

func (f failingFS) Stat(name string) (fs.FileInfo, error) {
	if err := f.fails("stat", name); err != nil {
		return nil, err
	}
	return f.MapFS.Stat(name)
}

func (f failingFS) Lstat(name string) (fs.FileInfo, error) {
	if err := f.fails("stat", name); err != nil {
		return nil, err
	}
	return f.MapFS.Lstat(name)
}

func (f failingFS) Open(name string) (fs.File, error) {
	if err := f.fails("open", name); err != nil {
		return nil, err
	}
	file, err := f.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	if err := f.fails("read", name); err != nil {
		return failingFile{file, err}, nil
	}
	return file, nil
}

func (f failingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := errors.Join(f.fails("open", name), f.fails("read", name)); err != nil {
		return nil, err
	}
	return f.MapFS.ReadDir(name)
}

// A failingFile can be opened, and not be read.
type failingFile struct {
	fs.File
	err error
}

func (f failingFile) Read([]byte) (int, error)           { return 0, f.err }
func (f failingFile) ReadDir(int) ([]fs.DirEntry, error) { return nil, f.err }

// anywhere are the steps that can fail at a file or a directory.
var anywhere = []string{"stat", "open", "read"}

// TestUnreadIsNotKnown goes through every file whose absence has a meaning:
// what fails at it in whatever way leaves its fact unknown, and says why, while
// a file that is not there is known to be absent.
func TestUnreadIsNotKnown(t *testing.T) {
	const agent, unit = "usr/bin/amazon-ssm-agent", "etc/systemd/system/amazon-ssm-agent.service"
	machine := map[string]string{
		"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/bios_version": "1.0\n",
		"etc/resolv.conf": "nameserver 10.0.0.2\n", "etc/hosts": "10.0.0.9 ssm.us-east-2.amazonaws.com\n",
		"var/lib/amazon/ssm/registration":      `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
		"etc/amazon/ssm/amazon-ssm-agent.json": `{}`,
	}
	systemd := map[string]string{
		agent: "", unit: "[Service]\nEnvironmentFile=-/etc/agent.env\nEnvironmentFile=-/etc/agent.d/*.env\n",
		unit + ".d/proxy.conf": "[Service]\nEnvironment=A=b\n", "etc/agent.env": "C=d\n", "etc/agent.d/a.env": "E=f\n",
		"etc/systemd/system.conf": "[Manager]\n", "etc/systemd/system.conf.d/a.conf": "[Manager]\n",
	}
	upstart := map[string]string{agent: "", "etc/init/amazon-ssm-agent.conf": "env A=b\n", "etc/init/amazon-ssm-agent.override": "env A=c\n"}
	processes := map[string]string{agent: "", "proc/1/comm": "init\n", "proc/77/comm": "other\n"}
	started := map[string]string{agent: "", "run/systemd/units/invocation:x": ""}

	// What a node says of one thing: that there is one, that there is none, or
	// why that is not known.
	type answer struct {
		known observation.Known
		why   string
	}
	failure := func(f *observation.Failure) answer {
		switch {
		case f == nil:
			return answer{known: observation.Yes}
		case f.Of(observation.KindAbsent):
			return answer{known: observation.No}
		}
		return answer{why: f.Text}
	}
	kind := func(n observation.Node) answer {
		return map[observation.NodeKind]answer{observation.NodeEC2: {known: observation.Yes}, observation.NodeHybrid: {known: observation.No}, observation.NodeUnknown: {why: n.KindFrom}}[n.Kind]
	}
	container := func(n observation.Node) answer {
		switch {
		case n.Container != "":
			return answer{known: observation.Yes}
		case n.ContainerFailure != nil:
			return answer{why: n.ContainerFailure.Text}
		}
		return answer{known: observation.No}
	}
	installed := func(n observation.Node) answer { return answer{n.Agent.Installed, strings.Join(n.Agent.From, "\n")} }
	running := func(n observation.Node) answer { return answer{n.Agent.Running, ""} }
	proxy := func(n observation.Node) answer {
		// Known is Unknown where there is nothing that could name a proxy.
		return map[observation.Known]answer{observation.Yes: {known: observation.Yes}, observation.Unknown: {known: observation.No}, observation.No: {why: n.Proxy.From}}[n.Proxy.Known]
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		steps []string
		ask   func(observation.Node) answer
		// absent is what is known where there is no such file.
		absent observation.Known
	}{
		{"etc/resolv.conf", machine, anywhere, func(n observation.Node) answer { return failure(n.Resolver.Failure) }, observation.No},
		{"etc/hosts", machine, anywhere, func(n observation.Node) answer { return failure(n.Hosts.Failure) }, observation.No},
		{"var/lib/amazon/ssm/registration", machine, anywhere, func(n observation.Node) answer { return failure(n.Registration.Failure) }, observation.No},
		{"etc/amazon/ssm/amazon-ssm-agent.json", machine, anywhere, func(n observation.Node) answer { return failure(n.Agent.Config.Failure) }, observation.No},
		{"sys/class/dmi/id/sys_vendor", machine, anywhere, kind, observation.No},
		{".dockerenv", map[string]string{".dockerenv": ""}, []string{"stat"}, container, observation.No},
		{"run/.containerenv", map[string]string{"run/.containerenv": ""}, []string{"stat"}, container, observation.No},
		{"run/systemd/container", map[string]string{"run/systemd/container": "docker\n"}, anywhere, container, observation.No},
		{"proc/1/cgroup", map[string]string{"proc/1/cgroup": "0::/docker/1\n"}, anywhere, container, observation.No},
		{agent, map[string]string{agent: ""}, []string{"stat"}, installed, observation.No},
		{agent, map[string]string{agent: ""}, []string{"stat"}, proxy, observation.Yes}, // none is installed: this shell's
		{".dockerenv", map[string]string{".dockerenv": ""}, []string{"stat"}, installed, observation.No},
		{"proc/77/comm", processes, anywhere, running, observation.No},
		{"proc", processes, []string{"open", "read"}, running, observation.Unknown},
		{"run/systemd/units", started, []string{"stat"}, running, observation.Unknown},
		{"run/systemd/units/invocation:amazon-ssm-agent.service", started, []string{"stat"}, running, observation.No},
		{".dockerenv", started, []string{"stat"}, running, observation.No},
		{unit, systemd, anywhere, proxy, observation.No},
		{unit + ".d/proxy.conf", systemd, anywhere, proxy, observation.Yes},
		{unit + ".d", systemd, anywhere, proxy, observation.Yes},
		{"etc/agent.env", systemd, anywhere, proxy, observation.Yes},
		{"etc/agent.d", systemd, anywhere, proxy, observation.Yes},
		{"etc/agent.d/a.env", systemd, anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf", systemd, anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf.d", systemd, anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf.d/a.conf", systemd, anywhere, proxy, observation.Yes},
		{"etc/init/amazon-ssm-agent.conf", upstart, anywhere, proxy, observation.Yes},
		{"etc/init/amazon-ssm-agent.override", upstart, anywhere, proxy, observation.Yes},
	} {
		t.Run(test.name, func(t *testing.T) {
			ask := func(step string, err error) answer {
				p := bare(nil)
				p.Files = failingFS{root(test.files), test.name, step, err}
				return test.ask(p.LookAtNode(t.Context()).Node)
			}
			for _, step := range test.steps {
				for _, err := range unreadable {
					got := ask(step, err)
					if got.known != observation.Unknown || got.why != "" && !strings.Contains(got.why, "/"+test.name+": ") {
						t.Errorf("%s: %v: known is %q, by %q; want not known, by the file", step, err, got.known, got.why)
					}
				}
			}
			for _, err := range []error{fs.ErrNotExist, syscall.ENOENT, syscall.ENOTDIR} {
				if got := ask(test.steps[0], err); got.known != test.absent {
					t.Errorf("%v: known is %q, want %q: %s", err, got.known, test.absent, got.why)
				}
			}
		})
	}
}

// unreadable is what keeps a file from being read, and does not say that there
// is none.
var unreadable = []error{
	syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EACCES, syscall.EPERM, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ETIMEDOUT,
}

// What nothing was read of is of the kind that nothing follows from.
func TestFileKind(t *testing.T) {
	for err, want := range map[error]observation.Kind{
		syscall.ENOENT: observation.KindAbsent, syscall.ENOTDIR: observation.KindAbsent, syscall.ESRCH: observation.KindAbsent, fs.ErrNotExist: observation.KindAbsent,
		syscall.EACCES: observation.KindDenied, syscall.EPERM: observation.KindDenied,
		syscall.EMFILE: observation.KindNoResources, syscall.ENFILE: observation.KindNoResources, syscall.ENOMEM: observation.KindNoResources,
		syscall.EIO: observation.KindUnreadable, syscall.ELOOP: observation.KindUnreadable, syscall.ECONNREFUSED: observation.KindUnreadable, errors.New("odd"): observation.KindUnreadable,
	} {
		if got := fileKind(&fs.PathError{Op: "open", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// The same of the shared credentials.
func TestCredentials_unread(t *testing.T) {
	const name = "root/.aws/credentials"
	for _, step := range anywhere {
		for _, err := range unreadable {
			p := bare(nil)
			p.Files = failingFS{root(map[string]string{name: keysFile("default")}), name, step, err}
			if c, _ := p.fileCredentials(); c.Found != observation.Unknown || c.Failure == nil {
				t.Errorf("%s: %v: found is %q, %v", step, err, c.Found, c.Failure)
			}
		}
	}
}

// What could not be read of the trust store may be what the agent trusts: then
// a chain is not verified, and not refused. A root that was read verifies it
// all the same.
func TestTrustStore_unread(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	ca, other := newCA(t, "Amazon"), newCA(t, "Corp")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, testHost, time.Hour)}}, aws)
	file := func(c *testCA) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}))
	}
	const bundle, further = "etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/corp.pem"
	lacks := map[string]string{bundle: file(other), further: file(other)}
	for _, test := range []struct {
		name  string
		files map[string]string
		err   error
		want  observation.Kind // "": verified, or refused
	}{
		{bundle, lacks, syscall.EIO, observation.KindUnreadable},
		{bundle, lacks, syscall.EMFILE, observation.KindNoResources},
		{further, lacks, syscall.EACCES, observation.KindDenied},
		{"etc/pki/tls/certs", lacks, syscall.EIO, observation.KindUnreadable},
		{bundle, lacks, syscall.ENOENT, ""},
		{bundle, map[string]string{bundle: file(other), further: file(ca)}, syscall.EIO, ""},
	} {
		for _, step := range anywhere {
			p := &Prober{Timeout: 5 * time.Second, Files: failingFS{root(test.files), test.name, step, test.err}, Getenv: func(string) string { return "" }}
			h := climbAt(t, p, edge).Handshake
			if (h.VerifyFailure == nil) != (test.want == "") || test.want != "" && !h.VerifyFailure.Of(test.want) {
				t.Errorf("%s: %s: %v: verify failure %v, want kind %q", test.name, step, test.err, h.VerifyFailure, test.want)
			}
			if want := test.files[further] == file(ca); h.Verified != want {
				t.Errorf("%s: %s: %v: verified %t, want %t", test.name, step, test.err, h.Verified, want)
			}
		}
	}
}
