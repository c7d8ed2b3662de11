package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The limits of a run, however busy the machine is. Only `make bench` measures times.
const (
	maxSockets   = 128
	maxQuestions = 300
	// maxInit limits the bytes allocated before main.
	maxInit = 512 << 10
)

// TestMain also implements nodeCommand.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == nodeCommand {
		exit(atNode(os.Args[2:], os.Stdout))
	}
	os.Exit(m.Run())
}

// binaries returns the directory of ssmcheck and ssmlab: SSMCHECK_BIN, or one in which it
// builds them.
func binaries(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("SSMCHECK_BIN"); dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dir := t.TempDir()
	c := exec.Command("go", "build", "-trimpath", "-o", dir+"/", "../../cmd/ssmcheck", "../../cmd/ssmlab")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return dir
}

// inLab runs a command in a scenario's network and returns its output.
func inLab(t *testing.T, bin, scenario string, command ...string) string {
	t.Helper()
	c := exec.Command(filepath.Join(bin, "ssmlab"), append([]string{"run", scenario, "--"}, command...)...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || e.ExitCode() == 125) {
		unable(t, fmt.Sprintf("the lab does not run: %v: %s", err, stderr.String()))
	}
	if stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return stdout.String()
}

func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("cannot run here, and must under CI: %s", why)
	}
	t.Skipf("SKIP: %s", why)
}

// TestMemoryAndQuestions measures runs for all capabilities from outside.
func TestMemoryAndQuestions(t *testing.T) {
	if m := netns.Missing([]string{"ip", "nft"}); len(m) > 0 {
		unable(t, "not installed: "+strings.Join(m, ", "))
	}
	bin := binaries(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range []string{
		"two-nameservers", "dns-first-silent", "dns-over-tcp", "silence",
		"hostile-many-behind", "hostile-many-domains", "hostile-many-failing", "hostile-many-attempts",
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			out := inLab(t, bin, scenario, self, nodeCommand, "-program", filepath.Join(bin, "ssmcheck"), "--", "--for", "all", "--region", "us-east-2")
			var m measured
			if err := json.Unmarshal([]byte(out), &m); err != nil {
				t.Fatal(err)
			}
			s := m.Runs[0]
			t.Logf("%.1f MiB resident, %d datagrams sent, %d connections, %d packets", float64(s.Resident)/(1<<20), s.Datagrams, s.Connections, s.Packets)
			if s.Resident == 0 || s.Datagrams == 0 || s.Packets < s.Datagrams {
				t.Fatalf("nothing was measured: %+v", s)
			}
			if s.Resident > maxResident {
				t.Errorf("%d bytes resident, more than %d", s.Resident, maxResident)
			}
			// A TCP connection carries at most one query.
			if n := s.Datagrams + s.Connections; n > maxQuestions {
				t.Errorf("%d datagrams and connections, more than %d", n, maxQuestions)
			}
		})
	}
}

// TestDeadNameserver: while Go's own resolver waits for a dead nameserver, the run does
// not, and reports that lookup as undecided.
func TestDeadNameserver(t *testing.T) {
	if m := netns.Missing([]string{"ip", "nft"}); len(m) > 0 {
		unable(t, "not installed: "+strings.Join(m, ", "))
	}
	bin := binaries(t)
	out := inLab(t, bin, "dns-first-silent", filepath.Join(bin, "ssmcheck"), "-o", "json", "--timeout", "9s", "--deadline", "1m")
	d, err := report.ReadJSON(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Observations.System) == 0 {
		t.Fatal("nothing was looked up")
	}
	for _, l := range d.Observations.System {
		if !l.Failure.Of(observation.KindUndecided) {
			t.Errorf("%s: %v in %s, wanted it open", l.Host, l.Failure, l.Elapsed)
		}
	}
	for _, a := range d.Observations.Servers[0].Answers {
		if !a.Failure.Of(observation.KindTimeout) || a.Sent != 2 {
			t.Errorf("%s: %v after %d packets, wanted silence to two", a.Name, a.Failure, a.Sent)
		}
	}
}

