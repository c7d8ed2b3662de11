//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestLeastPower traces the program's system calls: it starts no process, opens only the
// files listed in docs/security.md, writes only its outputs, and connects only to
// addresses in the plan, as root and without privileges, in healthy and hostile networks.
func TestLeastPower(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, tool := range []string{"strace", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			unable(t, err.Error())
		}
	}
	named := namedFiles(t)
	for _, c := range []struct {
		scenario string
		flags    []string
	}{
		{"private-vpc", []string{"--for", "all"}},
		{"nat-public", []string{"--signed"}},
		{"agent-running", []string{"--signed"}},
		{"egress-blocked", nil},
		{"dns-tcp-blocked", nil},
		{"mtu-black-hole", nil},
		{"proxy-agent-service", nil},
		{"hostile-http-redirect-to-metadata", nil},
		{"hostile-http-redirect-to-file", nil},
		{"hostile-proxy-redirect", nil},
		{"hostile-metadata-redirects", nil},
		// Times with offsets, for which Go would open the time zone.
		{"hostile-tls-odd-years", nil},
		{"hostile-metadata-expires", []string{"--signed"}},
		{"hostile-file-pattern", nil},
		{"hostile-many-behind", nil},
	} {
		for _, user := range []string{"root", "nobody"} {
			if user == "nobody" && os.Geteuid() != 0 {
				continue // the other run is unprivileged already
			}
			t.Run(c.scenario+" as "+user, func(t *testing.T) {
				t.Parallel()
				w := p.watch(t, scenario(t, c.scenario), user, c.flags...)
				w.checkProcesses(t)
				w.checkFiles(t, named)
				w.checkAddresses(t)
			})
		}
	}
}

// TestSendsNothing traces the commands that use no network: none starts a process, or
// opens a socket except to query the kernel for the node's own addresses.
func TestSendsNothing(t *testing.T) {
	p := build(t)
	needs(t, p)
	if _, err := exec.LookPath("strace"); err != nil {
		unable(t, err.Error())
	}
	saved := filepath.Join(t.TempDir(), "saved.json")
	if r, err := p.inside(t.Context(), "endpoint-blocked", p.ssmcheck, "--timeout", "1s", "-o", "json="+saved); err != nil || r.status != 1 {
		t.Fatalf("status %d: %v\n%s", r.status, err, r.stderr)
	}
	for _, args := range [][]string{
		{"version"}, {"--help"}, {"completion", "bash"}, {"explain"}, {"explain", "endpoint-blocked"},
		{"endpoints", "--region", "us-east-2", "--for", "all"}, {"diagnose", saved}, {"diagnose", "-o", "html", saved}, {"fix", saved},
	} {
		t.Run(strings.Join(args[:len(args)-1], " ")+" "+filepath.Base(args[len(args)-1]), func(t *testing.T) {
			t.Parallel()
			trace := filepath.Join(t.TempDir(), "trace")
			c := exec.Command("strace", append([]string{"-f", "-qq", "-o", trace, "-e", "trace=%process,%network", p.ssmcheck}, args...)...)
			out, err := c.CombinedOutput()
			if e, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || e.ExitCode() != 1) {
				t.Fatalf("%v\n%s", err, out)
			}
			b, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			w := watched{calls: calls(b)}
			if len(w.calls) == 0 {
				t.Fatalf("nothing was watched: %s", b)
			}
			w.checkProcesses(t)
			for _, c := range w.calls {
				if c.name == "socket" && !strings.Contains(c.args, "AF_NETLINK") || c.name == "connect" {
					t.Errorf("%s(%s", c.name, c.args)
				}
			}
		})
	}
}

// A watched run has its system calls.
type watched struct {
	dir   string // of its outputs
	calls []call
	doc   *report.Document
}

// A call is a system call as strace prints it.
type call struct{ name, args string }

// callLine matches a line of strace with a process id. If another thread interrupts a
// call, its arguments come before the interruption.
var callLine = regexp.MustCompile(`^[0-9]+ +([a-z0-9_]+)\((.*)$`)

