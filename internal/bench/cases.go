package main

import (
	"slices"
	"time"
)

// A benchCase is a situation in which ssmcheck is measured.
type benchCase struct {
	// name is that of the row, scenario the lab's.
	name, scenario string
	// args are ssmcheck's, except for the output.
	args []string
	// trips are the round trips of the critical path, and waits the time in which
	// it waits for what never answers.
	trips int
	waits time.Duration
	// most is the limit of the whole run. Zero: that of a run that waits for
	// nothing.
	most time.Duration
	// baseline names the case that this one is compared with, at the same distance,
	// and longer is how much longer it may take.
	baseline string
	longer   func(rtt time.Duration) time.Duration
	// footprint: the limits of processor time and memory apply.
	footprint bool
	// hand is the script for checking by hand. Empty: not measured.
	hand string
}

// The limits of a healthy run: memory, and processor time relative to a plain client
// that makes the same handshakes, including start and exit. ssmcheck also queries every
// nameserver and metadata, and reads the node's files.
const (
	maxResident = 30 << 20
	maxCPURatio = 2.5
)

// attempt is the --timeout of ssmcheck: the cost of one unanswered attempt.
const attempt = 3 * time.Second

var (
	everything = []string{"--for", "all", "--timeout", attempt.String()}
	byDefault  = []string{"--region", "us-east-2", "--timeout", attempt.String()}
	region     = append([]string{"--region", "us-east-2"}, everything...)
)

// cases returns the rows of the table. Lookup, connection, handshake and reply are four
// round trips.
func cases() []benchCase {
	return []benchCase{
		{name: "healthy", scenario: "two-nameservers", args: region, trips: 4, footprint: true, hand: direct},
		{name: "healthy, by default", scenario: "two-nameservers", args: byDefault, trips: 4, footprint: true},
		{name: "the page's design", scenario: "page-design", args: byDefault, trips: 4, baseline: "healthy, by default", longer: optionalWait, hand: direct},
		{name: "healthy, Region from metadata", scenario: "two-nameservers", args: everything, trips: 4, footprint: true},
		{name: "proxied", scenario: "proxy-only", args: region, trips: 6, baseline: "healthy", longer: proxyTrips, hand: proxied},
		{name: "half-dead: first nameserver", scenario: "dns-first-silent", args: region, trips: 4, waits: time.Second, baseline: "healthy", longer: retransmission, hand: direct},
		{name: "half-dead: one zone", scenario: "endpoint-partly-blocked", args: region, trips: 1, waits: attempt, most: 2*attempt + 200*time.Millisecond, hand: direct},
		{name: "blocked", scenario: "egress-blocked", args: region, trips: 1, waits: attempt, most: 2*attempt + 200*time.Millisecond},
		{name: "silent", scenario: "silence", args: region, waits: attempt, most: 2*attempt + 200*time.Millisecond, hand: direct},
		{name: "silent, a deadline of 2 s", scenario: "silence", args: append(slices.Clone(region), "--deadline", "2s"), waits: 2 * time.Second, most: 2250 * time.Millisecond},
	}
}

// noise is the tolerated difference between equal cases.
const noise = 30 * time.Millisecond

// optionalWait is how long a run waits for optional targets.
func optionalWait(rtt time.Duration) time.Duration { return max(100*time.Millisecond, 3*rtt) + noise }

// proxyTrips is for the lookup of the proxy and the CONNECT.
func proxyTrips(rtt time.Duration) time.Duration { return 2*rtt*115/100 + noise }

// retransmission is how long a run waits for a nameserver that never answers.
func retransmission(time.Duration) time.Duration { return time.Second + noise }

// path returns the length of the critical path at a distance.
func (c benchCase) path(rtt time.Duration) time.Duration {
	return time.Duration(c.trips)*rtt + c.waits
}

// limit returns the limit at a distance. slow is how long a plain client takes on this
// machine beyond its round trips.
func (c benchCase) limit(rtt, slow time.Duration) time.Duration {
	switch {
	case c.most > 0:
		return c.most
	case rtt == 0:
		return max(60*time.Millisecond, 2*slow) + c.waits
	}
	return time.Duration(c.trips)*rtt*115/100 + max(30*time.Millisecond, 3*slow/2) + c.waits
}

// slow returns how long the plain client took beyond its four round trips. 0: it was
// not measured.
func (r row) slow() time.Duration {
	if len(r.Plain) == 0 {
		return 0
	}
	return max(0, medianOf(r.Plain, wall)-4*r.rtt)
}

// longest returns the limit of the row: by its baseline, otherwise by its path.
func (r row) longest() time.Duration {
	if r.benchCase.baseline != "" {
		return r.baselineWall + r.longer(r.rtt)
	}
	return r.limit(r.rtt, r.slow())
}
