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

// An UnusedProxy is one with its password. proxyURL is nil if the address cannot
// be used.
type UnusedProxy struct {
	observation.UnusedProxy
	ProxyURL *url.URL
}

// newUnused describes a proxy's assignment. Of its value only what may be shown
// is kept, and the URL that a connection takes.
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

// maxUnused bounds how many are kept: a unit may have any number of lines.
const maxUnused = 16

// assign takes one assignment of Environment=, or notes that systemd does not.
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

// addFile takes a value of EnvironmentFile=, in which specifiers count. One that
// systemd does not know makes it pass over the line.
func (r *unitReader) addFile(value, name string) {
	resolved, open, ok := r.specifiers.resolve(value)
	switch {
	case open:
		r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: r.p.Shown(name) + ": an EnvironmentFile= has a specifier that is not worked out here"}
	case ok:
		r.files = append(r.files, resolved)
	}
}

// noteOpened says which proxy's variable is not known for a specifier in it.
func (r *unitReader) noteOpened(e Environment) {
	for _, name := range proxyNames {
		if from := r.opened[name]; from != "" && e.Values[name] != "" {
			r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: from + ": " + name + " has a specifier (a percent sign and a letter) that is not worked out here"}
			return
		}
	}
}

// leftOut are the assignments that systemd leaves out and that no other one
// stands in for.
func (r *unitReader) leftOut(e Environment) []UnusedProxy {
	return slices.DeleteFunc(r.dropped, func(u UnusedProxy) bool {
		for _, names := range [][]string{httpsNames, httpNames, noNames} {
			if slices.Contains(names, u.Variable) {
				value, _ := e.first(names...)
				return value != ""
			}
		}
		return true
	})
}

// unitWords reads words with quotes, escapes and specifiers. Those that cannot
// be read are left out, as systemd does.
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

// StrayDropIns are the drop-ins of units of the agent's that do not exist beside
// the one that does, and the proxies in them: of the package's unit where the
// agent is the snap, or of a name that is misspelt.
func (p Reader) StrayDropIns() (dropIns []string, proxies []UnusedProxy) {
	unit, _ := p.findUnit()
	if unit == "" {
		return nil, nil
	}
	for _, at := range strayDirectories {
		entries, err := files.ListDirectory(p.FS(), at, maxEntries)
		if err != nil {
			continue // whether there is one is not known, and nothing depends on it
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			other, isDropIn := strings.CutSuffix(e.Name(), ".d")
			if !isDropIn || !strings.Contains(strings.ToLower(other), "ssm-agent") ||
				slices.Contains(dropInDirectories(unit), e.Name()) || p.hasUnit(other) {
				continue
			}
			moreFiles, moreProxies := p.strayIn(at+"/"+e.Name(), other)
			dropIns, proxies = append(dropIns, moreFiles...), append(proxies, moreProxies...)
		}
	}
	return dropIns[:min(len(dropIns), maxUnused)], proxies[:min(len(proxies), maxUnused)]
}

func (p Reader) hasUnit(unit string) bool {
	return slices.ContainsFunc(unitRoots, func(root string) bool {
		there, _ := p.Exists(root + "/" + unit)
		return there != observation.No
	})
}

// strayIn reads the drop-ins of a unit that does not exist, with the environment
// files that they name.
func (p Reader) strayIn(at, unit string) (files []string, proxies []UnusedProxy) {
	r := unitReader{p: p, room: maxEnvironment, specifiers: specifiers{unit: unit}}
	for _, e := range r.first(at, r.list(at)) {
		if !strings.HasSuffix(e.Name(), ".conf") {
			continue
		}
		name := at + "/" + e.Name()
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

// assignedBy are the assignments in the files that a value of EnvironmentFile=
// names.
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

// unusedBy are the proxies of the unit that the running agent does not have,
// where it has none: what systemd leaves out, what stands beside the unit, and
// what was written after the agent had started.
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
	take := func(names []string) {
		for _, name := range names {
			if value := unit.Values[name]; value != "" {
				later = append(later, newUnused(assignment{name, value}, unit.From[name], 0, observation.UnusedNotRestarted))
				return
			}
		}
	}
	if take(httpsNames); later != nil {
		take(noNames)
	}
	return append(later, unused...)
}

// findUnused fills in what the agent has or seems to have and does not use.
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

// facts are the proxies without their passwords.
func facts(unused []UnusedProxy) []observation.UnusedProxy {
	var out []observation.UnusedProxy
	for _, u := range unused {
		out = append(out, u.UnusedProxy)
	}
	return out
}

// UnusedFor is the proxy that the agent seems to have and does not use for a
// host, to which it goes directly. nil: it goes through one, or none can be tried.
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
		for _, u := range c.unused {
			if u.ProxyURL != nil && slices.Contains(names, u.Variable) {
				return &u
			}
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
