package diagnose

import (
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	proxySocks  = "socks5://proxy.example.com:3128"
	proxyKnown  = "http://node:***@proxy.example.com:3128"
	confirmHTTP = statusOnly + " -x http://proxy.example.com:3128 https://" + hostSSM
)

// answersTunnel makes a proxy answer the request for a tunnel, by target: a status of 0
// is a failure of the kind, and targets that are not named work.
func answersTunnel(status int, kind observation.Kind, socks string, names ...string) func(string, *observation.ProxyObservation) {
	return func(name string, p *observation.ProxyObservation) {
		if len(names) > 0 && !slices.Contains(names, name) {
			return
		}
		p.Tunnel.Status, p.Tunnel.Socks = status, socks
		p.Tunnel.Failure = &observation.Failure{Op: observation.OpProxy, Kind: kind}
		p.Inside, p.WebSocket = observation.Stages{}, nil
	}
}

func adviceOnProxies() []advice {
	through := func(url string, change func(string, *observation.ProxyObservation)) func(*world) {
		return func(w *world) { w.through(url, change) }
	}
	const allow, reach = "allow CONNECT", "check that the proxy itself resolves and reaches "
	return []advice{
		{
			name: "the proxy takes connections, and answers no CONNECT", code: ProxyUnreachable,
			change: through(proxyAt, answersTunnel(0, observation.KindTimeout, "")),
			say: []string{
				"the proxy http://proxy.example.com:3128 accepts connections, but does not answer CONNECT",
				"the proxy http://proxy.example.com:3128 (10.9.0.8:3128): connected, and asked for a tunnel: no answer",
				confirmHTTP, "check that the program at 10.9.0.8:3128 does not hang", "if it is a SOCKS5 proxy, write it as socks5://proxy.example.com:3128 in ",
			},
			never: []string{"allow TCP"},
		},
		{
			name: "the proxy takes connections, and ends them", code: ProxyUnreachable,
			change: through(proxyAt, answersTunnel(0, observation.KindClosed, "")),
			say: []string{
				"the proxy http://proxy.example.com:3128 accepts connections, but closes them without an answer to CONNECT", confirmHTTP,
				"find out from the log of the proxy at 10.9.0.8:3128 why it closes connections from 10.0.2.10",
			},
			never: []string{"allow TCP"},
		},
		{
			name: "what listens is no SOCKS5 proxy", code: ProxyUnreachable,
			change: through(proxySocks, answersTunnel(0, observation.KindMalformed, "")),
			say: []string{
				"what listens at socks5://proxy.example.com:3128 does not answer like a SOCKS5 proxy", statusOnly + " -x socks5h://proxy.example.com:3128 ",
				"find out which program listens at 10.9.0.8:3128", "if it is an HTTP proxy, write it as http://proxy.example.com:3128 in ",
			},
		},
		{
			name: "the proxy takes no connection", code: ProxyUnreachable,
			change: through(proxyAt, func(_ string, p *observation.ProxyObservation) {
				p.Connect = &observation.Connect{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout}}
				p.Tunnel, p.Inside, p.WebSocket = nil, observation.Stages{}, nil
			}),
			say:   []string{"the proxy http://proxy.example.com:3128 does not answer", statusOnly + " -x http://proxy.example.com:3128 https://" + hostSSM, "check that the proxy runs, and allow TCP"},
			never: []string{"tunnel"},
		},
		{
			name: "the password is not accepted", code: ProxyAuthRequired, change: through(proxyKnown, answersTunnel(407, observation.KindStatus, "")),
			say:   []string{"the proxy " + proxyKnown + " does not accept the user and password in its address", "correct the user and the password in "},
			never: []string{"requires a user", "write the user"},
		},
		{
			name: "no password is given", code: ProxyAuthRequired, change: through(proxyAt, answersTunnel(407, observation.KindStatus, "")),
			say:   []string{"the proxy " + proxyAt + " requires a user and password", "write the user and the password into"},
			never: []string{"does not accept"},
		},
		{
			name: "the proxy refuses a target", code: ProxyDenied, change: through(proxyAt, answersTunnel(403, observation.KindStatus, "", "ssm")),
			say: []string{allow + " to port 443 of " + hostSSM + " (or "}, never: []string{reach},
		},
		{
			name: "the proxy cannot reach a target", code: ProxyDenied, change: through(proxyAt, answersTunnel(502, observation.KindStatus, "", "ssm")),
			say: []string{reach + hostSSM}, never: []string{allow},
		},
		{
			name: "the proxy says nothing of a target", code: ProxyDenied, change: through(proxyAt, answersTunnel(0, observation.KindTimeout, "", "ssm")),
			say: []string{reach + hostSSM, allow},
		},
		{
			name: "the proxy refuses one target, and cannot reach another", code: ProxyDenied,
			change: through(proxyAt, func(name string, p *observation.ProxyObservation) {
				answersTunnel(403, observation.KindStatus, "", "ssm")(name, p)
				answersTunnel(504, observation.KindStatus, "", "ssmmessages")(name, p)
			}),
			say: []string{allow + " to port 443 of " + hostSSM + " (or ", reach + hostMessages},
		},
		{
			name: "a SOCKS5 proxy's rules refuse a target", code: ProxyDenied,
			change: through(proxySocks, answersTunnel(403, observation.KindStatus, "connection not allowed by ruleset", "ssm")),
			say:    []string{"allow connections to port 443 of " + hostSSM}, never: []string{reach, "CONNECT to"},
		},
		{
			name: "a SOCKS5 proxy cannot reach a target", code: ProxyDenied,
			change: through(proxySocks, answersTunnel(502, observation.KindStatus, "host unreachable", "ssm")),
			say:    []string{reach + hostSSM}, never: []string{"allow"},
		},
		{
			name: "the agent's service has no proxy: what is copied stands in backticks", code: ProxyAgentDiffers,
			say: []string{
				"create `/etc/systemd/system/amazon-ssm-agent.service.d/zz-ssmcheck-proxy.conf` with the line `[Service]`, followed by the line " +
					"`Environment=\"https_proxy=http://proxy.example.com:3128\" \"http_proxy=http://proxy.example.com:3128\" \"no_proxy=169.254.169.254\"`",
				"then `systemctl daemon-reload`",
			},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.silent(allNames...)
				w.shellProxy()
			},
		},
	}
}

