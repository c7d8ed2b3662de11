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

// ProxyOnly is a server on premises that reaches AWS through a proxy alone: no
// way to the internet, and no public name in its DNS.
func ProxyOnly() *World {
	w := HybridPublic()
	w.Names[proxyHost] = Records{Public: []netip.Addr{proxyAddress.Addr()}}
	dnsFault(DNSFault{Zones: []string{w.Suffix}, Do: DNSNXDomain}, premisesDNS)(w)
	noInternet(w, false)
	w.Proxies = []*Proxy{{Address: proxyAddress}}
	w.Node.Env["HTTPS_PROXY"] = proxyURL
	return w
}

// proxyScenarios are the worlds with a proxy.
func proxyScenarios() []Scenario {
	change := func(f func(*Proxy)) Fault { return func(w *World) { f(w.Proxies[0]) } }
	auth := change(func(p *Proxy) { p.User, p.Password = "node", ProxyPassword })
	byEngine := change(func(p *Proxy) { p.Engine = SquidProxy })
	env := func(value string) Fault { return withEnv("HTTPS_PROXY", value) }
	addProxy := func(w *World) {
		w.Names[proxyHost] = Records{Public: []netip.Addr{proxyAddress.Addr()}}
		w.Proxies = []*Proxy{{Address: proxyAddress}}
	}
	const socksURL, socksHost = "socks5://" + proxyHost + ":3128", proxyHost + ":3128"
	socks := change(func(p *Proxy) { p.Socks = true })
	squid := []string{"squid"}
	well := Want{Verdict: "pass", Status: 0}
	return append(proxyFailsOnce(), []Scenario{
		{Name: "proxy-only", Title: "on premises: a proxy is the only path, and DNS knows no public name", Base: ProxyOnly, Want: well},
		{Name: "proxy-squid", Title: "the same, and the proxy is squid", Base: ProxyOnly, Faults: []Fault{byEngine}, Needs: squid, Want: well},
		{Name: "proxy-auth", Title: "the proxy requires a password, and is given it", Base: ProxyOnly,
			Faults: []Fault{auth, env("http://node:" + ProxyPassword + "@" + proxyHost + ":3128")}, Want: well},
		{Name: "proxy-agent-service", Title: "the agent's service has a proxy in its drop-in, and the shell has none", Base: ProxyOnly,
			Faults: []Fault{onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") }), withAgent(Agent{Env: []string{"https_proxy=" + proxyURL}})}, Want: well},
		{Name: "proxy-socks", Title: "the proxy speaks SOCKS5", Base: ProxyOnly, Faults: []Fault{socks, env(socksURL)}, Want: well},
		{Name: "proxy-socks-password", Title: "a SOCKS5 proxy wants a password, and is given it", Base: ProxyOnly,
			Faults: []Fault{socks, auth, env("socks5://node:" + ProxyPassword + "@" + socksHost)}, Want: well},
		{
			Name: "proxy-socks-denied", Title: "a SOCKS5 proxy's rules refuse ssmmessages",
			Base: ProxyOnly, Faults: []Fault{socks, env(socksURL), change(func(p *Proxy) { p.Denies = []string{"ssmmessages.us-east-2.amazonaws.com"} })},
			Want: fails("proxy-denied", "ssmmessages"),
		},
		{
			Name: "proxy-socks-auth", Title: "a SOCKS5 proxy wants a password, and is given none",
			Base: ProxyOnly, Faults: []Fault{socks, auth, env(socksURL)},
			Want: fails("proxy-auth-required", unresolved...),
		},
		{
			Name: "proxy-socks-auth-wrong", Title: "a SOCKS5 proxy wants another password than it is given",
			Base: ProxyOnly, Faults: []Fault{socks, auth, env("socks5://node:another@" + socksHost)},
			Want: fails("proxy-auth-required", unresolved...),
		},
		{
			Name: "proxy-socks-is-http", Title: "the agent takes an HTTP proxy for one of SOCKS5",
			Base: ProxyOnly, Faults: []Fault{env(socksURL)},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "proxy-invalid", Title: "the proxy's address has an invalid port",
			Base: ProxyOnly, Faults: []Fault{env("http://" + proxyHost + ":312800")},
			Want: fails("proxy-invalid", unresolved...),
		},
		{
			Name: "proxy-invalid-password", Title: "the password in the proxy's address has a slash, in the drop-in of the agent's service",
			Base: ProxyOnly, Faults: []Fault{
				onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") }),
				withAgent(Agent{Env: []string{"HTTPS_PROXY=http://node:" + ProxyPassword + "/1@" + proxyHost + ":3128"}}),
			},
			Want: fails("proxy-invalid", unresolved...),
		},
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
				addProxy, func(w *World) { onWay(w, Way{To: single(proxyAddress.Addr()), Action: Drop}) },
				withAgent(Agent{Env: []string{"HTTPS_PROXY=http://10.20.0.80:3128", "NO_PROXY=169.254.169.254"}}),
			},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "proxy-unreachable", Title: "the proxy does not answer",
			Base: ProxyOnly, Faults: []Fault{func(w *World) { onWay(w, Way{To: single(proxyAddress.Addr()), Action: Drop}) }},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "proxy-name-missing", Title: "the proxy's name does not exist",
			Base: ProxyOnly, Faults: []Fault{env("http://old-proxy.corp.example:3128")},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "proxy-auth-required", Title: "the proxy requires a password, and is given none",
			Base: ProxyOnly, Faults: []Fault{auth},
			Want: fails("proxy-auth-required", unresolved...),
		},
		{
			Name: "proxy-auth-required-squid", Title: "squid requires a password, and is given none",
			Base: ProxyOnly, Faults: []Fault{auth, byEngine}, Needs: squid,
			Want: fails("proxy-auth-required", unresolved...),
		},
		{
			Name: "proxy-auth-wrong", Title: "the proxy wants another password than it is given",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.User, p.Password = "node", "another" }), env("http://node:" + ProxyPassword + "@" + proxyHost + ":3128")},
			Want: fails("proxy-auth-required", unresolved...),
		},
		{
			Name: "proxy-denied", Title: "the proxy's policy refuses ssmmessages",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Denies = []string{"ssmmessages.us-east-2.amazonaws.com"} })},
			Want: fails("proxy-denied", "ssmmessages"),
		},
		{
			Name: "proxy-denied-squid", Title: "squid's policy refuses everything",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Denies = []string{"*"} }), byEngine}, Needs: squid,
			Want: fails("proxy-denied", unresolved...),
		},
		{
			Name: "proxy-cannot-connect", Title: "the proxy cannot connect to ssm (502)",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Fails = []string{"ssm.us-east-2.amazonaws.com"} })},
			Want: fails("proxy-denied", "ssm"),
		},
		{
			Name: "proxy-denied-silent", Title: "the proxy gives no answer for ssmmessages",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Swallows = []string{"ssmmessages.us-east-2.amazonaws.com"} })},
			Want: fails("proxy-denied", "ssmmessages"),
		},
		{
			Name: "proxy-opens-tls", Title: "the proxy intercepts TLS with a CA that the node does not trust",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Opens = Inspection })},
			Want: fails("tls-intercepted", unresolved...),
		},
		{
			Name: "proxy-websocket-blocked", Title: "the proxy intercepts TLS, which the node trusts, and swallows WebSocket upgrades",
			Base: ProxyOnly, Faults: []Fault{
				change(func(p *Proxy) { p.Opens, p.DropUpgrade = Inspection, true }),
				onNode(func(n *Node) { n.Trusts = append(n.Trusts, Inspection) }),
			},
			Want: Want{Verdict: "fail", Status: 1, Errors: errorsOf("websocket-blocked", "ssmmessages"), Warnings: codes("tls-intercepted")},
		},
		{
			Name: "proxy-websocket-blocked-mitmproxy", Title: "mitmproxy, which the node trusts, cuts WebSocket upgrades",
			Base: ProxyOnly, Faults: []Fault{
				change(func(p *Proxy) { p.Opens, p.DropUpgrade, p.Engine = Mitmproxy, true, Mitmdump }),
				onNode(func(n *Node) { n.Trusts = append(n.Trusts, Mitmproxy) }),
			}, Needs: []string{"mitmdump"},
			Want: Want{Verdict: "fail", Status: 1, Errors: errorsOf("websocket-blocked", "ssmmessages"), Warnings: codes("tls-intercepted")},
		},
		{
			Name: "proxy-opens-tls-mitmproxy", Title: "mitmproxy intercepts TLS, and the node does not trust it",
			Base: ProxyOnly, Faults: []Fault{change(func(p *Proxy) { p.Opens, p.Engine = Mitmproxy, Mitmdump })}, Needs: []string{"mitmdump"},
			Want: fails("tls-intercepted", unresolved...),
		},
		{
			Name: "proxy-agent-differs", Title: "the shell has the proxy, and the agent's service has none",
			Base: ProxyOnly, Faults: []Fault{withAgent(Agent{})},
			Want: fails("proxy-agent-differs", unresolved...),
		},
		{
			Name: "proxy-shadows-endpoint", Title: "private endpoints work, and the agent's service goes to a proxy that refuses AWS",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, change(func(p *Proxy) { p.Denies = []string{"*"} }),
				withAgent(Agent{Env: []string{"HTTPS_PROXY=http://10.20.0.80:3128", "NO_PROXY=169.254.169.254"}}),
			},
			Want: fails("proxy-shadows-endpoint", unresolved...),
		},
		{
			Name: "proxy-shadows-inspected", Title: "the same, and the proxy intercepts TLS with a certificate that this node refuses",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, change(func(p *Proxy) { p.Opens = Inspection }),
				withAgent(Agent{Env: []string{"HTTPS_PROXY=http://10.20.0.80:3128", "NO_PROXY=169.254.169.254"}}),
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

// proxyFailsOnce are the worlds in which a stage of the path through the proxy
// fails the first time, and passes the second.
func proxyFailsOnce() []Scenario {
	once := func(name, title string, faults ...Fault) Scenario {
		return Scenario{Name: "proxy-intermittent-" + name, Title: title, Base: ProxyOnly, Faults: faults, Want: warns("intermittent")}
	}
	proxy := func(change func(*Proxy)) Fault { return func(w *World) { change(w.Proxies[0]) } }
	first := func(status int) Fault { return proxy(func(p *Proxy) { p.FailFirst = status }) }
	var all []Scenario
	for _, status := range []int{407, 502, 503, 504} {
		s := strconv.Itoa(status)
		all = append(all, once(s, "the proxy answers the first CONNECT of each host with "+s, first(status)))
	}
	socks := []Fault{proxy(func(p *Proxy) { p.Socks = true }), withEnv("HTTPS_PROXY", "socks5://"+proxyHost+":3128")}
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
