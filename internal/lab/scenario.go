package lab

import "time"

// A Scenario is a healthy base, what is broken in it, and what a run of
// ssmcheck must find there.
type Scenario struct {
	// Name is what `ssmlab run` takes.
	Name string
	// Title says in one line what is the case.
	Title string
	// Base makes the healthy world.
	Base func() *World
	// Faults are put into it, in order.
	Faults []Fault
	// Args are flags that ssmcheck is given here.
	Args []string
	Want Want
	// Says are words that a finding must have, in its title, its evidence or its
	// fix.
	Says []string
	// Needs names the programs that play a part of the world ("unbound").
	// The mapped lab plays those parts itself.
	Needs []string
	// NetnsOnly says why the mapped lab cannot show the scenario. Empty: it
	// can.
	NetnsOnly string
}

// A Fault changes a healthy world, and nothing else: it may write to no variable
// that it shares with another call, and puts copies of what it holds into the
// world.
type Fault func(*World)

// World makes the scenario's world.
func (s Scenario) World() *World {
	w := s.Base()
	w.made, w.met = time.Now(), new(questionCount)
	for _, f := range s.Faults {
		f(w)
	}
	return w
}

// Healthy reports whether nothing is to be found.
func (s Scenario) Healthy() bool {
	return len(s.Want.Errors) == 0 && len(s.Want.Warnings) == 0
}