func adviceOnRegions() []advice {
	const own = "test the node's own Region: --region us-east-2"
	tested := func(from string) func(*world) {
		return func(w *world) { w.Plan.Region, w.Plan.RegionFrom = "eu-central-1", from }
	}
	return []advice{
		{
			name: "--region names another Region", code: RegionMismatch, change: tested("--region"),
			say:   []string{"the Region tested", "curl -s -m 2 --noproxy '*' http://169.254.169.254/latest/meta-data/placement/region -H ", own},
			never: []string{"correct", "ssmcheck --region"},
		},
		{
			name: "the environment names another Region", code: RegionMismatch, change: tested("AWS_REGION"),
			say: []string{"the Region tested", own, "correct what sets eu-central-1: AWS_REGION"},
		},
		{
			name: "the agent is registered in another Region", code: RegionMismatch,
			say: []string{"the Region tested", "grep -n Region /var/lib/amazon/ssm/registration", own},
			change: func(w *world) {
				w.hybrid()
				tested("--region")(w)
				w.Node.Registration = observation.Registration{Path: "/var/lib/amazon/ssm/registration", InstanceID: "mi-0123456789abcdef0", Region: "us-east-2"}
			},
		},
	}
}

// A finding's evidence is not repeated as a note.
func TestNotesDoNotRepeatEvidence(t *testing.T) {
	w := healthy()
	w.refuses(0, 400, "AccessDeniedException", noIdentityPolicy)
	r := Judge(w.Observations)
	if len(r.Findings) == 0 || r.Findings[0].Code != IAMDenied {
		t.Fatalf("found %q, want %s", told1(r), IAMDenied)
	}
	for _, n := range r.Notes {
		for _, e := range r.Findings[0].Evidence {
			if n == e || n == "signed calls: "+e {
				t.Errorf("told twice: %s", n)
			}
		}
	}
}
