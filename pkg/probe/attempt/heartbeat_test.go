package attempt

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// beating returns a heartbeat that ends with the test.
func beating(t *testing.T) *Heartbeat {
	h := NewHeartbeat()
	h.Start()
	t.Cleanup(h.Stop)
	return h
}

const odd = 5 * time.Millisecond // no beat is due at that time

func near(got, want time.Duration) bool { return got >= want && got <= want+4*leastGap }

func TestHeartbeat_recordsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := beating(t)
		began := h.Now()
		time.Sleep(2*time.Second + odd)
		if ran, paused := began.since(); ran != 2*time.Second+odd || paused != 0 {
			t.Errorf("ran %s and paused %s where nothing happened", ran, paused)
		}
		h.StandStill(5 * time.Second)
		time.Sleep(5*time.Second + time.Second)
		ran, paused := began.since()
		if !near(ran, 3*time.Second) || paused > 5*time.Second || paused < 4900*time.Millisecond {
			t.Errorf("ran %s and paused %s, want about 3s and 5s, and never more than that", ran, paused)
		}
		// A busy machine is late by less than that.
		h.StandStill(2 * beat)
		time.Sleep(time.Second)
		if _, again := began.since(); again != paused {
			t.Errorf("%s more for a beat that was late", again-paused)
		}
		list, sum := h.Paused()
		if len(list) != 1 || time.Duration(sum) != paused || list[0].For != sum || time.Since(list[0].At) > 9*time.Second {
			t.Errorf("recorded %v and %s", list, sum)
		}
		for range 2 * maxPauses {
			h.StandStill(time.Second)
			time.Sleep(1100*time.Millisecond + odd)
		}
		if list, sum := h.Paused(); len(list) != maxPauses || time.Duration(sum) < 2*maxPauses*900*time.Millisecond {
			t.Errorf("%d pauses, %s", len(list), sum)
		}
	})
}

// A starved process runs for some milliseconds a second.
func TestHeartbeat_addsShortPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := beating(t)
		began := h.Now()
		for range 50 {
			time.Sleep(odd)
			h.StandStill(195 * time.Millisecond)
			time.Sleep(195 * time.Millisecond)
		}
		if ran, paused := began.since(); ran > 2*time.Second || ran+paused != 10*time.Second {
			t.Errorf("ran %s and paused %s of 10s", ran, paused)
		}
	})
}

// While a machine is suspended, its monotonic clock stops and its wall clock does not: what
// waits is then not late.
func TestHeartbeat_suspendedMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHeartbeat()
		var ahead atomic.Int64
		h.wall = func() time.Time { return time.Now().Round(0).Add(time.Duration(ahead.Load())) }
		h.Start()
		defer h.Stop()
		began := h.Now()
		ahead.Add(int64(time.Hour))
		time.Sleep(time.Second)
		if ran, paused := began.since(); ran != time.Second || paused != time.Hour {
			t.Errorf("ran %s and paused %s, want 1s and 1h", ran, paused)
		}
		ahead.Add(-int64(2 * time.Hour)) // somebody set the clock
		time.Sleep(time.Second)
		if ran, paused := began.since(); ran != 2*time.Second || paused != time.Hour {
			t.Errorf("ran %s and paused %s, want 2s and 1h", ran, paused)
		}
	})
}

func TestLimitIsOfTimeThatRan(t *testing.T) {
	silent := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, test := range []struct {
		name           string
		pause, answers time.Duration // 0: never
		deadline       time.Duration
		kind           observation.Kind // "": none
		took           time.Duration
	}{
		{"no pause", 0, 0, time.Hour, observation.KindTimeout, 3 * time.Second},
		{"a pause longer than the limit", 10 * time.Second, 0, time.Hour, observation.KindTimeout, 13 * time.Second},
		{"the answer comes in it", 10 * time.Second, 10*time.Second + odd, time.Hour, "", 10*time.Second + odd},
		{"the deadline passes in it", 16 * time.Second, 0, 15 * time.Second, observation.KindUndecided, 15 * time.Second},
		{"it ran for long enough before the deadline", time.Second, 0, 3 * time.Second, observation.KindTimeout, 3 * time.Second},
		{"it did not", 2100 * time.Millisecond, 0, 3 * time.Second, observation.KindUndecided, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &Runner{Heart: beating(t)}
				ctx, cancel := context.WithTimeoutCause(t.Context(), test.deadline, ErrDeadline)
				defer cancel()
				time.Sleep(odd)
				if test.pause > 0 {
					p.Heart.StandStill(test.pause)
				}
				start := time.Now()
				took, f := p.Do(ctx, observation.OpConnect, func(ctx context.Context) error {
					if test.answers == 0 {
						return silent(ctx)
					}
					select {
					case <-time.After(test.answers):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				if test.kind == "" && f != nil || test.kind != "" && !f.Of(test.kind) {
					t.Errorf("failure %v, want %q", f, test.kind)
				}
				if wall := time.Since(start); wall < test.took-4*leastGap || wall > test.took+6*leastGap {
					t.Errorf("took %s, want %s", wall, test.took)
				}
				if most := p.Limit() + leastGap; time.Duration(took) > most {
					t.Errorf("measured %s, with the time in which it did not run", took)
				}
			})
		})
	}
}

