package observation

import (
	"slices"
	"strconv"
	"strings"
)

// Unsettled is why an attempt has to be repeated: its failure, or an answer by
// which the server, or a gateway before it, says that it could not answer
// (5xx). nil: it need not be.
func (c Stages) Unsettled() *Failure {
	if f := c.Failure(); f != nil {
		return f
	}
	if r := c.Reply; r != nil && r.Status >= 500 {
		return &Failure{Op: OpReply, Kind: KindStatus, Text: statusText(r.Status)}
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

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + serverErrors[status])
}

// Settled returns the attempt that counts: the repeat, if the attempt failed
// and its unchanged repeat got beyond that stage. first is then how it failed,
// otherwise nil. An experiment that stands in for a failed attempt counts too.
func (a *AddressObservation) Settled() (counts Stages, first *Failure) {
	if failed := a.Stages.Unsettled(); failed != nil {
		if e := passedAgain(failed, a.Experiments); e != nil {
			return e.Result, failed
		}
		if e := standIn(failed, a.Experiments); e != nil {
			return e.Result, nil
		}
	}
	return a.Stages, nil
}

// StandIn is the experiment that counts instead of the attempt, because the
// agent may do the same (Experiment.StandsIn), or nil.
func (a *AddressObservation) StandIn() *Experiment {
	failed := a.Stages.Unsettled()
	if failed == nil || passedAgain(failed, a.Experiments) != nil {
		return nil
	}
	return standIn(failed, a.Experiments)
}

// StandIn is the same for the path through a proxy.
func (p *ProxyObservation) StandIn() *Experiment {
	failed := p.Unsettled()
	if failed == nil || passedAgain(failed, p.Experiments) != nil {
		return nil
	}
	return standIn(failed, p.Experiments)
}

// Settled is the upgrade that counts.
func (w *WebSocket) Settled() (counts *WebSocket, first *Failure) {
	if w == nil {
		return nil, nil
	}
	if failed := w.Stages.Unsettled(); failed != nil {
		if e := passedAgain(failed, w.Experiments); e != nil {
			return e.webSocket(), failed
		}
		if e := standIn(failed, w.Experiments); e != nil {
			return e.webSocket(), nil
		}
	}
	return w, nil
}

// switchingProtocols is the status of an upgrade that was made.
const switchingProtocols = 101

func (e *Experiment) webSocket() *WebSocket {
	r := e.Result.Reply
	return &WebSocket{Stages: e.Result, Upgraded: r != nil && r.Status == switchingProtocols}
}

// Settled is the path through the proxy that counts.
func (p *ProxyObservation) Settled() (counts *ProxyObservation, first *Failure) {
	failed := p.Unsettled()
	if failed == nil {
		return p, nil
	}
	e := passedAgain(failed, p.Experiments)
	if first = failed; e == nil {
		e, first = standIn(failed, p.Experiments), nil
	}
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

// passedAgain returns the unchanged repeat of a failed attempt if it got beyond
// the stage that failed, otherwise nil.
func passedAgain(failed *Failure, es []Experiment) *Experiment {
	return passed(failed, es, func(e Experiment) bool { return e.Kind == ExperimentRepeat })
}

// standIn returns the experiment that stands in for an attempt that failed at
// the handshake, if it got beyond that, otherwise nil.
func standIn(failed *Failure, es []Experiment) *Experiment {
	if failed.Op != OpHandshake {
		return nil
	}
	return passed(failed, es, func(e Experiment) bool { return e.StandsIn })
}

func passed(failed *Failure, es []Experiment, counts func(Experiment) bool) *Experiment {
	if failed.Of(KindUndecided, KindInterrupted, KindNoResources) {
		return nil
	}
	i := slices.IndexFunc(es, func(e Experiment) bool { return counts(e) && e.NotMade == "" && e.passes(failed.Op) })
	if i < 0 {
		return nil
	}
	return &es[i]
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
