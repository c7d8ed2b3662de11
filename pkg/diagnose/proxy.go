package diagnose

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"golang.org/x/net/http/httpproxy"
)

// throughProxies are the causes that lie in the proxy of the agent's service.
func throughProxies() []cause {
	return []cause{
		{
			code: ProxyInvalid, atMost: Error, restart: true,
			summary: "The address of the configured proxy cannot be used; or the proxy is an https:// one and the target needs a WebSocket, which the agent cannot open through such a proxy.",
			find:    findProxyInvalid, tell: tellProxyInvalid,
		},
		{
			code: ProxyAgentDiffers, atMost: Error, restart: true,
			summary: "The agent's service has no proxy, the direct way fails, and AWS answers through the proxy of this shell: the agent has to be given the same proxy. Where both ways work it is information only.",
			find:    findAgentDiffers, tell: tellAgentDiffers,
		},
		{
			code: ProxyShadowsEndpoint, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid},
			summary: "AWS answers directly, and the agent's way through the proxy fails: the names have to be taken out of the proxy (no_proxy). Where both ways work it is information only.",
			find:    findShadows, tell: tellShadows,
		},
		{
			code: ProxyUnreachable, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			summary: "The proxy's name does not resolve, or the proxy does not answer.",
			find:    findProxyUnreachable, tell: tellProxyUnreachable,
		},
		{
			code: ProxyAuthRequired, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			summary: "The proxy wants a user and a password (407), and the agent's settings have none that it accepts.",
			find:    func(f *facts) []match { return f.tunnels(func(r *probe.Reply) bool { return r.Status == 407 }) },
			tell:    tellProxyAuth,
		},
		{
			code: ProxyDenied, atMost: Error, restart: true, explainedBy: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			summary: "The proxy refuses to connect to the target, or cannot.",
			find: func(f *facts) []match {
				return f.tunnels(func(r *probe.Reply) bool { return r.Status != 407 && r.Status != 0 })
			},
			tell: tellProxyDenied,
		},
		{
			code: ProxyIMDSNotBypassed, atMost: Warning,
			summary: "By the agent's settings, requests to instance metadata (169.254.169.254) go to the proxy: the agent then gets no identity, or the proxy's.",
			find:    findIMDSNotBypassed, tell: tellIMDSNotBypassed,
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
	if bad := f.o.Node.Proxy.Invalid; bad != nil {
		ts := f.proxied()
		if len(ts) == 0 {
			ts = f.where(func(*target) bool { return true })
		}
		for _, t := range ts {
			if t.works() {
				continue
			}
			// The text names the address itself.
			ms = append(ms, match{target: t, effect: breaks, evidence: []string{f.proxyFrom() + ": " + clipped(bad.Text)}})
		}
		return ms
	}
	for _, t := range f.proxied() {
		if u, err := url.Parse(t.proxyURL()); err == nil && u.Scheme == "https" && t.WebSocket {
			ms = append(ms, match{target: t, effect: defeats, evidence: []string{
				f.proxyFrom() + ": " + told(t.proxyURL()) + ": the agent opens no WebSocket through an https:// proxy",
			}})
		}
	}
	return ms
}

func findAgentDiffers(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if t.seen == nil || t.seen.ShellProxy == nil {
			continue
		}
		shell := f.proxyWay(t, t.seen.ShellProxy)
		if shell.state != stateProven {
			continue
		}
		m := match{target: t, way: shell, effect: breaks, evidence: []string{shell.line()}}
		for _, w := range t.ways {
			m.evidence = append(m.evidence, w.line()+", without the proxy")
		}
		if len(t.ways) == 0 && t.lookup != nil && t.lookup.Failure != nil {
			m.evidence = append(m.evidence, "the system's own lookup of "+t.Host+": "+happened(t.lookup.Failure, t.lookup.Elapsed)+", without the proxy")
		}
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
	// What nobody asked for was not tried through the shell's proxy, and fails
	// directly as the rest does.
	for _, t := range f.direct() {
		if !t.needed && !t.works() && !anyUndecided(t.ways) && (t.seen == nil || t.seen.ShellProxy == nil) {
			ms = append(ms, match{target: t, effect: breaks, quiet: true})
		}
	}
	return ms
}

func findShadows(f *facts) []match {
	var ms []match
	for _, t := range f.proxied() {
		direct := workingWay(t.around)
		if direct == nil || slices.ContainsFunc(t.ways, func(w *way) bool { return w.state == stateUndecided }) {
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
	some := slices.ContainsFunc(f.proxied(), func(t *target) bool {
		return t.seen != nil && t.seen.Proxy != nil && t.seen.Proxy.Tunnel != nil && t.seen.Proxy.Tunnel.Status != 0
	})
	var ms []match
	for _, w := range f.ways(func(w *way) bool { return w.proxy != nil && w.state == stateProxy }) {
		p := w.proxy
		switch {
		case w.noRoute, w.locally != "", p.Tunnel != nil && (p.Tunnel.Status != 0 || some):
			continue
		}
		m := match{target: w.target, way: w, effect: breaks}
		if p.Lookup != nil && p.Lookup.Failure != nil {
			m.evidence = []string{"lookup of the proxy's name " + told(p.Lookup.Host) + ": " + happened(p.Lookup.Failure, p.Lookup.Elapsed)}
		} else {
			m.evidence = []string{w.to() + " (" + p.Address.String() + "): " + happened(w.failure, w.proxyTook())}
		}
		ms = append(ms, m)
	}
	return ms
}

// tunnels are the matches at the ways whose proxy answered CONNECT with
// something else than a tunnel, and of which ok holds.
func (f *facts) tunnels(ok func(*probe.Reply) bool) []match {
	var ms []match
	for _, w := range f.ways(func(w *way) bool {
		return w.proxy != nil && w.state == stateProxy && w.proxy.Tunnel != nil && ok(w.proxy.Tunnel)
	}) {
		r := w.proxy.Tunnel
		line := w.to() + ": " + told(r.Request) + " answered with status " + strconv.Itoa(r.Status) + " in " + r.Elapsed.String()
		if r.Body != "" {
			line += ", beginning with " + told(r.Body)
		}
		ms = append(ms, match{target: w.target, way: w, effect: breaks, evidence: []string{line}})
	}
	return ms
}

func findIMDSNotBypassed(f *facts) []match {
	p := f.o.Node.Proxy
	if !f.ec2() || p.HTTP == "" || f.registered() {
		return nil
	}
	c := httpproxy.Config{HTTPProxy: p.HTTP, NoProxy: p.No}
	u, err := c.ProxyFunc()(&url.URL{Scheme: "http", Host: "169.254.169.254", Path: "/"})
	if err != nil || u == nil {
		return nil
	}
	return []match{{effect: touches, evidence: []string{
		f.proxyFrom() + ": http_proxy is " + told(p.HTTP) + ", and no_proxy (" + told(p.No) + ") does not name 169.254.169.254",
	}}}
}
