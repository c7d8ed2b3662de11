package service

import (
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An UnusedProxy is one with its password. ProxyURL is nil if the address cannot be used.
type UnusedProxy struct {
	observation.UnusedProxy
	ProxyURL *url.URL
}

// newUnused describes an assignment of a proxy. It keeps only what may be shown of the
// value, and the URL to connect to.
func newUnused(a assignment, from string, line int, kind observation.UnusedKind) UnusedProxy {
	u := UnusedProxy{UnusedProxy: observation.UnusedProxy{Variable: a.name, From: from, Line: line, Kind: kind}}
	if slices.Contains(noNames, a.name) {
		u.NoProxy = observation.RedactNoProxy(a.value)
		return u
	}
	u.URL = observation.RedactProxy(a.value)
	if invalidProxy(a.value) == nil {
		u.ProxyURL = ParseProxy(a.value)
	}
	return u
}

// maxUnused limits how many are kept: a unit may have any number of lines.
const maxUnused = 16

// assign applies one assignment of Environment=, or records that systemd ignores it.
func (r *unitReader) assign(to Environment, a unitAssignment, name string, line int) {
	known := slices.Contains(proxyNames, a.name)
	switch {
	case a.dropped != "":
		if known && a.value != "" && len(r.dropped) < maxUnused {
			r.dropped = append(r.dropped, newUnused(a.assignment, r.p.Shown(name), line, a.dropped))
		}
		return
	case a.open:
		r.opened[a.name] = r.p.Shown(name)
	default:
		delete(r.opened, a.name)
	}
	to.set(a.assignment, r.p.Shown(name))
}

// addFile applies a value of EnvironmentFile=, which may have specifiers. An unknown one
// makes systemd ignore the line.
func (r *unitReader) addFile(value, name string) {
	resolved, open, ok := r.specifiers.resolve(value)
	switch {
	case open:
		r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: r.p.Shown(name) + ": an EnvironmentFile= has a specifier that is not worked out here"}
	case ok:
		r.files = append(r.files, resolved)
	}
}

// noteOpened records which proxy variable is unknown because of a specifier in it.
func (r *unitReader) noteOpened(e Environment) {
	for _, name := range proxyNames {
		if from := r.opened[name]; from != "" && e.Values[name] != "" {
			r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: from + ": " + name + " has a specifier (a percent sign and a letter) that is not worked out here"}
			return
		}
	}
}

// leftOut returns the assignments that systemd ignores and no other one replaces.
func (r *unitReader) leftOut(e Environment) []UnusedProxy {
	return slices.DeleteFunc(r.dropped, func(u UnusedProxy) bool {
		i := slices.IndexFunc(namesByKind, func(names []string) bool { return slices.Contains(names, u.Variable) })
		value, _ := e.first(namesByKind[i]...)
		return value != ""
	})
}

// unitWords parses words with quotes, escapes and specifiers. Like systemd, it skips
// those that are malformed.
func unitWords(value string, sp specifiers) []string {
	var words []string
	all, _, _ := splitWords(value)
	for _, word := range all {
		if resolved, _, ok := sp.resolve(word); ok {
			words = append(words, resolved)
		}
	}
	return words
}

// strayDirectories are where people put drop-ins.
var strayDirectories = []string{"etc/systemd/system", "run/systemd/system"}

// StrayDropIns returns drop-ins for units of the agent that do not exist, while another
// one does, and the proxies in them: for the package's unit although the agent is the
// snap, or for a misspelt name.
func (p Reader) StrayDropIns() (dropIns []string, proxies []UnusedProxy) {
	unit, _ := p.findUnit()
	if unit == "" {
		return nil, nil
	}
	for _, at := range strayDirectories {
		entries, err := files.ListDirectory(p.FS(), at, maxEntries)
		if err != nil {
			continue // whether there are any is not known, and nothing depends on it
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			other, isDropIn := strings.CutSuffix(e.Name(), ".d")
			if !isDropIn || !strings.Contains(strings.ToLower(other), "ssm-agent") ||
				slices.Contains(dropInDirectories(unit), e.Name()) || p.unitFile(other) != "" {
				continue
			}
			moreFiles, moreProxies := p.strayIn(at+"/"+e.Name(), other)
			dropIns, proxies = append(dropIns, moreFiles...), append(proxies, moreProxies...)
		}
	}
	return dropIns[:min(len(dropIns), maxUnused)], proxies[:min(len(proxies), maxUnused)]
}

