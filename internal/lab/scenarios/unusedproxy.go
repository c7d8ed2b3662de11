package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// wpadAddress is the web server of a proxy auto-configuration file.
var wpadAddress = netip.MustParseAddrPort("10.20.0.81:80")

// unusedProxyScenarios are the worlds in which the agent goes past a proxy that
// it has, or seems to have, and those whose proxy cannot be used as it is written.
func unusedProxyScenarios() []Scenario {
	change := func(f func(*Proxy)) Fault { return func(w *World) { f(w.Proxies[0]) } }
	env := func(value string) Fault { return withEnv("HTTPS_PROXY", value) }
	noEnv := onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") })
	addProxy := func(w *World) {
		w.Names[proxyHost] = Records{Public: []netip.Addr{proxyAddress.Addr()}}
		w.Proxies = append(w.Proxies, &Proxy{Address: proxyAddress})
	}
	password := change(func(p *Proxy) { p.User, p.Password = "node", "open sesame" })
	const (
		dropIns  = "etc/systemd/system/" + AgentUnit + ".d/"
		strayDir = "etc/systemd/system/amazon-ssm-agent.service.d/"
	)
	s3Blocked := func(w *World) {
		for _, e := range w.EdgesOf("s3", false) {
			onWay(w, Way{To: single(e.Address), Action: Drop})
		}
	}
	wpad := func(w *World) {
		w.Names["wpad.corp.example"] = Records{Public: []netip.Addr{wpadAddress.Addr()}}
		w.Proxies = append(w.Proxies, &Proxy{Address: wpadAddress, Denies: []string{"*"}})
	}
	negotiate := change(func(p *Proxy) {
		p.User, p.Password, p.Offers = "node", "a ticket", []string{"Negotiate", "NTLM"}
	})
	return []Scenario{
		{
			Name: "proxy-bypassed-http-only", Title: "the agent's service has http_proxy only, and AWS is reached through the proxy only",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{Env: []string{"http_proxy=" + proxyURL, "no_proxy=169.254.169.254"}})},
			Want: fails("proxy-bypassed", unresolved...),
		},
		{
			Name: "proxy-bypassed-http-only-silent", Title: "the same, and DNS knows the public names",
			Base: HybridPublic, Faults: []Fault{addProxy, func(w *World) { noInternet(w, false) }, withAgent(Agent{Env: []string{"http_proxy=" + proxyURL}})},
			Want: fails("proxy-bypassed", unresolved...),
		},
		{
			Name: "proxy-bypassed-shell", Title: "no agent is installed, and this shell has http_proxy only",
			Base: ProxyOnly, Faults: []Fault{noEnv, withEnv("http_proxy", proxyURL)},
			Want: fails("proxy-bypassed", unresolved...),
		},
		{
			Name: "proxy-bypassed-no-proxy", Title: "no_proxy of the agent's service covers all of AWS, which only the proxy reaches",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{Env: []string{"https_proxy=" + proxyURL, "no_proxy=localhost,.amazonaws.com"}})},
			Want: fails("proxy-bypassed", unresolved...),
		},
		{
			Name: "proxy-bypassed-s3", Title: "private endpoints for the APIs, and no_proxy also keeps S3 from the proxy, the only path to it",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, s3Blocked,
				withAgent(Agent{Env: []string{"https_proxy=http://10.20.0.80:3128", "no_proxy=169.254.169.254,.amazonaws.com"}}),
			},
			Want: fails("proxy-bypassed", "s3", amazonSSM),
		},
		{
			Name: "proxy-bypassed-private", Title: "no security group of an endpoint lets anything in, and no_proxy rightly keeps them from the proxy",
			Base: PrivateVPC, Faults: []Fault{
				addProxy, blockEndpoints(Drop, privateServices...),
				withAgent(Agent{Version: "3.3.1142.0", Env: []string{"https_proxy=http://10.20.0.80:3128", "no_proxy=169.254.169.254,.amazonaws.com"}}),
			},
			Want: fails("endpoint-blocked", apis...),
		},
		{
			Name: "proxy-agent-differs-percent", Title: "systemd leaves out the agent's proxy for a % in its password",
			Base: ProxyOnly, Faults: []Fault{noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%20sesame@" + proxyHost + ":3128"}})},
			Want: fails("proxy-agent-differs", unresolved...),
		},
		{
			Name: "proxy-percent-doubled", Title: "the same with %%, as systemd wants it",
			Base: ProxyOnly, Faults: []Fault{noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%%20sesame@" + proxyHost + ":3128"}})},
			Want: Want{Verdict: diagnose.Pass, Status: 0},
		},
		{
			Name: "proxy-percent-file", Title: "a % in the password, in an EnvironmentFile: it is read as it is written",
			Base: ProxyOnly, Faults: []Fault{noEnv, password, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "file.conf":   "[Service]\nEnvironmentFile=-/etc/default/ssm-proxy\n",
				"etc/default/ssm-proxy": "https_proxy=http://node:open%20sesame@" + proxyHost + ":3128\n",
			})},
			Want: Want{Verdict: diagnose.Pass, Status: 0},
		},
		{
			Name: "proxy-percent-old-systemd", Title: "a % in the password on Amazon Linux 2, whose systemd takes it as it is written",
			Base: ProxyOnly, Faults: []Fault{
				noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%20sesame@" + proxyHost + ":3128"}}),
				withFiles(map[string]string{"etc/os-release": "ID=\"amzn\"\nVERSION_ID=\"2\"\nPRETTY_NAME=\"Amazon Linux 2\"\n"}),
			},
			Want: Want{Verdict: diagnose.Pass, Status: 0},
		},
		{
			Name: "proxy-agent-differs-quote", Title: "systemd leaves out the agent's proxy for a quote that does not end",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "proxy.conf": "[Service]\n# the proxy\nEnvironment=\"https_proxy=" + proxyURL + "\n",
			})},
			Want: fails("proxy-agent-differs", unresolved...),
		},
		{
			Name: "proxy-agent-differs-export", Title: "systemd leaves out the agent's proxy for an \"export\" before it in an EnvironmentFile",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "file.conf":   "[Service]\nEnvironmentFile=/etc/default/ssm-proxy\n",
				"etc/default/ssm-proxy": "# the proxy\nexport https_proxy=" + proxyURL + "\n",
			})},
			Want: fails("proxy-agent-differs", unresolved...), Says: []string{"line 2 of /etc/default/ssm-proxy: write `https_proxy=" + proxyURL + "`"},
		},
		{
			Name: "proxy-agent-differs-other-unit", Title: "the proxy stands in a drop-in of the package's unit, and the agent is the snap",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{}), withFiles(map[string]string{
				strayDir + "override.conf": "[Service]\nEnvironment=\"https_proxy=" + proxyURL + "\"\n",
			})},
			Want: fails("proxy-agent-differs", unresolved...),
		},
		{
			Name: "proxy-invalid-pac", Title: "the proxy is the address of a PAC file",
			Base: ProxyOnly, Faults: []Fault{wpad, env("http://wpad.corp.example/proxy.pac")},
			Want: fails("proxy-invalid", unresolved...),
		},
		{
			Name: "proxy-invalid-pac-scheme", Title: "the proxy is the address of a PAC file, with a scheme of its own",
			Base: ProxyOnly, Faults: []Fault{wpad, env("pac+http://wpad.corp.example/wpad.dat")},
			Want: fails("proxy-invalid", unresolved...),
		},
		{
			Name: "proxy-invalid-https", Title: "the URL of an HTTP proxy begins with https://",
			Base: ProxyOnly, Faults: []Fault{env("https://" + proxyHost + ":3128")},
			Want: fails("proxy-invalid", unresolved...),
		},
		{
			Name: "proxy-invalid-https-s3", Title: "the same, and no WebSocket is needed",
			Base: ProxyOnly, Faults: []Fault{env("https://" + proxyHost + ":3128")}, Args: []string{"--for", "agent-update"},
			Want: fails("proxy-invalid", "s3", amazonSSM),
		},
		{
			Name: "proxy-invalid-https-websocket", Title: "the proxy speaks TLS itself, and the agent opens no WebSocket through it",
			Base: ProxyOnly, Faults: []Fault{
				env("https://" + proxyHost + ":3128"), change(func(p *Proxy) { p.TLS = Inspection }),
				onNode(func(n *Node) { n.Trusts = append(n.Trusts, Inspection) }),
			},
			Want: fails("proxy-invalid", "ssmmessages"),
		},
		{
			Name: "proxy-auth-negotiate", Title: "the proxy offers Negotiate and NTLM, which the agent cannot use, and is given a password",
			Base: ProxyOnly, Faults: []Fault{negotiate, env("http://node:" + ProxyPassword + "@" + proxyHost + ":3128")},
			Want: fails("proxy-auth-required", unresolved...),
		},
	}
}
