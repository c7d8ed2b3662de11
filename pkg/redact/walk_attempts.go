package redact

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What was attempted, and the result: lookups, DNS queries, connections, calls.

func (w *walk) lookup(l *observation.SystemLookup) {
	if l == nil {
		return
	}
	w.text(host, &l.Host)
	w.addresses(answered, l.Addresses)
	w.failure(l.Failure)
	w.failure(l.First)
}

func (w *walk) server(s *observation.ServerObservation) {
	w.plannedServer(&s.PlannedServer)
	w.answers(s.Answers)
	w.answer(s.ControlQuery)
	w.answer(s.OverTCP)
	w.answer(s.OverUDP)
	w.answers(s.Unchecked)
	w.answers(s.Searched)
	w.answer(s.ControlHost)
	w.failure(s.Route)
	w.address(ours, &s.Local)
	w.answer(s.Bound)
	w.own(&s.NotAsked)
}

func (w *walk) answers(list []observation.Answer) {
	for i := range list {
		w.answer(&list[i])
	}
}

func (w *walk) answer(a *observation.Answer) {
	if a == nil {
		return
	}
	w.text(question, &a.Name)
	w.addresses(answered, a.Addresses)
	w.texts(host, a.CNAMEs)
	w.texts(outside, a.ExtendedErrors)
	w.texts(outside, a.Discarded)
	w.icmp(a.ICMP)
	w.failure(a.Failure)
}

func (w *walk) icmp(m *observation.ICMPMessage) {
	if m != nil {
		w.address(anybodys, &m.From)
	}
}

func (w *walk) failure(f *observation.Failure) {
	if f != nil {
		w.own(&f.Text)
	}
}

func (w *walk) target(t *observation.TargetObservation) {
	w.text(target, &t.Name)
	w.reached(t.Addresses)
	w.reached(t.Connections)
	w.addresses(answered, t.Untried)
	w.path(t.Proxy)
	w.path(t.ShellProxy)
	w.path(t.UnusedProxy)
	w.own(&t.NotTried)
}

func (w *walk) reached(list []observation.AddressObservation) {
	for i := range list {
		a := &list[i]
		w.address(answered, &a.Address)
		w.texts(own, a.From)
		w.stages(&a.Stages)
		w.webSocket(a.WebSocket)
		w.experiments(a.Experiments)
	}
}

// path is the path through a proxy.
func (w *walk) path(p *observation.ProxyObservation) {
	if p == nil {
		return
	}
	w.text(proxy, &p.URL)
	w.lookup(p.Lookup)
	w.socket(&p.Address)
	w.connect(p.Connect)
	w.experiments(p.Experiments)
	w.reply(p.Tunnel)
	w.stages(&p.Inside)
	w.webSocket(p.WebSocket)
}

func (w *walk) stages(c *observation.Stages) {
	w.connect(c.Connect)
	w.handshake(c.Handshake)
	w.reply(c.Reply)
}

func (w *walk) webSocket(s *observation.WebSocket) {
	if s != nil {
		w.stages(&s.Stages)
		w.experiments(s.Experiments)
	}
}

func (w *walk) experiments(list []observation.Experiment) {
	for i := range list {
		e := &list[i]
		w.text(target, &e.Target)
		w.address(answered, &e.Address)
		w.text(host, &e.ServerName)
		w.stages(&e.Result)
		if p := e.Proxy; p != nil {
			w.lookup(p.Lookup)
			w.socket(&p.Address)
			w.reply(p.Tunnel)
		}
		w.own(&e.Text, &e.NotMade)
	}
}

func (w *walk) connect(c *observation.Connect) {
	if c != nil {
		w.address(ours, &c.Local)
		w.failure(c.Failure)
		w.icmp(c.ICMP)
	}
}

func (w *walk) handshake(h *observation.Handshake) {
	if h == nil {
		return
	}
	w.own(&h.Version, &h.Group)
	for i := range h.Certificates {
		c := &h.Certificates[i]
		w.text(outside, &c.Subject)
		w.text(outside, &c.Issuer)
		w.texts(outside, c.IssuerOrgs)
		w.texts(host, c.Names)
		w.own(&c.SHA256)
	}
	w.own(&h.VerifyText)
	w.failure(h.VerifyFailure)
	w.failure(h.Failure)
	w.own(&h.RetryGroup)
	w.text(outside, &h.FirstBytes)
}

func (w *walk) reply(r *observation.Reply) {
	if r == nil {
		return
	}
	w.own(&r.Request)
	w.text(outside, &r.Socks)
	w.text(requestID, &r.RequestID)
	w.texts(own, r.ProxyAuthenticate)
	w.text(outside, &r.Server)
	w.own(&r.ContentType, &r.BucketRegion)
	w.text(outside, &r.Location)
	w.own(&r.ErrorCode)
	w.text(outside, &r.ErrorMessage)
	w.text(outside, &r.Body)
	w.failure(r.Failure)
}

func (w *walk) signed(c *observation.SignedCall) {
	w.call(&c.PlannedCall)
	w.address(answered, &c.Address)
	w.text(proxy, &c.Proxy)
	w.own(&c.ErrorCode)
	w.text(outside, &c.ErrorMessage)
	w.text(requestID, &c.RequestID)
	w.failure(c.Failure)
	w.failure(c.First)
	w.own(&c.NotMade)
}

func (w *walk) ranges(r *observation.Ranges) {
	w.text(syncToken, &r.SyncToken)
	w.text(created, &r.Created)
	known := make(map[netip.Addr]observation.AddressRange, len(r.Known))
	for a, in := range r.Known { // in any order: they were met before
		w.address(anybodys, &a)
		w.texts(own, in.Regions)
		w.texts(own, in.Services)
		known[a] = in
	}
	if r.Known != nil {
		r.Known = known
	}
}