// strayIn reads the drop-ins of a unit that does not exist, and the environment files
// that they name.
func (p Reader) strayIn(at, unit string) (files []string, proxies []UnusedProxy) {
	r := unitReader{p: p, room: maxEnvironment, specifiers: specifiers{unit: unit}}
	for _, name := range r.confFiles(at) {
		files = append(files, observation.Excerpt(p.Shown(name)))
		unitLines(r.read(name), "Service", func(line int, key, value string) {
			var set []assignment
			switch key {
			case "Environment":
				for _, a := range unitAssignments(value, r.specifiers) {
					if !a.open {
						set = append(set, a.assignment)
					}
				}
			case "EnvironmentFile":
				set = r.assignedBy(value, name)
			}
			for _, a := range set {
				if slices.Contains(proxyNames, a.name) && a.value != "" && len(proxies) < maxUnused {
					u := newUnused(a, p.Shown(name), line, observation.UnusedOtherUnit)
					u.Unit = observation.Excerpt(unit)
					proxies = append(proxies, u)
				}
			}
		})
	}
	return files, proxies
}

// assignedBy returns the assignments in the files that a value of EnvironmentFile= names.
func (r *unitReader) assignedBy(value, name string) []assignment {
	if len(r.files) == maxEnvironmentFiles {
		return nil
	}
	before := len(r.files)
	r.addFile(value, name)
	var set []assignment
	for _, file := range r.files[before:] {
		for _, name := range r.environmentFiles(file) {
			set = append(set, parseEnvironmentFile(string(r.read(name)))...)
		}
	}
	return set
}

// unusedBy returns, if the running agent has no proxy, the unit's proxies that it did not
// get: those that systemd ignores, and those added after the agent started.
func (p Reader) unusedBy(process Environment) []UnusedProxy {
	if value, _ := process.first(httpsNames...); value != "" {
		return nil
	}
	unit := p.unitEnvironment()
	unused := unit.Unused
	if unit.unread != nil {
		return unused
	}
	var later []UnusedProxy
	for _, names := range [][]string{httpsNames, noNames} {
		i := slices.IndexFunc(names, func(name string) bool { return unit.Values[name] != "" })
		if i >= 0 {
			later = append(later, newUnused(assignment{names[i], unit.Values[names[i]]}, unit.From[names[i]], 0, observation.UnusedNotRestarted))
		} else if later == nil {
			break // no_proxy alone changes nothing
		}
	}
	return append(later, unused...)
}

// findUnused records the proxies that the agent has or seems to have but does not use.
func (c *Proxies) findUnused(e Environment) {
	c.unused = e.Unused
	names, kind := httpsNames, observation.UnusedNoProxy
	if c.Agent.HTTPSProxy == "" {
		names, kind = httpNames, observation.UnusedHTTPOnly
	}
	for _, name := range names {
		if value := e.Values[name]; value != "" && invalidProxy(value) == nil {
			u := newUnused(assignment{name, value}, e.From[name], 0, kind)
			c.bypassed, c.everywhere = &u, NewProxyRules(httpproxy.Config{HTTPSProxy: value})
			return
		}
	}
}

// facts returns the proxies without their passwords.
func facts(unused []UnusedProxy) []observation.UnusedProxy {
	var out []observation.UnusedProxy
	for _, u := range unused {
		out = append(out, u.UnusedProxy)
	}
	return out
}

// UnusedFor returns the proxy that the agent seems to have but does not use for a host,
// to which it connects directly. nil: it uses one, or none can be tried.
func (c Proxies) UnusedFor(host string, port uint16) *UnusedProxy {
	to := httpsURL(host, port)
	if c.AgentProxyFor(host, port) != nil || c.AgentIgnoresProxyFor(host, port) {
		return nil
	}
	if u := c.everywhere.proxyFor(to); c.bypassed != nil && u != nil && u.Host != "" {
		out := *c.bypassed
		out.ProxyURL = u
		out.InNoProxy = out.Kind == observation.UnusedNoProxy || c.covers(to)
		return &out
	}
	for _, names := range [][]string{httpsNames, httpNames} {
		i := slices.IndexFunc(c.unused, func(u UnusedProxy) bool { return u.ProxyURL != nil && slices.Contains(names, u.Variable) })
		if i >= 0 {
			return new(c.unused[i])
		}
	}
	return nil
}

// covers reports whether no_proxy keeps a URL from every proxy.
func (c Proxies) covers(to *url.URL) bool {
	rules := c.Agent.Config
	rules.HTTPSProxy = "http://proxy.invalid:3128"
	return NewProxyRules(rules).parsedFor(to) == nil
}
