package diagnose

import (
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func nodeTests() []verdictTest {
	noMetadata := func(w *world, kind observation.Kind, status int) {
		w.Metadata = observation.Metadata{Asked: true, Connected: status != 0, Status: status, Elapsed: 1000 * ms, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: kind}}
	}
	registered := func(w *world) {
		w.Node.Registration = observation.Registration{Path: "/var/lib/amazon/ssm/registration", InstanceID: "mi-0123456789abcdef0", Region: "us-east-2"}
	}
	return []verdictTest{
		{name: "metadata is silent", status: 1, want: []string{"error imds-unreachable " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
		}},
		{name: "metadata is silent, and an endpoint is blocked", status: 1, want: []string{"error imds-unreachable ssm,ec2messages,s3," + nameBucket, "error endpoint-blocked ssmmessages"}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
			w.silent("ssmmessages")
		}},
		{name: "metadata is silent, and no name resolves", status: 1, want: []string{"error imds-unreachable", "error dns-server-silent " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
			w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
			w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
			w.Servers = w.Servers[:1]
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "metadata is silent, and a forwarder is missing whose names answer: that one stays a warning", status: 1,
			want: []string{"error imds-unreachable " + asked5, "warning dns-forwarder-missing ssm,ssmmessages"}, change: func(w *world) {
				noMetadata(w, observation.KindTimeout, 0)
				w.onlyServer(ownServer)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
			}},
		{name: "metadata is silent on a node with a hybrid registration", status: 0, want: []string{"info imds-unreachable"}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
			registered(w)
		}},
		{name: "a box answers in the place of metadata", status: 1, want: []string{"error imds-unreachable " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindStatus, 200)
			w.Metadata.Foreign = `"<html>blocked"`
		}},
		{name: "metadata is switched off", status: 1, want: []string{"error imds-disabled " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindStatus, 403)
		}},
		{name: "metadata was still open at the end", status: 3, change: func(w *world) {
			noMetadata(w, observation.KindUndecided, 0)
			w.Ending = observation.EndingDeadline
		}},
		{name: "metadata was still open at the end, and had told who this is", status: 0, change: func(w *world) {
			w.Metadata.Failure = &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindUndecided}
			w.Ending = observation.EndingDeadline
		}},
		{name: "metadata was still open at the end, on a node with a hybrid registration", status: 0, change: func(w *world) {
			noMetadata(w, observation.KindUndecided, 0)
			w.Ending = observation.EndingDeadline
			registered(w)
		}},
		{name: "metadata was still open at the end, and an endpoint is blocked", status: 1, want: []string{"error endpoint-blocked ssm"}, change: func(w *world) {
			noMetadata(w, observation.KindUndecided, 0)
			w.Ending = observation.EndingDeadline
			w.silent("ssm")
		}},
		{name: "metadata is silent, and S3 is not decided", status: 1, want: []string{"error imds-unreachable ssm,ssmmessages,ec2messages"}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
			w.Ending = observation.EndingDeadline
			w.connects(observation.KindUndecided, 700*ms, "s3", nameBucket)
		}},
		{name: "metadata is switched off, and the registration may not be read", status: 0, want: []string{"warning imds-disabled " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindStatus, 403)
			w.Node.Registration.Failure.Kind = observation.KindDenied
		}},
		{name: "metadata is silent, and the registration may not be read", status: 0, want: []string{"warning imds-unreachable " + asked5}, change: func(w *world) {
			noMetadata(w, observation.KindTimeout, 0)
			w.Node.Registration.Failure.Kind = observation.KindDenied
		}},
		{name: "no role, and the registration may not be read", status: 0, want: []string{"warning role-missing", "warning agent-stopped"}, change: func(w *world) {
			w.Metadata.Role, w.Node.Agent.Running = observation.No, observation.No
			w.Node.Registration.Failure.Kind = observation.KindDenied
		}},
		{name: "another Region than the instance's, and the registration may not be read", status: 0, want: []string{"warning region-mismatch"}, change: func(w *world) {
			w.Metadata.Region = "eu-west-1"
			w.Node.Registration.Failure.Kind = observation.KindDenied
		}},
		{name: "metadata's token does not reach into a container", status: 0, want: []string{"warning imds-hop-limit"}, change: func(w *world) {
			w.Node.Container = "/.dockerenv"
			noMetadata(w, observation.KindTimeout, 0)
			w.Metadata.Connected = true
		}},
		{name: "another Region than the instance's", status: 0, want: []string{"warning region-mismatch"}, change: func(w *world) {
			w.Metadata.Region = "eu-west-1"
		}},
		{name: "another Region than the registration's", status: 0, want: []string{"warning region-mismatch"}, change: func(w *world) {
			w.hybrid()
			w.public()
			registered(w)
			w.Node.Registration.Region = "eu-west-1"
		}},
		{name: "no role, while the agent runs", status: 0, want: []string{"info role-missing"}, change: func(w *world) {
			w.Metadata.Role = observation.No
		}},
		{name: "no role, and the agent does not run", status: 0, want: []string{"warning role-missing", "warning agent-stopped"}, change: func(w *world) {
			w.Metadata.Role, w.Node.Agent.Running = observation.No, observation.No
		}},
		{name: "no agent", status: 0, want: []string{"info agent-missing"}, change: func(w *world) {
			w.Node.Agent.Installed, w.Node.Agent.Running = observation.No, observation.No
		}},
		{name: "whether the agent runs is not known", status: 0, change: func(w *world) { w.Node.Agent.Running = observation.Unknown }},
		{name: "the agent's configuration names another host", status: 0, want: []string{"info agent-endpoint-override"}, change: func(w *world) {
			w.Node.Agent.Config = observation.AgentConfig{Path: "/etc/amazon/ssm/amazon-ssm-agent.json", Endpoints: map[string]string{"ssm": "vpce-1.ssm.us-east-2.vpce.amazonaws.com"}}
		}},
		{name: "the agent's configuration cannot be parsed", status: 0, want: []string{"warning agent-config-invalid"}, change: func(w *world) {
			w.Node.Agent.Config.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "unexpected end of JSON input"}
		}},
		{name: "the agent finds no host in the endpoint of its configuration", status: 1, want: []string{"error unexplained ssmmessages"}, change: hostless},
		{name: "the agent finds no host, and only Run Command is asked for", status: 0, want: []string{"warning unexplained ssmmessages"}, change: func(w *world) {
			w.Plan.Capabilities = []endpoint.Capability{endpoint.RunCommand}
			hostless(w)
		}},
		{name: "the agent finds no host, and --endpoint names another", status: 0, change: func(w *world) {
			hostless(w)
			w.planned("ssmmessages").NotDocumented = ""
			w.leads("ssmmessages", privateOf(1)...)
		}},
		{name: "an endpoint of the agent's configuration that cannot be tested", status: 0, change: func(w *world) {
			hostless(w)
			w.Node.Agent.Config.Hostless = nil
		}},
		{name: "the clock is ten minutes behind", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) { w.clock(10 * time.Minute) }},
		{name: "the clock is two hours ahead", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) { w.clock(-2 * time.Hour) }},
		{name: "the clock is two minutes behind", status: 0, want: []string{"warning clock-skew"}, change: func(w *world) { w.clock(2 * time.Minute) }},
		{name: "one answer with a strange date does not outvote the others", status: 0, change: func(w *world) {
			a := &w.at("ssm").Addresses[0]
			a.Reply.Date = a.Reply.Date.Add(24 * time.Hour)
		}},
		{name: "a wrong clock, and an endpoint that is blocked", status: 1, want: []string{"error clock-skew ssm,ec2messages,s3," + nameBucket, "error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.clock(10 * time.Minute)
			w.silent("ssmmessages")
		}},
	}
}

