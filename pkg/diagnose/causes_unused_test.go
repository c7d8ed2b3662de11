package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// unused gives these targets (none: all) a proxy that the agent does not use for
// them, through which AWS answers the required ones.
func (w *world) unused(u observation.UnusedProxy, names ...string) {
	if u.URL == "" {
		u.URL = proxyAt
	}
	for i := range w.Plan.Targets {
		p := &w.Plan.Targets[i]
		if len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		p.UnusedProxy = &u
		if !p.Asked {
			continue
		}
		c := w.proven(p.Name)
		w.at(p.Name).UnusedProxy = &observation.ProxyObservation{
			URL: u.URL, Address: netip.MustParseAddrPort("10.9.0.8:3128"), Connect: c.Connect,
			Tunnel: &observation.Reply{Status: 200}, Inside: observation.Stages{Handshake: c.Handshake, Reply: c.Reply},
		}
	}
}

var (
	httpOnly   = observation.UnusedProxy{Variable: "http_proxy", Kind: observation.UnusedHTTPOnly}
	inNoProxy  = observation.UnusedProxy{Variable: "https_proxy", Kind: observation.UnusedNoProxy, InNoProxy: true}
	dropIn     = "/etc/systemd/system/amazon-ssm-agent.service.d/proxy.conf"
	leftOut    = observation.UnusedProxy{Variable: "https_proxy", URL: "http://node:***@proxy.example.com:3128", From: dropIn, Line: 3, Kind: observation.UnusedSpecifier}
	exported   = observation.UnusedProxy{Variable: "https_proxy", URL: "http://proxy.example.com:3128", From: "/etc/default/ssm-proxy", Line: 2, Kind: observation.UnusedExport}
	strayProxy = observation.UnusedProxy{Variable: "https_proxy", From: dropIn, Line: 2, Kind: observation.UnusedOtherUnit, Unit: "amazon-ssm-agent.service"}
)

// onPremises is a server without a direct path to AWS.
func onPremises(w *world) {
	w.hybrid()
	w.public()
	w.silent(allNames...)
}