// TestSockets has the kernel limit the open files, so that a run that needs one more
// cannot pass.
func TestSockets(t *testing.T) {
	if m := netns.Missing([]string{"ip", "nft"}); len(m) > 0 {
		unable(t, "not installed: "+strings.Join(m, ", "))
	}
	bin := binaries(t)
	// Standard input, output and error, and two of Go's network poller.
	const others = 5
	run := func(t *testing.T, scenario string, files int) *report.Document {
		out := inLab(t, bin, scenario, "sh", "-c", "ulimit -n "+strconv.Itoa(files)+` && exec "$@"`, "sh",
			filepath.Join(bin, "ssmcheck"), "-o", "json", "--for", "all", "--region", "us-east-2")
		d, err := report.ReadJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := run(t, "two-nameservers", maxSockets+others); d.Verdict != diagnose.Pass {
		t.Errorf("verdict %q with %d sockets: more are needed", d.Verdict, maxSockets)
	}
	d := run(t, "two-nameservers", 16)
	if d.Verdict == diagnose.Pass {
		t.Error("a run passed with 11 sockets, so that the bound proves nothing")
	}
	for _, f := range d.Findings {
		if f.Severity != diagnose.Info {
			t.Errorf("%s: %s; what this node ran out of is no fault of the network", f.Code, f.Title)
		}
	}
	if !d.Undecided {
		t.Error("the run with 11 sockets is reported as decided")
	}
	// This scenario has too many addresses that each keep a socket open.
	crowd := run(t, "hostile-many-addresses", maxSockets+others)
	tried := 0
	for _, target := range crowd.Observations.Targets {
		for _, a := range target.Addresses {
			if tried++; a.Failure().Of(observation.KindNoResources) {
				t.Errorf("%s at %s: %v: more than %d sockets are needed", target.Name, a.Address, a.Failure(), maxSockets)
			}
		}
	}
	if tried <= maxSockets {
		t.Errorf("%d addresses were tried, too few to show a bound", tried)
	}
}

// TestOneSocketANameserver counts the sockets for each nameserver.
func TestOneSocketANameserver(t *testing.T) {
	s, ok := scenarios.Find("two-nameservers")
	if !ok {
		t.Fatal("the scenario is gone")
	}
	p, err := lab.Mapped(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	asked := map[string]int{}
	dial := p.Dial
	p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, port, err := net.SplitHostPort(address); err == nil && port == "53" {
			mu.Lock()
			asked[network+" "+address]++
			mu.Unlock()
		}
		return dial(ctx, network, address)
	}
	node := p.InspectNode(t.Context())
	plan, err := probe.NewPlan(probe.Config{Region: "us-east-2", Capabilities: endpoint.Capabilities()}, node)
	if err != nil {
		t.Fatal(err)
	}
	o := p.Observe(t.Context(), plan, node, nil, nil)
	if len(o.Servers) != 3 || len(asked) != 3 {
		t.Errorf("%d nameservers were asked by %v, wanted three", len(o.Servers), asked)
	}
	for of, n := range asked {
		if n != 1 {
			t.Errorf("%d sockets for %s", n, of)
		}
	}
}

// TestStart limits what happens before main, which delays `ssmcheck version` too.
func TestStart(t *testing.T) {
	c := exec.Command(filepath.Join(binaries(t), "ssmcheck"), "version")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sum := 0
	for line := range strings.Lines(string(out)) {
		// init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs
		if f := strings.Fields(line); len(f) == 11 && f[0] == "init" {
			sum += number(f[7])
		}
	}
	t.Logf("%d bytes are allocated before main", sum)
	if sum == 0 || sum > maxInit {
		t.Errorf("%d bytes are allocated before main, wanted some, and no more than %d", sum, maxInit)
	}
}
