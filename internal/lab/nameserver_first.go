package lab

import "sync"

// A firstSeen counts the questions that a fault has met.
type firstSeen struct {
	mu    sync.Mutex
	count map[question]int
}

type question struct {
	name  string
	qtype uint16
}

// stillHolds counts a question, and reports whether the fault is still about it.
func (f DNSFault) stillHolds(name string, qtype uint16) bool {
	if f.First == 0 {
		return true
	}
	f.seen.mu.Lock()
	defer f.seen.mu.Unlock()
	if f.seen.count == nil {
		f.seen.count = make(map[question]int)
	}
	q := question{name, qtype}
	f.seen.count[q]++
	return f.seen.count[q] <= f.First
}