// hostless is an Mgs.Endpoint with a port, in which the agent finds no host.
func hostless(w *world) {
	const named = "vpce-1.ssmmessages.us-east-2.vpce.amazonaws.com:443"
	why := `the agent's configuration names "` + named + `" as Mgs.Endpoint: the agent finds no host in it, and so has none`
	w.Node.Agent.Config = observation.AgentConfig{
		Path:     "/etc/amazon/ssm/amazon-ssm-agent.json",
		Unusable: map[string]string{"ssmmessages": why}, Hostless: map[string]string{"ssmmessages": named},
	}
	w.planned("ssmmessages").NotDocumented = why
	w.at("ssmmessages").Addresses, w.at("ssmmessages").NotTried = nil, why
}

const proxyAt = "http://proxy.example.com:3128"

func proxyTests() []verdictTest {
	noDNS := func(w *world) {
		w.hybrid()
		w.failsAll(vpcPlus2, observation.KindNXDomain, "")
		w.System = nil
	}
	return []verdictTest{
		{name: "through a proxy, and no public DNS at all", status: 0, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, nil)
		}},
		{name: "the proxy's address cannot be used", status: 1, want: []string{"error proxy-invalid " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through("htp//proxy", func(_ string, p *observation.ProxyObservation) {
				*p = observation.ProxyObservation{URL: p.URL, Connect: &observation.Connect{Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax}}}
			})
			w.Node.Proxy.Invalid = &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "no scheme"}
		}},
		{name: "an https:// proxy carries no WebSocket of the agent's", status: 1, want: []string{"error proxy-invalid ssmmessages"}, change: func(w *world) {
			w.hybrid()
			w.through("https://proxy.example.com:3129", nil)
		}},
		{name: "the proxy is silent", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) {
				*p = observation.ProxyObservation{URL: p.URL, Address: p.Address, Connect: &observation.Connect{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout}}}
			})
		}},
		{name: "the proxy's name does not resolve", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) {
				failed := &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain}
				*p = observation.ProxyObservation{URL: p.URL, Lookup: &observation.SystemLookup{Host: "proxy.example.com", Failure: failed}, Connect: &observation.Connect{Failure: failed}}
			})
		}},
		{name: "no route to the proxy", status: 1, want: []string{"error route-none " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) {
				*p = observation.ProxyObservation{URL: p.URL, Address: p.Address, Connect: &observation.Connect{Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}}}
			})
		}},
		{name: "the proxy wants a password", status: 1, want: []string{"error proxy-auth-required " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, refuses(407))
		}},
		{name: "a SOCKS5 proxy wants a password", status: 1, want: []string{"error proxy-auth-required " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through("socks5://proxy.example.com:1080", func(_ string, p *observation.ProxyObservation) {
				refuses(407)("", p)
				p.Tunnel.Socks = "no acceptable methods"
			})
		}},
		{name: "the proxy denies one host", status: 1, want: []string{"error proxy-denied ssmmessages"}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
				if name == "ssmmessages" {
					refuses(403)(name, p)
				}
			})
		}},
		{name: "a proxy that opens TLS", status: 1, want: []string{"error tls-intercepted " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) { byBox(false)(p.Inside.Handshake) })
		}},
		{name: "a proxy that opens TLS, is trusted, and drops the WebSocket", status: 1, want: []string{"error websocket-blocked ssmmessages", "warning tls-intercepted " + asked5}, change: func(w *world) {
			noDNS(w)
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) {
				byBox(true)(p.Inside.Handshake)
				if p.WebSocket != nil {
					byBox(true)(p.WebSocket.Handshake)
					p.WebSocket.Reply = &observation.Reply{Failure: &observation.Failure{Op: observation.OpUpgrade, Kind: observation.KindClosed}}
				}
			})
		}},
		{name: "the shell has a proxy and the agent has none", status: 1, want: []string{"error proxy-agent-differs " + asked5}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.silent(allNames...)
			w.shellProxy()
		}},
		{name: "the shell has a proxy, the agent has none, and no name resolves here", status: 1, want: []string{"error proxy-agent-differs " + asked5}, change: func(w *world) {
			w.hybrid()
			w.failsAll(vpcPlus2, observation.KindNXDomain, "")
			w.unresolved(observation.KindNXDomain, allNames...)
			w.shellProxy()
		}},
		{name: "both ways work", status: 0, want: []string{"info proxy-agent-differs " + asked5}, change: func(w *world) { w.shellProxy() }},
		{name: "the proxy shadows private endpoints", status: 1, want: []string{"error proxy-shadows-endpoint " + apis3}, change: func(w *world) {
			seen := make(map[string][]observation.AddressObservation)
			for _, name := range allAPIs {
				seen[name] = w.at(name).Addresses
			}
			w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
				if seen[name] != nil {
					refuses(503)(name, p)
				}
			})
			for name, addresses := range seen {
				w.at(name).Addresses = addresses
			}
		}},
		{name: "the proxy and the private endpoint both work", status: 0, want: []string{"info proxy-shadows-endpoint ssm"}, change: func(w *world) {
			direct := w.at("ssm").Addresses
			w.through(proxyAt, nil)
			w.at("ssm").Addresses = direct
		}},
		{name: "metadata goes to the proxy", status: 0, want: []string{"warning proxy-imds-not-bypassed"}, change: func(w *world) {
			w.through(proxyAt, nil)
			w.Node.Proxy.HTTP, w.Node.Proxy.No, w.Node.Proxy.Metadata = proxyAt, "localhost", proxyAt
		}},
		{name: "metadata is removed of the proxy", status: 0, change: func(w *world) {
			w.through(proxyAt, nil)
			w.Node.Proxy.HTTP, w.Node.Proxy.No = proxyAt, "localhost,169.254.169.254"
		}},
		{name: "metadata is removed of the proxy behind what is kept of a long no_proxy", status: 0, change: func(w *world) {
			w.through(proxyAt, nil)
			w.Node.Proxy.HTTP, w.Node.Proxy.No = proxyAt, "localhost"
		}},
	}
}

