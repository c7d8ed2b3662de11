package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A channelRule is how much ec2messages matters to this node's agent. The zero
// value: the agent's version is not known.
type channelRule int

const (
	channelUnknown channelRule = iota
	// channelRequired: the agent, or the system, cannot do without it.
	channelRequired
	// channelOptional: the agent switches it off once ssmmessages connects.
	channelOptional
)

func channelOf(n observation.Node) channelRule {
	switch n.NeedsEC2Messages() {
	case observation.Yes:
		return channelRequired
	case observation.No:
		return channelOptional
	}
	return channelUnknown
}

// legacy reports whether the target is ec2messages.
func legacy(t *target) bool { return t.Service == endpoint.EC2Messages }

// channelNeeded reports whether causes at ec2messages are errors.
func (f *facts) channelNeeded() bool {
	return f.channel == channelRequired || !f.messagesConnect()
}

// messagesConnect reports whether the channel by ssmmessages works.
func (f *facts) messagesConnect() bool {
	return slices.ContainsFunc(f.targets, func(t *target) bool {
		return t.Service == endpoint.SSMMessages && t.works() && len(deadSockets(f, t)) == 0
	})
}

// whyChannel says of a finding about ec2messages alone for which agents it
// matters, and what cures it beside. Both are "" for other findings.
func (f *facts) whyChannel(ts []*target) (seen, fix string) {
	if len(ts) != 1 || !legacy(ts[0]) || f.channel == channelOptional {
		return "", ""
	}
	first := versionText(observation.FirstWithoutEC2Messages)
	without := "an agent from " + first + " on does without it once ssmmessages connects"
	agent := f.o.Node.Agent
	v, known := observation.VersionNumbers(agent.Version)
	switch {
	case known && slices.Compare(v, observation.FirstWithoutEC2Messages) < 0:
		seen = "this node's agent is " + agent.Version + ", which needs ec2messages; " + without
	case f.channel == channelRequired:
		return "on Windows Server 2012 and older every agent needs ec2messages", ""
	case agent.Installed == observation.No:
		seen = "no agent is installed: one before " + first + " would need ec2messages; " + without
	default:
		seen = "the agent's version is not known: one before " + first + " needs ec2messages; " + without
	}
	if !f.messagesConnect() {
		return seen, ""
	}
	if agent.Installed == observation.No {
		return seen, "or install an agent from " + first + " on: it does without ec2messages"
	}
	return seen, "or update the agent to " + first + " or newer: it does without ec2messages"
}

func versionText(v []int) string {
	var parts []string
	for _, n := range v {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ".")
}

// A need is one thing that a capability cannot do without: one of the targets.
type need struct {
	capability endpoint.Capability
	any        []*target
	// missing names a target that the plan does not have, so that nothing
	// is known of it.
	missing string
}

// effectiveNeeds are the plan's needs as this node has them: an agent that
// cannot do without ec2messages needs it for itself.
func (f *facts) effectiveNeeds() []need {
	var all []need
	for _, c := range f.o.Plan.Capabilities {
		for _, names := range f.o.Plan.Needs[c] {
			n := need{capability: c}
			for _, name := range names {
				t := f.byName[name]
				if t == nil {
					n.missing = name
					continue
				}
				n.any = append(n.any, t)
			}
			all = append(all, n)
			for _, t := range n.any {
				if legacy(t) && len(n.any) > 1 && f.channel == channelRequired && t.NotApplicable == "" {
					all = append(all, need{capability: c, any: []*target{t}})
				}
			}
		}
	}
	for _, n := range all {
		for _, t := range n.any {
			t.needed = true
		}
	}
	for _, t := range f.targets {
		// A bucket of the user's own is needed by no capability, and counts.
		t.needed = t.needed || t.Asked && !legacy(t)
	}
	return all
}
