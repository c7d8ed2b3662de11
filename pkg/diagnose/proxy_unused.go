package diagnose

import (
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Words for a proxy that the agent's configuration sets, but the agent does not get.

// unusedLine says why the agent does not get a variable in the service's configuration.
func unusedLine(u observation.UnusedProxy) string {
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
		return at + ": systemd ignores " + what + ": a % in it does not begin a specifier that systemd knows (a literal % is written %%)"
	case observation.UnusedEscape:
		return at + ": systemd ignores " + what + ": a backslash in it does not begin an escape that systemd knows"
	case observation.UnusedQuote:
		return at + ": systemd ignores " + what + ": a quote is not closed"
	case observation.UnusedCharacter:
		return at + ": systemd ignores " + what + ": it is not UTF-8"
	case observation.UnusedExport:
		return at + ": systemd ignores " + what + ": \"export\" in front of it is a shell command, which an EnvironmentFile cannot have"
	case observation.UnusedOtherUnit:
		return at + ": " + what + " is in a drop-in for " + safe(u.Unit) + ", a unit that does not exist here"
	case observation.UnusedNotRestarted:
		return at + ": " + what + ", but the running agent does not have it: it started earlier, or systemd was not reloaded"
	}
	return ""
}

// describeUnused describes a proxy in the service's configuration that the agent does
// not get.
func (f *facts) describeUnused(ts []*target, w *path) words {
	u := *ts[0].UnusedProxy
	out := words{
		title:  "the agent's unit sets a proxy that the running agent does not have",
		checks: []Check{f.settingsCheck(), f.through(w.proxy.URL, f.url(w), w.expect(), true)},
	}
	at := safe(u.From)
	if u.Line > 0 {
		at = "line " + strconv.Itoa(u.Line) + " of " + at
	}
	switch {
	case !f.linux(): // a saved report may claim so, but there is no systemd
		out.fix, out.mode = f.setProxy(w.proxy.URL, ts), DoAll
		return out
	case u.Kind == observation.UnusedExport:
		out.title = "systemd ignores the line that sets the agent's proxy, because of the word \"export\" in it, so the agent has none"
		c := Check{Command: "grep -no export " + f.fileArg(u.From), Expect: ":export"}
		if u.Line > 0 {
			c.Expect = strconv.Itoa(u.Line) + ":export"
		}
		out.checks = append([]Check{c}, out.checks...)
	case u.Kind.Dropped():
		out.title = "systemd ignores the line that sets the agent's proxy, so the agent has none"
		out.checks = append([]Check{{Command: "systemd-analyze verify --man=no " + f.agentUnit(), Expect: "ignoring"}}, out.checks...)
	case u.Kind == observation.UnusedOtherUnit:
		out.title = "the agent's proxy is set in a drop-in for " + safe(u.Unit) + ", a unit that does not exist, so the agent has none"
	}
	switch u.Kind {
	case observation.UnusedSpecifier:
		out.fix = []string{"write each percent sign of the proxy's address in " + at + " twice, `%%20` for `%20`: to systemd a single one begins a specifier, and it ignores an assignment with one that it does not know"}
	case observation.UnusedEscape:
		out.fix = []string{"write the backslash of the proxy's address in " + at + " as `%%5C`, and every other percent sign twice"}
	case observation.UnusedQuote:
		out.fix = []string{"close the quote in " + at}
	case observation.UnusedCharacter:
		out.fix = []string{"write the special characters of the proxy's address in " + at + " as `%%C3%%BC` and the like (UTF-8, each percent sign twice)"}
	case observation.UnusedExport:
		step := "remove the word `export` from " + at
		if u.URL != "" && !strings.Contains(u.URL, "***") && len(u.URL) <= maxQuoted && quote.Printable(u.URL) && !strings.ContainsAny(u.URL, "` \"'\\#") {
			step += ": write `" + safe(u.Variable) + "=" + u.URL + "`"
		}
		out.fix = []string{step}
	case observation.UnusedOtherUnit:
		directory := "/etc/systemd/system/" + f.agentUnit() + ".d"
		out.fix = []string{"move it to the agent's unit: `mkdir -p " + directory + " && mv " + f.arg(f.inCode(u.From, "FILE"), "FILE") + " " + directory + "/`"}
	}
	reload := "`systemctl daemon-reload`"
	if len(out.fix) > 0 {
		reload = "then " + reload
	}
	out.fix, out.mode = append(out.fix, reload), DoAll
	return out
}
