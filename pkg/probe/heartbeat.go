package probe

import (
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	// beat is how often a heartbeat notes that this process runs.
	beat = 20 * time.Millisecond
	// leastGap is the shortest time between two notes that counts as a pause:
	// a busy machine's scheduler is late by some milliseconds.
	leastGap = 3 * beat
	// leastSleep is by how much the wall clock must run ahead of the monotonic
	// one to count as a pause. The monotonic clock of Linux stands still while
	// the machine is suspended; a clock that is set looks alike, and costs a
	// repeat.
	leastSleep = time.Second
	// leastShown is the shortest pause that is recorded by itself, and the
	// shortest sum that is recorded at all.
	leastShown = 250 * time.Millisecond
	// maxPauses bounds those that are recorded.
	maxPauses = 32
)

// A heartbeat notes when this process did not run: it was stopped, got no
// processor time, or the machine was suspended. Everything that waits is then
// late, and all timers fire at once when it goes on. So whoever wants to know
// notes the time himself, and does not wait for the next beat.
//
// nil: nothing is noted, and the process counts as running.
type heartbeat struct {
	// wall is the wall clock; a test has one of its own.
	wall func() time.Time

	mu       sync.Mutex
	beats    *time.Timer
	stopped  bool
	last     time.Time // with the monotonic reading
	lastWall time.Time
	// lost is the sum of the pauses by the monotonic clock, each at its
	// least: what an attempt that spans one ran is never taken for too short.
	// slept is the sum of those by the wall clock alone. long is the sum of those
	// of either kind that are each as long as leastSpoil.
	lost, slept, long time.Duration
	pauses            []observation.Pause
}

func newHeartbeat() *heartbeat {
	return &heartbeat{wall: func() time.Time { return time.Now().Round(0) }, stopped: true}
}

// start begins the beats.
func (h *heartbeat) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = false
	h.last, h.lastWall = time.Now(), h.wall()
	h.beats = time.AfterFunc(beat, h.tick)
}

// stop ends them. What a stopped heartbeat noted stays.
func (h *heartbeat) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteLocked()
	h.stopped = true
	h.beats.Stop()
}

func (h *heartbeat) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.noteLocked(); !h.stopped {
		h.beats.Reset(beat)
	}
}

// noteLocked notes that this process runs, and for how long it did not, and
// gives the time.
func (h *heartbeat) noteLocked() time.Time {
	now := time.Now()
	if h.stopped {
		return now
	}
	wall := h.wall()
	gap := now.Sub(h.last)
	var pause time.Duration
	if gap >= leastGap {
		pause = gap - beat
		h.lost += pause
	}
	if slept := wall.Sub(h.lastWall) - gap; slept >= leastSleep {
		pause += slept
		h.slept += slept
	}
	if pause >= leastSpoil {
		h.long += pause
	}
	if pause >= leastShown && len(h.pauses) < maxPauses {
		h.pauses = append(h.pauses, observation.Pause{At: inFourDigits(h.lastWall.UTC()), For: observation.Elapsed(pause)})
	}
	h.last, h.lastWall = now, wall
	return now
}

// paused gives the pauses, and their sum with those too short to be recorded.
func (h *heartbeat) paused() ([]observation.Pause, observation.Elapsed) {
	if h == nil {
		return nil, 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteLocked()
	if sum := h.lost + h.slept; sum >= leastShown {
		return append([]observation.Pause(nil), h.pauses...), observation.Elapsed(sum)
	}
	return nil, 0
}

// A moment is when something began, by a heartbeat.
type moment struct {
	heart             *heartbeat
	at                time.Time
	lost, slept, long time.Duration
}

// now is this moment.
func (h *heartbeat) now() moment {
	if h == nil {
		return moment{at: time.Now()}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return moment{h, h.noteLocked(), h.lost, h.slept, h.long}
}

// since says for how long this process ran since then, and for how long it did
// not.
func (m moment) since() (ran, paused time.Duration) {
	now := m.heart.now()
	lost := now.lost - m.lost
	return now.at.Sub(m.at) - lost, lost + now.slept - m.slept
}

// ran says for how long this process ran since then.
func (m moment) ran() time.Duration {
	ran, _ := m.since()
	return ran
}

// stoodStill is the sum of the pauses since then that are each as long as
// leastSpoil.
func (m moment) stoodStill() time.Duration { return m.heart.now().long - m.long }

// afterFunc calls f when this process has run for d since then.
func (m moment) afterFunc(d time.Duration, f func()) (stop func()) {
	var mu sync.Mutex
	var timer *time.Timer
	stopped := false
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(d-m.ran(), func() {
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			return
		}
		if left := d - m.ran(); left > 0 {
			timer.Reset(left)
			return
		}
		f()
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		timer.Stop()
	}
}

// after closes the channel when this process has run for d since then.
func (m moment) after(d time.Duration) (over <-chan struct{}, stop func()) {
	c := make(chan struct{})
	return c, m.afterFunc(d, func() { close(c) })
}
