package main

import (
	"cmp"
	"slices"
	"time"
)

// A sample is the measurement of one run of a command.
type sample struct {
	Wall time.Duration
	// CPU is the processor time of its processes.
	CPU time.Duration
	// Resident is its peak resident memory, in bytes.
	Resident int64
	// Packets are those that the node sent and received, Datagrams the UDP
	// datagrams it sent (DNS queries), Connections the TCP connections it opened.
	Packets, Datagrams, Connections int
	// Status is the exit status.
	Status int
}

// measured has the measurements of one case at one distance.
type measured struct {
	Runs []sample
	// Plain are the runs of a plain client that makes the same handshakes, at the
	// same time. Empty: not measured.
	Plain []sample
	// Manual is checking by hand. nil: not measured.
	Manual *sample
	// Path is the time of the slowest path in ssmcheck's last report.
	Path time.Duration
}

// medianOf returns the median of a number of the samples.
func medianOf[T cmp.Ordered](samples []sample, number func(sample) T) T {
	all := make([]T, len(samples))
	for i, s := range samples {
		all[i] = number(s)
	}
	return median(all)
}

func median[T cmp.Ordered](all []T) T { return slices.Sorted(slices.Values(all))[len(all)/2] }

// extremesOf returns the smallest and the largest of a number of the samples.
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
