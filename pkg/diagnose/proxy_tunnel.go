package diagnose

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The proxy itself.
const (
	ProxyUnreachable  Code = "proxy-unreachable"
	ProxyAuthRequired Code = "proxy-auth-required"
	ProxyDenied       Code = "proxy-denied"
)

// The words of a proxy that takes the connection, and opens no tunnel.

// confirmTunnel asks for the tunnel that was not opened.
func (f *facts) confirmTunnel(w *path) []Check {
	return []Check{f.through(w.proxy.URL, f.urlArg(w.target.Host, "/"), w.expect(), false)}
}

// socks reports whether the path's proxy is asked in SOCKS5.
func (w *path) socks() bool { return strings.HasPrefix(w.proxyURL(), "socks5") }

// describeProxyMute describes a proxy that takes connections, and answers nobody who
// asks it for a tunnel. No filter is on the path to it: something listens there.
func (f *facts) describeProxyMute(ws []*path) words {
	w := ws[0]
	at := w.proxy.Address.String()
	address, _ := withoutUser(w.proxy.URL)
	scheme, host, _ := strings.Cut(address, "://")
	question, itself, other := "CONNECT", "an HTTP proxy", "a SOCKS5 proxy, write it as socks5://"
	switch {
	case w.socks():
		question, itself, other = "SOCKS5", "a SOCKS5 proxy", "an HTTP proxy, write it as http://"
	case scheme == "https":
		itself, other = "an HTTPS proxy", "a proxy without TLS, write it as http://"
	}
	out := words{checks: f.confirmTunnel(w)}
	switch {
	case w.failure.Of(observation.KindTimeout):
		out.title = "the proxy " + w.proxy.URL + " accepts connections, and does not answer " + question
		out.fix = []string{"see that the program behind " + at + " does not hang; where that is a load balancer, that a proxy runs behind it"}
	case w.failure.Of(observation.KindClosed, observation.KindReset):
		out.title = "the proxy " + w.proxy.URL + " accepts connections, and ends them without an answer to " + question
		out.fix = []string{"see in the log of the proxy at " + at + " why it ends connections from " + f.source(ws)}
	case w.failure.Of(observation.KindMalformed, observation.KindNotTLS, observation.KindTooLarge):
		out.title = "what listens at " + w.proxy.URL + " does not answer as " + itself + " does"
		out.fix = []string{"see which program listens at " + at}
	default:
		out.title = "the proxy " + w.proxy.URL + " accepts connections, and opens no tunnel"
		out.fix = []string{"see in the log of the proxy at " + at + " why it serves no connections from " + f.source(ws)}
	}
	out.fix = append(out.fix,
		"where it is "+other+host+" in "+f.proxyFile(),
		"or correct the proxy's address in "+f.proxyFile())
	return out
}

// namesUser reports whether a proxy's address has a user and a password.
func namesUser(proxy string) bool {
	u, err := url.Parse(proxy)
	if err != nil {
		return false
	}
	_, password := u.User.Password()
	return password
}

func describeProxyAuth(f *facts, ms []match) words {
	w := pathsOf(ms)[0]
	scheme, kind := "http", " (basic authentication only)"
	if w.socks() {
		scheme, kind = "socks5", " (no other method of SOCKS5)"
	}
	without := "let the proxy pass " + everyHost(targetsOf(ms)) + " from " + f.source(pathsOf(ms)) + " without authentication"
	out := words{checks: f.confirmTunnel(w)}
	if offered := offeredBy(pathsOf(ms)); len(offered) > 0 && !slices.Contains(offered, "Basic") {
		out.title = "the proxy " + w.proxy.URL + " offers only " + joinAnd(schemes(offered)) + ", and the agent can use Basic authentication only"
		out.fix = []string{
			without + ": by this node's address, or by a rule for these hosts",
			"or let the proxy offer Basic as well, and write a user and a password for it into the proxy's address, http://USER:PASSWORD@HOST:PORT, in " + f.proxyFile() + "; no password helps with " + joinAnd(schemes(offered)),
		}
		return out
	}
	if namesUser(w.proxy.URL) {
		out.title = "the proxy " + w.proxy.URL + " does not accept the user and the password in its address"
		out.fix = []string{
			"correct the user and the password in " + f.proxyFile() + kind + "; special characters are written as %40 (for @) and the like",
			"or " + without,
		}
		return out
	}
	out.title = "the proxy " + w.proxy.URL + " wants a user and a password"
	out.fix = []string{
		without,
		"or write the user and the password into the proxy's address, " + scheme + "://USER:PASSWORD@HOST:PORT, in " + f.proxyFile() + kind,
	}
	return out
}

