package fleet

// A Group is one value of the breakdown.
type Group struct {
	// Value is empty for the nodes without one.
	Value string `json:"value"`
	Verdicts
	// Top is the cause that explains most of its failing nodes.
	Top     string  `json:"top_cause,omitempty"`
	Object  *Object `json:"top_object,omitempty"`
	Explain int     `json:"top_nodes,omitempty"`
}

// grouping counts one value of the breakdown.
type grouping struct {
	Verdicts
	explains map[int]int
}

func group(groups map[string]*grouping, value string) *grouping {
	if groups[value] == nil {
		groups[value] = &grouping{explains: map[int]int{}}
	}
	return groups[value]
}

func (g *grouping) add(x *record, index map[causeKey]int) {
	g.Verdicts.add(x.verdict)
	for _, h := range x.hits {
		if h.severity == Error && x.verdict == Fail {
			g.explains[index[h.key()]]++
		}
	}
}

func (g *grouping) row(value string, causes []*Cause) *Group {
	out := &Group{Value: value, Verdicts: g.Verdicts}
	for i, c := range causes {
		if g.explains[i] > out.Explain {
			out.Top, out.Object, out.Explain = c.Code, c.Object, g.explains[i]
		}
	}
	return out
}

// value is the node's value in the breakdown. The built-in keys win over labels of the
// same name.
func (n *Node) value(by string) string {
	switch by {
	case "region":
		return n.Region
	case "vpc":
		return n.VPC
	case "subnet":
		return n.Subnet
	}
	return n.Labels[by]
}
