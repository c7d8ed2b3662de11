package main

import (
	"cmp"
	"slices"
	"time"
)

// A sample is what one run of a command took.
type sample struct {
	Wall time.Duration
	// CPU is the time that its processes had of all processors together.
	CPU time.Duration
	// Resident is the most memory that it had, in bytes.
	Resident int64
	// Packets are those that the node sent and received over its network, and
	// Datagrams those over UDP that it sent: DNS questions. Connections are
	// those over TCP that it opened.
	Packets, Datagrams, Connections int
	// Status is the exit status.
	Status int
}

// measured is what was measured of one case at one distance.
type measured struct {
	Runs []sample
	// Plain are the runs of a plain client that makes the same handshakes, on the
	// same machine at the same time. None: they were not measured.
	Plain []sample
	// Manual is nil where it was not measured.
	Manual *sample
	// Path is the slowest of all ladders as ssmcheck's last report has it.
	Path time.Duration
}

// medianOf gives the middle of one number of all samples.
func medianOf[T cmp.Ordered](samples []sample, number func(sample) T) T {
	all := make([]T, len(samples))
	for i, s := range samples {
		all[i] = number(s)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// extremesOf gives the smallest and the largest of one number of all samples.
func extremesOf[T cmp.Ordered](samples []sample, number func(sample) T) (least, most T) {
	least, most = number(samples[0]), number(samples[0])
	for _, s := range samples {
		least, most = min(least, number(s)), max(most, number(s))
	}
	return least, most
}

func wall(s sample) time.Duration { return s.Wall }
func cpu(s sample) time.Duration  { return s.CPU }
func resident(s sample) int64     { return s.Resident }
func packets(s sample) int        { return s.Packets }

func datagrams(s sample) int { return s.Datagrams }