// shellProxy makes AWS answer through the proxy of the shell.
func (w *world) shellProxy() {
	w.Node.Proxy.ShellHTTPS = proxyAt
	for i := range w.Targets {
		c := w.proven(w.Targets[i].Name)
		w.Targets[i].ShellProxy = &observation.ProxyObservation{
			URL: proxyAt, Address: netip.MustParseAddrPort("10.9.0.8:3128"), Connect: c.Connect,
			Tunnel: &observation.Reply{Status: 200}, Inside: observation.Stages{Handshake: c.Handshake, Reply: c.Reply},
		}
	}
}

func restTests() []verdictTest {
	return []verdictTest{
		{name: "nothing explains it", status: 1, want: []string{"error unexplained ssm"}, change: func(w *world) {
			w.shakes(observation.KindOther, "ssm")
		}},
		{name: "what nobody asked for fails without a cause", status: 0, want: []string{"info unexplained kms"}, change: func(w *world) {
			w.shakes(observation.KindOther, "kms")
		}},
		{name: "the deadline passed, and nothing is wrong so far", status: 3, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			w.connects(observation.KindUndecided, 400*ms, "ssm")
		}},
		{name: "the deadline passed with one cause found", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			w.connects(observation.KindUndecided, 400*ms, "ssm")
			w.silent("ssmmessages")
		}},
		{name: "the deadline passed before a lookup was answered", status: 3, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			w.fails(vpcPlus2, "ssm", observation.KindUndecided)
			w.unresolved(observation.KindUndecided, "ssm")
		}},
		{name: "the deadline passed, and what was open nobody asked for", status: 0, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			w.connects(observation.KindUndecided, 400*ms, "kms")
		}},
		{name: "this node ran out of open files", status: 3, change: func(w *world) {
			w.connects(observation.KindNoResources, 0, "ssm")
			w.fails(vpcPlus2, "ssmmessages", observation.KindNoResources)
			w.unresolved(observation.KindNoResources, "ssmmessages")
		}},
		{name: "this node ran out of open files, with one cause found", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.connects(observation.KindNoResources, 0, "ssm")
			w.silent("ssmmessages")
		}},
		{name: "this node's trust store did not come to an end", status: 3, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) {
				hs := *a.Handshake
				hs.Trusted, hs.Verified = false, false
				hs.VerifyFailure = &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindTimeout}
				a.Handshake = &hs
			}, "ssm")
		}},
		{name: "interrupted", status: 3, change: func(w *world) {
			w.Ending = observation.EndingInterrupted
			w.connects(observation.KindInterrupted, 400*ms, "ssm")
		}},
		{name: "interrupted with a cause found", status: 3, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.Ending = observation.EndingInterrupted
			w.silent("ssmmessages")
		}},
		{name: "the system's lookup failed once, and every nameserver answers", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.systemFails("ssm", observation.KindTimeout)
		}},
	}
}
