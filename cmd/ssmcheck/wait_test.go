package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A vigil is a --wait on a clock that a test owns: a try sees what blocked says
// of its time, and takes took where that is something.
type vigil struct {
	took    time.Duration
	blocked func(at time.Duration) []string
	region  func(at time.Duration) bool // nil: known

	begun time.Time
	// tries are when each began and what it looked at; said is what a person
	// was told.
	tries, said []string
}

func (v *vigil) wait(ctx context.Context, d time.Duration, strict bool) (*runResult, bool, error) {
	v.begun = time.Now()
	w := waiter{
		deadline: v.begun.Add(d), strict: strict, probe: v.look, redacted: func(l *runResult) *diagnose.Report { return l.report },
		log: waitLog{started: v.begun, strict: strict, print: func(s string) { v.said = append(v.said, s) }},
	}
	return w.untilPass(ctx)
}

func (v *vigil) look(ctx context.Context, targets []string) (*runResult, error) {
	at := time.Since(v.begun)
	what := "all"
	if targets != nil {
		what = strings.Join(targets, " ")
	}
	v.tries = append(v.tries, fmt.Sprintf("%s %s", at, what))
	ending, took := observation.EndingComplete, v.took
	if v.blocked(at) == nil && (v.region == nil || v.region(at)) {
		took = 0
	}
	select {
	case <-time.After(took):
	case <-ctx.Done():
		ending = observation.EndingDeadline
		if interruptedBy(ctx) {
			ending = observation.EndingInterrupted
		}
	}
	if v.region != nil && !v.region(at) {
		return nil, &noRegionError{
			err: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTimeout, Text: "no answer in " + at.String()},
			partial: func() *runResult {
				return new(options).withoutRegion(v.begun, observation.Node{}, observation.Metadata{})
			},
		}
	}
	plan, err := probe.NewPlan(probe.Config{
		Region: "us-east-2", Capabilities: []endpoint.Capability{endpoint.RunCommand, endpoint.SessionManager},
	}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}})
	if err != nil {
		return nil, err
	}
	if targets != nil {
		plan = plan.Only(targets)
	}
	seen := observed(plan.Plan, v.blocked(at))
	seen.Ending = ending
	return &runResult{seen, diagnose.Judge(seen)}, nil
}

// observed is what a run of the plan sees where some targets do not answer.
func observed(plan observation.Plan, blocked []string) *observation.Observations {
	o := &observation.Observations{Plan: plan, Node: observation.Node{Kind: observation.NodeHybrid}}
	for i, t := range plan.Targets {
		a := netip.AddrFrom4([4]byte{10, 0, 1, byte(101 + i)})
		o.System = append(o.System, observation.SystemLookup{Host: t.Host, Addresses: []netip.Addr{a}})
		at := observation.AddressObservation{Address: a, Class: observation.ClassPrivate, From: []string{"system"}}
		at.Connect = &observation.Connect{Elapsed: observation.Elapsed(time.Millisecond)}
		if slices.Contains(blocked, t.Name) {
			at.Connect = &observation.Connect{Elapsed: observation.Elapsed(3 * time.Second), Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout}}
		} else {
			at.Handshake = &observation.Handshake{NameMatches: true, InTime: true, Trusted: true, Verified: true}
			at.Reply = &observation.Reply{Request: "GET /", Status: 404, RequestID: "0f5b7a9e-1111-2222-3333-444455556666"}
			if t.WebSocket {
				at.WebSocket = &observation.WebSocket{Stages: at.Stages, Upgraded: true}
			}
		}
		o.Targets = append(o.Targets, observation.TargetObservation{Name: t.Name, Addresses: []observation.AddressObservation{at}})
	}
	return o
}

const (
	messagesBlocked = "… ssmmessages … endpoint-blocked"
	ssmBlocked      = "… ssm … endpoint-blocked"
)

