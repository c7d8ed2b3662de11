package fleet

import "cmp"

// DiffSchema names the form of the JSON of a Diff.
const DiffSchema = "ssmcheck.diff/v1"

// A Diff is what changed between two roll-ups: of one node each, or of a fleet.
type Diff struct {
	Schema string   `json:"schema"`
	Tool   Tool     `json:"tool"`
	Old    Verdicts `json:"old"`
	New    Verdicts `json:"new"`
	// Causes that one of them has, or both.
	Begun []*CauseChange `json:"new_causes"`
	Gone  []*CauseChange `json:"gone_causes"`
	Same  []*CauseChange `json:"same_causes"`
	// Nodes whose verdict differs, and those that only one of them has.
	Changed  []*NodeChange `json:"changed_nodes"`
	Appeared []*NodeRef    `json:"new_nodes"`
	Missing  []*NodeRef    `json:"gone_nodes"`
	// What could not be used, of either.
	Problems []*Problem `json:"not_used"`

	failing bool // a node that was not there before
}

// A CauseChange is a cause with its nodes before and after.
type CauseChange struct {
	Code     string   `json:"code"`
	Object   *Object  `json:"object,omitempty"`
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Old      int      `json:"old_nodes"`
	New      int      `json:"new_nodes"`
}

// A NodeChange is a node with its verdict before and after.
type NodeChange struct {
	NodeRef
	Old Verdict `json:"old_verdict"`
	New Verdict `json:"new_verdict"`
}

// Compare says what changed. If both have one node, it is taken for the same one,
// whatever its reports call it. Redacted reports of a fleet name no node that
// could be found again.
func Compare(old, now *Rollup) *Diff {
	d := &Diff{
		Schema: DiffSchema, Tool: now.Tool, Old: old.Verdicts, New: now.Verdicts,
		Begun: []*CauseChange{}, Gone: []*CauseChange{}, Same: []*CauseChange{},
		Changed: []*NodeChange{}, Appeared: []*NodeRef{}, Missing: []*NodeRef{},
		Problems: append(append([]*Problem{}, old.Problems...), now.Problems...),
	}
	before := map[causeKey]*Cause{}
	for _, c := range old.Causes {
		before[c.key] = c
	}
	for _, c := range now.Causes {
		change := &CauseChange{c.Code, c.Object, c.Severity, c.Title, 0, c.Nodes}
		if was := before[c.key]; was != nil {
			change.Old = was.Nodes
			d.Same = append(d.Same, change)
			delete(before, c.key)
		} else {
			d.Begun = append(d.Begun, change)
		}
	}
	for _, c := range old.Causes {
		if before[c.key] != nil {
			d.Gone = append(d.Gone, &CauseChange{c.Code, c.Object, c.Severity, c.Title, c.Nodes, 0})
		}
	}
	d.nodes(old, now)
	return d
}

func (d *Diff) nodes(old, now *Rollup) {
	name := func(n *Node) string {
		switch {
		case len(old.Nodes) == 1 && len(now.Nodes) == 1:
			return "the node"
		case n.Redacted, n.ID == "" && n.Hostname == "":
			return ""
		}
		return cmp.Or(n.ID, hostKey(n.Hostname, n.Address))
	}
	before := map[string]*Node{}
	for _, n := range old.Nodes {
		before[name(n)] = n
	}
	delete(before, "")
	for _, n := range now.Nodes {
		was := before[name(n)]
		switch {
		case was == nil:
			d.Appeared = append(d.Appeared, &n.NodeRef)
			// A redacted one may have failed before.
			d.failing = d.failing || n.Verdict == Fail && name(n) != ""
		case was.Verdict != n.Verdict:
			d.Changed = append(d.Changed, &NodeChange{n.NodeRef, was.Verdict, n.Verdict})
		}
		delete(before, name(n))
	}
	for _, n := range old.Nodes {
		if key := name(n); key == "" || before[key] != nil {
			d.Missing = append(d.Missing, &n.NodeRef)
		}
	}
}

// Worse reports whether a cause is new, or a node fails that did not.
func (d *Diff) Worse() bool {
	for _, n := range d.Changed {
		if n.New == Fail {
			return true
		}
	}
	return len(d.Begun) > 0 || d.failing
}
