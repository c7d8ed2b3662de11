package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// system makes the system's own lookup give addresses.
func (w *world) system(name string, to ...string) {
	w.putSystem(observation.SystemLookup{Host: w.planned(name).Host, Addresses: addrs(to...), Elapsed: ms})
}

func (w *world) systemFails(name string, kind observation.Kind) {
	w.putSystem(observation.SystemLookup{Host: w.planned(name).Host, Elapsed: ms, Failure: &observation.Failure{Op: observation.OpLookup, Kind: kind}})
}

func (w *world) putSystem(l observation.SystemLookup) {
	i := slices.IndexFunc(w.System, func(m observation.SystemLookup) bool { return m.Host == l.Host })
	if i < 0 {
		w.System = append(w.System, l)
	} else {
		w.System[i] = l
	}
}

// only leaves one requested target, and hosts that are only looked up.
func only(w *world, name string, c endpoint.Capability, lookups ...string) {
	w.planned(name).Asked = true
	w.Plan.Lookups = lookups
	w.Plan.Capabilities = []endpoint.Capability{c}
	w.Plan.Needs = map[endpoint.Capability][]endpoint.Need{c: {{name}}}
	w.Plan.Targets = slices.DeleteFunc(w.Plan.Targets, func(t observation.PlannedTarget) bool { return t.Name != name })
	w.Targets = slices.DeleteFunc(w.Targets, func(t observation.TargetObservation) bool { return t.Name != name })
}

// outside makes a target one at a host outside AWS, as an agent's configuration may set
// it.
func outside(w *world, name string, to ...string) {
	p := w.planned(name)
	p.Host, p.Foreign, p.Overridden = name+".corp.example", true, "/etc/amazon/ssm/amazon-ssm-agent.json"
	w.resolves(name, to...)
}

// unresolved: the system returns no address, and nothing was tried.
func (w *world) unresolved(kind observation.Kind, names ...string) {
	for _, name := range names {
		w.systemFails(name, kind)
		w.at(name).Addresses = nil
	}
}

// each changes every address of the targets.
func (w *world) each(change func(a *observation.AddressObservation), names ...string) {
	for _, name := range names {
		t := w.at(name)
		for i := range t.Addresses {
			change(&t.Addresses[i])
		}
	}
}

// connects makes every connection to the targets fail.
func (w *world) connects(kind observation.Kind, took observation.Elapsed, names ...string) {
	w.each(func(a *observation.AddressObservation) { connectFails(a, kind, took) }, names...)
}

func connectFails(a *observation.AddressObservation, kind observation.Kind, took observation.Elapsed) {
	a.Stages = observation.Stages{Connect: &observation.Connect{
		Local: netip.MustParseAddr("10.0.2.10"), Elapsed: took, Failure: &observation.Failure{Op: observation.OpConnect, Kind: kind},
	}}
	a.WebSocket = nil
}

// silent makes every connection to the targets time out.
func (w *world) silent(names ...string) { w.connects(observation.KindTimeout, 3000*ms, names...) }

// shakes makes every handshake with the targets fail.
func (w *world) shakes(kind observation.Kind, names ...string) {
	w.each(func(a *observation.AddressObservation) {
		a.Handshake = &observation.Handshake{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpHandshake, Kind: kind}}
		a.Reply, a.WebSocket = nil, nil
	}, names...)
}

// tries adds an experiment to every address of the targets: of the kind, with
// a handshake that passed, or failed so.
func (w *world) tries(kind observation.ExperimentKind, failed observation.Kind, names ...string) {
	w.each(func(a *observation.AddressObservation) {
		e := observation.Experiment{Kind: kind, Result: observation.Stages{Connect: &observation.Connect{Elapsed: ms}}}
		if failed == "" {
			e.Result.Handshake = w.shaken(names[0])
		} else {
			e.Result.Handshake = &observation.Handshake{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpHandshake, Kind: failed}}
		}
		a.Experiments = append(a.Experiments, e)
	}, names...)
}

// asksKernel adds the experiments about this node itself to every address.
func (w *world) asksKernel(kind observation.ExperimentKind, failed observation.Kind, names ...string) {
	w.each(func(a *observation.AddressObservation) {
		e := observation.Experiment{Kind: kind, Result: observation.Stages{Connect: &observation.Connect{}}}
		if failed != "" {
			e.Result.Connect.Failure = &observation.Failure{Op: observation.OpConnect, Kind: failed}
		}
		a.Experiments = append(a.Experiments, e)
	}, names...)
}

