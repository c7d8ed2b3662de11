package diagnose

import (
	"slices"
	"strings"
)

// theRest are what no table names.
func theRest() []cause {
	return []cause{
		intermittent(),
		{
			code: Unexplained, atMost: Error, restart: true,
			find: findHostless,
			tell: func(f *facts, ms []match) words {
				ts := targetsOf(ms)
				if w, ok := f.tellHostless(ts); ok {
					return w
				}
				w := words{
					title: subject(ts) + plural(len(ts), " fails", " fail") + ", and no known cause explains it",
					fix:   []string{"look at the evidence, and report it with `ssmcheck -o json`: a cause may be missing in this version"},
				}
				for _, t := range ts {
					if len(t.ways) > 0 && len(w.confirm) < 2 {
						w.confirm = append(w.confirm, f.curl(t.ways[0]))
					}
				}
				if len(w.confirm) == 0 {
					w.confirm = f.confirmNames(ts)
				}
				return w
			},
		},
	}
}

// findHostless finds what cannot work because the agent's configuration gives
// the agent no host for it. No other code of the contract is an error for it.
func findHostless(f *facts) []match {
	var ms []match
	for _, t := range f.targets {
		if t.hostless != "" {
			ms = append(ms, match{target: t, effect: breaks, evidence: []string{
				f.o.Node.Agent.Config.Path + ": " + t.NotDocumented, "the agent then says: no MGS endpoint found",
			}})
		}
	}
	return ms
}

// tellHostless tells of it where nothing else is left without a cause.
func (f *facts) tellHostless(ts []*target) (words, bool) {
	if len(ts) == 0 || slices.ContainsFunc(ts, func(t *target) bool { return t.hostless == "" }) {
		return words{}, false
	}
	path := f.o.Node.Agent.Config.Path
	w := words{title: "the agent's configuration gives the agent no host for " + subject(ts), confirm: []string{f.show(path)}}
	for _, t := range ts {
		fix := "write the host alone as Mgs.Endpoint in " + path
		if host, port, ok := strings.Cut(t.hostless, ":"); ok && host != "" && !strings.Contains(port, "/") {
			fix += `, "` + host + `" without ":` + port + `"`
		}
		w.fix = append(w.fix, fix+"; or remove it: the agent then uses AWS's own")
	}
	return w, true
}

// everything is all that was seen of a target, for one that fails without a
// known cause.
func (f *facts) everything(t *target) []string {
	var lines []string
	if t.lookup != nil {
		what := addrList(t.lookup.Addresses) + " in " + t.lookup.Elapsed.String()
		if t.lookup.Failure != nil {
			what = happened(t.lookup.Failure, t.lookup.Elapsed)
		}
		lines = append(lines, "the system's own lookup of "+t.Host+": "+what)
	}
	if !t.proxied {
		lines = append(lines, f.comparison(t.Host)...)
	}
	for _, w := range t.ways {
		lines = append(lines, w.line())
		lines = append(lines, w.shown()...)
		if w.leaf() != nil && w.state != stateProven {
			lines = append(lines, w.certificate())
		}
		if p := w.page(); p != "" {
			lines = append(lines, p)
		}
	}
	if t.seen != nil && t.seen.NotTried != "" {
		lines = append(lines, t.Name+" was not tried: "+t.seen.NotTried)
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing was recorded of "+t.Name)
	}
	return lines
}
