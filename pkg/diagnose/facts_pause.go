package diagnose

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// longPause is the shortest time without running that a note tells of.
const longPause = observation.Elapsed(1e9)

// pausedFor says for how long this process did not run, "" where it ran all
// the time. An attempt that failed meanwhile is then undecided, or was made
// anew.
func (f *facts) pausedFor() string {
	if f.o.Paused <= 0 {
		return ""
	}
	return "for " + f.o.Paused.String() + " this process did not run"
}

func (f *facts) notePause(add func(string)) {
	if f.o.Paused < longPause {
		return
	}
	add(f.pausedFor() + " (it was stopped, got no processor time, or the machine was suspended): what failed meanwhile was tried again, or is not decided")
}
