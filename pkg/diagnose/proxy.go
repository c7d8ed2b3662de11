package diagnose

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// throughProxies are the causes that lie in the proxy of the agent's service.
func throughProxies() []cause {
	return []cause{
		{
			code: ProxyInvalid, atMost: Error, restart: true,
			find: findProxyInvalid, tell: tellProxyInvalid,
		},
		proxyBypassed(),
		{
			code: ProxyAgentDiffers, atMost: Error, restart: true, explainedBy: []Code{ProxyBypassed},
			find: findAgentDiffers, tell: tellAgentDiffers,
		},
		{
			code: ProxyShadowsEndpoint, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid},
			find: findShadows, tell: tellShadows,
		},
		{
			code: ProxyUnreachable, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find: findProxyUnreachable, tell: tellProxyUnreachable,
		},
		{
			code: ProxyAuthRequired, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find: func(f *facts) []match { return f.tunnels(func(r *observation.Reply) bool { return r.Status == 407 }) },
			tell: tellProxyAuth,
		},
		{
			code: ProxyDenied, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find: func(f *facts) []match {
				some := f.tunnelAnswered()
				return f.tunnels(func(r *observation.Reply) bool {
					return r.Status != 407 && r.Status != 0 ||
						some && r.Status == 0 && r.Failure.Of(observation.KindTimeout, observation.KindClosed, observation.KindReset)
				})
			},
			tell: tellProxyDenied,
		},
		{
			code: ProxyIMDSNotBypassed, atMost: Warning,
			find: findIMDSNotBypassed, tell: tellIMDSNotBypassed,
		},
	}
}

func (f *facts) proxied() []*target { return f.where(func(t *target) bool { return t.proxied }) }

// proxyURL is the proxy of a target as it is written, without its password.
func (t *target) proxyURL() string {
	if t.Proxy != "" {
		return t.Proxy
	}
	if t.seen != nil && t.seen.Proxy != nil {
		return t.seen.Proxy.URL
	}
	return ""
}

func findProxyInvalid(f *facts) []match {
	var ms []match
	if bad := f.o.Node.Proxy.Invalid; bad != nil && f.proxyChosen() == observation.ProxyAuto {
		if f.o.Node.Proxy.PAC && slices.ContainsFunc(f.proxied(), (*target).works) {
			return nil // a proxy answers there, whatever the end of its address says
		}
		for _, t := range f.where(func(t *target) bool { return t.proxied && !t.works() || t.ProxyIgnored }) {
			// The text names the address itself.
			m := match{target: t, effect: breaks, evidence: []string{f.proxyFrom() + ": " + clipped(bad.Text)}}
			if t.works() {
				m.effect = touches // the agent goes without, and gets there
			}
			ms = append(ms, m)
		}
		return ms
	}
	return f.findHTTPSProxy()
}

// findHTTPSProxy finds what an address with https:// keeps the agent from: the
// WebSocket, and where the proxy speaks plain HTTP everything.
func (f *facts) findHTTPSProxy() []match {
	var ms []match
	socket := false
	for _, t := range f.proxied() {
		u, err := url.Parse(t.proxyURL())
		if err != nil || u.Scheme != "https" {
			continue
		}
		var plain []string
		for _, w := range t.ways {
			if w.plainProxy() {
				plain = append(plain, w.to()+": "+tunnelSaid(w.proxy.Tunnel))
			}
		}
		if t.WebSocket {
			socket = true
			ms = append(ms, match{target: t, effect: defeats, evidence: append(plain,
				f.proxyFrom()+": "+told(t.proxyURL())+": the agent opens no WebSocket through an https:// proxy")})
		} else if len(plain) > 0 {
			ms = append(ms, match{target: t, way: t.ways[0], effect: breaks, evidence: plain})
		}
	}
	if !socket {
		return ms
	}
	// The address has to be changed whatever the proxy does with TLS.
	for _, t := range f.proxied() {
		for _, w := range t.ways {
			if strings.HasPrefix(t.proxyURL(), "https://") && !t.WebSocket && !w.plainProxy() && w.state == stateProxy && w.proxy.Tunnel != nil &&
				w.proxy.Tunnel.Status == 0 && w.failure.Of(observation.KindClosed, observation.KindReset, observation.KindMalformed) {
				ms = append(ms, match{target: t, way: w, effect: breaks, evidence: []string{w.to() + ": " + tunnelSaid(w.proxy.Tunnel)}})
			}
		}
	}
	return ms
}

