package diagnose

import (
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A clock is the node's clock against AWS's.
type clock struct {
	// known: AWS told its time.
	known bool
	// behind is how far the node's clock is behind AWS's; it is negative
	// where it is ahead.
	behind time.Duration
	// answers is how many answers told it.
	answers int
	// doubted: no answer told the time, and the certificates of several
	// hosts are all out of their time.
	doubted bool
	// inTime: a certificate is within its time by the node's clock.
	inTime bool
}

// wrong reports whether AWS refuses a signature that is made by this clock.
func (c clock) wrong() bool { return c.doubted || c.behind.Abs() > 5*time.Minute }

// readClock is the median over all answers with proof of AWS.
func (f *facts) readClock() clock {
	var all []time.Duration
	outOfTime, inTime := make(map[string]bool), false
	for _, t := range f.targets {
		for _, w := range append(slices.Clone(t.ways), t.around...) {
			c := w.climb
			if d, ok := offset(c.Reply); ok && tellsTime(c) {
				all = append(all, d)
			}
			if c.Handshake == nil || len(c.Handshake.Certificates) == 0 {
				continue
			}
			if c.Handshake.InTime {
				inTime = true
			} else {
				outOfTime[c.Handshake.Certificates[0].SHA256] = true
			}
		}
	}
	if len(all) == 0 {
		return clock{doubted: !inTime && len(outOfTime) > 1, inTime: inTime}
	}
	slices.Sort(all)
	return clock{known: true, behind: all[len(all)/2], answers: len(all), inTime: inTime}
}

// tellsTime reports whether the answer's Date is AWS's. The certificate may be
// out of its time: that is what a wrong clock makes of it.
func tellsTime(c observation.Climb) bool {
	if c.ProvesAWS() {
		return true
	}
	h := c.Handshake
	return h != nil && h.NameMatches && h.Trusted && h.ByAmazon()
}

// offset is how far AWS's clock is ahead of the node's by one answer. The
// header has whole seconds, and was written half an exchange before the answer
// came.
func offset(r *observation.Reply) (time.Duration, bool) {
	if r == nil || r.Failure != nil || r.Date.IsZero() || r.At.IsZero() {
		return 0, false
	}
	written := r.At.Add(-time.Duration(r.Elapsed) / 2)
	return r.Date.Add(time.Second / 2).Sub(written), true
}

// now is AWS's time at the end of the run, as far as it is known.
func (f *facts) now() time.Time {
	return f.o.StartedAt.Add(time.Duration(f.o.Duration)).Add(f.clock.behind)
}

// expired reports whether a certificate is out of its time by AWS's clock, so
// far as that is known.
func (f *facts) expired(c observation.Certificate) bool {
	at := f.now()
	return f.clock.known && (at.Before(c.NotBefore) || at.After(c.NotAfter))
}
