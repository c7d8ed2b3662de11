package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// wpadAddress is the web server of a proxy auto-configuration file.
var wpadAddress = netip.MustParseAddrPort("10.20.0.81:80")

// unusedProxyScenarios are the worlds in which the agent bypasses a proxy that it has
// or seems to have, and those whose proxy setting is unusable.
func unusedProxyScenarios() []Scenario {
	env := func(value string) Fault { return withEnv("HTTPS_PROXY", value) }
	noEnv := onNode(func(n *Node) { delete(n.Env, "HTTPS_PROXY") })
	password := onProxy(func(p *Proxy) { p.User, p.Password = "node", "open sesame" })
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
	negotiate := onProxy(func(p *Proxy) {
		p.User, p.Password, p.Offers = "node", "a ticket", []string{"Negotiate", "NTLM"}
	})
	return []Scenario{
		behindProxy("proxy-bypassed-http-only", "the agent's service has http_proxy only, and AWS is reached through the proxy only", fails("proxy-bypassed", unresolved...),
			noEnv, withAgent(Agent{Env: []string{"http_proxy=" + proxyURL, "no_proxy=169.254.169.254"}})),
		{
			Name: "proxy-bypassed-http-only-silent", Title: "the same, and DNS knows the public names",
			Base: HybridPublic, Faults: []Fault{addProxy, noGateway, withAgent(Agent{Env: []string{"http_proxy=" + proxyURL}})},
			Want: fails("proxy-bypassed", unresolved...),
		},
		behindProxy("proxy-bypassed-shell", "no agent is installed, and this shell has http_proxy only", fails("proxy-bypassed", unresolved...),
			noEnv, withEnv("http_proxy", proxyURL)),
		behindProxy("proxy-bypassed-no-proxy", "no_proxy of the agent's service covers all of AWS, which only the proxy reaches", fails("proxy-bypassed", unresolved...),
			noEnv, withAgent(Agent{Env: []string{"https_proxy=" + proxyURL, "no_proxy=localhost,.amazonaws.com"}})),
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
		behindProxy("proxy-agent-differs-percent", "systemd leaves out the agent's proxy for a % in its password", fails("proxy-agent-differs", unresolved...),
			noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%20sesame@" + proxyHost + ":3128"}})),
		behindProxy("proxy-percent-doubled", "the same with %%, as systemd wants it", passes(),
			noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%%20sesame@" + proxyHost + ":3128"}})),
		behindProxy("proxy-percent-file", "a % in the password, in an EnvironmentFile: it is read as it is written", passes(),
			noEnv, password, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "file.conf":   "[Service]\nEnvironmentFile=-/etc/default/ssm-proxy\n",
				"etc/default/ssm-proxy": "https_proxy=http://node:open%20sesame@" + proxyHost + ":3128\n",
			})),
		behindProxy("proxy-percent-old-systemd", "a % in the password on Amazon Linux 2, whose systemd takes it as it is written", passes(),
			noEnv, password, withAgent(Agent{Env: []string{"https_proxy=http://node:open%20sesame@" + proxyHost + ":3128"}}),
			withFiles(map[string]string{"etc/os-release": "ID=\"amzn\"\nVERSION_ID=\"2\"\nPRETTY_NAME=\"Amazon Linux 2\"\n"})),
		behindProxy("proxy-agent-differs-quote", "systemd leaves out the agent's proxy for a quote that does not end", fails("proxy-agent-differs", unresolved...),
			noEnv, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "proxy.conf": "[Service]\n# the proxy\nEnvironment=\"https_proxy=" + proxyURL + "\n",
			})),
		{
			Name: "proxy-agent-differs-export", Title: "systemd leaves out the agent's proxy for an \"export\" before it in an EnvironmentFile",
			Base: ProxyOnly, Faults: []Fault{noEnv, withAgent(Agent{}), withFiles(map[string]string{
				dropIns + "file.conf":   "[Service]\nEnvironmentFile=/etc/default/ssm-proxy\n",
				"etc/default/ssm-proxy": "# the proxy\nexport https_proxy=" + proxyURL + "\n",
			})},
			Want: fails("proxy-agent-differs", unresolved...), Says: []string{"line 2 of /etc/default/ssm-proxy: write `https_proxy=" + proxyURL + "`"},
		},
		behindProxy("proxy-agent-differs-other-unit", "the proxy stands in a drop-in of the package's unit, and the agent is the snap", fails("proxy-agent-differs", unresolved...),
			noEnv, withAgent(Agent{}), withFiles(map[string]string{
				strayDir + "override.conf": "[Service]\nEnvironment=\"https_proxy=" + proxyURL + "\"\n",
			})),
		behindProxy("proxy-invalid-pac", "the proxy is the address of a PAC file", fails("proxy-invalid", unresolved...),
			wpad, env("http://wpad.corp.example/proxy.pac")),
		behindProxy("proxy-invalid-pac-scheme", "the proxy is the address of a PAC file, with a scheme of its own", fails("proxy-invalid", unresolved...),
			wpad, env("pac+http://wpad.corp.example/wpad.dat")),
		behindProxy("proxy-invalid-https", "the URL of an HTTP proxy begins with https://", fails("proxy-invalid", unresolved...),
			env("https://"+proxyHost+":3128")),
		{
			Name: "proxy-invalid-https-s3", Title: "the same, and no WebSocket is needed",
			Base: ProxyOnly, Faults: []Fault{env("https://" + proxyHost + ":3128")}, Args: []string{"--for", "agent-update"},
			Want: fails("proxy-invalid", "s3", amazonSSM),
		},
		behindProxy("proxy-invalid-https-websocket", "the proxy speaks TLS itself, and the agent opens no WebSocket through it", fails("proxy-invalid", "ssmmessages"),
			env("https://"+proxyHost+":3128"), onProxy(func(p *Proxy) { p.TLS = Inspection }),
			trusts(Inspection)),
		behindProxy("proxy-auth-negotiate", "the proxy offers Negotiate and NTLM, which the agent cannot use, and is given a password", fails("proxy-auth-required", unresolved...),
			negotiate, env("http://node:"+ProxyPassword+"@"+proxyHost+":3128")),
	}
}
