package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const ClockSkew Code = "clock-skew"

func findClockSkew(f *facts) []match {
	c := f.clock
	if call := f.refusedByClock(); call != nil && !c.wrong() {
		// No answer had a Date header, but the service itself says so.
		return f.invalidateAll([]string{f.signedLine(call)})
	}
	if !c.doubted && (!c.known || c.behind.Abs() <= time.Minute) {
		return nil
	}
	evidence := f.clockEvidence()
	if !c.wrong() {
		return nodeMatch(true, Warning, evidence...)
	}
	ms := f.invalidateAll(evidence)
	for _, w := range f.paths(func(w *path) bool { return w.leaf() != nil && !w.stages.Handshake.InTime && !f.trulyExpired(w) }) {
		if ms[0].target == nil {
			ms = nil
		}
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: f.shownFew(evidence, w, len(ms))})
	}
	return ms
}

// shownFew adds the certificates of the first matches only: the others say the same.
func (f *facts) shownFew(evidence []string, w *path, before int) []string {
	if before > 2 {
		return evidence
	}
	line := w.certificate()
	switch c := w.leaf(); {
	case f.o.StartedAt.Before(c.NotBefore):
		line += ": not yet valid by this node's clock"
	case f.o.StartedAt.After(c.NotAfter):
		line += ": expired by this node's clock"
	}
	return append(evidence[:len(evidence):len(evidence)], line)
}

// trulyExpired reports whether the certificate, or its issuer's, has expired or is
// not yet valid by AWS's clock too.
func (f *facts) trulyExpired(w *path) bool {
	certs := w.stages.Handshake.Certificates
	return slices.ContainsFunc(certs[:min(2, len(certs))], f.expired)
}

func (f *facts) clockEvidence() []string {
	at := f.o.StartedAt.Add(time.Duration(f.o.Duration)).UTC()
	if f.clock.doubted {
		lines := []string{"this node's clock says " + moment(at) + ", when no certificate of any host is valid"}
		for _, t := range f.targets {
			for _, w := range t.paths {
				if w.leaf() != nil && len(lines) < 4 {
					lines = append(lines, w.certificate())
				}
			}
		}
		return lines
	}
	which := "behind"
	if f.clock.behind < 0 {
		which = "ahead of"
	}
	lines := []string{
		fmt.Sprintf("this node's clock said %s when AWS's said %s: %s %s, the median of %s",
			moment(at), moment(at.Add(f.clock.behind)), humanDuration(f.clock.behind), which, number(f.clock.answers, "answer")),
	}
	if call := f.refusedByClock(); call != nil {
		lines = append(lines, f.signedLine(call))
	}
	return lines
}

func describeClockSkew(f *facts, ms []match) words {
	way := " behind"
	if f.clock.behind < 0 {
		way = " ahead"
	}
	w := words{title: "this node's clock is " + humanDuration(f.clock.behind) + way}
	if f.clock.doubted {
		w.title = "this node's clock is wrong: no certificate is valid at its time"
	} else if f.refusedByClock() != nil && !f.clock.wrong() {
		w.title = "this node's clock is wrong: AWS does not accept the time in its signatures"
	}
	ts := targetsOf(ms)
	if len(ts) == 0 { // a warning concerns no target: take any that answered
		ts = filter(f.targets, (*target).works)
	}
	if len(ts) > 0 {
		w.checks = []Check{{Command: f.compareClock(ts[0].Host), Expect: "two times that differ by " + humanDuration(f.clock.behind)}}
	}
	w.fix = []string{f.setClock()}
	if f.ec2() {
		w.fix = append(w.fix, "on EC2, use the Amazon Time Sync Service, which needs no internet access: "+f.amazonTime())
	}
	return w
}

// A clock is the node's clock against AWS's.
type clock struct {
	// known: an answer from AWS had a Date.
	known bool
	// behind is how far the node's clock is behind AWS's; negative if it is
	// ahead.
	behind time.Duration
	// answers is how many had it.
	answers int
	// doubted: no answer had a Date, and the certificates of several hosts
	// have all expired or are not yet valid.
	doubted bool
	// inTime: some certificate is valid by the node's clock.
	inTime bool
}

// wrong reports whether AWS rejects a signature made with this clock.
func (c clock) wrong() bool { return c.doubted || c.behind.Abs() > 5*time.Minute }

// readClock takes the median over all answers with proof of AWS.
func (f *facts) readClock() clock {
	var all []time.Duration
	outOfTime, inTime := make(map[string]bool), false
	for _, t := range f.targets {
		for _, w := range append(slices.Clone(t.paths), t.direct...) {
			c := w.stages
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

// tellsTime reports whether the answer's Date is AWS's. The certificate may have expired
// or be not yet valid: a wrong clock makes it so.
func tellsTime(c observation.Stages) bool {
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

// now is AWS's time at the end of the run, as far as is known.
func (f *facts) now() time.Time {
	return f.o.StartedAt.Add(time.Duration(f.o.Duration)).Add(f.clock.behind)
}

// expired reports whether a certificate has expired or is not yet valid by AWS's clock,
// as far as that is known.
func (f *facts) expired(c observation.Certificate) bool {
	at := f.now()
	return f.clock.known && (at.Before(c.NotBefore) || at.After(c.NotAfter))
}

// ClockOffset is how far the node's clock is ahead of AWS's, by the Date of its
// answers. Negative: it is behind. false: no answer had a usable Date.
func ClockOffset(o *observation.Observations) (observation.Elapsed, bool) {
	if o == nil {
		return 0, false
	}
	c := newFacts(o).clock
	return observation.Elapsed(-c.behind), c.known
}
