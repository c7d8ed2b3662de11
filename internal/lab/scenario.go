package lab

import "time"

// A Scenario is a healthy base, what is broken in it, and what a run of
// ssmcheck must find there.
type Scenario struct {
	// Name is what `ssmlab run` takes.
	Name string
	// Title describes the world in one line.
	Title string
	// Base makes the healthy world.
	Base func() *World
	// Faults are put into it, in order.
	Faults []Fault
	// Args are flags for ssmcheck.
	Args []string
	Want Want
	// Says are texts that a finding must contain, in its title, its evidence or
	// its fix.
	Says []string
	// Needs names the programs that act as servers of the world ("unbound").
	// The mapped lab uses its own servers instead.
	Needs []string
	// NetnsOnly says why the mapped lab cannot run the scenario. Empty: it can.
	NetnsOnly string
}

// A Fault changes a world and nothing else. It must not write to variables that it
// shares with another call, and puts only copies of what it holds into the world.
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

// Healthy reports whether a run must find neither errors nor warnings.
func (s Scenario) Healthy() bool {
	return len(s.Want.Errors) == 0 && len(s.Want.Warnings) == 0
}
