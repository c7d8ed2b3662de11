package fleet

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Schema names the form of the JSON roll-up.
const Schema = "ssmcheck.fleet/v1"

// A Severity is that of a finding. What is only information explains no node.
type Severity string

// The severities that count.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Options choose what a roll-up says besides the causes.
type Options struct {
	// By names the breakdown: region, vpc, subnet, or a label's key. Empty: none.
	By string
	// Since: a node whose newest report is older is silent, and counts nowhere
	// else. 0: every report counts.
	Since time.Duration
}

// A Rollup is the answer for a fleet. Its JSON form is documented in
// docs/fleet.schema.json.
type Rollup struct {
	Schema string    `json:"schema"`
	Tool   Tool      `json:"tool"`
	At     time.Time `json:"rolled_up_at"`
	// Interrupted: not everything was read.
	Interrupted bool `json:"interrupted,omitempty"`
	// Reports that were used; of each node the newest one counts.
	Reports  int      `json:"reports"`
	Verdicts Verdicts `json:"verdicts"`
	Causes   []*Cause `json:"causes"`
	// Explained says how few causes explain nearly all failing nodes.
	Explained Explained `json:"explained"`
	By        string    `json:"by,omitempty"`
	Groups    []*Group  `json:"groups,omitempty"`
	// Silent are the nodes without a report since then.
	Since  string     `json:"since,omitempty"`
	Silent []*NodeRef `json:"silent"`
	// Clones are ids that came with several host names.
	Clones []*Clone `json:"possible_clones"`
	// Redacted reports, and reports that name no node, count as a node each.
	Redacted int        `json:"redacted"`
	Unnamed  int        `json:"unnamed"`
	Problems []*Problem `json:"not_used"`
	Nodes    []*Node    `json:"nodes"`
}

// A Tool is the program that rolled up.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Verdicts count nodes.
type Verdicts struct {
	Nodes     int `json:"nodes"`
	Pass      int `json:"pass"`
	Warn      int `json:"warn"`
	Fail      int `json:"fail"`
	Undecided int `json:"undecided"`
}

func (v *Verdicts) add(x Verdict) {
	v.Nodes++
	switch x {
	case Pass:
		v.Pass++
	case Warn:
		v.Warn++
	case Fail:
		v.Fail++
	default:
		v.Undecided++
	}
}

// An Object is what a cause is about.
type Object struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// A Cause is what findings with the same code and object have in common.
type Cause struct {
	Code   string  `json:"code"`
	Object *Object `json:"object,omitempty"`
	// Severity is the worst that it has at a node.
	Severity Severity `json:"severity"`
	// Nodes have it; of these it is an error at so many failing ones, and so
	// explains them.
	Nodes    int        `json:"nodes"`
	Failing  int        `json:"failing"`
	Title    string     `json:"title"`
	Fix      []string   `json:"fix"`
	Examples []*NodeRef `json:"examples"`

	at    time.Time
	place Place
	fix   string
	key   causeKey
}

// maxNodeExamples is how many nodes a cause names.
const maxNodeExamples = 3

// Explained says how many failing nodes the first causes explain.
type Explained struct {
	Causes  int `json:"causes"`
	Nodes   int `json:"nodes"`
	Failing int `json:"failing"`
	// Unexplained failing nodes have no finding that is an error.
	Unexplained int `json:"unexplained"`
}

// A NodeRef names a node.
type NodeRef struct {
	ID       string    `json:"id,omitempty"`
	Hostname string    `json:"hostname,omitempty"`
	Last     time.Time `json:"last_report"`
}

// A Clone is an id with several host names.
type Clone struct {
	ID        string   `json:"id"`
	Hostnames []string `json:"hostnames"`
}

