package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What no other family explains.
const (
	Intermittent Code = "intermittent"
	Unexplained  Code = "unexplained"
)

// fallbackCauses are for what no other cause explains.
func fallbackCauses() []cause {
	return []cause{
		{
			code: Intermittent, atMost: Warning,
			find: findIntermittent, describe: describeIntermittent,
		},
		{
			code: Unexplained, atMost: Error, restart: true,
			find: findHostless, describe: describeUnexplained,
		},
	}
}

func describeUnexplained(f *facts, ms []match) words {
	ts := targetsOf(ms)
	if len(ts) > 0 && every(ts, func(t *target) bool { return t.hostless != "" }) {
		return f.describeHostless(ts)
	}
	w := words{
		title: subject(ts) + plural(len(ts), " fails", " fail") + ", and no known cause explains it",
		fix:   []string{"read the evidence, and report it with `ssmcheck -o json`: this version may lack a cause"},
	}
	reached := filter(ts, func(t *target) bool { return len(t.paths) > 0 })
	w.checks = mapTo(reached[:min(len(reached), 2)], func(t *target) Check { return f.try(t.paths[0]) })
	if len(w.checks) == 0 {
		w.checks = f.confirmNames(ts)
	}
	return w
}

// findHostless matches the targets that cannot work because the agent's configuration
// gives the agent no host for them. No other code of the contract is an error for that.
func findHostless(f *facts) []match {
	var ms []match
	for _, t := range f.targets {
		if t.hostless != "" {
			ms = append(ms, match{target: t, effect: blocks, evidence: []string{
				f.o.Node.Agent.Config.Path + ": " + t.NotDocumented, "the agent then says: no MGS endpoint found",
			}})
		}
	}
	return ms
}

// describeHostless is for a finding in which nothing else is left without a cause.
func (f *facts) describeHostless(ts []*target) words {
	path := f.o.Node.Agent.Config.Path
	w := words{title: "the agent's configuration contains no host for " + subject(ts), checks: []Check{{Command: f.showKey(path, "Endpoint"), Expect: clipped(ts[0].hostless)}}}
	for _, t := range ts {
		steps := "write the host alone as Mgs.Endpoint in " + path
		if host, port, ok := strings.Cut(t.hostless, ":"); ok && host != "" && !strings.Contains(port, "/") {
			steps += `, "` + host + `" without ":` + port + `"`
		}
		w.fix = append(w.fix, steps+"; or remove it: the agent then uses AWS's own")
	}
	return w
}

// allEvidence is everything that was observed of a target, for one that fails without a
// known cause.
func (f *facts) allEvidence(t *target) []string {
	var lines, failed []string
	if t.lookup != nil {
		what := addrList(t.lookup.Addresses) + " in " + t.lookup.Elapsed.String()
		if t.lookup.Failure != nil {
			what = describeFailure(t.lookup.Failure, t.lookup.Elapsed)
		}
		lines = append(lines, "the system's own lookup of "+t.Host+": "+what)
	}
	if !t.proxied {
		lines = append(lines, f.comparison(t.Host)...)
	}
	for _, w := range t.paths {
		some := w.linesShown()
		if w.leaf() != nil && w.state != reachedAWS {
			some = append(some, w.certificate())
		}
		if p := w.page(); p != "" {
			some = append(some, p)
		}
		if w.state == reachedAWS {
			lines = append(lines, some...)
		} else {
			failed = append(failed, some...)
		}
	}
	if t.lookup == nil || t.lookup.Failure == nil { // what failed comes first
		lines = append(failed, lines...)
	} else {
		lines = append(lines, failed...)
	}
	if t.seen != nil && t.seen.NotTried != "" {
		lines = append(lines, t.Name+" was not tried: "+t.seen.NotTried)
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing was recorded for "+t.Name)
	}
	return lines
}