// until says that a target is blocked for a time.
func until(d time.Duration, target string) func(time.Duration) []string {
	return func(at time.Duration) []string {
		if at < d {
			return []string{target}
		}
		return nil
	}
}

func TestWait(t *testing.T) {
	const ever = time.Hour
	for _, c := range []struct {
		name        string
		vigil       vigil
		wait        time.Duration
		status      int
		took        time.Duration
		tries, said []string
	}{
		{
			name:  "all is well at once",
			vigil: vigil{took: time.Second, blocked: until(0, "")},
			wait:  time.Minute, tries: []string{"0s all"},
		},
		{
			name:  "it fails at once, and opens after 6 s",
			vigil: vigil{took: 50 * time.Millisecond, blocked: until(6*time.Second, "ssmmessages")},
			wait:  time.Minute, took: 7 * time.Second,
			tries: []string{"0s all", "2s ssmmessages", "4s ssmmessages", "7s ssmmessages", "7s all"},
			said:  []string{"after 0s: " + messagesBlocked, "after 7s: … endpoint-blocked"},
		},
		{
			name:  "it is silent, and opens after 6 s",
			vigil: vigil{took: 3 * time.Second, blocked: until(6*time.Second, "ssmmessages")},
			wait:  time.Minute, took: 8 * time.Second,
			tries: []string{"0s all", "4s ssmmessages", "8s ssmmessages", "8s all"},
			said:  []string{"after 3s: " + messagesBlocked, "after 8s: … endpoint-blocked"},
		},
		{
			name:  "it never opens: the last look is a whole one",
			vigil: vigil{took: time.Second, blocked: until(ever, "ssmmessages")},
			wait:  30 * time.Second, status: 1, took: 31 * time.Second,
			tries: []string{
				"0s all", "2s ssmmessages", "4s ssmmessages", "7s ssmmessages", "10s ssmmessages", "15s ssmmessages", "23s ssmmessages", "30s all",
			},
			said: []string{"after 1s: " + messagesBlocked},
		},
		{
			name:  "a try is cut off when the time is over",
			vigil: vigil{took: 3 * time.Second, blocked: until(ever, "ssmmessages")},
			wait:  5 * time.Second, status: 1, took: 8 * time.Second,
			tries: []string{"0s all", "4s ssmmessages", "5s all"},
			said:  []string{"after 3s: " + messagesBlocked},
		},
		{
			name:  "the first look outlasts the time",
			vigil: vigil{took: 3 * time.Second, blocked: until(ever, "ssmmessages")},
			wait:  time.Second, status: 1, took: 3 * time.Second, tries: []string{"0s all"},
			said: []string{"after 3s: " + messagesBlocked},
		},
		{
			name: "while one opens another closes",
			vigil: vigil{took: 0, blocked: func(at time.Duration) []string {
				switch {
				case at < 2*time.Second:
					return []string{"ssmmessages"}
				case at < 6*time.Second:
					return []string{"ssm"}
				}
				return nil
			}},
			wait: time.Minute, took: 8 * time.Second,
			tries: []string{"0s all", "2s ssmmessages", "2s all", "5s ssm", "8s ssm", "8s all"},
			said: []string{
				"after 0s: " + messagesBlocked, "after 2s: … endpoint-blocked",
				"after 2s: " + ssmBlocked, "after 8s: … endpoint-blocked",
			},
		},
		{
			name: "the Region comes after 4 s",
			vigil: vigil{
				took: time.Second, blocked: until(0, ""),
				region: func(at time.Duration) bool { return at >= 4*time.Second },
			},
			wait: time.Minute, took: 4 * time.Second, tries: []string{"0s all", "2s all", "4s all"},
			said: []string{"after 1s: … Region … --region NAME … AWS_REGION … instance metadata"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := c.vigil
				begun := time.Now()
				last, interrupted, err := v.wait(t.Context(), c.wait, false)
				if err != nil || interrupted {
					t.Fatalf("interrupted %t, error %v", interrupted, err)
				}
				if got := time.Since(begun); got != c.took {
					t.Errorf("it took %s, want %s", got, c.took)
				}
				if got := last.report.ExitStatus(false); got != c.status {
					t.Errorf("status %d, want %d", got, c.status)
				}
				if len(last.observed.Plan.Targets) != 3 {
					t.Error("the last look is not a whole one")
				}
				if diff := cmp.Diff(c.tries, v.tries); diff != "" {
					t.Errorf("tries (-want +got):\n%s", diff)
				}
				if len(v.said) != len(c.said) {
					t.Fatalf("said %q, want %q", v.said, c.said)
				}
				for i, want := range c.said {
					wantFacts(t, v.said[i], strings.Split(want, " … ")...)
				}
			})
		})
	}
}