func (p programs) watch(t *testing.T, s lab.Scenario, user string, flags ...string) watched {
	t.Helper()
	// Not in the test's own directory, which another user may not enter.
	dir, err := os.MkdirTemp("", "ssmcheck")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	w := watched{dir: dir}
	trace := filepath.Join(dir, "trace")
	command := []string{
		"strace", "-f", "-yy", "-qq", "-s", "300", "-o", trace,
		"-e", "trace=%process,%file,%network,write,writev,ftruncate,fchmod,fchown", "--seccomp-bpf",
		copyTo(t, p.ssmcheck, dir), "-o", "json=" + dir + "/report.json", "-o", "html=" + dir + "/report.html",
	}
	if user == "nobody" {
		command = append([]string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all"}, command...)
	}
	r, err := p.inside(t.Context(), s.Name, append(append(command, s.Args...), flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(trace)
	if err != nil {
		unable(t, "strace does not work here: "+r.stderr)
	}
	w.calls = calls(b)
	if len(w.calls) < 100 {
		t.Fatalf("%d system calls, which cannot be all: %s\n%s", len(w.calls), r.stderr, b)
	}
	b, err = os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatalf("status %d: %v\n%s", r.status, err, r.stderr)
	}
	if w.doc, err = report.ReadJSON(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return w
}

// calls parses the output of strace.
func calls(trace []byte) []call {
	var all []call
	for line := range strings.Lines(string(trace)) {
		if m := callLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			all = append(all, call{m[1], m[2]})
		}
	}
	return all
}

// checkProcesses checks that only threads are started.
func (w watched) checkProcesses(t *testing.T) {
	t.Helper()
	started := 0
	for _, c := range w.calls {
		switch c.name {
		case "execve", "execveat":
			if started++; started > 1 { // the first one is by strace
				t.Errorf("a program is started: %s(%s", c.name, c.args)
			}
		case "fork", "vfork":
			t.Errorf("a process is started: %s(%s", c.name, c.args)
		case "clone", "clone3":
			if !strings.Contains(c.args, "CLONE_THREAD") {
				t.Errorf("a process is started: %s(%s", c.name, c.args)
			}
		case "kill", "ptrace":
			t.Errorf("%s(%s", c.name, c.args)
		}
	}
}

// pathArgument matches a path argument and its base directory, openFlags the flags with
// which a file is opened for writing.
var (
	pathArgument = regexp.MustCompile(`(?:(?:AT_FDCWD|[0-9]+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"`)
	openFlags    = regexp.MustCompile(`O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)`)
)

// paths returns the absolute paths of a call's path arguments.
func (c call) paths() []string {
	var all []string
	for _, m := range pathArgument.FindAllStringSubmatch(c.args, -1) {
		path := m[2]
		if !filepath.IsAbs(path) && m[1] != "" {
			path = filepath.Join(m[1], path)
		}
		all = append(all, path)
	}
	return all
}

// checkFiles checks that only the named files are read, and only the outputs written.
func (w watched) checkFiles(t *testing.T, named []string) {
	t.Helper()
	opened := map[string]bool{}
	for _, c := range w.calls {
		switch c.name {
		case "open", "openat", "openat2", "creat":
			paths := c.paths()
			if len(paths) == 0 {
				t.Errorf("no path in %s(%s", c.name, c.args)
				continue
			}
			flags := pathArgument.ReplaceAllString(c.args, "")
			switch {
			case c.name == "creat" || openFlags.MatchString(flags):
				w.checkOutput(t, c, paths[0])
			case strings.Contains(flags, "O_PATH"):
				// Such a descriptor cannot be read: the directories on the path of an
				// output.
			default:
				opened[paths[0]] = true
			}
		case "rename", "renameat", "renameat2", "unlink", "unlinkat":
			for _, path := range c.paths() {
				w.checkOutput(t, c, path)
			}
		case "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "truncate", "chmod", "fchmodat",
			"fchmodat2", "chown", "lchown", "fchownat", "utimensat", "mount", "umount2", "pivot_root", "chroot", "setxattr", "removexattr", "swapon":
			t.Errorf("%s(%s", c.name, c.args)
		case "ftruncate", "fchmod", "fchown":
			if !strings.Contains(c.args, w.dir) {
				t.Errorf("%s(%s", c.name, c.args)
			}
		}
	}
	if len(opened) < 10 {
		t.Errorf("opened %v alone, which cannot be all", opened)
	}
	for _, path := range slices.Sorted(maps.Keys(opened)) {
		if !slices.ContainsFunc(named, func(pattern string) bool { ok, _ := filepath.Match(pattern, path); return ok }) {
			t.Errorf("opens %s, which docs/security.md does not name", path)
		}
	}
}

func (w watched) checkOutput(t *testing.T, c call, path string) {
	t.Helper()
	name, inside := strings.CutPrefix(path, w.dir+"/")
	temporary := strings.HasPrefix(name, ".ssmcheck-") && strings.HasSuffix(name, ".tmp")
	if !inside || !temporary && name != "report.json" && name != "report.html" {
		t.Errorf("writes %s: %s(%s", path, c.name, c.args)
	}
}

// These match an address in strace's output: an argument, and a connected socket.
var (
	argument  = regexp.MustCompile(`sin_port=htons\(([0-9]+)\), sin_addr=inet_addr\("([^"]+)"\)`)
	argument6 = regexp.MustCompile(`sin6_port=htons\(([0-9]+)\).*inet_pton\(AF_INET6, "([^"]+)"`)
	connected = regexp.MustCompile(`^[0-9]+<(TCP|UDP)(?:v6)?:\[[^>]*->([^\]>]+)\]`)
)

// checkAddresses checks that connections and datagrams go only to addresses in the plan:
// nameservers, the addresses of names, the proxy, instance metadata. It ignores queries
// to the kernel, and UDP sockets that are connected and never written to.
func (w watched) checkAddresses(t *testing.T) {
	t.Helper()
	asked, met := w.planned()
	talks := 0
	for _, c := range w.calls {
		switch c.name {
		case "connect", "sendto", "sendmsg", "sendmmsg":
			if strings.Contains(c.args, "sa_family=AF_NETLINK") || strings.Contains(c.args, "<NETLINK:") {
				continue
			}
			m := argument.FindStringSubmatch(c.args)
			if m == nil {
				m = argument6.FindStringSubmatch(c.args)
			}
			if m == nil {
				if c.name == "connect" || strings.Contains(c.args, "sa_family") {
					t.Errorf("%s(%s", c.name, c.args)
				}
				continue
			}
			talks++
			to, err := netip.ParseAddrPort(m[2] + ":" + m[1])
			if err != nil {
				t.Errorf("%v: %s(%s", err, c.name, c.args)
			}
			udp := strings.Contains(c.args, "<UDP")
			if !asked[to] && (!udp || c.name != "connect" || !met[to.Addr()]) {
				t.Errorf("goes to %s, whom the plan does not name: %s(%s", to, c.name, c.args)
			}
		case "write", "writev":
			m := connected.FindStringSubmatch(c.args)
			if m == nil {
				continue
			}
			if to, err := netip.ParseAddrPort(m[2]); err != nil || !asked[to] {
				t.Errorf("writes to %s, whom the plan does not name: %s(%s", m[2], c.name, c.args)
			}
		}
	}
	if talks < 5 {
		t.Errorf("%d connections, which cannot be all", talks)
	}
}

// planned returns the addresses that the run used according to its report, and the
// addresses of the names that it looked up.
func (w watched) planned() (asked map[netip.AddrPort]bool, met map[netip.Addr]bool) {
	asked, met = map[netip.AddrPort]bool{}, map[netip.Addr]bool{}
	o := w.doc.Observations
	if o.Metadata.Asked || o.Node.Kind == observation.NodeUnknown {
		asked[netip.MustParseAddrPort("169.254.169.254:80")] = true
	}
	for _, s := range o.Plan.Servers {
		asked[s.Address] = true
	}
	for _, s := range o.Node.Resolver.Servers {
		asked[s] = true
	}
	for i, t := range o.Targets {
		for _, a := range t.Addresses {
			asked[netip.AddrPortFrom(a.Address, o.Plan.Targets[i].Port)] = true
			met[a.Address] = true
		}
		for _, a := range t.Connections {
			asked[netip.AddrPortFrom(a.Address, o.Plan.Targets[i].Port)] = true
			met[a.Address] = true
		}
		for _, x := range []*observation.ProxyObservation{t.Proxy, t.ShellProxy} {
			if x != nil {
				asked[x.Address] = true
				met[x.Address.Addr()] = true
			}
		}
	}
	for _, l := range o.System {
		for _, a := range l.Addresses {
			met[a] = true
		}
	}
	// A target that was not waited for may have got only this far.
	for _, s := range o.Servers {
		for _, answer := range s.Answers {
			for _, a := range answer.Addresses {
				met[a] = true
			}
		}
	}
	return asked, met
}

// namedFiles returns the paths in docs/security.md: those in its blocks of paths, one
// per line, with "*" for a part of a name.
func namedFiles(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	inside := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```paths"
		case inside && line != "" && !strings.HasPrefix(line, "#"):
			if _, err := filepath.Match(line, ""); err != nil || !strings.HasPrefix(line, "/") {
				t.Errorf("docs/security.md: %q is no path", line)
			}
			named = append(named, line)
		}
	}
	if len(named) < 20 {
		t.Fatalf("docs/security.md names %d files, which cannot be all", len(named))
	}
	return named
}
