package probe

// Settled is the target with the attempts that settled it: each failed attempt
// for which another one counts is replaced by that one. Reports take their rows
// and their times from it. t, which holds the facts, stays as it is.
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
		a.Climb, _ = a.Settled()
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