// A person who has had enough gets the last whole report.
func TestWaitInterrupted(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		tries []string
	}{
		{"in the first look", time.Second, []string{"0s all"}},
		{"in a pause", 3500 * time.Millisecond, []string{"0s all"}},
		{"in a try", 5 * time.Second, []string{"0s all", "4s ssmmessages"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancelCause(t.Context())
				time.AfterFunc(c.after, func() { end(probe.ErrInterrupted) })
				v := vigil{took: 3 * time.Second, blocked: until(time.Hour, "ssmmessages")}
				last, interrupted, err := v.wait(ctx, time.Minute, false)
				if err != nil || !interrupted || last == nil {
					t.Fatalf("interrupted %t, error %v, last %v", interrupted, err, last)
				}
				if diff := cmp.Diff(c.tries, v.tries); diff != "" {
					t.Errorf("tries (-want +got):\n%s", diff)
				}
				if got := time.Since(v.begun); got != c.after {
					t.Errorf("it ended after %s, want %s", got, c.after)
				}
				if len(last.observed.Plan.Targets) != 3 {
					t.Error("the last look is not a whole one")
				}
			})
		})
	}
}

func TestWaitWithoutRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(time.Duration) bool { return false }
		v := vigil{took: time.Second, blocked: until(0, ""), region: never}
		_, _, err := v.wait(t.Context(), 10*time.Second, false)
		if _, ok := errors.AsType[*noRegionError](err); !ok {
			t.Errorf("error %v", err)
		}
		if n := len(v.said); n != 1 {
			t.Errorf("the same was said %d times: %q", n, v.said)
		}
		if at := time.Since(v.begun); at != 11*time.Second {
			t.Errorf("it ended after %s", at)
		}

		ctx, end := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { end(probe.ErrInterrupted) })
		last, interrupted, err := v.wait(ctx, 10*time.Second, false)
		if err != nil || !interrupted || last == nil || last.report.ExitStatus(false) != statusUnfinished {
			t.Errorf("interrupted before there was a Region: %v, %v, %v", last, interrupted, err)
		}
	})
}

// With --strict a warning is waited for as well.
func TestTroubles(t *testing.T) {
	r := &diagnose.Report{Findings: []diagnose.Finding{
		{Code: diagnose.EndpointBlocked, Severity: diagnose.Error, Title: "blocked", Targets: []string{"ssm"}},
		{Code: diagnose.RoleMissing, Severity: diagnose.Warning, Title: "no role"},
		{Code: diagnose.AgentMissing, Severity: diagnose.Info, Title: "no agent"},
	}}
	blocked := problem{diagnose.EndpointBlocked, "blocked", []string{"ssm"}}
	for strict, want := range map[bool][]problem{false: {blocked}, true: {blocked, {diagnose.RoleMissing, "no role", nil}}} {
		if diff := cmp.Diff(want, problems(r, strict), cmp.AllowUnexported(problem{})); diff != "" {
			t.Errorf("strict %t (-want +got):\n%s", strict, diff)
		}
	}
	if got := problems(&diagnose.Report{Undecided: true}, false); len(got) != 1 || got[0].code != undecided {
		t.Errorf("of an undecided run: %+v", got)
	}
}

