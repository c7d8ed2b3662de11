package diagnose

import (
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func tellBypassed(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), waysOf(ms)
	u := ts[0].UnusedProxy
	proxy := ws[0].proxy.URL
	w := words{
		title:   "no_proxy keeps the agent from its proxy for " + subject(ts) + ", which only the proxy reaches",
		confirm: append(f.showSettings(), f.curlThrough("-sv", proxy, f.urlArg(ts[0].Host, "/"))),
	}
	var assignments []string
	var unknown []string
	if u.Kind == observation.UnusedHTTPOnly {
		w.title = "the agent has http_proxy only, and goes to " + subject(ts) + " without a proxy"
		var setting string
		setting, unknown = f.proxySetting(proxy)
		assignments = append(assignments, "https_proxy="+setting)
	}
	var say []string
	if u.InNoProxy {
		var value string
		value, say = f.narrowedNoProxy(ts, f.o.Node.Proxy.No)
		// Go takes the name in capitals first.
		assignments = append(assignments, "no_proxy="+value, "NO_PROXY="+value)
	}
	w.fix = append(f.setEnvironment(assignments, unknown), say...)
	return w
}

// setEnvironment says where variables of the agent's service are set, and how.
// In unknown are the placeholders of what the report does not hold.
func (f *facts) setEnvironment(assignments, unknown []string) []string {
	var fix []string
	percent := "with special characters as %40 and the like"
	switch {
	case f.windows():
		fix = []string{"set in the value Environment (REG_MULTI_SZ) of HKLM\\SYSTEM\\CurrentControlSet\\Services\\AmazonSSMAgent: " + list(assignments)}
	case f.o.Node.Agent.Installed != observation.Yes:
		fix = []string{"set in " + f.proxyFile() + ": " + list(assignments)}
	default:
		fix = []string{f.dropIn(ProxyDropIn, assignments...) + f.environmentFileWins()}
		percent = "with special characters as %%40 and the like: systemd wants each percent sign twice"
	}
	if len(unknown) > 0 {
		fix = append(fix, "put the proxy's own "+list(unknown)+" there, "+percent)
	}
	if !f.windows() && f.o.Node.Agent.Installed == observation.Yes {
		fix = append(fix, "then `systemctl daemon-reload`")
	}
	return fix
}

// tellUnused tells of a proxy in the service's configuration that the agent does
// not get.
func (f *facts) tellUnused(ts []*target, w *way) words {
	u := *ts[0].UnusedProxy
	out := words{
		title:   "the agent's unit names a proxy that the running agent does not have",
		confirm: append(f.showSettings(), f.curlThrough("-sv", w.proxy.URL, f.urlArg(ts[0].Host, "/"))),
	}
	at := safe(u.From)
	if u.Line > 0 {
		at = f.lineOf(u)
	}
	switch {
	case f.windows(): // a saved report says so: nothing of systemd's is there
		out.fix = f.setProxy(w.proxy.URL, ts)
		return out
	case u.Kind.Dropped():
		out.title = "systemd leaves out the line that gives the agent its proxy, so that the agent has none"
		out.confirm = append([]string{"systemd-analyze verify --man=no " + f.agentUnit()}, out.confirm...)
	case u.Kind == observation.UnusedOtherUnit:
		out.title = "the agent's proxy stands in a drop-in of " + safe(u.Unit) + ", a unit that does not exist, so that the agent has none"
	}
	switch u.Kind {
	case observation.UnusedSpecifier:
		out.fix = []string{"write each percent sign of the proxy's address in " + at + " twice, `%%20` for `%20`: to systemd a single one begins a specifier, and it leaves out an assignment with one that it does not know"}
	case observation.UnusedEscape:
		out.fix = []string{"write the backslash of the proxy's address in " + at + " as `%%5C`, and every other percent sign twice"}
	case observation.UnusedQuote:
		out.fix = []string{"close the quote in " + at}
	case observation.UnusedCharacter:
		out.fix = []string{"write the special characters of the proxy's address in " + at + " as `%%C3%%BC` and the like (UTF-8, each percent sign twice)"}
	case observation.UnusedOtherUnit:
		directory := "/etc/systemd/system/" + f.agentUnit() + ".d"
		out.fix = []string{"move it below the agent's unit: `mkdir -p " + directory + " && mv " + f.arg(f.inCode(u.From, "FILE"), "FILE") + " " + directory + "/`"}
	}
	reload := "`systemctl daemon-reload`"
	if len(out.fix) > 0 {
		reload = "then " + reload
	}
	out.fix = append(out.fix, reload)
	return out
}

// lineOf names a line of a file, for a sentence.
func (f *facts) lineOf(u observation.UnusedProxy) string {
	return "line " + strconv.Itoa(u.Line) + " of " + safe(u.From)
}