func findIntermittent(f *facts) []match {
	var ms []match
	for _, w := range f.paths(func(w *path) bool { return w.first != nil || w.firstUpgrade != nil }) {
		m := match{target: w.target, path: w, effect: affects}
		if w.first != nil {
			m.evidence = append(m.evidence, w.to()+" ("+w.target.Host+"): "+w.failedFirst()+", and passed when retried")
		}
		if w.firstUpgrade != nil {
			m.evidence = append(m.evidence, w.to()+" ("+w.target.Host+"): the upgrade to a WebSocket failed first ("+kindOf(w.firstUpgrade)+"), and passed when it was repeated")
		}
		ms = append(ms, m)
	}
	for _, t := range f.direct() {
		if t.resolved.flaky {
			ms = append(ms, match{target: t, effect: affects, evidence: append([]string{
				"the system's own lookup of " + t.Host + ": " + describeFailure(t.resolved.failure, t.lookup.Elapsed) + ", and each nameserver answers",
			}, f.comparison(t.Host)...)})
		}
		if l := t.lookup; l != nil && l.First != nil && l.Failure == nil {
			ms = append(ms, match{target: t, effect: affects, evidence: append([]string{
				"the system's own lookup of " + t.Host + " failed first (" + kindOf(l.First) + "), and passed when it was repeated",
			}, f.comparison(t.Host)...)})
		}
	}
	for _, t := range f.targets {
		if c := f.signedTo(t); t.tried() && c != nil && c.First != nil {
			ms = append(ms, match{target: t, effect: affects, evidence: []string{
				f.signedLine(c), c.Action + " of " + c.Resource + " failed first (" + kindOf(c.First) + ")",
			}})
		}
	}
	return ms
}

// failedFirst says what failed before the repeat passed.
func (w *path) failedFirst() string {
	failed := "failed first (" + kindOf(w.first) + ")"
	if w.proxy == nil {
		return string(w.first.Op) + " " + failed
	}
	switch w.first.Op {
	case observation.OpLookup:
		return "the lookup of the proxy's name " + failed
	case observation.OpConnect:
		return "the connection to the proxy " + failed
	case observation.OpProxy:
		if w.asked.Tunnel != nil {
			return "the first time " + tunnelSaid(w.asked.Tunnel)
		}
	}
	return string(w.first.Op) + " inside the tunnel " + failed
}

func kindOf(f *observation.Failure) string {
	if f.Of(observation.KindStatus) && f.Text != "" {
		return "status " + quoted(f.Text)
	}
	return strings.ReplaceAll(string(f.Kind), "-", " ")
}

func describeIntermittent(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title: "an attempt to reach " + subject(ts) + " failed, and a retry passed",
		fix:   []string{"run this several times; if it happens again, look for packet loss on the path (an overloaded tunnel, NAT or firewall)"},
	}
	if len(ws) > 0 {
		w.checks = []Check{sometimes(f.try(ws[0]))}
	} else if len(f.configured) > 0 && len(ts) > 0 {
		w.checks = []Check{sometimes(f.ask(f.configured[0], ts[0].Host))}
	}
	if i := slices.IndexFunc(ws, func(w *path) bool { return w.refusedFirst() != nil }); i >= 0 {
		p := ws[i].proxy
		w.checks[0] = sometimes(f.try(ws[i]))
		w.title = "the proxy " + p.URL + " failed for " + subject(ts) + ", and worked when it was asked again"
		w.fix = []string{"run this several times; if it happens again, find out from the proxy's log why it sometimes fails: it or its network is overloaded, or one of several machines behind " + p.Address.String() + " is faulty"}
		if ws[i].refusedFirst().Status == 407 {
			w.fix[0] = "run this several times; if it happens again, find out from the proxy's log why it sometimes asks for a password: one of several machines behind " + p.Address.String() + " has other rules, or its password check sometimes fails"
		}
	}
	return w
}

// refusedFirst is the proxy's first answer to a request for a tunnel, if it then granted
// the repeat. nil: something else failed.
func (w *path) refusedFirst() *observation.Reply {
	switch {
	case w.proxy == nil:
	case w.first != nil && w.first.Op == observation.OpProxy:
		return w.asked.Tunnel
	case w.firstUpgrade != nil && w.firstUpgrade.Op == observation.OpProxy:
		return w.asked.WebSocket.Reply
	}
	return nil
}
