package diagnose

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The settings of the proxy.
const (
	ProxyInvalid         Code = "proxy-invalid"
	ProxyAgentDiffers    Code = "proxy-agent-differs"
	ProxyShadowsEndpoint Code = "proxy-shadows-endpoint"
	ProxyIMDSNotBypassed Code = "proxy-imds-not-bypassed"
)

// proxyCauses are the causes that concern the proxy of the agent's service.
func proxyCauses() []cause {
	return []cause{
		{
			code: ProxyInvalid, atMost: Error, restart: true,
			find: findProxyInvalid, describe: describeProxyInvalid,
			actions: setProxyFor(ProxyInvalid),
		},
		{ // a proxy of the agent's does not apply where it is needed
			code: ProxyBypassed, atMost: Error, restart: true, dependsOn: []Code{ProxyInvalid},
			find: findBypassed, describe: describeBypassed,
			actions: setProxyFor(ProxyBypassed),
		},
		{
			code: ProxyAgentDiffers, atMost: Error, restart: true, dependsOn: []Code{ProxyBypassed},
			find: findAgentDiffers, describe: describeAgentDiffers,
			actions: setProxyFor(ProxyAgentDiffers),
		},
		{
			code: ProxyShadowsEndpoint, atMost: Error, restart: true, dependsOn: []Code{ProxyInvalid},
			find: findShadows, describe: describeShadows,
			actions: setProxyFor(ProxyShadowsEndpoint),
		},
		{
			code: ProxyUnreachable, atMost: Error, restart: true, dependsOn: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find: findProxyUnreachable, describe: describeProxyUnreachable,
		},
		{
			code: ProxyAuthRequired, atMost: Error, restart: true, dependsOn: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find:     func(f *facts) []match { return f.tunnels(func(r *observation.Reply) bool { return r.Status == 407 }) },
			describe: describeProxyAuth,
			actions:  setProxyFor(ProxyAuthRequired),
		},
		{
			code: ProxyDenied, atMost: Error, restart: true, dependsOn: []Code{ProxyInvalid, ProxyShadowsEndpoint},
			find: func(f *facts) []match {
				some := f.tunnelAnswered()
				return f.tunnels(func(r *observation.Reply) bool {
					return r.Status != 407 && r.Status != 0 ||
						some && r.Status == 0 && r.Failure.Of(observation.KindTimeout, observation.KindClosed, observation.KindReset)
				})
			},
			describe: describeProxyDenied,
		},
		{
			code: ProxyIMDSNotBypassed, atMost: Warning,
			find: findIMDSNotBypassed, describe: describeIMDSNotBypassed,
			actions: setProxyFor(ProxyIMDSNotBypassed),
		},
	}
}

func (f *facts) proxied() []*target { return f.where(func(t *target) bool { return t.proxied }) }

// proxyURL is the proxy of a target as it is written, without its password.
func (t *target) proxyURL() string {
	if t.Proxy == "" && t.seen != nil && t.seen.Proxy != nil {
		return t.seen.Proxy.URL
	}
	return t.Proxy
}

func findProxyInvalid(f *facts) []match {
	var ms []match
	if bad := f.o.Node.Proxy.Invalid; bad != nil && f.proxyChosen() == observation.ProxyAuto {
		if f.o.Node.Proxy.PAC && slices.ContainsFunc(f.proxied(), (*target).works) {
			return nil // a proxy answers there, whatever its address ends with
		}
		for _, t := range f.where(func(t *target) bool { return t.proxied && !t.works() || t.ProxyIgnored }) {
			// The text names the address itself.
			m := match{target: t, effect: blocks, evidence: []string{f.proxyFrom() + ": " + clipped(bad.Text)}}
			if t.works() {
				m.effect = affects // the agent connects without it
			}
			ms = append(ms, m)
		}
		return ms
	}
	return f.findHTTPSProxy()
}

func describeProxyInvalid(f *facts, ms []match) words {
	form := "http://HOST:PORT"
	if strings.Contains(f.o.Node.Proxy.HTTPS, "@") {
		form = "http://USER:PASSWORD@HOST:PORT (special characters as %40 and the like)"
	}
	w := words{
		title: "the agent's proxy address cannot be used",
		fix:   []string{"write the proxy as " + form + " in " + f.proxyFile()},
	}
	w = f.reloaded(w)
	switch {
	case f.o.Node.Proxy.Invalid == nil || f.proxyChosen() != observation.ProxyAuto:
		return f.describeHTTPSProxy(ms)
	case f.o.Node.Proxy.PAC:
		w.title = "the agent's proxy is set to a PAC file, which the agent cannot read"
		w.fix[0] = "find out which proxy the PAC file returns for " + everyHost(targetsOf(ms)) + ", and " + w.fix[0]
	}
	w.checks = []Check{f.settingsCheck()}
	return w
}