// Each problem that lasts names what is tried again, and nothing else.
func TestWaitFailing(t *testing.T) {
	targets := []diagnose.TargetReport{{Name: "ssm", Asked: true}, {Name: "ssmmessages", Asked: true, Verdict: diagnose.Fail}, {Name: "kms", Verdict: diagnose.Fail}}
	for _, c := range []struct {
		name   string
		report diagnose.Report
		want   []string
	}{
		{"a target fails", diagnose.Report{Targets: targets}, []string{"ssmmessages"}},
		{"the node fails", diagnose.Report{Targets: targets[:1]}, []string{"ssm"}},
		{"nothing is decided", diagnose.Report{Targets: targets, Undecided: true}, nil},
		{"a cause names more", diagnose.Report{Targets: targets, Findings: []diagnose.Finding{
			{Code: diagnose.DNSServerSilent, Severity: diagnose.Error, Targets: []string{"ssm", "ssmmessages"}},
		}}, []string{"ssm", "ssmmessages"}},
	} {
		w := waiter{}
		if diff := cmp.Diff(c.want, w.failing(&c.report)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// An endpoint that opens after six seconds is found well within three.
func TestWait_passes(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "endpoint-opens")
	begun := time.Now()
	x.want(t, x.run(t, "--region", "us-east-2", "--wait", "30s", "-o", "json"), 0)
	t.Logf("ended after %s", time.Since(begun))
	d := readReport(t, x.stdout.Bytes())
	if d.Verdict != diagnose.Pass || len(d.Targets) < 6 {
		t.Errorf("verdict %q and %d targets: the last look was not a whole one", d.Verdict, len(d.Targets))
	}
	lines := strings.Split(strings.TrimSpace(x.stderr.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("standard error:\n%s", &x.stderr)
	}
	wantFacts(t, lines[0], "ssmmessages", "(endpoint-blocked)")
	wantFacts(t, lines[1], "endpoint-blocked")
}

// The Region comes from metadata that is not there yet.
func TestWaitForMetadata(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "metadata-comes")
	x.want(t, x.run(t, "--wait", "30s", "-o", "json", "-q"), 0)
	if d := readReport(t, x.stdout.Bytes()); d.Node.Region != "us-east-2" {
		t.Errorf("Region %q", d.Node.Region)
	}
	if x.stderr.Len() > 0 {
		t.Errorf("with -q standard error is: %s", &x.stderr)
	}
}

// When the time is over the report of what failed is told, as without --wait.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "endpoint-blocked")
	x.want(t, x.run(t, "--region", "us-east-2", "--timeout", "1s", "--wait", "4s", "-o", "json"), 1)
	if d := readReport(t, x.stdout.Bytes()); len(d.Findings) == 0 || d.Findings[0].Code != diagnose.EndpointBlocked {
		t.Errorf("findings %+v", d.Findings)
	}
	if n := strings.Count(x.stderr.String(), "\n"); n != 1 {
		t.Errorf("nothing has changed, and %d lines are told:\n%s", n, &x.stderr)
	}
}

// A mistake is told at once, however long the wait.
func TestWaitMistake(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.getenv = func(name string) string { return map[string]string{"AWS_REGION": "nowhere"}[name] }
	begun := time.Now()
	x.want(t, x.run(t, "--wait", "5m"), statusUsage)
	if time.Since(begun) > time.Minute {
		t.Error("it was waited for")
	}
}

// An empty line parts the news from the report where a person sees both, and
// stands in no log.
func TestNeedsBlankLine(t *testing.T) {
	person, file := terminal{interactive: true}, terminal{}
	for _, c := range []struct {
		stderr, stdout terminal
		want           bool
	}{{person, person, true}, {person, file, false}, {file, person, false}, {file, file, false}} {
		if got := needsBlankLine(c.stderr, c.stdout); got != c.want {
			t.Errorf("%+v, %+v: %t", c.stderr, c.stdout, got)
		}
	}
}