// unusedProxyTests are proxies that the agent has, or seems to have, and does not use.
func unusedProxyTests() []verdictTest {
	noNames := func(w *world) {
		w.hybrid()
		w.failsAll(vpcPlus2, observation.KindNXDomain, "")
		w.unresolved(observation.KindNXDomain, allNames...)
	}
	return []verdictTest{
		{name: "http_proxy only, and the direct path is silent", status: 1, want: []string{"error proxy-bypassed " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(httpOnly)
		}},
		{name: "http_proxy only, and no name resolves here", status: 1, want: []string{"error proxy-bypassed " + asked5}, change: func(w *world) {
			noNames(w)
			w.unused(httpOnly)
		}},
		{name: "http_proxy only, and AWS does not answer through it either", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(httpOnly)
			for _, name := range allNames {
				if p := w.at(name).UnusedProxy; p != nil {
					refuses(403)(name, p)
				}
			}
		}},
		{name: "http_proxy only, and the direct path works", status: 0, change: func(w *world) { w.unused(httpOnly) }},
		{name: "no_proxy covers S3, which only the proxy can reach", status: 1, want: []string{"error proxy-bypassed s3," + nameBucket}, change: func(w *world) {
			w.leads("s3", "52.219.1.1")
			w.leads(nameBucket, "52.219.1.1")
			w.silent("s3", nameBucket)
			w.unused(inNoProxy, "s3", nameBucket)
		}},
		{name: "no_proxy covers private endpoints, which are blocked: the direct cause", status: 1, want: []string{"error endpoint-blocked " + apis3}, change: func(w *world) {
			w.silent("ssm", "ssmmessages", "ec2messages")
			w.unused(inNoProxy)
		}},
		{name: "the agent goes past its proxy, and the shell has one too: one cause", status: 1, want: []string{"error proxy-bypassed " + asked5}, change: func(w *world) {
			onPremises(w)
			w.shellProxy()
			w.unused(httpOnly)
		}},
		{name: "the proxies are not known: nothing is sure", status: 3, want: []string{"warning egress-blocked " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(httpOnly)
			w.Node.Proxy.Known = observation.No
		}},
		{name: "--proxy none: what the service has does not count", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(httpOnly)
			w.Plan.Proxy = observation.ProxyNone
		}},
		{name: "systemd leaves out the agent's proxy", status: 1, want: []string{"error proxy-agent-differs " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(leftOut)
			w.Node.Proxy.Unused = []observation.UnusedProxy{leftOut}
		}},
		{name: "an EnvironmentFile has export before the agent's proxy", status: 1, want: []string{"error proxy-agent-differs " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(exported)
			w.Node.Proxy.Unused = []observation.UnusedProxy{exported}
		}},
		{name: "systemd leaves out a proxy that nothing answers through", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			onPremises(w)
			w.Node.Proxy.Unused = []observation.UnusedProxy{leftOut}
		}},
		{name: "systemd leaves out a proxy, and the direct path works", status: 0, change: func(w *world) {
			w.Node.Proxy.Unused = []observation.UnusedProxy{leftOut}
		}},
		{name: "the proxy stands in a drop-in of another unit", status: 1, want: []string{"error proxy-agent-differs " + asked5}, change: func(w *world) {
			onPremises(w)
			w.unused(strayProxy)
			w.Node.Proxy.Unused = []observation.UnusedProxy{strayProxy}
		}},

		{name: "an https:// proxy that speaks plain HTTP: one cause", status: 1, want: []string{"error proxy-invalid " + asked5}, change: func(w *world) {
			w.through("https://proxy.example.com:3128", func(_ string, p *observation.ProxyObservation) { plainHTTP(p) })
		}},
		{name: "an https:// proxy that speaks plain HTTP, and no WebSocket is needed", status: 1, want: []string{"error proxy-invalid s3," + nameBucket}, change: func(w *world) {
			w.through("https://proxy.example.com:3128", func(name string, p *observation.ProxyObservation) {
				if strings.HasPrefix(name, "s3") {
					plainHTTP(p)
				}
			})
			for i := range w.Plan.Targets {
				w.Plan.Targets[i].WebSocket = false
			}
		}},
		{name: "an https:// proxy that speaks TLS: the WebSocket alone", status: 1, want: []string{"error proxy-invalid ssmmessages"}, change: func(w *world) {
			w.through("https://proxy.example.com:3128", nil)
		}},
		{name: "a PAC file", status: 1, want: []string{"error proxy-invalid " + asked5}, change: pacFile},
		{name: "an address that ends as a PAC file's, where a proxy answers", status: 0, change: func(w *world) {
			w.through(proxyAt, nil)
			w.Node.Proxy.PAC, w.Node.Proxy.Invalid = true, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax}
		}},
	}
}

// plainHTTP answers the proxy's ClientHello in plain HTTP.
func plainHTTP(p *observation.ProxyObservation) {
	p.Tunnel = &observation.Reply{Request: "CONNECT host:443", Elapsed: ms, Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindNotTLS}}
	p.Inside, p.WebSocket = observation.Stages{}, nil
}

func pacFile(w *world) {
	w.hybrid()
	w.through("http://wpad.example.com", refuses(405))
	w.Node.Proxy.PAC, w.Node.Proxy.Invalid = true, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: `"http://wpad.example.com": it is the address of a PAC file`}
}

