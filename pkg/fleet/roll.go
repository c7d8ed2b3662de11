package fleet

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A Verdict is that of a report. Any other text, and none, is of a node that
// could not be judged.
type Verdict string

// The verdicts of a report.
const (
	Pass Verdict = "pass"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	Skip Verdict = "skip"
)

// future is how far ahead of this clock a report may be.
const future = 5 * time.Minute

// A Place says where a report begins.
type Place struct {
	Path string
	Line int
}

func (p Place) compare(x Place) int {
	return cmp.Or(cmp.Compare(p.Path, x.Path), cmp.Compare(p.Line, x.Line))
}

// A Roll keeps the newest report of each node. Its methods may be called from
// several goroutines.
type Roll struct {
	// Now is when the reports are rolled up; a later one is not used.
	now time.Time

	mu      sync.Mutex
	nodes   map[string]*record
	alone   []*record // redacted, or naming no node: each a node of its own
	texts   map[string]string
	causes  map[string]*cause
	reports int
	problem map[Kind]*Problem

	bytes atomic.Int64 // read so far
}

// NewRoll makes an empty roll.
func NewRoll(now time.Time) *Roll {
	return &Roll{
		now: now, nodes: map[string]*record{}, texts: map[string]string{}, causes: map[string]*cause{},
		problem: map[Kind]*Problem{},
	}
}

// A record is what is kept of a node: of its newest report, and its host names.
type record struct {
	at                time.Time
	place             Place
	verdict           Verdict // "" if it could not be judged
	redacted          bool
	hostname, address string
	instance          string
	registration      string
	region, vpc       string
	subnet, labels    string
	hits              []hit
	hostnames         []string
}

// A hit is a cause that explains a node.
type hit struct {
	*cause
	severity Severity
}

// A cause is what several findings have in common.
type cause struct {
	code, kind, object string
	// at and place are of the newest report that has it; title and fix are that
	// report's.
	at    time.Time
	place Place
	title string
	fix   string // JSON
}

// maxHostnames bounds how many host names of one node are kept.
const maxHostnames = 4

// use takes a report into account.
func (r *Roll) use(d *document, place Place) {
	if d.at.After(r.now.Add(future)) {
		r.reject(Future, place, errFuture)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports++
	key := d.key()
	if key == "" {
		x := new(record)
		r.fill(x, d, place)
		r.alone = append(r.alone, x)
		return
	}
	x := r.nodes[key]
	if x == nil {
		x = new(record)
		r.nodes[key] = x
	} else if cmp.Or(d.at.Compare(x.at), place.compare(x.place)) < 0 {
		x.named(d.hostname)
		return
	}
	r.fill(x, d, place)
}

// key names the node of a report. It is empty if the report is a node of its own.
func (d *document) key() string {
	switch {
	case d.redacted:
		return ""
	case len(d.instance) > 0:
		return "i" + string(d.instance)
	case len(d.registration) > 0:
		return "r" + string(d.registration)
	case len(d.hostname) > 0:
		return hostKey(string(d.hostname), string(d.address))
	}
	return ""
}

// hostKey has a length in it, as both may be any text.
func hostKey(hostname, address string) string {
	return "h" + strconv.Itoa(len(hostname)) + hostname + address
}

func (r *Roll) fill(x *record, d *document, place Place) {
	x.at, x.place, x.redacted = d.at, place, d.redacted
	x.verdict = Verdict(r.text(d.verdict))
	if x.verdict == Skip || d.interrupted || x.verdict != Fail && d.undecided {
		x.verdict = ""
	}
	keep := func(into *string, text []byte) {
		if *into != string(text) { // mostly it is the same as before
			*into = string(text)
		}
	}
	keep(&x.hostname, d.hostname)
	keep(&x.address, d.address)
	keep(&x.instance, d.instance)
	keep(&x.registration, d.registration)
	x.region, x.vpc, x.subnet, x.labels = r.text(d.region), r.text(d.vpc), r.text(d.subnet), r.text(d.labels)
	x.named(d.hostname)
	x.hits = x.hits[:0]
	for _, f := range d.findings {
		severity := Severity(f.severity)
		if f.ignored || severity != Error && severity != Warning {
			continue
		}
		c := r.cause(f, d.at, place)
		at := slices.IndexFunc(x.hits, func(h hit) bool { return h.cause == c })
		switch {
		case at < 0 && severity == Error:
			x.hits = append(x.hits, hit{c, Error})
		case at < 0:
			x.hits = append(x.hits, hit{c, Warning})
		case severity == Error:
			x.hits[at].severity = Error
		}
	}
}

// named records a host name of the node.
func (x *record) named(name []byte) {
	if len(name) == 0 || len(x.hostnames) >= maxHostnames {
		return
	}
	for _, have := range x.hostnames {
		if have == string(name) {
			return
		}
	}
	if string(name) == x.hostname {
		x.hostnames = append(x.hostnames, x.hostname)
		return
	}
	x.hostnames = append(x.hostnames, string(name))
}

// limit is how large the tables of shared values may grow: with the nodes, not
// with the reports. A table that is full begins anew; nodes keep what they have.
func (r *Roll) limit() int { return 1000 + 4*len(r.nodes) }

// text is a text that many nodes share, kept once.
func (r *Roll) text(b []byte) string {
	if s, ok := r.texts[string(b)]; ok {
		return s
	}
	if len(r.texts) >= r.limit() {
		clear(r.texts)
	}
	s := string(b)
	r.texts[s] = s
	return s
}

func (r *Roll) cause(f finding, at time.Time, place Place) *cause {
	var room [256]byte
	key := append(room[:0], f.code...)
	key = append(append(key, 0), f.kind...)
	key = append(append(key, 0), f.object...)
	c := r.causes[string(key)]
	if c == nil {
		if len(r.causes) >= r.limit() {
			clear(r.causes)
		}
		c = &cause{code: string(f.code), kind: string(f.kind), object: string(f.object)}
		r.causes[string(key)] = c
	} else if cmp.Or(at.Compare(c.at), place.compare(c.place)) < 0 {
		return c
	}
	c.at, c.place = at, place
	if title := f.title; len(title) <= maxObject && c.title != string(title) {
		c.title = string(title)
	}
	if len(f.fix) <= maxAdvice && c.fix != string(f.fix) {
		c.fix = string(f.fix)
	}
	return c
}