// A Node is a row of the table of nodes.
type Node struct {
	NodeRef
	Address  string            `json:"address,omitempty"`
	Region   string            `json:"region,omitempty"`
	VPC      string            `json:"vpc_id,omitempty"`
	Subnet   string            `json:"subnet_id,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Verdict  Verdict           `json:"verdict"`
	Redacted bool              `json:"redacted,omitempty"`
	// Causes are positions in the roll-up's causes.
	Causes []int `json:"causes"`
}

// Undecided is the verdict of a node that could not be judged.
const Undecided Verdict = "undecided"

// Rollup counts what was read.
func (r *Roll) Rollup(o Options) *Rollup {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := &Rollup{
		Schema: Schema, At: r.now.UTC().Truncate(time.Second), Reports: r.reports, By: o.By,
		Causes: []*Cause{}, Silent: []*NodeRef{}, Clones: []*Clone{}, Nodes: []*Node{}, Problems: r.problems(),
	}
	used := r.joined()
	if o.Since > 0 {
		out.Since = o.Since.String()
		limit := r.now.Add(-o.Since)
		used = slices.DeleteFunc(used, func(x *record) bool {
			old := x.at.Before(limit)
			if old {
				out.Silent = append(out.Silent, x.ref())
			}
			return old
		})
	}
	rank := map[Verdict]int{Fail: 0, "": 1, Warn: 2, Pass: 3}
	slices.SortFunc(used, func(a, b *record) int {
		return cmp.Or(rank[a.verdict]-rank[b.verdict], strings.Compare(a.id(), b.id()), strings.Compare(a.hostname, b.hostname), a.place.compare(b.place))
	})
	index := out.count(used)
	labels := labelTable{}
	groups := map[string]*grouping{}
	for _, x := range used {
		n := x.node(labels)
		for _, h := range x.hits {
			n.Causes = append(n.Causes, index[h.key()])
		}
		slices.Sort(n.Causes)
		out.Nodes = append(out.Nodes, n)
		if o.By != "" {
			group(groups, n.value(o.By)).add(x, index)
		}
		if x.redacted {
			out.Redacted++
		} else if x.id() == "" && x.hostname == "" {
			out.Unnamed++
		}
		if len(x.hostnames) > 1 {
			slices.Sort(x.hostnames)
			out.Clones = append(out.Clones, &Clone{x.id(), x.hostnames})
		}
	}
	slices.SortFunc(out.Clones, func(a, b *Clone) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Silent, func(a, b *NodeRef) int { return cmp.Or(a.Last.Compare(b.Last), a.compare(b)) })
	out.explain(used, index)
	for value, g := range groups {
		out.Groups = append(out.Groups, g.row(value, out.Causes))
	}
	slices.SortFunc(out.Groups, func(a, b *Group) int {
		return cmp.Or(b.Fail-a.Fail, b.Nodes-a.Nodes, strings.Compare(a.Value, b.Value))
	})
	return out
}

// joined are the nodes. A report without an id is of the node that has one and
// the same host name and address, if there is exactly one.
func (r *Roll) joined() []*record {
	byHost := map[string]*record{}
	for key, x := range r.nodes {
		if key[0] == 'h' || x.hostname == "" {
			continue
		}
		host := hostKey(x.hostname, x.address)
		if _, taken := byHost[host]; taken {
			byHost[host] = nil // two nodes: it is unknown which one the report is from
		} else {
			byHost[host] = x
		}
	}
	used := make([]*record, 0, len(r.nodes)+len(r.alone))
	replaced := map[*record]bool{}
	for key, x := range r.nodes {
		if key[0] != 'h' {
			continue
		}
		known := byHost[key]
		if known == nil {
			used = append(used, x)
			continue
		}
		if cmp.Or(x.at.Compare(known.at), x.place.compare(known.place)) > 0 {
			// The newer one counts, under the id; what it does not say of the node's
			// place is taken from the older one.
			y := *x
			y.instance, y.registration, y.hostnames = known.instance, known.registration, known.hostnames
			y.region, y.vpc, y.subnet = cmp.Or(x.region, known.region), cmp.Or(x.vpc, known.vpc), cmp.Or(x.subnet, known.subnet)
			used = append(used, &y)
			replaced[known] = true
		}
	}
	for key, x := range r.nodes {
		if key[0] != 'h' && !replaced[x] {
			used = append(used, x)
		}
	}
	return append(used, r.alone...)
}

func (c *cause) key() causeKey { return causeKey{c.code, c.kind, c.object} }

type causeKey struct{ code, kind, object string }

// count makes the rows of the causes, sorted, and returns where each is.
func (out *Rollup) count(used []*record) map[causeKey]int {
	rows := map[causeKey]*Cause{}
	for _, x := range used {
		out.Verdicts.add(x.verdict)
		for _, h := range x.hits {
			c := rows[h.key()]
			if c == nil {
				c = &Cause{Code: h.code, Severity: Warning, Examples: []*NodeRef{}, key: h.key()}
				out.Causes = append(out.Causes, c)
				if h.object != "" || h.kind != "" {
					c.Object = &Object{h.kind, h.object}
				}
				rows[h.key()] = c
			}
			c.Nodes++
			if h.severity == Error {
				c.Severity = Error
				if x.verdict == Fail {
					c.Failing++
				}
			}
			if len(c.Examples) < maxNodeExamples {
				c.Examples = append(c.Examples, x.ref())
			}
			if c.place == (Place{}) || cmp.Or(h.at.Compare(c.at), h.place.compare(c.place)) > 0 {
				c.at, c.place, c.Title, c.fix = h.at, h.place, h.title, h.fix
			}
		}
	}
	slices.SortFunc(out.Causes, func(a, b *Cause) int {
		return cmp.Or(b.Failing-a.Failing, strings.Compare(string(a.Severity), string(b.Severity)), b.Nodes-a.Nodes,
			strings.Compare(a.Code, b.Code), strings.Compare(a.key.kind, b.key.kind), strings.Compare(a.key.object, b.key.object))
	})
	index := make(map[causeKey]int, len(out.Causes))
	for i, c := range out.Causes {
		c.Title = string(unquote([]byte(c.Title)))
		// A fix of another form is dropped; the cause still counts.
		if json.Unmarshal([]byte(c.fix), &c.Fix) != nil || c.Fix == nil {
			c.Fix = []string{}
		}
		index[c.key] = i
	}
	return index
}

// enough is the share of the failing nodes, in hundredths, that the first causes
// must explain before the rest is worth no mention.
const enough = 95

// explain says how few causes explain nearly all failing nodes.
func (out *Rollup) explain(used []*record, index map[causeKey]int) {
	first := make([]int, len(out.Causes)) // the nodes that no earlier cause explains
	e := Explained{Failing: out.Verdicts.Fail}
	for _, x := range used {
		if x.verdict != Fail {
			continue
		}
		best := len(out.Causes)
		for _, h := range x.hits {
			if h.severity == Error {
				best = min(best, index[h.key()])
			}
		}
		if best == len(out.Causes) {
			e.Unexplained++
		} else {
			first[best]++
		}
	}
	for _, n := range first {
		if 100*e.Nodes >= enough*(e.Failing-e.Unexplained) {
			break
		}
		if n > 0 {
			e.Causes++
			e.Nodes += n
		}
	}
	out.Explained = e
}

// ref names the node.
func (x *record) ref() *NodeRef {
	return &NodeRef{x.id(), x.hostname, x.at.UTC()}
}

func (x *record) id() string { return cmp.Or(x.instance, x.registration) }

func (n *NodeRef) compare(x *NodeRef) int {
	return cmp.Or(strings.Compare(n.ID, x.ID), strings.Compare(n.Hostname, x.Hostname))
}

// node is the row of a node.
func (x *record) node(labels labelTable) *Node {
	return &Node{
		NodeRef: *x.ref(), Address: x.address, Region: x.region, VPC: x.vpc, Subnet: x.subnet,
		Labels: labels.of(x.labels), Verdict: cmp.Or(x.verdict, Undecided), Redacted: x.redacted, Causes: []int{},
	}
}

// A labelTable decodes labels that many nodes share once.
type labelTable map[string]map[string]string

func (t labelTable) of(text string) map[string]string {
	if text == "" {
		return nil
	}
	m, ok := t[text]
	if !ok {
		// Labels of another form are dropped; the report still counts.
		_ = json.Unmarshal([]byte(text), &m)
		t[text] = m
	}
	return m
}

// ExitStatus is the program's: 1 if a node fails; otherwise 3 if something could
// not be used, nothing was given, or a node could not be judged.
func (out *Rollup) ExitStatus() int {
	switch v := out.Verdicts; {
	case out.Interrupted:
		return 3
	case v.Fail > 0:
		return 1
	case len(out.Problems) > 0 || v.Nodes == 0 || v.Undecided > 0:
		return 3
	}
	return 0
}