func TestAwake(t *testing.T) {
	reset := func(context.Context) error { return io.EOF }
	fails := func(kind observation.Kind) func(context.Context) error {
		return func(context.Context) error {
			return &observation.Failure{Op: observation.OpLookup, Kind: kind, Text: "as it was"}
		}
	}
	for _, test := range []struct {
		name     string
		pause    time.Duration // in each of the first tries
		pauses   int
		deadline time.Duration
		try      func(context.Context) error // how a try fails in which it paused
		tries    int
		want     observation.Kind // "": none
	}{
		{"no pause", 0, 1, time.Hour, reset, 1, observation.KindClosed},
		{"a short one", 300 * time.Millisecond, 1, time.Hour, reset, 1, observation.KindClosed},
		{"the other side hung up in a pause", 5 * time.Second, 1, time.Hour, reset, 2, ""},
		{"and again", 5 * time.Second, 2, time.Hour, reset, 3, ""},
		{"and the deadline passed", 16 * time.Second, 1, 15 * time.Second, reset, 1, observation.KindUndecided},
		{"whenever it tries", time.Second, 1 << 20, time.Hour, reset, maxRepeats + 1, observation.KindUndecided},
		{"a server failed", 5 * time.Second, 1, time.Hour, fails(observation.KindServFail), 2, ""},
		{"a name does not exist: no pause makes that", 5 * time.Second, 1, time.Hour, fails(observation.KindNXDomain), 1, observation.KindNXDomain},
		{"it was not asked at all", 5 * time.Second, 1, time.Hour, fails(observation.KindUndecided), 1, observation.KindUndecided},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &Runner{Heart: beating(t)}
				ctx, cancel := context.WithTimeoutCause(t.Context(), test.deadline, ErrDeadline)
				defer cancel()
				tries := 0
				var last *observation.Failure
				p.RetryAfterPause(ctx, func(context.Context) *observation.Failure {
					tries++
					_, last = p.Do(ctx, observation.OpHandshake, func(ctx context.Context) error {
						if tries > test.pauses {
							return nil
						}
						time.Sleep(odd)
						p.Heart.StandStill(test.pause)
						time.Sleep(test.pause)
						return test.try(ctx)
					})
					return last
				})
				if tries != test.tries {
					t.Errorf("%d tries, want %d", tries, test.tries)
				}
				if test.want == "" && last != nil || test.want != "" && !last.Of(test.want) {
					t.Errorf("failure %v, want %q", last, test.want)
				}
				spoiled := last.Of(observation.KindUndecided) && test.try(ctx) == io.EOF
				if spoiled && !strings.Contains(last.Text, "this process did not run for ") {
					t.Errorf("text %q, want the reason", last.Text)
				}
			})
		})
	}
}

// TestShortPausesExcuseNothing: short pauses of a busy machine do not explain why a server hangs
// up, and do not count towards the time that silence was waited for.
func TestShortPausesExcuseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := beating(t)
		for _, f := range []*observation.Failure{{Op: observation.OpHandshake, Kind: observation.KindReset}, {Op: observation.OpConnect, Kind: observation.KindTimeout}} {
			time.Sleep(odd)
			busy := h.Now()
			for range 10 {
				h.StandStill(200 * time.Millisecond)
				time.Sleep(200*time.Millisecond + odd)
			}
			if d := busy.spoils(f); d != 0 {
				t.Errorf("%s is excused by short pauses, %s in all", f.Kind, d)
			}
			stopped := h.Now()
			h.StandStill(time.Second)
			time.Sleep(time.Second + odd)
			if stopped.spoils(f) == 0 {
				t.Errorf("%s after a second of standing still stands", f.Kind)
			}
		}
	})
}
