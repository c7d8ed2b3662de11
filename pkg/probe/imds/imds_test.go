package imds

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// silentOnce leaves the first call without an answer, as a lost packet does.
func silentOnce() http.HandlerFunc {
	var calls atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		w.Header().Set(tokenTTL, r.Header.Get(tokenTTL))
		_, _ = io.WriteString(w, probetest.TestToken)
	}
}

// failOnce fails the first call in a way.
func failOnce(fail func(http.ResponseWriter)) http.HandlerFunc {
	var calls atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			fail(w)
			return
		}
		w.Header().Set(tokenTTL, r.Header.Get(tokenTTL))
		_, _ = io.WriteString(w, probetest.TestToken)
	}
}

func TestMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A proxy in the environment must change nothing.
		t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		server := &probetest.ImdsServer{Paths: probetest.HealthyIMDS()}
		call := beginAsking(runnerAt(t, server), t.Context())
		region, err := call.Region(t.Context())
		if region != "us-east-2" || err != nil {
			t.Errorf("region %q, %v", region, err)
		}
		prefix := netip.MustParsePrefix
		got := call.Wait(t.Context())
		got.Elapsed = 0
		// The blocks of both families come in any order.
		if len(got.VPCBlocks) == 3 && got.VPCBlocks[0].Addr().Is6() {
			got.VPCBlocks = append(got.VPCBlocks[1:], got.VPCBlocks[0])
		}
		if len(got.SubnetBlocks) == 2 && got.SubnetBlocks[0].Addr().Is6() {
			got.SubnetBlocks[0], got.SubnetBlocks[1] = got.SubnetBlocks[1], got.SubnetBlocks[0]
		}
		probetest.Compare(t, observation.Metadata{
			Asked: true, Connected: true, Status: 200,
			InstanceID: "i-0123456789abcdef0", Region: "us-east-2", AvailabilityZone: "us-east-2b",
			LocalIPv4: netip.MustParseAddr("10.0.1.20"), VPCID: "vpc-0123456789abcdef0", SubnetID: "subnet-0123456789abcdef0",
			VPCBlocks:      []netip.Prefix{prefix("10.0.0.0/16"), prefix("198.18.0.0/16"), prefix("2001:db8::/56")},
			SubnetBlocks:   []netip.Prefix{prefix("10.0.1.0/24"), prefix("2001:db8:0:1::/64")},
			SecurityGroups: []string{"sg-0123456789abcdef0", "sg-0fedcba9876543210"},
			Role:           observation.Yes, RoleName: "node-role",
		}, got)
		if !got.Present() {
			t.Error("metadata is there and does not say so")
		}
		if server.FirstVersion.Load() {
			t.Error("a call went out without a token")
		}
	})
}

func TestZoneName(t *testing.T) {
	for _, s := range []string{"us-east-2b", "us-gov-west-1a", "eusc-de-east-1c", "us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1"} {
		if !isZoneName(s) {
			t.Errorf("%s is no zone", s)
		}
	}
	for _, s := range []string{"", "<html>", "us", "us-east", "us-east-2b\n", strings.Repeat("us-", 200) + "1a"} {
		if isZoneName(s) {
			t.Errorf("%q is a zone", s)
		}
	}
}