// certificate changes the certificate at every address of the targets, and the result of
// its verification. What came after stays the same.
func (w *world) certificate(change func(h *observation.Handshake), names ...string) {
	w.each(func(a *observation.AddressObservation) {
		change(a.Handshake)
		if a.WebSocket != nil {
			change(a.WebSocket.Handshake)
		}
	}, names...)
}

func byBox(trusted bool) func(*observation.Handshake) {
	return func(h *observation.Handshake) {
		h.Certificates[0].Issuer, h.Certificates[0].IssuerOrgs = "CN=Zscaler Intermediate Root CA,O=Zscaler Inc.", []string{"Zscaler Inc."}
		h.Trusted, h.Verified = trusted, trusted
		if !trusted {
			h.VerifyText = "x509: certificate signed by unknown authority"
		}
	}
}

// page makes something other than AWS answer at every address of the targets.
func (w *world) page(names ...string) {
	w.each(func(a *observation.AddressObservation) {
		a.Reply.RequestID, a.Reply.Status, a.Reply.ContentType, a.Reply.Body = "", 200, "text/html", "<html>log in\x1b[31m"
	}, names...)
}

// clock sets the node's clock back by d against AWS's.
func (w *world) clock(d time.Duration) {
	w.each(func(a *observation.AddressObservation) {
		if a.Reply != nil {
			a.Reply.Date = a.Reply.Date.Add(d)
		}
	}, allNames...)
}

// ranges are Amazon's published addresses: every one that the world has.
func (w *world) ranges(region bool) {
	w.Ranges = observation.Ranges{Given: true, Created: "2026-03-01", HasRegion: region, Known: make(map[netip.Addr]observation.AddressRange)}
	for _, t := range w.Targets {
		for _, a := range t.Addresses {
			w.Ranges.Known[a.Address] = observation.AddressRange{InAmazon: true, Regions: []string{"us-east-2"}}
		}
	}
}

// hybrid makes the node one on premises, without a resolver that knows the VPC.
func (w *world) hybrid() {
	w.Node.Kind, w.Node.KindFrom = observation.NodeHybrid, "/sys/class/dmi/id/sys_vendor: Dell Inc."
	w.Metadata = observation.Metadata{Reason: "this is no EC2 instance"}
	w.Servers = w.Servers[:1]
	w.Plan.Servers = w.Plan.Servers[:1]
}

// through sends every target through a proxy.
func (w *world) through(url string, change func(name string, p *observation.ProxyObservation)) {
	w.Node.Proxy.HTTPS, w.Node.Proxy.From = url, "/proc/812/environ"
	for i := range w.Plan.Targets {
		t := &w.Plan.Targets[i]
		t.Proxy = url
		seen := w.at(t.Name)
		seen.Addresses = nil
		c := w.proven(t.Name)
		seen.Proxy = &observation.ProxyObservation{
			URL: url, Address: netip.MustParseAddrPort("10.9.0.8:3128"),
			Connect: &observation.Connect{Local: netip.MustParseAddr("10.0.2.10"), Elapsed: ms},
			Tunnel:  &observation.Reply{Request: "CONNECT " + t.Host + ":443", Status: 200, Elapsed: ms},
			Inside:  observation.Stages{Handshake: c.Handshake, Reply: c.Reply},
		}
		if t.WebSocket {
			d := w.proven(t.Name)
			seen.Proxy.WebSocket = &observation.WebSocket{Stages: observation.Stages{Handshake: d.Handshake, Reply: d.Reply}}
		}
		if change != nil {
			change(t.Name, seen.Proxy)
		}
	}
}

// beside sends every target through a proxy, and keeps what was seen directly.
func (w *world) beside(change func(string, *observation.ProxyObservation)) {
	direct := make(map[string][]observation.AddressObservation)
	for _, name := range allNames {
		direct[name] = w.at(name).Addresses
	}
	w.through(proxyAt, change)
	for _, name := range allNames {
		w.at(name).Addresses = direct[name]
	}
}

// refuses makes the proxy answer CONNECT with a status.
func refuses(status int) func(string, *observation.ProxyObservation) {
	return func(_ string, p *observation.ProxyObservation) {
		p.Tunnel.Status = status
		p.Tunnel.Failure = &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}
		p.Inside, p.WebSocket = observation.Stages{}, nil
	}
}
