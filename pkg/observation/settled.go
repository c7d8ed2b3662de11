package observation

import (
	"slices"
	"strconv"
	"strings"
)

// Unsettled is why an attempt must be repeated: its failure, or an answer (5xx) in which
// the server, or a gateway in front of it, says that it could not answer. nil: it need not
// be repeated.
func (c Stages) Unsettled() *Failure {
	if f := c.Failure(); f != nil {
		return f
	}
	if r := c.Reply; r != nil && r.Status >= 500 {
		return &Failure{Op: OpReply, Kind: KindStatus, Text: strings.TrimSpace(strconv.Itoa(r.Status) + " " + serverErrors[r.Status])}
	}
	return nil
}

// Unsettled is the same for the path through a proxy.
func (p *ProxyObservation) Unsettled() *Failure {
	if f := p.Failure(); f != nil {
		return f
	}
	return p.Inside.Unsettled()
}

// serverErrors are the registered statuses of a server's failures (RFC 9110, IANA).
var serverErrors = map[int]string{
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates", 507: "Insufficient Storage",
	508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Required",
}

// Settled returns the attempt that counts: the repeat, if the attempt failed
// and its unchanged repeat got beyond that stage. first is then how it failed,
// otherwise nil. An experiment that stands in for a failed attempt counts too.
func (a *AddressObservation) Settled() (counts Stages, first *Failure) {
	if e, first := settledBy(a.Stages.Unsettled(), a.Experiments); e != nil {
		return e.Result, first
	}
	return a.Stages, nil
}

// StandIn is the experiment that counts instead of the attempt, because the
// agent may do the same (Experiment.StandsIn), or nil.
func (a *AddressObservation) StandIn() *Experiment {
	return standIn(a.Stages.Unsettled(), a.Experiments)
}

// StandIn is the same for the path through a proxy.
func (p *ProxyObservation) StandIn() *Experiment { return standIn(p.Unsettled(), p.Experiments) }

// Settled is the upgrade that counts.
func (w *WebSocket) Settled() (counts *WebSocket, first *Failure) {
	if w == nil {
		return nil, nil
	}
	if e, first := settledBy(w.Stages.Unsettled(), w.Experiments); e != nil {
		r := e.Result.Reply
		return &WebSocket{Stages: e.Result, Upgraded: r != nil && r.Status == switchingProtocols}, first
	}
	return w, nil
}

// switchingProtocols is the status of an upgrade that was made.
const switchingProtocols = 101

// Settled is the path through the proxy that counts.
func (p *ProxyObservation) Settled() (counts *ProxyObservation, first *Failure) {
	failed := p.Unsettled()
	e, first := settledBy(failed, p.Experiments)
	if e == nil || e.Proxy == nil {
		return p, nil
	}
	out := *p
	if e.Proxy.Lookup != nil || failed.Op == OpLookup {
		out.Lookup = e.Proxy.Lookup
	}
	out.Address, out.Connect, out.Tunnel = e.Proxy.Address, e.Result.Connect, e.Proxy.Tunnel
	out.Inside = Stages{Handshake: e.Result.Handshake, Reply: e.Result.Reply}
	return &out, first
}

// settledBy returns the experiment that counts instead of an attempt that failed,
// nil if the attempt itself counts: its unchanged repeat, if that got beyond the
// stage that failed (first is then failed, otherwise nil); else, for a failed
// handshake, the one that stands in for it. failed is nil if nothing failed.
func settledBy(failed *Failure, es []Experiment) (e *Experiment, first *Failure) {
	if failed == nil || failed.Of(KindUndecided, KindInterrupted, KindNoResources) {
		return nil, nil
	}
	passed := func(counts func(Experiment) bool) int {
		return slices.IndexFunc(es, func(e Experiment) bool { return counts(e) && e.NotMade == "" && e.passes(failed.Op) })
	}
	if i := passed(func(e Experiment) bool { return e.Kind == ExperimentRepeat }); i >= 0 {
		return &es[i], failed
	}
	if failed.Op == OpHandshake {
		if i := passed(func(e Experiment) bool { return e.StandsIn }); i >= 0 {
			return &es[i], nil
		}
	}
	return nil, nil
}

// standIn is the experiment of settledBy, unless it is the repeat.
func standIn(failed *Failure, es []Experiment) *Experiment {
	if e, first := settledBy(failed, es); first == nil {
		return e
	}
	return nil
}

// passes reports whether the repeat got beyond the stage of op.
func (e *Experiment) passes(op Op) bool {
	c, hs, reply := e.Result.Connect, e.Result.Handshake, e.Result.Reply
	if c == nil || c.Failure != nil {
		return false
	}
	opened := e.Proxy == nil || e.Proxy.Tunnel != nil && e.Proxy.Tunnel.Failure == nil
	switch op {
	case OpLookup, OpConnect:
		return true
	case OpProxy:
		return e.Proxy != nil && opened
	case OpHandshake:
		return opened && hs != nil && hs.Failure == nil
	case OpReply, OpUpgrade:
		return opened && hs != nil && hs.Failure == nil && reply != nil && reply.Failure == nil && reply.Status < 500
	}
	return false
}

// Settled is the target with the attempts that settled it: each failed attempt
// for which another one counts is replaced by that one. Reports take their rows
// and their times from it. t, which holds the facts, is not changed.
func (t *TargetObservation) Settled() *TargetObservation {
	out := *t
	out.Addresses, out.Connections = settledAddresses(t.Addresses), settledAddresses(t.Connections)
	out.Proxy = settledProxy(t.Proxy)
	out.ShellProxy, out.UnusedProxy = settledProxy(t.ShellProxy), settledProxy(t.UnusedProxy)
	return &out
}

func settledAddresses(list []AddressObservation) []AddressObservation {
	var out []AddressObservation
	for _, a := range list {
		a.Stages, _ = a.Settled()
		a.WebSocket, _ = a.WebSocket.Settled()
		out = append(out, a)
	}
	return out
}

func settledProxy(p *ProxyObservation) *ProxyObservation {
	if p == nil {
		return nil
	}
	counts, _ := p.Settled()
	out := *counts
	out.WebSocket, _ = p.WebSocket.Settled()
	return &out
}
