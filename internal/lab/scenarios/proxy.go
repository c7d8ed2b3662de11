package scenarios

import (
	"net/netip"
	"strconv"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

var proxyAddress = netip.MustParseAddrPort("10.20.0.80:3128")

const (
	proxyHost = "proxy.corp.example"
	proxyURL  = "http://" + proxyHost + ":3128"
)

// ProxyOnly is a server on premises that reaches AWS only through a proxy: it has no
// path to the internet, and its DNS has no public names.
func ProxyOnly() *World {
	w := HybridPublic()
	dnsFault(DNSFault{Zones: []string{w.Suffix}, Do: DNSNXDomain}, premisesDNS)(w)
	noInternet(w, false)
	addProxy(w)
	w.Node.Env["HTTPS_PROXY"] = proxyURL
	return w
}

// addProxy adds a proxy and its name.
func addProxy(w *World) {
	w.Names[proxyHost] = Records{Public: []netip.Addr{proxyAddress.Addr()}}
	w.Proxies = []*Proxy{{Address: proxyAddress}}
}

// behindProxy is a scenario of ProxyOnly.
func behindProxy(name, title string, want Want, faults ...Fault) Scenario {
	return Scenario{Name: name, Title: title, Base: ProxyOnly, Faults: faults, Want: want}
}

// proxyScenarios are the worlds with a proxy.
func proxyScenarios() []Scenario {
	auth := onProxy(func(p *Proxy) { p.User, p.Password = "node", ProxyPassword })
	byEngine := onProxy(func(p *Proxy) { p.Engine = SquidProxy })
	env := func(value string) Fault { return withEnv("HTTPS_PROXY", value) }
	throughProxy := withAgent(Agent{Env: []string{"HTTPS_PROXY=http://10.20.0.80:3128", "NO_PROXY=169.254.169.254"}})
	const socksURL, socksHost = "socks5://" + proxyHost + ":3128", proxyHost + ":3128"
	socks := onProxy(func(p *Proxy) { p.Socks = true })
	squid := []string{"squid"}
	return append(proxyFailsOnce(), []Scenario{
		{Name: "proxy-only", Title: "on premises: a proxy is the only path, and DNS knows no public name", Base: ProxyOnly, Want: passes()},
		{Name: "proxy-squid", Title: "the same, and the proxy is squid", Base: ProxyOnly, Faults: []Fault{byEngine}, Needs: squid, Want: passes()},
		{Name: "proxy-auth", Title: "the proxy requires a password, and is given it", Base: ProxyOnly,
			Faults: []Fault{auth, env("http://node:" + ProxyPassword + "@" + proxyHost + ":3128")}, Want: passes()},
		{Name: "proxy-agent-service", Title: "the agent's service has a proxy in its drop-in, and the shell has none", Base: ProxyOnly,
			Faults: []Fault{onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") }), withAgent(Agent{Env: []string{"https_proxy=" + proxyURL}})}, Want: passes()},
		{Name: "proxy-socks", Title: "the proxy speaks SOCKS5", Base: ProxyOnly, Faults: []Fault{socks, env(socksURL)}, Want: passes()},
		{Name: "proxy-socks-password", Title: "a SOCKS5 proxy wants a password, and is given it", Base: ProxyOnly,
			Faults: []Fault{socks, auth, env("socks5://node:" + ProxyPassword + "@" + socksHost)}, Want: passes()},
		behindProxy("proxy-socks-denied", "a SOCKS5 proxy's rules refuse ssmmessages", fails("proxy-denied", "ssmmessages"),
			socks, env(socksURL), onProxy(func(p *Proxy) { p.Denies = []string{hostMessages} })),
		behindProxy("proxy-socks-auth", "a SOCKS5 proxy wants a password, and is given none", fails("proxy-auth-required", unresolved...),
			socks, auth, env(socksURL)),
		behindProxy("proxy-socks-auth-wrong", "a SOCKS5 proxy wants another password than it is given", fails("proxy-auth-required", unresolved...),
			socks, auth, env("socks5://node:another@"+socksHost)),
		behindProxy("proxy-socks-is-http", "the agent takes an HTTP proxy for one of SOCKS5", fails("proxy-unreachable", unresolved...),
			env(socksURL)),
		behindProxy("proxy-invalid", "the proxy's address has an invalid port", fails("proxy-invalid", unresolved...),
			env("http://"+proxyHost+":312800")),
		behindProxy("proxy-invalid-password", "the password in the proxy's address has a slash, in the drop-in of the agent's service", fails("proxy-invalid", unresolved...),
			onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") }),
			withAgent(Agent{Env: []string{"HTTPS_PROXY=http://node:" + ProxyPassword + "/1@" + proxyHost + ":3128"}})),
		{
			Name: "proxy-invalid-direct", Title: "the proxy's address cannot be parsed, and nothing gets out without it",
			Base: HybridPublic, Faults: []Fault{func(w *World) { noInternet(w, false) }, env("http://node:open%zzsesame@" + proxyHost + ":3128")},
			Want: fails("proxy-invalid", unresolved...),
		},
		{
			Name: "proxy-invalid-none", Title: "the proxy's address has an invalid port, and --proxy none",
			Base: ProxyOnly, Faults: []Fault{env("http://" + proxyHost + ":312800")}, Args: []string{"--proxy", "none"},
			Want: fails("dns-name-missing", unresolved...),
		},
		{
			Name: "proxy-unreachable-nat", Title: "the agent's proxy is gone, and NAT would carry the direct way",
			Base: NATPublic, Faults: []Fault{
				addProxy, func(w *World) { onWay(w, Way{To: single(proxyAddress.Addr()), Action: Drop}) }, throughProxy,
			},
			Want: fails("proxy-unreachable", unresolved...),
		},
		behindProxy("proxy-unreachable", "the proxy does not answer", fails("proxy-unreachable", unresolved...),
			func(w *World) { onWay(w, Way{To: single(proxyAddress.Addr()), Action: Drop}) }),
		behindProxy("proxy-name-missing", "the proxy's name does not exist", fails("proxy-unreachable", unresolved...),
			env("http://old-proxy.corp.example:3128")),
		behindProxy("proxy-auth-required", "the proxy requires a password, and is given none", fails("proxy-auth-required", unresolved...),
			auth),
		{
			Name: "proxy-auth-required-squid", Title: "squid requires a password, and is given none",
			Base: ProxyOnly, Faults: []Fault{auth, byEngine}, Needs: squid,
			Want: fails("proxy-auth-required", unresolved...),
		},
		behindProxy("proxy-auth-wrong", "the proxy wants another password than it is given", fails("proxy-auth-required", unresolved...),
			onProxy(func(p *Proxy) { p.User, p.Password = "node", "another" }), env("http://node:"+ProxyPassword+"@"+proxyHost+":3128")),
		behindProxy("proxy-denied", "the proxy's policy refuses ssmmessages", fails("proxy-denied", "ssmmessages"),
			onProxy(func(p *Proxy) { p.Denies = []string{hostMessages} })),
		{
			Name: "proxy-denied-squid", Title: "squid's policy refuses everything",
			Base: ProxyOnly, Faults: []Fault{onProxy(func(p *Proxy) { p.Denies = []string{"*"} }), byEngine}, Needs: squid,
			Want: fails("proxy-denied", unresolved...),
		},
		behindProxy("proxy-cannot-connect", "the proxy cannot connect to ssm (502)", fails("proxy-denied", "ssm"),
			onProxy(func(p *Proxy) { p.Fails = []string{hostSSM} })),
		behindProxy("proxy-denied-silent", "the proxy gives no answer for ssmmessages", fails("proxy-denied", "ssmmessages"),
			onProxy(func(p *Proxy) { p.Swallows = []string{hostMessages} })),
		behindProxy("proxy-opens-tls", "the proxy intercepts TLS with a CA that the node does not trust", fails("tls-intercepted", unresolved...),
			onProxy(func(p *Proxy) { p.Opens = Inspection })),
		behindProxy("proxy-websocket-blocked", "the proxy intercepts TLS, which the node trusts, and swallows WebSocket upgrades", both(fails("websocket-blocked", "ssmmessages"), warns("tls-intercepted")),
			onProxy(func(p *Proxy) { p.Opens, p.DropUpgrade = Inspection, true }),
			trusts(Inspection)),
		{
			Name: "proxy-websocket-blocked-mitmproxy", Title: "mitmproxy, which the node trusts, cuts WebSocket upgrades",
			Base: ProxyOnly, Faults: []Fault{
				onProxy(func(p *Proxy) { p.Opens, p.DropUpgrade, p.Engine = Mitmproxy, true, Mitmdump }),
				trusts(Mitmproxy),
			}, Needs: []string{"mitmdump"},
			Want: both(fails("websocket-blocked", "ssmmessages"), warns("tls-intercepted")),
		},
		{
			Name: "proxy-opens-tls-mitmproxy", Title: "mitmproxy intercepts TLS, and the node does not trust it",
			Base: ProxyOnly, Faults: []Fault{onProxy(func(p *Proxy) { p.Opens, p.Engine = Mitmproxy, Mitmdump })}, Needs: []string{"mitmdump"},
			Want: fails("tls-intercepted", unresolved...),
		},
		behindProxy("proxy-agent-differs", "the shell has the proxy, and the agent's service has none", fails("proxy-agent-differs", unresolved...),
			withAgent(Agent{})),
		{
			Name: "proxy-shadows-endpoint", Title: "private endpoints work, and the agent's service goes to a proxy that refuses AWS",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, onProxy(func(p *Proxy) { p.Denies = []string{"*"} }), throughProxy,
			},
			Want: fails("proxy-shadows-endpoint", unresolved...),
		},
		{
			Name: "proxy-shadows-inspected", Title: "the same, and the proxy intercepts TLS with a certificate that this node refuses",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, onProxy(func(p *Proxy) { p.Opens = Inspection }), throughProxy,
			},
			Want: fails("proxy-shadows-endpoint", unresolved...),
		},
		{
			Name: "proxy-imds-not-bypassed", Title: "the agent's service asks instance metadata through its proxy",
			Base: NATPublic, Faults: []Fault{
				addProxy,
				withAgent(Agent{Env: []string{"HTTP_PROXY=http://10.20.0.80:3128", "HTTPS_PROXY=http://10.20.0.80:3128"}}),
			},
			Want: warns("proxy-imds-not-bypassed"),
		},
	}...)
}

// proxyFailsOnce are the worlds in which a stage of the path through the proxy fails
// once and then passes.
func proxyFailsOnce() []Scenario {
	once := func(name, title string, faults ...Fault) Scenario {
		return behindProxy("proxy-intermittent-"+name, title, warns("intermittent"), faults...)
	}
	first := func(status int) Fault { return onProxy(func(p *Proxy) { p.FailFirst = status }) }
	var all []Scenario
	for _, status := range []int{407, 502, 503, 504} {
		s := strconv.Itoa(status)
		all = append(all, once(s, "the proxy answers the first CONNECT of each host with "+s, first(status)))
	}
	socks := []Fault{onProxy(func(p *Proxy) { p.Socks = true }), withEnv("HTTPS_PROXY", "socks5://"+proxyHost+":3128")}
	return append(all,
		once("reset", "the proxy resets the first CONNECT of each host", first(CutFirst)),
		once("socks", "a SOCKS5 proxy fails the first request for each host", append(socks, first(502))...),
		once("socks-reset", "a SOCKS5 proxy resets the first request for each host", append(socks, first(CutFirst))...),
		once("tls", "the first handshake with ssm inside the tunnel is cut", func(w *World) {
			for _, e := range w.EdgesOf("ssm", false) {
				e.TLS.ResetFirst = 1
			}
		}),
	)
}