func TestMetadata_misbehaves(t *testing.T) {
	page := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	never := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, test := range []struct {
		name    string
		token   http.HandlerFunc
		change  map[string]string // in the paths; "" takes one away
		kind    observation.Kind
		status  int
		foreign string // in what is said to be another's
		most    time.Duration
	}{
		{name: "silent after the connection", token: never, kind: observation.KindTimeout, most: 2 * time.Second},
		{name: "silent once, and no more", token: silentOnce(), status: 200, most: time.Second},
		{name: "cut once, and no more", token: failOnce(func(http.ResponseWriter) { panic(http.ErrAbortHandler) }), status: 200},
		{name: "503 once, and no more", token: failOnce(func(w http.ResponseWriter) { w.WriteHeader(503) }), status: 200},
		{name: "403 to all", token: page(403, "<?xml version=\"1.0\"?><title>403 - Forbidden</title>"), kind: observation.KindStatus, status: 403},
		{name: "no token call, as in the first version", token: page(404, ""), kind: observation.KindStatus, status: 404, foreign: "HTTP status 404"},
		{name: "a box's page", token: page(200, "<html><body>Blocked by \x1b[31mACME</body>"), kind: observation.KindMalformed, status: 200,
			foreign: `"<html><body>Blocked by \x1b[31mACME</body>"`},
		{name: "a redirect is not followed", token: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://login.example/", http.StatusFound)
		}, kind: observation.KindStatus, status: 302, foreign: "HTTP status 302"},
		{name: "a token without end", token: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(tokenTTL, "300")
			chunk := strings.Repeat("A", 1<<20)
			for range 100 {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, kind: observation.KindTooLarge, status: 200, foreign: `"AAAA`},
		{name: "the connection is cut", token: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, kind: observation.KindClosed},
		{name: "no Region", change: map[string]string{"placement/region": ""}, kind: observation.KindAbsent, status: 200},
		{name: "a Region that is none", change: map[string]string{"placement/region": "<html>"}, kind: observation.KindMalformed, status: 200, foreign: `"<html>"`},
		{name: "an id that is none", change: map[string]string{"instance-id": "i-<script>"}, kind: observation.KindMalformed, status: 200, foreign: `"i-<script>"`},
		{name: "an id that does not come", change: map[string]string{"instance-id": ""}, kind: observation.KindAbsent, status: 200},
		{name: "a slow token that comes in time", token: func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(900 * time.Millisecond)
			w.Header().Set(tokenTTL, "300")
			_, _ = io.WriteString(w, probetest.TestToken)
		}, status: 200, most: 900 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				paths := probetest.HealthyIMDS()
				for path, body := range test.change {
					if paths[path] = body; body == "" {
						delete(paths, path)
					}
				}
				server := &probetest.ImdsServer{Paths: paths, Token: test.token}
				start := time.Now()
				got := beginAsking(runnerAt(t, server), t.Context()).Wait(t.Context())
				if took := time.Since(start); took > test.most {
					t.Errorf("took %s, want at most %s", took, test.most)
				}
				if test.kind == "" && got.Failure != nil || test.kind != "" && !got.Failure.Of(test.kind) {
					t.Errorf("failure %v, want kind %q", got.Failure, test.kind)
				}
				if got.Present() != (test.kind == "") {
					t.Errorf("present is %t", got.Present())
				}
				if !got.Asked || !got.Connected || got.Status != test.status {
					t.Errorf("asked %t, connected %t, status %d; want status %d", got.Asked, got.Connected, got.Status, test.status)
				}
				if !strings.Contains(got.Foreign, test.foreign) || test.foreign == "" && got.Foreign != "" {
					t.Errorf("foreign %s, want %q in it", got.Foreign, test.foreign)
				}
				if server.FirstVersion.Load() {
					t.Error("it fell back to the first version")
				}
			})
		})
	}
}

// TestMetadata_essentialFailsOnce: it is asked for once more.
func TestMetadata_essentialFailsOnce(t *testing.T) {
	for _, path := range []string{"/instance-id", "/placement/region"} {
		synctest.Test(t, func(t *testing.T) {
			server := &probetest.ImdsServer{Paths: probetest.HealthyIMDS()}
			var calls atomic.Int32
			p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, path) && calls.Add(1) == 1 {
					w.WriteHeader(503)
					return
				}
				server.ServeHTTP(w, r)
			}))
			if got := beginAsking(p, t.Context()).Wait(t.Context()); !got.Present() || calls.Load() != 2 {
				t.Errorf("%s: present %t after %d calls, failure %v", path, got.Present(), calls.Load(), got.Failure)
			}
		})
	}
}

func TestMetadata_role(t *testing.T) {
	for _, test := range []struct {
		name, info string
		want       observation.Known
	}{
		{"no profile", "", observation.No},
		{"a profile whose role is gone", `{"Code":"AssumeRoleUnauthorizedAccess"}`, observation.No},
		{"an answer that does not say", `<html>`, observation.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				paths := probetest.HealthyIMDS()
				paths["iam/info"] = test.info
				if test.info == "" {
					delete(paths, "iam/info")
				}
				got := beginAsking(runnerAt(t, &probetest.ImdsServer{Paths: paths}), t.Context()).Wait(t.Context())
				if got.Role != test.want || got.RoleName != "" || !got.Present() {
					t.Errorf("role %q %q, present %t; want %q and no name", got.Role, got.RoleName, got.Present(), test.want)
				}
			})
		})
	}
}

// Nothing accepts the connection: after a second and one more, the Region is immediately known to be
// missing.
func TestMetadata_unreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &attempt.Runner{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		start := time.Now()
		call := beginAsking(p, t.Context())
		_, err := call.Region(t.Context())
		if f, ok := errors.AsType[*observation.Failure](err); !ok || !f.Of(observation.KindTimeout) {
			t.Errorf("region: %v, want a failure of kind timeout", err)
		}
		got := call.Wait(t.Context())
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %s, want two calls of a second", took)
		}
		if got.Connected || got.Present() || !got.Failure.Of(observation.KindTimeout) {
			t.Errorf("connected %t, present %t, failure %v", got.Connected, got.Present(), got.Failure)
		}
	})
}

