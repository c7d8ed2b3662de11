package main

import (
	"slices"
	"time"
)

// A benchCase is one situation to measure ssmcheck in.
type benchCase struct {
	// name is the row's, and scenario the lab's.
	name, scenario string
	// args are ssmcheck's, besides those of the output.
	args []string
	// trips are the round trips of the critical path, and waits what it has
	// to wait besides: for whom never answers.
	trips int
	waits time.Duration
	// most is what it may last beyond the round trips. Zero: the limits of a
	// run that waits for nobody.
	most time.Duration
	// baseline names the case that this one is held to, at the same distance, and
	// longer is by how much it may last longer.
	baseline string
	longer   func(rtt time.Duration) time.Duration
	// footprint: the limits of a healthy run's processor time and memory hold.
	footprint bool
	// hand is how a person goes about it. Empty: not measured.
	hand string
}

// The most that a healthy run may need: memory, and processor time by what a plain
// client needs for the same handshakes, the start of the program and its end
// included. It also asks every nameserver, metadata and the node's files.
const (
	maxResident = 30 << 20
	maxCPURatio = 2.5
)

// attempt is ssmcheck's --timeout here: what one silence costs.
const attempt = 3 * time.Second

var (
	everything = []string{"--for", "all", "--timeout", attempt.String()}
	byDefault  = []string{"--region", "us-east-2", "--timeout", attempt.String()}
	region     = append([]string{"--region", "us-east-2"}, everything...)
)

// cases are the situations of the table. The lookup, the connection, the
// handshake and the reply are four round trips.
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

// noise is by how much two cases may differ that do the same.
const noise = 30 * time.Millisecond

// optionalWait is how long optional targets are waited for.
func optionalWait(rtt time.Duration) time.Duration { return max(100*time.Millisecond, 3*rtt) + noise }

// proxyTrips are the connection to the proxy's own name, and the CONNECT.
func proxyTrips(rtt time.Duration) time.Duration { return 2*rtt*115/100 + noise }

// retransmission is how long a nameserver is waited for that never answers.
func retransmission(time.Duration) time.Duration { return time.Second + noise }

// path is the critical path at a distance.
func (c benchCase) path(rtt time.Duration) time.Duration {
	return time.Duration(c.trips)*rtt + c.waits
}

// limit is the longest that ssmcheck may take at a distance. slow is what this
// machine needs for a plain client's work beyond its round trips.
func (c benchCase) limit(rtt, slow time.Duration) time.Duration {
	switch {
	case c.most > 0:
		return c.most
	case rtt == 0:
		return max(60*time.Millisecond, 2*slow) + c.waits
	}
	return time.Duration(c.trips)*rtt*115/100 + max(30*time.Millisecond, 3*slow/2) + c.waits
}

// slow is what the machine needed for the plain client's work beyond its four
// round trips. 0: it was not measured.
func (r row) slow() time.Duration {
	if len(r.Plain) == 0 {
		return 0
	}
	return max(0, medianOf(r.Plain, wall)-4*r.rtt)
}

// longest is the limit of the row: by its baseline, otherwise by its path.
func (r row) longest() time.Duration {
	if r.benchCase.baseline != "" {
		return r.baselineWall + r.longer(r.rtt)
	}
	return r.limit(r.rtt, r.slow())
}