func adviceOnUnusedProxies() []advice {
	const file = "create `/etc/systemd/system/amazon-ssm-agent.service.d/zz-ssmcheck-proxy.conf` with the line `[Service]`, followed by the line `Environment="
	offers := func(names ...string) func(*world) {
		return func(w *world) {
			w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
				refuses(407)(name, p)
				p.Tunnel.ProxyAuthenticate = names
			})
		}
	}
	return []advice{
		{
			name: "http_proxy only", code: ProxyBypassed, change: func(w *world) {
				onPremises(w)
				w.Node.Proxy.From = dropIn
				w.unused(httpOnly)
			},
			say: []string{
				"the agent has http_proxy only, so it connects to ssm",
				dropIn + ": http_proxy is \"" + proxyAt + "\", which the agent uses for http:// only, and https_proxy is not set",
				file + `"https_proxy=` + proxyAt + "\"`", "then `systemctl daemon-reload`",
			},
			never: []string{"security group", "no_proxy="},
		},
		{
			name: "no_proxy covers what only the proxy reaches: what has an endpoint stays", code: ProxyBypassed, change: func(w *world) {
				w.leads("s3", "52.219.1.1")
				w.leads(nameBucket, "52.219.1.1")
				w.silent("s3", nameBucket)
				w.Node.Proxy.No = "localhost,.amazonaws.com"
				w.unused(inNoProxy, "s3", nameBucket)
			},
			say:   []string{"no_proxy makes the agent bypass its proxy for s3", "the proxy settings of the agent's service: no_proxy (\"localhost,.amazonaws.com\") covers s3.us-east-2.amazonaws.com", file + `"no_proxy=localhost,` + hostSSM + "," + hostMessages + `,ec2messages.us-east-2.amazonaws.com,kms.us-east-2.amazonaws.com,logs.us-east-2.amazonaws.com,169.254.169.254" "NO_PROXY=localhost,`},
			never: []string{"https_proxy="},
		},
		{
			name: "private endpoints are blocked: that the proxy reaches AWS is evidence", code: EndpointBlocked, change: func(w *world) {
				w.silent("ssm", "ssmmessages", "ec2messages")
				w.Node.Proxy.No = "amazonaws.com"
				w.unused(inNoProxy)
			},
			say: []string{"AWS answers through the agent's proxy, which does not apply here: "},
		},
		{
			name: "systemd leaves the line out", code: ProxyAgentDiffers, change: func(w *world) {
				onPremises(w)
				w.unused(leftOut)
			},
			say: []string{
				dropIn + " line 3: systemd ignores https_proxy=http://node:***@proxy.example.com:3128: a % in it does not begin a specifier",
				"systemd-analyze verify --man=no amazon-ssm-agent.service",
				"write each percent sign of the proxy's address in line 3 of " + dropIn + " twice, `%%20` for `%20`", "then `systemctl daemon-reload`",
			},
			never: []string{"this shell"},
		},
		{
			name: "systemd leaves the line out, and its proxy does not help: it is evidence", code: EgressBlocked, change: func(w *world) {
				onPremises(w)
				w.Node.Proxy.Unused = []observation.UnusedProxy{leftOut}
			},
			say: []string{dropIn + " line 3: systemd ignores https_proxy="},
		},
		{
			name: "the drop-in is of a unit that does not exist", code: ProxyAgentDiffers, change: func(w *world) {
				onPremises(w)
				w.Node.Agent.From = []string{"/snap/amazon-ssm-agent/current/amazon-ssm-agent"}
				w.unused(strayProxy)
			},
			say: []string{
				"the agent's proxy is set in a drop-in for amazon-ssm-agent.service, a unit that does not exist",
				"move it to the agent's unit: `mkdir -p /etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d && mv " + dropIn + " /etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d/`",
			},
		},
		{
			name: "the agent runs since before its proxy was written", code: ProxyAgentDiffers, change: func(w *world) {
				onPremises(w)
				w.unused(observation.UnusedProxy{Variable: "https_proxy", From: dropIn, Kind: observation.UnusedNotRestarted})
			},
			say: []string{"the agent's unit sets a proxy that the running agent does not have", "`systemctl daemon-reload`", "restart amazon-ssm-agent"},
		},
		{
			name: "Negotiate and NTLM only: no password helps", code: ProxyAuthRequired, change: offers("Negotiate", "NTLM"),
			say: []string{
				"the proxy http://proxy.example.com:3128 offers only Negotiate and NTLM, but the agent can use only Basic authentication",
				"through the proxy http://proxy.example.com:3128: \"CONNECT ssm.us-east-2.amazonaws.com:443\" answered with status 407 in 1ms, offering Negotiate and NTLM",
				"let the proxy accept " + hostSSM, "let the proxy also offer Basic",
			},
			never: []string{"correct the user"},
		},
		{
			name: "Basic is among the offers", code: ProxyAuthRequired, change: offers("Negotiate", "Basic"),
			say: []string{"the proxy http://proxy.example.com:3128 requires a user and password"}, never: []string{"offers only"},
		},
		{
			name: "an https:// proxy that speaks plain HTTP", code: ProxyInvalid, change: func(w *world) {
				w.through("https://node:***@proxy.example.com:3128", func(_ string, p *observation.ProxyObservation) { plainHTTP(p) })
			},
			say: []string{"the proxy https://node:***@proxy.example.com:3128 speaks plain HTTP, but its address begins with https://", "write the proxy as http://node:PASSWORD@proxy.example.com:3128 in "},
		},
		{
			name: "a PAC file", code: ProxyInvalid, change: pacFile,
			say: []string{"the agent's proxy is set to a PAC file", "find out which proxy the PAC file returns for " + hostSSM},
		},
	}
}