// The Region is returned as soon as it arrives, and what has arrived counts if the run ends before
// the rest.
func TestMetadata_notWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paths := probetest.HealthyIMDS()
		inner := &probetest.ImdsServer{Paths: paths}
		p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/iam/info") || strings.HasSuffix(r.URL.Path, "/mac") {
				time.Sleep(800 * time.Millisecond)
			}
			inner.ServeHTTP(w, r)
		}))
		start := time.Now()
		call := beginAsking(p, t.Context())
		if region, err := call.Region(t.Context()); region != "us-east-2" || err != nil || time.Since(start) > 0 {
			t.Errorf("region %q, %v after %s", region, err, time.Since(start))
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, attempt.ErrDeadline)
		defer cancel()
		early := call.Wait(ctx)
		if !early.Present() || early.VPCID != "" || early.Role != observation.Unknown {
			t.Errorf("early: present %t, VPC %q, role %q; want the id alone", early.Present(), early.VPCID, early.Role)
		}
		if late := call.Wait(t.Context()); late.VPCID == "" || late.Role != observation.Yes {
			t.Errorf("late: VPC %q, role %q; want both", late.VPCID, late.Role)
		}
	})
}

func TestMetadata_interrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &attempt.Runner{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		ctx, cancel := context.WithCancelCause(t.Context())
		call := beginAsking(p, ctx)
		time.Sleep(300 * time.Millisecond)
		cancel(attempt.ErrInterrupted)
		if got := call.Wait(ctx); !got.Failure.Of(observation.KindInterrupted) || got.Present() {
			t.Errorf("failure %v, want kind interrupted", got.Failure)
		}
		synctest.Wait()
		if _, err := call.Region(t.Context()); err == nil {
			t.Error("a Region after the interrupt")
		}
	})
}

// The end of the run is not an answer: a call that it cuts off counts by its age, and does not affect
// an earlier try that had enough time.
func TestMetadata_cutOff(t *testing.T) {
	slowID := func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/instance-id")
	}
	silent := func(http.ResponseWriter, *http.Request) bool { return true }
	afterToken := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == tokenPath {
			time.Sleep(900 * time.Millisecond)
		}
		return r.URL.Path != tokenPath
	}
	for _, test := range []struct {
		name     string
		holds    func(http.ResponseWriter, *http.Request) bool // whether the call gets no answer
		cause    error
		deadline time.Duration
		kind     observation.Kind
	}{
		{"the id, at once", slowID, attempt.ErrDeadline, 20 * time.Millisecond, observation.KindUndecided},
		{"the id, by a person", slowID, attempt.ErrInterrupted, 20 * time.Millisecond, observation.KindInterrupted},
		{"the first try", silent, attempt.ErrDeadline, 700 * time.Millisecond, observation.KindUndecided},
		{"the second try", silent, attempt.ErrDeadline, 1200 * time.Millisecond, observation.KindTimeout},
		{"the second try, later", silent, attempt.ErrDeadline, 1800 * time.Millisecond, observation.KindTimeout},
		{"the second try, by a person", silent, attempt.ErrInterrupted, 1800 * time.Millisecond, observation.KindTimeout},
		{"neither", silent, attempt.ErrDeadline, 2500 * time.Millisecond, observation.KindTimeout},
		{"a call after a slow token", afterToken, attempt.ErrDeadline, 1100 * time.Millisecond, observation.KindUndecided},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &probetest.ImdsServer{Paths: probetest.HealthyIMDS()}
				p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if test.holds(w, r) {
						<-r.Context().Done()
						return
					}
					inner.ServeHTTP(w, r)
				}))
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				defer time.AfterFunc(test.deadline, func() { cancel(test.cause) }).Stop()
				got := beginAsking(p, ctx).Wait(ctx)
				if !got.Failure.Of(test.kind) || got.Present() {
					t.Errorf("failure %v, want kind %s", got.Failure, test.kind)
				}
				if !got.Connected {
					t.Error("that it accepted the connection is lost")
				}
			})
		})
	}
}

func TestNoMetadataCall(t *testing.T) {
	var call *Call
	if got := call.Wait(t.Context()); got.Asked || got.Present() {
		t.Errorf("a call that was never made: %+v", got)
	}
}