// offeredBy are the authentication schemes that a proxy offers on any of the paths.
func offeredBy(ws []*path) []string {
	var all []string
	for _, w := range ws {
		for _, s := range w.proxy.Tunnel.ProxyAuthenticate {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// schemes names authentication schemes, as many as a sentence takes.
func schemes(names []string) []string {
	var out []string
	for _, n := range names[:min(len(names), 8)] {
		if n == "another" {
			n = "a scheme of its own"
		}
		out = append(out, clipped(n))
	}
	return out
}

// describeProxyDenied gives the cure of what the proxy was seen to answer: a
// refusal is one of its rules, and that it cannot connect is its own network's.
func describeProxyDenied(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	request := "CONNECT"
	if ws[0].socks() {
		request = "connections"
	}
	allow := func(ts []*target) string {
		return "allow " + request + " to port 443 of " + everyHost(ts) + " (or *." + joinAnd(f.domains(ts)) + ") on the proxy"
	}
	reach := func(ts []*target) string {
		return "see that the proxy itself resolves and reaches " + everyHost(ts)
	}
	refused := answeredBy(ws, func(status int) bool { return status != 0 && !gateway(status) })
	cannot := answeredBy(ws, gateway)
	silent := answeredBy(ws, func(status int) bool { return status == 0 })
	out := words{title: "the proxy " + ws[0].proxy.URL + " does not connect to " + subject(ts), checks: f.confirmTunnel(ws[0])}
	if len(refused) > 0 {
		out.fix = append(out.fix, allow(refused))
	}
	if len(cannot) > 0 {
		out.fix = append(out.fix, reach(cannot))
	}
	if len(silent) > 0 { // which of the two it is, is not known
		out.fix = append(out.fix, reach(silent), "or "+allow(silent))
	}
	return out
}

// answeredBy are the targets whose proxy answered with a status of which ok
// holds, 0 for no answer.
func answeredBy(ws []*path, ok func(int) bool) []*target {
	var ts []*target
	for _, w := range ws {
		if w.proxy.Tunnel != nil && ok(w.proxy.Tunnel.Status) && !slices.Contains(ts, w.target) {
			ts = append(ts, w.target)
		}
	}
	return ts
}

// gateway reports whether a proxy says by the status that it cannot reach the
// target. The probe gives the answers of SOCKS5 such a status too.
func gateway(status int) bool { return status == 502 || status == 503 || status == 504 }

func findProxyUnreachable(f *facts) []match {
	some := f.tunnelAnswered()
	var ms []match
	for _, w := range f.paths(func(w *path) bool { return w.proxy != nil && w.state == stateProxy }) {
		p := w.proxy
		switch {
		case w.noRoute, w.refusedLocally(), w.diverted != nil, p.Tunnel != nil && (p.Tunnel.Status != 0 || some):
			continue
		}
		m := match{target: w.target, path: w, effect: blocks}
		if p.Lookup != nil && p.Lookup.Failure != nil {
			m.evidence = []string{"lookup of the proxy's name " + quoted(p.Lookup.Host) + ": " + describeFailure(p.Lookup.Failure, p.Lookup.Elapsed)}
		} else {
			asked := ""
			if p.Tunnel != nil {
				asked = "connected, and asked for a tunnel: "
			}
			m.evidence = []string{w.toProxy() + ": " + asked + describeFailure(w.failure, w.proxyTook())}
		}
		if slices.ContainsFunc(ms, func(o match) bool { return o.path.sameFailure(w) }) {
			m.evidence = nil // the same but for its time
		}
		ms = append(ms, m)
	}
	return ms
}

// sameFailure reports whether the same proxy failed in the same way.
func (w *path) sameFailure(o *path) bool {
	return w.proxy.URL == o.proxy.URL && w.proxy.Address == o.proxy.Address && w.failure.Op == o.failure.Op && w.failure.Kind == o.failure.Kind
}

// tunnelAnswered reports whether the proxy answered a request for a tunnel,
// for any target.
func (f *facts) tunnelAnswered() bool {
	return slices.ContainsFunc(f.proxied(), func(t *target) bool {
		return slices.ContainsFunc(t.paths, func(w *path) bool {
			return slices.ContainsFunc([]*observation.ProxyObservation{w.proxy, w.asked}, func(p *observation.ProxyObservation) bool {
				return p != nil && p.Tunnel != nil && p.Tunnel.Status != 0
			})
		})
	})
}

// tunnels are the matches at the paths whose proxy answered CONNECT with
// something else than a tunnel, and of which ok holds.
func (f *facts) tunnels(ok func(*observation.Reply) bool) []match {
	var ms []match
	for _, w := range f.paths(func(w *path) bool {
		return w.proxy != nil && w.state == stateProxy && w.proxy.Tunnel != nil && ok(w.proxy.Tunnel)
	}) {
		r := w.proxy.Tunnel
		line := w.to() + ": " + tunnelSaid(r)
		switch {
		case r.Status == 0:
			line += ", while the proxy answers for others"
		case len(r.ProxyAuthenticate) > 0:
			line += ", offering " + joinAnd(schemes(r.ProxyAuthenticate))
		case r.Body != "" && r.Socks == "":
			line += ", beginning with " + quoted(r.Body)
		}
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: []string{line}})
	}
	return ms
}

// tunnelSaid says how a request for a tunnel was answered.
func tunnelSaid(r *observation.Reply) string {
	switch {
	case r.Socks != "":
		return quoted(r.Request) + " answered over SOCKS5 in " + r.Elapsed.String() + ": " + quoted(r.Socks)
	case r.Status != 0:
		return quoted(r.Request) + " answered with status " + strconv.Itoa(r.Status) + " in " + r.Elapsed.String()
	}
	return quoted(r.Request) + ": " + describeFailure(r.Failure, r.Elapsed)
}

func describeProxyUnreachable(f *facts, ms []match) words {
	ws := pathsOf(ms)
	p := ws[0].proxy
	w := words{title: "the proxy " + p.URL + " does not answer"}
	if p.Lookup != nil && p.Lookup.Failure != nil {
		w.title = "the name of the proxy " + p.URL + " does not resolve"
		w.checks = []Check{{Command: f.lookUp(p.Lookup.Host), Expect: printsNothing}}
		w.fix = []string{"correct the proxy's name in " + f.proxyFile() + ", or give the nameserver a record for " + p.Lookup.Host}
		return w
	}
	if !slices.ContainsFunc(ws, func(w *path) bool { return w.proxy.Tunnel == nil }) {
		return f.describeProxyMute(ws)
	}
	if p.Address.IsValid() {
		w.checks = f.confirmTunnel(ws[0])
	}
	first := "see that the proxy runs, and allow TCP from " + f.source(ws) + " to " + p.Address.String()
	if f.ownAddress(p.Address.Addr(), ws[0].source()) {
		first = "start what should answer at " + p.Address.String() +
			", an address of this node: a local proxy, or a container that publishes this port"
	}
	w.fix = []string{
		first,
		"or correct the proxy's address in " + f.proxyFile(),
	}
	return w
}
