package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A trial is one run of the whole command on a scenario of the lab, whose
// servers listen on loopback.
type trial struct {
	system
	stdout, stderr bytes.Buffer
	dials          atomic.Int64
}

func newTrial(t *testing.T, scenario string) *trial {
	t.Helper()
	s, ok := hostile.Find(scenario)
	if !ok {
		t.Fatalf("the lab has no scenario %q", scenario)
	}
	p, err := lab.Mapped(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{}
	x.system = system{stdout: &x.stdout, stderr: &x.stderr, getenv: p.Getenv, version: "1.2.3", prober: *p}
	dial := p.Dial
	x.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		x.dials.Add(1)
		return dial(ctx, network, address)
	}
	return x
}

func (x *trial) run(t *testing.T, args ...string) int { return run(t.Context(), args, x.system) }

func (x *trial) want(t *testing.T, status, want int) {
	t.Helper()
	if status != want {
		t.Errorf("exit status %d, want %d\n%.2000s\n%s", status, want, &x.stdout, &x.stderr)
	}
}

func readReport(t *testing.T, b []byte) *report.Document {
	t.Helper()
	d, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v:\n%s", err, b)
	}
	return d
}

// The Region comes from instance metadata, the text goes to standard output,
// and the file holds the same run for programs.
func TestRunHealthy(t *testing.T) {
	x := newTrial(t, "private-vpc")
	path := filepath.Join(t.TempDir(), "report.json")
	x.want(t, x.run(t, "-o", "text", "-o", "json="+path), 0)
	if !strings.HasPrefix(x.stdout.String(), "PASS  ") {
		t.Errorf("the text begins with %.40q", x.stdout.String())
	}
	if x.stderr.Len() > 0 {
		t.Errorf("standard error: %s", &x.stderr)
	}
	if strings.ContainsFunc(x.stdout.String(), func(r rune) bool { return r > '~' || r == '\x1b' }) {
		t.Errorf("colour or UTF-8 where neither a terminal nor a locale has them:\n%s", &x.stdout)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := readReport(t, b)
	got := []any{d.Tool, d.Verdict, d.Node.Region, d.Node.RegionFrom}
	want := []any{report.Tool{Name: "ssmcheck", Version: "1.2.3"}, diagnose.Pass, "us-east-2", "instance metadata"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunBroken(t *testing.T) {
	x := newTrial(t, "endpoint-blocked")
	x.want(t, x.run(t, "--region", "us-east-2", "--timeout", "1500ms", "-o", "json"), 1)
	d := readReport(t, x.stdout.Bytes())
	if d.Verdict != diagnose.Fail || len(d.Findings) == 0 || d.Findings[0].Code != "endpoint-blocked" {
		t.Errorf("verdict %q, findings %+v", d.Verdict, d.Findings)
	}
	if d.Node.RegionFrom != "--region" {
		t.Errorf("the Region is said to be from %q", d.Node.RegionFrom)
	}
}

// The exit status is the judgement's, whatever the format.
func TestRunStatus(t *testing.T) {
	for _, c := range []struct {
		scenario string
		args     []string
		want     int
	}{
		{"nat-public", nil, 0},
		{"nat-public", []string{"--expect", "private"}, 1},
		{"nat-public", []string{"--expect", "public", "--strict"}, 0},
		{"endpoint-partly-blocked", nil, 0},
		{"endpoint-partly-blocked", []string{"--strict"}, 1},
		{"endpoint-blocked", []string{"--for", "run-command"}, 0},
		{"endpoint-blocked", []string{"--for", "session-manager"}, 1},
	} {
		for _, format := range []string{"text", "json"} {
			x := newTrial(t, c.scenario)
			args := append([]string{"--region", "us-east-2", "--timeout", "1500ms", "-o", format}, c.args...)
			if got := x.run(t, args...); got != c.want {
				t.Errorf("%s %q: exit status %d, want %d\n%.2000s", c.scenario, args, got, c.want, &x.stdout)
			}
		}
	}
}

// A quiet run has its exit status alone; what is asked for is told briefly.
func TestRunQuiet(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-q"), 0)
	if x.stdout.Len()+x.stderr.Len() > 0 {
		t.Errorf("standard output %q, standard error %q", &x.stdout, &x.stderr)
	}
	path := filepath.Join(t.TempDir(), "report.txt")
	x.want(t, x.run(t, "-q", "-o", "text="+path), 0)
	b, err := os.ReadFile(path)
	if err != nil || x.stdout.Len() > 0 {
		t.Errorf("%v, standard output %q", err, &x.stdout)
	}
	if n := bytes.Count(b, []byte("\n")); n != 1 {
		t.Errorf("%d lines:\n%s", n, b)
	}
}

// The environment is used where no flag is given.
func TestRunEnvironment(t *testing.T) {
	x := newTrial(t, "private-vpc")
	env := map[string]string{"SSMCHECK_FOR": "session-manager", "SSMCHECK_REGION": "us-east-1", "SSMCHECK_OUTPUT": "json",
		"SSMCHECK_NAMESERVER": "", "AWS_REGION": "eu-west-1", "SSMCHECK_FIPS": "false"}
	x.getenv = func(name string) string { return env[name] }
	x.run(t, "--region", "us-east-2")
	d := readReport(t, x.stdout.Bytes())
	if d.Node.Region != "us-east-2" || len(d.Capabilities) != 1 || d.Capabilities[0].Name != "session-manager" {
		t.Errorf("Region %q, capabilities %+v", d.Node.Region, d.Capabilities)
	}
}

func TestRunRegionOfTheEnvironment(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.getenv = func(name string) string { return map[string]string{"AWS_REGION": "us-east-2 "}[name] }
	x.want(t, x.run(t), statusUsage)
	const want = "ssmcheck: AWS_REGION: malformed Region \"us-east-2 \": it has spaces around it; give us-east-2\n"
	if got := x.stderr.String(); got != want {
		t.Errorf("standard error: %swant: %s", got, want)
	}
	if n := x.dials.Load(); n > 0 {
		t.Errorf("%d connections were opened", n)
	}
}

// Without a Region nothing can be asked, and on a server outside EC2 there is
// no metadata to ask for one.
func TestRunNoRegion(t *testing.T) {
	x := newTrial(t, "hybrid-public")
	x.getenv = func(string) string { return "" }
	x.want(t, x.run(t), statusUsage)
	if got, want := x.stderr.String(), "ssmcheck: no Region: give --region NAME or set AWS_REGION\n"; got != want {
		t.Errorf("standard error: %swant: %s", got, want)
	}
	if x.dials.Load() > 0 || x.stdout.Len() > 0 {
		t.Errorf("%d connections were opened, standard output is %q", x.dials.Load(), &x.stdout)
	}
}

// A registration that is there and names no Region is a reason to tell: denied
// to this user, damaged, with something else in the place of the Region.
func TestRunRegistrationOfNoUse(t *testing.T) {
	const name = "var/lib/amazon/ssm/registration"
	for want, files := range map[string]fs.FS{
		"/" + name + ": permission denied": deniedFile(name),
		"/" + name + ": ":                  fstest.MapFS{name: {Data: []byte(`{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"moon"}`)}},
		"/" + name + ", line 1: ":          fstest.MapFS{name: {Data: []byte(`{"Managed`)}},
	} {
		for _, args := range [][]string{nil, {"endpoints"}} {
			x := newTrial(t, "hybrid-public")
			x.getenv = func(string) string { return "" }
			x.prober.Files = filesBefore{files, x.prober.Files}
			x.want(t, x.run(t, args...), statusUsage)
			x.wantError(t, "Region", "--region NAME", "AWS_REGION", "the agent's registration", want)
		}
	}
}

// filesBefore are files that hide others.
type filesBefore struct{ first, then fs.FS }

func (f filesBefore) Open(name string) (fs.File, error) {
	file, err := f.first.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f.then.Open(name)
	}
	return file, err
}

// deniedFile is one file that this user may not read.
type deniedFile string

func (f deniedFile) Open(name string) (fs.File, error) {
	if name == string(f) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// A mistake is told before anything is sent.
func TestRunMistakesSendNothing(t *testing.T) {
	for _, args := range [][]string{
		{"--region", "“us-east-2”"},
		{"--region", "us-east-2", "--for", "everything"},
		{"--region", "us-east-2", "--timeout", "0"},
		{"--region", "us-east-2", "-o", "json=" + filepath.Join(t.TempDir(), "no", "folder")},
		{"--region", "us-east-2", "--endpoint", "s3:no-such-bucket=example.com"},
		{"--region", "us-east-2", "extra"},
	} {
		x := newTrial(t, "private-vpc")
		x.want(t, x.run(t, args...), statusUsage)
		if x.dials.Load() > 0 || x.stdout.Len() > 0 || strings.Count(x.stderr.String(), "\n") != 1 {
			t.Errorf("%q: %d connections, standard output %q, standard error %q", args, x.dials.Load(), &x.stdout, &x.stderr)
		}
	}
}

// A person who ends the run gets the report so far.
func TestRunInterrupted(t *testing.T) {
	x := newTrial(t, "private-vpc")
	ctx, end := context.WithCancelCause(t.Context())
	x.prober.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		end(probe.ErrInterrupted)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	x.want(t, run(ctx, []string{"--region", "us-east-2", "-o", "json"}, x.system), statusUnfinished)
	if d := readReport(t, x.stdout.Bytes()); d.Observations.Ending != observation.EndingInterrupted || d.Verdict == diagnose.Pass {
		t.Errorf("ending %q, verdict %q", d.Observations.Ending, d.Verdict)
	}
	if !strings.Contains(x.stderr.String(), "ssmcheck: interrupted") {
		t.Errorf("standard error: %q", &x.stderr)
	}
}

func TestRunInterruptedBeforeTheRegionIsKnown(t *testing.T) {
	x := newTrial(t, "private-vpc")
	ctx, end := context.WithCancelCause(t.Context())
	x.prober.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		end(probe.ErrInterrupted)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	x.want(t, run(ctx, []string{"-o", "json"}, x.system), statusUnfinished)
	x.wantError(t, "interrupted", "Region")
	d := readReport(t, x.stdout.Bytes())
	if d.Observations.Ending != observation.EndingInterrupted || d.Verdict == diagnose.Pass || len(d.Capabilities) != 3 {
		t.Errorf("ending %q, verdict %q, capabilities %+v", d.Observations.Ending, d.Verdict, d.Capabilities)
	}
	if len(d.Observations.Node.Resolver.Servers) == 0 {
		t.Error("what the node itself tells is missing")
	}
	for _, f := range d.Findings {
		if f.Severity != diagnose.Info {
			t.Errorf("%s: nothing was looked at that tells it", f.Code)
		}
	}
}

// So it is between two tries of --wait.
func TestWaitInterruptedBeforeTheRegionIsKnown(t *testing.T) {
	x := newTrial(t, "private-vpc")
	ctx, end := context.WithCancelCause(t.Context())
	x.prober.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, syserr.Refused }
	time.AfterFunc(300*time.Millisecond, func() { end(probe.ErrInterrupted) })
	x.want(t, run(ctx, []string{"--wait", "1m", "-o", "json"}, x.system), statusUnfinished)
	m := readReport(t, x.stdout.Bytes()).Observations.Metadata
	if !m.Asked || !m.Failure.Of(observation.KindConnectionRefused) {
		t.Errorf("metadata %+v", m)
	}
}

// A deadline that leaves everything undecided is no verdict.
func TestRunDeadline(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.prober.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	x.want(t, x.run(t, "--region", "us-east-2", "--deadline", "200ms", "-o", "json"), statusUnfinished)
	if d := readReport(t, x.stdout.Bytes()); d.Observations.Ending != observation.EndingDeadline || !d.Undecided {
		t.Errorf("ending %q, undecided %v", d.Observations.Ending, d.Undecided)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

func TestRunCannotWrite(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.system.stdout = brokenWriter{}
	path := filepath.Join(t.TempDir(), "report.txt")
	x.want(t, x.run(t, "-o", "json", "-o", "text="+path), statusUnfinished)
	if got, want := x.stderr.String(), "ssmcheck: cannot write the report to standard output: no space left on device\n"; got != want {
		t.Errorf("standard error: %q, want %q", got, want)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(b, []byte("PASS  ")) {
		t.Errorf("the other report: %.40q, %v", b, err)
	}
}

func TestRunPanic(t *testing.T) {
	x := newTrial(t, "private-vpc")
	debug := ""
	x.getenv = func(name string) string {
		switch name {
		case "AWS_REGION":
			panic("a bug\x1b[2J")
		case "SSMCHECK_DEBUG":
			return debug
		}
		return ""
	}
	x.want(t, x.run(t), statusUnfinished)
	x.wantError(t, "internal error", `a bug\x1b[2J`, "SSMCHECK_DEBUG=1")
	debug = "1"
	x.stderr.Reset()
	x.want(t, x.run(t), statusUnfinished)
	if !strings.Contains(x.stderr.String(), "TestRunPanic") {
		t.Errorf("no stack with SSMCHECK_DEBUG: %q", &x.stderr)
	}
}

// A proxy's password is used and never told.
func TestRunKeepsThePassword(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.run(t, "--region", "us-east-2", "--timeout", "300ms", "--proxy", "http://user:geheim42@10.9.9.9:3128", "-o", "json", "-v")
	if s := x.stdout.String() + x.stderr.String(); strings.Contains(s, "geheim42") || !strings.Contains(s, "10.9.9.9:3128") {
		t.Errorf("the password is told, or the proxy is not:\n%s", s)
	}
}
