package report

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A row has the attempts that settled it; a verbose report also has the first
// ones.

// firstAttempts says how the first attempts at an address went, where later
// ones settled it.
func (t *text) firstAttempts(target string, a observation.AddressObservation) []string {
	o := t.facts.recorded[target]
	if o == nil {
		return nil
	}
	for _, list := range [][]observation.AddressObservation{o.Addresses, o.Connections} {
		for _, first := range list {
			if first.Address != a.Address {
				continue
			}
			words := t.firstUpgrade(first.WebSocket, a.WebSocket)
			if first.Climb != a.Climb {
				words = append([]string{t.firstClimb(first.Climb)}, words...)
			}
			return words
		}
	}
	return nil
}

// firstThrough is the same of the path through a proxy, with the ICMP message
// that ended the connection to the proxy.
func (t *text) firstThrough(target string, p *observation.ProxyObservation) []string {
	var words []string
	if p.Connect != nil {
		words = append(words, icmpText(p.Connect.ICMP))
	}
	o := t.facts.recorded[target]
	if o == nil || o.Proxy == nil {
		return words
	}
	first := o.Proxy
	if first.Connect != p.Connect || first.Tunnel != p.Tunnel || first.Inside != p.Inside {
		climb := first.Inside
		climb.Connect = first.Connect
		words = append(words, t.firstClimb(climb, t.tunnel(first.Tunnel)...))
	}
	return append(words, t.firstUpgrade(first.WebSocket, p.WebSocket)...)
}

// firstClimb says how a first attempt went; tunnel is what a proxy said
// between the connection and the handshake.
func (t *text) firstClimb(c observation.Climb, tunnel ...step) string {
	steps := append(t.rungs(observation.Climb{Connect: c.Connect}), tunnel...)
	steps = append(steps, t.rungs(observation.Climb{Handshake: c.Handshake, Reply: c.Reply})...)
	words := "first attempt: " + stepWords(steps)
	if c.Connect != nil {
		words = together(words, icmpText(c.Connect.ICMP))
	}
	return words
}

func (t *text) firstUpgrade(first, now *observation.WebSocket) []string {
	if first == now || first == nil || first.Failure() == nil {
		return nil
	}
	return []string{"first attempt of the websocket: " + reason(first.Failure())}
}

// tunnel is the proxy's answer to CONNECT.
func (t *text) tunnel(x *observation.Reply) []step {
	if x == nil {
		return nil
	}
	s := step{name: "connect", elapsed: x.Elapsed, failure: x.Failure}
	switch {
	case x.Failure != nil && x.Socks != "": // it knows no status
		s = step{note: "connect: " + x.Socks + took(x.Elapsed)}
	case x.Failure != nil:
		s.status = x.Status
	}
	return []step{s}
}

func stepWords(steps []step) string {
	var words []string
	for _, s := range steps {
		words = append(words, s.part().text)
	}
	return strings.Join(words, ", ")
}

// inner gives further lines of a target, each a little to the right.
func inner(lines []string) [][]part {
	var rows [][]part
	for _, s := range lines {
		if s != "" {
			rows = append(rows, []part{{text: s, inner: true}})
		}
	}
	return rows
}