// plainProxy reports whether a proxy that was asked for TLS answered without.
func (w *way) plainProxy() bool {
	return w.state == stateProxy && w.proxy.Tunnel != nil && w.proxy.Tunnel.Status == 0 && w.failure.Of(observation.KindNotTLS)
}

// proxyChosen is where the proxies of the targets come from.
func (f *facts) proxyChosen() observation.ProxyChoice {
	return cmp.Or(f.o.Plan.Proxy, observation.ProxyAuto)
}

// agentWithout reports whether the agent's service is known to have no proxy,
// and was looked at as it goes.
func (f *facts) agentWithout() bool {
	p := f.o.Node.Proxy
	return f.proxyChosen() == observation.ProxyAuto && f.o.Node.Agent.Installed == observation.Yes && p.Known == observation.Yes && p.HTTPS == ""
}

// proxyHidden reports whether the agent may reach the target through a proxy
// that could not be read. What fails on the direct way is then no proof that
// the agent fails: an error would be a false alarm for a user without rights on
// a node in order, and a pass would be a guess, so that the target is left
// undecided. Where no settings were found at all (and not: could not be read)
// a proxy is unlikely, unless AWS answers through this shell's.
func (f *facts) proxyHidden(t *target) bool {
	p, installed := f.o.Node.Proxy, f.o.Node.Agent.Installed
	if t.proxied || f.proxyChosen() != observation.ProxyAuto || installed == observation.No || p.Known == observation.Yes {
		return false
	}
	if p.Known == observation.No || p.Incomplete != "" {
		return true
	}
	return installed == observation.Yes && t.seen != nil && t.seen.ShellProxy != nil && f.proxyWay(t, t.seen.ShellProxy).state == stateProven
}

func findAgentDiffers(f *facts) []match {
	if !f.agentWithout() {
		return nil
	}
	var ms []match
	for _, t := range f.direct() {
		var evidence []string
		through := f.unusedWay(t)
		switch {
		case through != nil && through.state == stateProven && !t.UnusedProxy.Kind.Bypassed():
			evidence = []string{UnusedLine(*t.UnusedProxy)}
		case t.seen != nil && t.seen.ShellProxy != nil:
			through = f.proxyWay(t, t.seen.ShellProxy)
		default:
			continue
		}
		if through.state != stateProven {
			continue
		}
		m := match{target: t, way: through, effect: breaks, evidence: append(evidence, through.line())}
		m = m.without(t)
		switch {
		case t.works():
			m.effect, m.limit = touches, Info
		case anyUndecided(t.ways):
			continue
		}
		ms = append(ms, m)
	}
	if !slices.ContainsFunc(ms, func(m match) bool { return m.effect == breaks }) {
		return ms
	}
	// What nobody asked for was not tried through that proxy, and fails directly
	// as the rest does.
	for _, t := range f.direct() {
		if !t.needed && !t.works() && !anyUndecided(t.ways) && (t.seen == nil || t.seen.ShellProxy == nil && t.seen.UnusedProxy == nil) {
			ms = append(ms, match{target: t, effect: breaks, quiet: true})
		}
	}
	return ms
}

// findShadows finds the private endpoints that the proxy keeps the agent from.
// S3 by a gateway endpoint has public addresses, and follows where an endpoint
// is kept from it too; public addresses alone say that NAT works beside the
// proxy, and the fault is the proxy's own.
func findShadows(f *facts) []match {
	private := func(t *target) bool {
		direct := workingWay(t.around)
		return direct != nil && direct.class == observation.ClassPrivate
	}
	some := slices.ContainsFunc(f.proxied(), func(t *target) bool { return !t.works() && private(t) })
	var ms []match
	for _, t := range f.proxied() {
		direct := workingWay(t.around)
		if direct == nil || anyUndecided(t.ways) || !private(t) && (t.works() || !some) {
			continue
		}
		m := match{target: t, way: direct, effect: breaks, evidence: []string{direct.line() + ", without the proxy"}}
		m.evidence = append(m.evidence, linesOf(t.ways)...)
		if t.works() {
			m.effect, m.limit = touches, Info
		}
		ms = append(ms, m)
	}
	return ms
}