// findHTTPSProxy matches what an address with https:// makes impossible for the agent:
// the WebSocket and, if the proxy speaks plain HTTP, everything.
func (f *facts) findHTTPSProxy() []match {
	var ms []match
	socket := false
	for _, t := range f.proxied() {
		u, err := url.Parse(t.proxyURL())
		if err != nil || u.Scheme != "https" {
			continue
		}
		var plain []string
		for _, w := range t.paths {
			if w.plainProxy() {
				plain = append(plain, w.to()+": "+tunnelSaid(w.proxy.Tunnel))
			}
		}
		if t.WebSocket {
			socket = true
			ms = append(ms, match{target: t, effect: invalidates, evidence: append(plain,
				f.proxyFrom()+": "+quoted(t.proxyURL())+": the agent cannot open a WebSocket through an https:// proxy")})
		} else if len(plain) > 0 {
			ms = append(ms, match{target: t, path: t.paths[0], effect: blocks, evidence: plain})
		}
	}
	if !socket {
		return ms
	}
	// The address has to be changed whatever the proxy does with TLS.
	for _, t := range f.proxied() {
		for _, w := range t.paths {
			if strings.HasPrefix(t.proxyURL(), "https://") && !t.WebSocket && !w.plainProxy() && w.state == stateProxy && w.proxy.Tunnel != nil &&
				w.proxy.Tunnel.Status == 0 && w.failure.Of(observation.KindClosed, observation.KindReset, observation.KindMalformed) {
				ms = append(ms, match{target: t, path: w, effect: blocks, evidence: []string{w.to() + ": " + tunnelSaid(w.proxy.Tunnel)}})
			}
		}
	}
	return ms
}

// plainProxy reports whether a proxy that was asked for TLS answered without it.
func (w *path) plainProxy() bool {
	return w.state == stateProxy && w.proxy.Tunnel != nil && w.proxy.Tunnel.Status == 0 && w.failure.Of(observation.KindNotTLS)
}

// proxyChosen is where the targets' proxies come from.
func (f *facts) proxyChosen() observation.ProxyChoice {
	return cmp.Or(f.o.Plan.Proxy, observation.ProxyAuto)
}

// agentWithout reports whether the agent's service is known to have no proxy, and
// --proxy did not override that.
func (f *facts) agentWithout() bool {
	p := f.o.Node.Proxy
	return f.proxyChosen() == observation.ProxyAuto && f.o.Node.Agent.Installed == observation.Yes && p.Known == observation.Yes && p.HTTPS == ""
}

// proxyHidden reports whether the agent may reach the target through a proxy that could
// not be read. Then a failure on the direct path does not prove that the agent fails: an
// error would be a false alarm for an unprivileged user on a healthy node, and a pass
// would be a guess, so the target is left undecided. If no settings were found at all,
// as opposed to unreadable ones, a proxy is unlikely, unless AWS answers through this
// shell's.
func (f *facts) proxyHidden(t *target) bool {
	p, installed := f.o.Node.Proxy, f.o.Node.Agent.Installed
	if t.proxied || f.proxyChosen() != observation.ProxyAuto || installed == observation.No || p.Known == observation.Yes {
		return false
	}
	if p.Known == observation.No || p.Incomplete != "" {
		return true
	}
	return installed == observation.Yes && t.seen != nil && t.seen.ShellProxy != nil && f.proxyPath(t, t.seen.ShellProxy).state == reachedAWS
}

// describeHTTPSProxy describes an address that begins with https:// and must not.
func (f *facts) describeHTTPSProxy(ms []match) words {
	ts := targetsOf(ms)
	address, _ := f.proxySetting("http://" + strings.TrimPrefix(ts[0].proxyURL(), "https://"))
	w := words{checks: []Check{f.settingsCheck()}}
	if slices.ContainsFunc(f.paths(func(w *path) bool { return w.proxy != nil }), (*path).plainProxy) {
		w.title = "the proxy " + ts[0].proxyURL() + " speaks plain HTTP, but its address begins with https://"
		w.checks = append(w.checks, f.through(ts[0].proxyURL(), f.urlArg(ts[0].Host, "/"), cutOff, false))
		w.fix = []string{"write the proxy as " + address + " in " + f.proxyFile()}
		return f.reloaded(w)
	}
	if sockets := filter(ts, func(t *target) bool { return t.WebSocket }); len(sockets) > 0 {
		w.title = "the agent cannot open the WebSocket of " + subject(sockets[:1]) + " through the https:// proxy " + sockets[0].proxyURL()
	}
	w.fix = []string{
		"write the proxy as " + address + " in " + f.proxyFile() + ", if it also accepts connections without TLS (maybe on another port)",
	}
	return f.reloaded(w)
}

