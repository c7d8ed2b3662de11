package diagnose

import (
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

// confirmTunnel asks for the tunnel that was not opened.
func (f *facts) confirmTunnel(w *path) []Check {
	return []Check{f.through(w.proxy.URL, f.urlArg(w.target.Host, "/"), w.expect(), false)}
}

// socks reports whether the path's proxy is a SOCKS5 proxy.
func (w *path) socks() bool { return strings.HasPrefix(w.proxyURL(), "socks5") }

// describeProxyMute describes a proxy that accepts connections, but answers no request
// for a tunnel. Nothing filters the path to it: something listens there.
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
		out.title = "the proxy " + w.proxy.URL + " accepts connections, but does not answer " + question
		out.fix = []string{"check that the program at " + at + " does not hang; if that is a load balancer, check that a proxy runs behind it"}
	case w.failure.Of(observation.KindClosed, observation.KindReset):
		out.title = "the proxy " + w.proxy.URL + " accepts connections, but closes them without an answer to " + question
		out.fix = []string{"find out from the log of the proxy at " + at + " why it closes connections from " + f.source(ws)}
	case w.failure.Of(observation.KindMalformed, observation.KindNotTLS, observation.KindTooLarge):
		out.title = "what listens at " + w.proxy.URL + " does not answer like " + itself
		out.fix = []string{"find out which program listens at " + at}
	default:
		out.title = "the proxy " + w.proxy.URL + " accepts connections, but opens no tunnel"
		out.fix = []string{"find out from the log of the proxy at " + at + " why it does not serve connections from " + f.source(ws)}
	}
	out.fix = append(out.fix,
		"if it is "+other+host+" in "+f.proxyFile(),
		"correct the proxy's address in "+f.proxyFile())
	return out
}

func describeProxyAuth(f *facts, ms []match) words {
	w := pathsOf(ms)[0]
	scheme, kind := "http", " (basic authentication only)"
	if w.socks() {
		scheme, kind = "socks5", " (no other method of SOCKS5)"
	}
	without := "let the proxy accept " + everyHost(targetsOf(ms)) + " from " + f.source(pathsOf(ms)) + " without authentication"
	out := words{checks: f.confirmTunnel(w)}
	if offered := offeredBy(pathsOf(ms)); len(offered) > 0 && !slices.Contains(offered, "Basic") {
		out.title = "the proxy " + w.proxy.URL + " offers only " + joinAnd(schemes(offered)) + ", but the agent can use only Basic authentication"
		out.fix = []string{
			without + ": by this node's address, or by a rule for these hosts",
			"let the proxy also offer Basic, and write a user and a password for it into the proxy's address, http://USER:PASSWORD@HOST:PORT, in " + f.proxyFile() + "; no password helps with " + joinAnd(schemes(offered)),
		}
		return out
	}
	if _, password := userOf(w.proxy.URL); password {
		out.title = "the proxy " + w.proxy.URL + " does not accept the user and password in its address"
		out.fix = []string{
			"correct the user and the password in " + f.proxyFile() + kind + "; special characters are written as %40 (for @) and the like",
			without,
		}
		return out
	}
	out.title = "the proxy " + w.proxy.URL + " requires a user and password"
	out.fix = []string{
		without,
		"write the user and the password into the proxy's address, " + scheme + "://USER:PASSWORD@HOST:PORT, in " + f.proxyFile() + kind,
	}
	return out
}

// offeredBy are the authentication schemes that a proxy offers on any of the paths.
func offeredBy(ws []*path) []string {
	var all []string
	for _, w := range ws {
		all = appendNew(all, w.proxy.Tunnel.ProxyAuthenticate...)
	}
	return all
}

// schemes names authentication schemes, as many as fit into a sentence.
func schemes(names []string) []string {
	return mapTo(names[:min(len(names), 8)], func(name string) string {
		if name == "another" {
			return "a scheme of its own"
		}
		return clipped(name)
	})
}

// describeProxyDenied fixes what the proxy was seen to answer: a refusal is due to its
// rules, a failure to connect to its network.
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
		return "check that the proxy itself resolves and reaches " + everyHost(ts)
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
	if len(silent) > 0 { // it may be either
		out.fix = append(out.fix, reach(silent), allow(silent))
	}
	return out
}

// answeredBy are the targets whose proxy answered with a status for which ok holds. 0:
// no answer.
func answeredBy(ws []*path, ok func(int) bool) []*target {
	ws = filter(ws, func(w *path) bool { return w.proxy.Tunnel != nil && ok(w.proxy.Tunnel.Status) })
	return appendNew(nil, mapTo(ws, func(w *path) *target { return w.target })...)
}

// gateway reports whether a proxy's status says that it cannot reach the target. The
// probe translates SOCKS5 replies into such a status.
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
			m.evidence = []string{w.toProxy() + ": " + asked + describeFailure(w.failure, w.connectTook())}
		}
		if slices.ContainsFunc(ms, func(o match) bool { return o.path.sameFailure(w) }) {
			m.evidence = nil // the same, apart from its time
		}
		ms = append(ms, m)
	}
	return ms
}

// sameFailure reports whether the same proxy failed in the same way.
func (w *path) sameFailure(o *path) bool {
	return w.proxy.URL == o.proxy.URL && w.proxy.Address == o.proxy.Address && w.failure.Op == o.failure.Op && w.failure.Kind == o.failure.Kind
}

// tunnelAnswered reports whether the proxy answered a request for a tunnel, for any
// target.
func (f *facts) tunnelAnswered() bool {
	return slices.ContainsFunc(f.proxied(), func(t *target) bool {
		return slices.ContainsFunc(t.paths, func(w *path) bool {
			return slices.ContainsFunc([]*observation.ProxyObservation{w.proxy, w.asked}, func(p *observation.ProxyObservation) bool {
				return p != nil && p.Tunnel != nil && p.Tunnel.Status != 0
			})
		})
	})
}

// tunnels matches the paths whose proxy answered CONNECT with something other than a
// tunnel, and for which ok holds.
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
		w.fix = []string{"correct the proxy's name in " + f.proxyFile() + ", or add a record for it to the nameserver: " + p.Lookup.Host}
		return w
	}
	if every(ws, func(w *path) bool { return w.proxy.Tunnel != nil }) {
		return f.describeProxyMute(ws)
	}
	if p.Address.IsValid() {
		w.checks = f.confirmTunnel(ws[0])
	}
	first := "check that the proxy runs, and allow TCP from " + f.source(ws) + " to " + p.Address.String()
	if f.ownAddress(p.Address.Addr(), ws[0].source()) {
		first = "start what should answer at " + p.Address.String() +
			", an address of this node: a local proxy, or a container that publishes this port"
	}
	w.fix = []string{
		first,
		"correct the proxy's address in " + f.proxyFile(),
	}
	return w
}