func TestNoProxyCovers(t *testing.T) {
	for _, test := range []struct {
		entry string
		want  bool
	}{
		{"*", true}, {"amazonaws.com", true}, {".amazonaws.com", true}, {"*.amazonaws.com", true}, {"ssm.us-east-2.amazonaws.com", true},
		{"SSM.us-east-2.AmazonAWS.com:443", true}, {"amazonaws.com:80", false}, {"zonaws.com", false}, {"10.0.0.0/8", false}, {"localhost", false},
		{"*amazonaws.com", false},
	} {
		if got := noProxyCovers(test.entry, "ssm.us-east-2.amazonaws.com"); got != test.want {
			t.Errorf("%s: %v, want %v", test.entry, got, test.want)
		}
	}
}

func TestStrayDropInIsNamed(t *testing.T) {
	w := healthy()
	w.Node.Agent.StrayDropIns = []string{dropIn}
	if r := Judge(w.Observations); !slices.ContainsFunc(r.Notes, func(s string) bool {
		return strings.Contains(s, dropIn) && strings.Contains(s, "is a drop-in for a unit that does not exist here")
	}) {
		t.Errorf("no note names it: %q", r.Notes)
	}
}

// The word that systemd does not know is named with its file and line, and with the line
// to write if the report contains all of it.
func TestDescribeUnused_export(t *testing.T) {
	const name = "an EnvironmentFile has export before the agent's proxy"
	for url, step := range map[string]string{
		exported.URL:                                    "remove the word `export` from line 2 of /etc/default/ssm-proxy: write `https_proxy=http://proxy.example.com:3128`",
		"http://node:***@proxy.example.com:3128":        "remove the word `export` from line 2 of /etc/default/ssm-proxy",
		"http://proxy.example.com:3128/`reboot`":        "remove the word `export` from line 2 of /etc/default/ssm-proxy",
		"http://proxy.example.com:3128/#no'part\\of it": "remove the word `export` from line 2 of /etc/default/ssm-proxy",
	} {
		r := judged(t, name, func(w *world) {
			w.Node.Proxy.Unused[0].URL = url
			for i := range w.Plan.Targets {
				if u := w.Plan.Targets[i].UnusedProxy; u != nil {
					u.URL = url
				}
			}
		})
		f := r.Findings[0]
		if f.Code != ProxyAgentDiffers || f.FixMode != DoAll || len(f.Fix) < 2 || f.Fix[0] != step || f.Fix[1] != "then `systemctl daemon-reload`" {
			t.Errorf("%s: %s, %q (%s), want all of it, the step %q first", url, f.Code, f.Fix, f.FixMode, step)
		}
		want := Check{Command: "grep -no export /etc/default/ssm-proxy", Expect: "2:export"}
		if len(f.Checks) == 0 || f.Checks[0] != want {
			t.Errorf("%s: %+v, want %+v", url, f.Checks, want)
		}
		if !strings.Contains(strings.Join(f.Evidence, "\n"), "/etc/default/ssm-proxy line 2: systemd ignores https_proxy=") {
			t.Errorf("%s: %q", url, f.Evidence)
		}
	}
}
