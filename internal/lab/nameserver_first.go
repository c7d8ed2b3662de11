package lab

import (
	"net/netip"
	"sync"
)

// A questionCount counts the questions that met a fault which ends.
type questionCount struct {
	mu  sync.Mutex
	met map[question]int
}

type question struct {
	server netip.Addr
	name   string
	qtype  uint16
}

// stillHolds counts a question, and reports whether the fault is still about it.
func (w *World) stillHolds(n *Nameserver, f DNSFault, name string, qtype uint16) bool {
	if f.First == 0 || w.met == nil {
		return true
	}
	w.met.mu.Lock()
	defer w.met.mu.Unlock()
	if w.met.met == nil {
		w.met.met = make(map[question]int)
	}
	q := question{n.Address, name, qtype}
	w.met.met[q]++
	return w.met.met[q] <= f.First
}