func findAgentDiffers(f *facts) []match {
	if !f.agentWithout() {
		return nil
	}
	var ms []match
	for _, t := range f.direct() {
		var evidence []string
		through := f.unusedPath(t)
		switch {
		case through != nil && through.state == reachedAWS && !t.UnusedProxy.Kind.Bypassed():
			evidence = []string{unusedLine(*t.UnusedProxy)}
		case t.seen != nil && t.seen.ShellProxy != nil:
			through = f.proxyPath(t, t.seen.ShellProxy)
		default:
			continue
		}
		if through.state != reachedAWS {
			continue
		}
		m := match{target: t, path: through, effect: blocks, evidence: append(evidence, through.line())}
		m = m.without(t)
		switch {
		case t.works():
			m.effect, m.limit = affects, Info
		case anyUndecided(t.paths):
			continue
		}
		ms = append(ms, m)
	}
	if !slices.ContainsFunc(ms, func(m match) bool { return m.effect == blocks }) {
		return ms
	}
	// An optional target was not tried through that proxy, and fails directly like
	// the rest.
	for _, t := range f.direct() {
		if !t.needed && !t.works() && !anyUndecided(t.paths) && (t.seen == nil || t.seen.ShellProxy == nil && t.seen.UnusedProxy == nil) {
			ms = append(ms, match{target: t, effect: blocks, suppressed: true})
		}
	}
	return ms
}

func describeAgentDiffers(f *facts, ms []match) words {
	ts := targetsOf(ms)
	through := pathsOf(ms)[0]
	proxy := through.proxy.URL
	if first := through.target; first.seen.UnusedProxy != nil && through.asked == first.seen.UnusedProxy {
		return f.describeUnused([]*target{first}, through)
	}
	w := words{
		title:  "this shell reaches AWS through a proxy that the agent's service does not have",
		checks: []Check{f.settingsCheck(), {Command: f.shellProxy(), Expect: f.expectProxy(f.o.Node.Proxy.ShellHTTPS)}},
	}
	if len(ts) > 0 {
		w.checks = append(w.checks, f.through(proxy, f.url(through), through.expect(), true))
	}
	w.fix, w.mode = f.setProxy(proxy, ts), DoAll
	return w
}

// findShadows matches the private endpoints that the proxy keeps the agent from. S3 with
// a gateway endpoint has public addresses, and follows if the agent is kept from another
// endpoint. Public addresses alone show that NAT works besides the proxy, and the fault
// is the proxy's own.
func findShadows(f *facts) []match {
	private := func(t *target) bool {
		direct := workingPath(t.direct)
		return direct != nil && direct.class == observation.ClassPrivate
	}
	some := slices.ContainsFunc(f.proxied(), func(t *target) bool { return !t.works() && private(t) })
	var ms []match
	for _, t := range f.proxied() {
		direct := workingPath(t.direct)
		if direct == nil || anyUndecided(t.paths) || !private(t) && (t.works() || !some) {
			continue
		}
		m := match{target: t, path: direct, effect: blocks, evidence: append([]string{direct.line() + ", without the proxy"}, linesOf(t.paths)...)}
		if t.works() {
			m.effect, m.limit = affects, Info
		}
		ms = append(ms, m)
	}
	return ms
}

func describeShadows(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  subject(ts) + plural(len(ts), " answers", " answer") + " directly, but the agent goes through the proxy " + ts[0].proxyURL(),
		checks: []Check{f.through(ts[0].proxyURL(), f.url(ws[0]), expectOf(ts[0].paths), false), f.works(ws[0])},
	}
	w.fix = []string{"add " + joinAnd(hosts(ts)) + " to no_proxy in " + f.proxyFile()}
	return w
}

func findIMDSNotBypassed(f *facts) []match {
	p := f.o.Node.Proxy
	if !f.ec2() || p.Metadata == "" || f.registered() {
		return nil
	}
	return []match{{effect: affects, evidence: []string{
		f.proxySettingsFrom() + ": http_proxy is " + quoted(p.HTTP) + ", and no_proxy (" + quoted(p.No) + ") does not name 169.254.169.254",
	}}}
}

func describeIMDSNotBypassed(f *facts, ms []match) words {
	return words{
		title:  "the agent asks the proxy for instance metadata",
		checks: []Check{f.settingsCheck()},
		fix:    []string{"add 169.254.169.254 to no_proxy in " + f.proxyFile()},
	}
}
