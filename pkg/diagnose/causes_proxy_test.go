package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// proxySettingsTests are proxies that are not known, not used, or must not be used.
func proxySettingsTests() []verdictTest {
	premises := func(w *world) {
		w.hybrid()
		w.public()
		w.silent(allNames...)
	}
	noNames := func(w *world) {
		w.hybrid()
		w.failsAll(vpcPlus2, observation.KindNXDomain, "")
		w.unresolved(observation.KindNXDomain, allNames...)
	}
	invalid := func(w *world) {
		w.Node.Proxy.HTTPS, w.Node.Proxy.From = "http://user:***@10.9.0.77:3128", "/etc/systemd/system/a.service.d/proxy.conf"
		w.Node.Proxy.Invalid = &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "it cannot be parsed"}
	}
	ignored := func(w *world) {
		invalid(w)
		for i := range w.Plan.Targets {
			w.Plan.Targets[i].ProxyIgnored = true
		}
	}
	// beside makes every target go through a proxy, and keeps what was seen
	// on the direct path.
	beside := (*world).beside
	dead := func(_ string, p *observation.ProxyObservation) {
		p.Connect.Elapsed, p.Connect.Failure = 3000*ms, &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout}
		p.Tunnel, p.Inside, p.WebSocket = nil, observation.Stages{}, nil
	}
	noTunnel := func(kind observation.Kind, names ...string) func(string, *observation.ProxyObservation) {
		return func(name string, p *observation.ProxyObservation) {
			if slices.Contains(names, name) {
				p.Tunnel = &observation.Reply{Request: "CONNECT " + name, Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpProxy, Kind: kind}}
				p.Inside, p.WebSocket = observation.Stages{}, nil
			}
		}
	}
	return []verdictTest{
		{name: "the agent's proxy settings may not be read, and the shell's proxy works", status: 3, want: []string{"warning egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			w.shellProxy()
			w.Node.Proxy.Known = observation.No
		}},
		{name: "the agent's proxy settings may not be read, and no name resolves", status: 3, want: []string{"warning dns-name-missing " + asked5}, change: func(w *world) {
			noNames(w)
			w.Node.Proxy.Known = observation.No
		}},
		{name: "the agent's proxy settings may not be read, and the direct way works", status: 0, change: func(w *world) {
			w.Node.Proxy.Known = observation.No
		}},
		{name: "the agent's proxy settings may not be read, and a box keeps the WebSocket from AWS on the direct way", status: 3,
			want: []string{"warning websocket-blocked ssmmessages", "warning tls-intercepted ssmmessages"}, change: func(w *world) {
				w.Node.Proxy.Known = observation.No
				w.certificate(byBox(true), "ssmmessages")
				w.socket(func(s *observation.WebSocket) { s.Reply.RequestID, s.Reply.Status = "", 400 })
			}},
		{name: "the agent's proxy settings may not be read, and metadata is silent: whatever the way, no identity", status: 1,
			want: []string{"error imds-unreachable " + asked5}, change: func(w *world) {
				w.Node.Proxy.Known = observation.No
				w.Metadata = observation.Metadata{Asked: true, Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTimeout}}
			}},
		{name: "the agent's proxy settings may not be read, and --proxy says that there is none", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			w.shellProxy()
			w.Node.Proxy.Known, w.Plan.Proxy = observation.No, observation.ProxyNone
		}},
		{name: "no proxy settings are found for the agent, and the shell's proxy works", status: 3, want: []string{"warning egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			w.shellProxy()
			w.Node.Proxy.Known = observation.Unknown
		}},
		{name: "no proxy settings are found for the agent, and the shell has none", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			w.Node.Proxy.Known = observation.Unknown
		}},
		{name: "the agent has a proxy, and --proxy says to go without", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			w.shellProxy()
			w.Node.Proxy.HTTPS, w.Plan.Proxy = proxyAt, observation.ProxyNone
		}},
		{name: "no agent, and --proxy says to go without the shell's", status: 1, want: []string{"error dns-name-missing " + asked5, "info agent-missing"}, change: func(w *world) {
			noNames(w)
			w.shellProxy()
			w.Node.Agent = observation.Agent{Installed: observation.No}
			w.Node.Proxy.HTTPS, w.Plan.Proxy = proxyAt, observation.ProxyNone
		}},

		{name: "the proxy's address cannot be parsed, and the direct way is silent: one cause", status: 1, want: []string{"error proxy-invalid " + asked5}, change: func(w *world) {
			premises(w)
			ignored(w)
		}},
		{name: "the proxy's address cannot be parsed, and no name resolves: one cause", status: 1, want: []string{"error proxy-invalid " + asked5}, change: func(w *world) {
			noNames(w)
			ignored(w)
		}},
		{name: "the proxy's address cannot be parsed, and the direct way works", status: 0, want: []string{"warning proxy-invalid " + asked5}, change: ignored},
		{name: "the proxy's address cannot be used, and no_proxy names every host", status: 1, want: []string{"error egress-blocked " + asked5}, change: func(w *world) {
			premises(w)
			invalid(w)
		}},
		{name: "the agent's proxy address cannot be used, and --proxy says to go without", status: 1, want: []string{"error dns-name-missing " + asked5}, change: func(w *world) {
			noNames(w)
			invalid(w)
			w.Plan.Proxy = observation.ProxyNone
		}},
		{name: "the agent's proxy address cannot be used, and the one that --proxy names is silent", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.hybrid()
			w.through(proxyAt, dead)
			invalid(w)
			w.Plan.Proxy = observation.ProxyGiven
		}},

		{name: "the proxy gives no answer for one host", status: 1, want: []string{"error proxy-denied ssmmessages"}, change: func(w *world) {
			w.through(proxyAt, noTunnel(observation.KindTimeout, "ssmmessages"))
		}},
		{name: "the proxy closes the connection for one host", status: 1, want: []string{"error proxy-denied ssm"}, change: func(w *world) {
			w.through(proxyAt, noTunnel(observation.KindClosed, "ssm"))
		}},
		{name: "the proxy answers for nobody", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.through(proxyAt, noTunnel(observation.KindTimeout, allNames...))
		}},

		{name: "the proxy is silent, and NAT carries the direct way: no endpoint is shadowed", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.public()
			beside(w, dead)
		}},
		{name: "the proxy is silent, and shadows private endpoints and the gateway's: one cause", status: 1, want: []string{"error proxy-shadows-endpoint " + asked5}, change: func(w *world) {
			beside(w, dead)
		}},
		{name: "the proxy denies S3 alone, and the gateway carries it", status: 1,
			want: []string{"error proxy-denied s3," + nameBucket, "info proxy-shadows-endpoint " + apis3}, change: func(w *world) {
				beside(w, func(name string, p *observation.ProxyObservation) {
					if name == "s3" || name == nameBucket {
						refuses(403)(name, p)
					}
				})
			}},
	}
}

func TestHiddenProxyIsTold(t *testing.T) {
	const world = "the agent's proxy settings may not be read, and no name resolves"
	r := judged(t, world, nil)
	if !slices.ContainsFunc(r.Notes, func(s string) bool {
		return strings.HasSuffix(s, "run this again as root, or with --proxy URL or --proxy none")
	}) {
		t.Errorf("no note says how to tell: %q", r.Notes)
	}
	for _, c := range r.Capabilities {
		if want := "not decided: " + hiddenProxy; c.Verdict != Warn || c.Reason != want {
			t.Errorf("%s: %s, %q, want a warning, %q", c.Name, c.Verdict, c.Reason, want)
		}
	}
}
