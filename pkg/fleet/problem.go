package fleet

import (
	"errors"
	"slices"
)

// A Kind says why something that was given was not used.
type Kind string

// The kinds, in the order in which they are listed.
const (
	Unreadable Kind = "unreadable" // a file or directory that cannot be opened or read to its end
	Special    Kind = "special"    // not a regular file: a FIFO, a device, a link to a directory
	Empty      Kind = "empty"      // a file without a report
	Damaged    Kind = "damaged"    // not JSON, cut off, or a member of another type
	TooLarge   Kind = "too-large"  // a document larger than 8 MiB, or a file that expands without end
	Foreign    Kind = "foreign"    // JSON of another kind
	Newer      Kind = "newer"      // a report of a newer schema
	Future     Kind = "future"     // a report that claims to begin later than now
)

var kinds = []Kind{Unreadable, Special, Empty, Damaged, TooLarge, Foreign, Newer, Future}

var errFuture = errors.New("it begins in the future: the clock of that node, or of this one, is wrong")

// A Problem is what could not be used, for one reason.
type Problem struct {
	Kind  Kind `json:"kind"`
	Count int  `json:"count"`
	// Examples are the first ones, by path.
	Examples []*Example `json:"examples"`
}

// An Example is one thing that could not be used: where it begins, and why.
type Example struct {
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
}

// maxExamples is how many of a kind are named.
const maxExamples = 10

// reject counts what cannot be used, and names the first of it by path, so that
// the same input gives the same answer however it is read.
func (r *Roll) reject(kind Kind, at Place, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.problem[kind]
	if p == nil {
		p = &Problem{Kind: kind}
		r.problem[kind] = p
	}
	p.Count++
	if last := len(p.Examples) - 1; last+1 == maxExamples {
		if at.compare(p.Examples[last].place()) >= 0 {
			return
		}
		p.Examples = p.Examples[:last]
	}
	p.Examples = append(p.Examples, &Example{at.Path, at.Line, why.Error()})
	slices.SortFunc(p.Examples, func(a, b *Example) int { return a.place().compare(b.place()) })
}

func (e *Example) place() Place { return Place{e.Path, e.Line} }

// problems are those of all kinds.
func (r *Roll) problems() []*Problem {
	out := []*Problem{}
	for _, k := range kinds {
		if p := r.problem[k]; p != nil {
			out = append(out, p)
		}
	}
	return out
}
