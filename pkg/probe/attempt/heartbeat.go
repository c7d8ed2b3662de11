package attempt

import (
	"slices"
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
	// leastShown is the shortest pause that is recorded individually, and the
	// shortest sum that is recorded at all.
	leastShown = 250 * time.Millisecond
	// maxPauses bounds those that are recorded.
	maxPauses = 32
)

// A Heartbeat records when this process did not run: it was stopped, got no
// processor time, or the machine was suspended. After such a pause everything
// that waits is late, and all timers fire at once. So anyone who needs to know
// records the time itself and does not wait for the next beat.
//
// If nil, nothing is recorded and the process counts as running.
type Heartbeat struct {
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

func NewHeartbeat() *Heartbeat {
	return &Heartbeat{wall: func() time.Time { return time.Now().Round(0) }, stopped: true}
}

// Start begins the beats.
func (h *Heartbeat) Start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = false
	h.last, h.lastWall = time.Now(), h.wall()
	h.beats = time.AfterFunc(beat, h.tick)
}

// Stop ends them. Recorded pauses are kept.
func (h *Heartbeat) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteLocked()
	h.stopped = true
	h.beats.Stop()
}

func (h *Heartbeat) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.noteLocked(); !h.stopped {
		h.beats.Reset(beat)
	}
}

// noteLocked records that this process is running and how long it was not, and
// returns the time.
func (h *Heartbeat) noteLocked() time.Time {
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
		h.pauses = append(h.pauses, observation.Pause{At: observation.ClampYear(h.lastWall.UTC()), For: observation.Elapsed(pause)})
	}
	h.last, h.lastWall = now, wall
	return now
}

// Paused returns the pauses, and their sum including those too short to be
// listed.
func (h *Heartbeat) Paused() ([]observation.Pause, observation.Elapsed) {
	if h == nil {
		return nil, 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteLocked()
	if sum := h.lost + h.slept; sum >= leastShown {
		return slices.Clone(h.pauses), observation.Elapsed(sum)
	}
	return nil, 0
}

// A Moment is when something began, measured by a heartbeat.
type Moment struct {
	heart             *Heartbeat
	at                time.Time
	lost, slept, long time.Duration
}

// Now returns the current moment.
func (h *Heartbeat) Now() Moment {
	if h == nil {
		return Moment{at: time.Now()}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return Moment{h, h.noteLocked(), h.lost, h.slept, h.long}
}

// since returns how long this process has run since then, and how long it has
// not.
func (m Moment) since() (ran, paused time.Duration) {
	now := m.heart.Now()
	lost := now.lost - m.lost
	return now.at.Sub(m.at) - lost, lost + now.slept - m.slept
}

// Ran returns how long this process has run since then.
func (m Moment) Ran() time.Duration {
	ran, _ := m.since()
	return ran
}

// StoodStill is the sum of the pauses since then that lasted at least
// leastSpoil each.
func (m Moment) StoodStill() time.Duration { return m.heart.Now().long - m.long }

// AfterFunc calls f once this process has run for d since then.
func (m Moment) AfterFunc(d time.Duration, f func()) (stop func()) {
	var mu sync.Mutex
	var timer *time.Timer
	stopped := false
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(d-m.Ran(), func() {
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			return
		}
		if left := d - m.Ran(); left > 0 {
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

// After closes the channel once this process has run for d since then.
func (m Moment) After(d time.Duration) (over <-chan struct{}, stop func()) {
	c := make(chan struct{})
	return c, m.AfterFunc(d, func() { close(c) })
}

// StandStill makes the process appear stopped for d from now: no beat is
// recorded. Under synctest other timers still fire meanwhile, one after the
// other; their owners must find out themselves that nothing ran before.
func (h *Heartbeat) StandStill(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats.Stop()
	h.beats = time.AfterFunc(d, h.tick)
}
