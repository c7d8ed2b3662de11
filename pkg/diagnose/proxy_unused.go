package diagnose

import (
	"slices"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// proxyBypassed is the cause that a proxy of the agent's does not apply where it
// is needed.
func proxyBypassed() cause {
	return cause{
		code: ProxyBypassed, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid},
		find: findBypassed, tell: tellBypassed,
	}
}

// unusedWay is the path to a target through the proxy that the agent seems to
// have and does not use for it. nil: it was not tried.
func (f *facts) unusedWay(t *target) *way {
	if t.proxied || t.UnusedProxy == nil || t.seen == nil || t.seen.UnusedProxy == nil || f.proxyChosen() != observation.ProxyAuto {
		return nil
	}
	return f.proxyWay(t, t.seen.UnusedProxy)
}

func findBypassed(f *facts) []match {
	if f.o.Node.Proxy.Known != observation.Yes {
		return nil
	}
	private := func(t *target) bool {
		return slices.ContainsFunc(t.ways, func(w *way) bool { return w.class == observation.ClassPrivate })
	}
	var ms []match
	for _, t := range f.direct() {
		w := f.unusedWay(t)
		if w == nil || !t.UnusedProxy.Kind.Bypassed() || w.state != stateProven || t.works() || anyUndecided(t.ways) || private(t) {
			continue
		}
		m := match{target: t, way: w, effect: breaks, evidence: []string{f.bypassedLine(t), w.line()}}
		ms = append(ms, m.without(t))
	}
	if len(ms) == 0 {
		return nil
	}
	// An optional target was not tried through the proxy, and fails directly as
	// the rest does.
	for _, t := range f.direct() {
		if !t.needed && !t.works() && !anyUndecided(t.ways) && !private(t) && t.UnusedProxy != nil && t.seen != nil && t.seen.UnusedProxy == nil {
			ms = append(ms, match{target: t, effect: breaks, quiet: true})
		}
	}
	return ms
}

// without adds what was seen on the direct path.
func (m match) without(t *target) match {
	for _, w := range t.ways {
		m.evidence = append(m.evidence, w.line()+", without the proxy")
	}
	if len(t.ways) == 0 && t.lookup != nil && t.lookup.Failure != nil {
		m.evidence = append(m.evidence, lookedUp(t.lookup)+", without the proxy")
	}
	return m
}

// bypassedLine says why the agent does not use its proxy for the target.
func (f *facts) bypassedLine(t *target) string {
	u := t.UnusedProxy
	line := f.proxySettingsFrom() + ": "
	if u.Kind == observation.UnusedHTTPOnly {
		line += safe(u.Variable) + " is " + told(u.URL) + ", which the agent uses for http:// only, and https_proxy is not set"
		if !u.InNoProxy {
			return line
		}
		line += "; "
	}
	return line + "no_proxy (" + told(f.o.Node.Proxy.No) + ") covers " + t.Host
}

// UnusedLine says of a variable in the service's configuration why the agent
// does not get it.
func UnusedLine(u observation.UnusedProxy) string {
	what := safe(u.Variable)
	if u.URL != "" {
		what += "=" + clipped(u.URL)
	}
	at := u.From
	if u.Line > 0 {
		at += " line " + strconv.Itoa(u.Line)
	}
	switch u.Kind {
	case observation.UnusedSpecifier:
		return at + ": systemd leaves out " + what + ": a % in it begins no specifier that systemd knows (a % itself is written %%)"
	case observation.UnusedEscape:
		return at + ": systemd leaves out " + what + ": a backslash in it begins no escape that systemd knows"
	case observation.UnusedQuote:
		return at + ": systemd leaves out " + what + ": a quote does not end"
	case observation.UnusedCharacter:
		return at + ": systemd leaves out " + what + ": it is not UTF-8"
	case observation.UnusedOtherUnit:
		return at + ": " + what + " stands in a drop-in of " + safe(u.Unit) + ", a unit that does not exist here"
	case observation.UnusedNotRestarted:
		return at + ": " + what + ", and the running agent does not have it: it started before, or systemd was not reloaded"
	}
	return ""
}

// unusedEvidence is what the service's configuration has of proxies that the
// agent does not use, for a finding about direct paths that fail: whoever wrote
// them believes that they are used.
func (f *facts) unusedEvidence(code Code, ts []*target) []string {
	if code == ProxyBypassed || code == ProxyAgentDiffers || f.proxyChosen() != observation.ProxyAuto {
		return nil
	}
	var lines []string
	for _, t := range ts {
		if t.proxied || t.works() || !t.tried() {
			continue
		}
		for _, u := range f.o.Node.Proxy.Unused {
			lines = append(lines, UnusedLine(u))
		}
		w := f.unusedWay(t)
		if w == nil || w.state != stateProven || !t.UnusedProxy.Kind.Bypassed() {
			continue
		}
		lines = append(lines, "AWS answers through the agent's proxy, which does not apply here: "+f.bypassedLine(t))
	}
	return lines
}

// noteStrayDropIns names drop-ins that systemd does not read.
func (f *facts) noteStrayDropIns(add func(string)) {
	for _, file := range f.o.Node.Agent.StrayDropIns {
		add(told(file) + " is a drop-in of a unit that does not exist here: the agent's unit is " + f.agentUnit())
	}
}