func findProxyUnreachable(f *facts) []match {
	some := f.tunnelAnswered()
	var ms []match
	for _, w := range f.ways(func(w *way) bool { return w.proxy != nil && w.state == stateProxy }) {
		p := w.proxy
		switch {
		case w.noRoute, w.locally != "", w.diverted != nil, p.Tunnel != nil && (p.Tunnel.Status != 0 || some):
			continue
		}
		m := match{target: w.target, way: w, effect: breaks}
		if p.Lookup != nil && p.Lookup.Failure != nil {
			m.evidence = []string{"lookup of the proxy's name " + told(p.Lookup.Host) + ": " + happened(p.Lookup.Failure, p.Lookup.Elapsed)}
		} else {
			asked := ""
			if p.Tunnel != nil {
				asked = "connected, and asked for a tunnel: "
			}
			m.evidence = []string{w.toProxy() + ": " + asked + happened(w.failure, w.proxyTook())}
		}
		if slices.ContainsFunc(ms, func(o match) bool { return o.way.sameFailure(w) }) {
			m.evidence = nil // the same but for its time
		}
		ms = append(ms, m)
	}
	return ms
}

// sameFailure reports whether the same proxy failed in the same way.
func (w *way) sameFailure(o *way) bool {
	return w.proxy.URL == o.proxy.URL && w.proxy.Address == o.proxy.Address && w.failure.Op == o.failure.Op && w.failure.Kind == o.failure.Kind
}

// tunnelAnswered reports whether the proxy answered a request for a tunnel,
// for any target.
func (f *facts) tunnelAnswered() bool {
	return slices.ContainsFunc(f.proxied(), func(t *target) bool {
		return slices.ContainsFunc(t.ways, func(w *way) bool {
			return slices.ContainsFunc([]*observation.ProxyObservation{w.proxy, w.asked}, func(p *observation.ProxyObservation) bool {
				return p != nil && p.Tunnel != nil && p.Tunnel.Status != 0
			})
		})
	})
}

// tunnels are the matches at the ways whose proxy answered CONNECT with
// something else than a tunnel, and of which ok holds.
func (f *facts) tunnels(ok func(*observation.Reply) bool) []match {
	var ms []match
	for _, w := range f.ways(func(w *way) bool {
		return w.proxy != nil && w.state == stateProxy && w.proxy.Tunnel != nil && ok(w.proxy.Tunnel)
	}) {
		r := w.proxy.Tunnel
		line := w.to() + ": " + tunnelSaid(r)
		switch {
		case r.Status == 0:
			line += ", while the proxy answers for others"
		case len(r.ProxyAuthenticate) > 0:
			line += ", offering " + list(schemes(r.ProxyAuthenticate))
		case r.Body != "" && r.Socks == "":
			line += ", beginning with " + told(r.Body)
		}
		ms = append(ms, match{target: w.target, way: w, effect: breaks, evidence: []string{line}})
	}
	return ms
}

// tunnelSaid says how a request for a tunnel was answered.
func tunnelSaid(r *observation.Reply) string {
	switch {
	case r.Socks != "":
		return told(r.Request) + " answered over SOCKS5 in " + r.Elapsed.String() + ": " + told(r.Socks)
	case r.Status != 0:
		return told(r.Request) + " answered with status " + strconv.Itoa(r.Status) + " in " + r.Elapsed.String()
	}
	return told(r.Request) + ": " + happened(r.Failure, r.Elapsed)
}

func findIMDSNotBypassed(f *facts) []match {
	p := f.o.Node.Proxy
	if !f.ec2() || p.Metadata == "" || f.registered() {
		return nil
	}
	return []match{{effect: touches, evidence: []string{
		f.proxySettingsFrom() + ": http_proxy is " + told(p.HTTP) + ", and no_proxy (" + told(p.No) + ") does not name 169.254.169.254",
	}}}
}
