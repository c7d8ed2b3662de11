package probe

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

// controlQuery is a query that any working server answers, whatever it forwards: the
// nameservers of com.
const controlQuery = "com."

// askServers queries all nameservers of the plan at once, and waits for the answers about
// names of required targets. The other answers are complete when the groups' tasks are done.
// A server that is planned twice is queried once.
func (r *run) askServers() []observation.ServerObservation {
	defer close(r.serversAsked)
	out := make([]observation.ServerObservation, len(r.plan.Servers))
	var wg attempt.TaskGroup
	for i, s := range r.plan.Servers {
		if first := r.firstPlanned(s.Address); first < i {
			defer func() { out[i] = out[first]; out[i].PlannedServer = s }()
			continue
		}
		wg.Go(func() { out[i] = r.askServer(r.lookups(r.required), s) })
	}
	wg.Wait()
	return out
}

func (r *run) firstPlanned(a netip.AddrPort) int {
	return slices.IndexFunc(r.plan.Servers, func(s observation.PlannedServer) bool { return s.Address == a })
}

// counts reports whether the system may use the server's answers.
func (r *run) counts(a netip.AddrPort) bool {
	return slices.ContainsFunc(r.plan.Servers, func(s observation.PlannedServer) bool {
		return s.Address == a && s.Role == observation.RoleConfigured
	})
}

// askServer queries one server for every host, both families, and then sends the queries
// that distinguish the causes of a failure.
func (r *run) askServer(ctx context.Context, s observation.PlannedServer) observation.ServerObservation {
	out := observation.ServerObservation{PlannedServer: s}
	if out.NotAsked = r.notAsked(ctx, s); out.NotAsked != "" {
		return out
	}
	x, failure := r.p.dialServer(ctx, s.Address)
	if failure != nil {
		out.Route = failure
		for _, h := range r.hosts {
			out.Answers = append(out.Answers,
				observation.Answer{Name: h, Type: "A", Failure: failure}, observation.Answer{Name: h, Type: "AAAA", Failure: failure})
		}
		return out
	}
	if s.Role != observation.RoleBehindStub {
		x.Configure(r.node.Resolver)
	}
	out.Local = attempt.AddrOf(x.Conn.LocalAddr())
	out.Answers = make([]observation.Answer, 2*len(r.hosts))
	asking, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	trouble := newLatch()
	done := make(chan struct{})
	var last attempt.TaskGroup
	all := r.askHosts(asking, r.required, x, out.Answers, trouble)
	unused := make(chan struct{})
	defer close(unused)
	r.askOptional(asking, x, out.Answers, unused)
	last.Go(func() {
		defer close(done)
		all.Wait()
		r.retryUnanswered(asking, r.required, x, out.Answers)
		out.Unchecked = x.CheckingDisabled(asking, r.answersOf(r.required, out.Answers))
	})
	last.Go(func() { r.endSilence(x, done, giveUp) })
	r.askFurther(asking, x, &out, trouble, done)
	last.Wait()
	if !x.Heard.Load() {
		out.Bound = r.askBound(ctx, &out)
	}
	return out
}

// askHosts queries the hosts of a group, both families.
func (r *run) askHosts(ctx context.Context, g *taskGroup, x *dnsquery.Client, answers []observation.Answer, trouble latch) *attempt.TaskGroup {
	use := r.counts(x.Addr)
	all := new(attempt.TaskGroup)
	for i, h := range r.hosts {
		if r.groupOf(h) != g {
			continue
		}
		ended := r.opened(h)
		ask := func() {
			answers[2*i], answers[2*i+1] = x.AskBothFamilies(ctx, h)
			if use {
				r.names[h].answered(answers[2*i], answers[2*i+1], x.Addr.String())
			}
			if answers[2*i].Failure.Of(observation.KindTimeout, observation.KindServFail, observation.KindDNSRefused, observation.KindConnectionRefused, observation.KindMalformed, observation.KindReset, observation.KindClosed) {
				trouble.fire()
			}
		}
		all.Go(func() {
			defer ended()
			attempt.GrowForQuestion()
			ask()
		})
	}
	return all
}

// askOptional queries the hosts that no required target has, as tasks of their groups. The
// last one closes the socket.
//
// required is the context of the other queries: a server that is given up there is given up
// here as well. unused is closed when they are done.
func (r *run) askOptional(required context.Context, x *dnsquery.Client, answers []observation.Answer, unused <-chan struct{}) {
	var asking sync.WaitGroup
	for _, g := range []*taskGroup{r.channel, r.optional} {
		asking.Add(1)
		ctx, giveUp := context.WithCancelCause(r.lookups(g))
		undo := context.AfterFunc(required, func() {
			if cause := context.Cause(required); errors.Is(cause, attempt.ErrSilent) {
				giveUp(cause)
			}
		})
		all := r.askHosts(ctx, g, x, answers, newLatch()) // a failure here needs no further queries
		g.Go(func() {
			defer asking.Done()
			defer giveUp(nil)
			defer undo()
			all.Wait()
			r.retryUnanswered(ctx, g, x, answers)
		})
	}
	r.optional.Go(func() {
		asking.Wait()
		<-unused
		x.Close()
	})
}

// notAsked says why a planned server is not queried. The VPC resolver's link-local address
// means nothing outside EC2: if the firmware does not say what the node is, metadata must.
func (r *run) notAsked(ctx context.Context, s observation.PlannedServer) string {
	if s.Role != observation.RoleVPC || s.Given || r.node.Kind != observation.NodeUnknown || r.counts(s.Address) {
		return ""
	}
	select {
	case <-r.metadataKnown:
	case <-ctx.Done():
		return "it was not known in time whether this is an EC2 instance"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.metadata.Present() {
		return ""
	}
	return "neither the firmware nor instance metadata says that this is an EC2 instance"
}

// askFurther sends the queries that follow a failure: the control query, the first query
// over the other transport, and the control host. It does not wait for answers that are
// missing when a query is retransmitted, or at half of that time if nothing has come: so a
// silent server costs one attempt and not two.
func (r *run) askFurther(ctx context.Context, x *dnsquery.Client, out *observation.ServerObservation, trouble latch, done <-chan struct{}) {
	patience := dnsquery.RetransmitAfter(r.p.runner().Limit())
	late := newLatch()
	defer time.AfterFunc(patience, late.fire).Stop()
	defer time.AfterFunc(patience/2, func() {
		if !x.Heard.Load() {
			late.fire()
		}
	}).Stop()
	var further attempt.TaskGroup
	defer further.Wait()
	control := func() { out.ControlQuery = new(x.Ask(ctx, controlQuery, dns.TypeNS)) }
	otherTransport := func() {
		if len(r.hosts) == 0 {
			return
		}
		q := dnsquery.NewQuestion(r.hosts[0], dns.TypeA)
		if x.UseTCP {
			out.OverUDP = new(x.AskUDP(ctx, q))
		} else {
			out.OverTCP = new(x.AskTCP(ctx, q))
		}
	}
	other := func() {
		if r.controlHost != "" {
			out.ControlHost = new(x.Ask(ctx, r.controlHost, dns.TypeA))
		}
	}
	select {
	case <-late.Done():
		further.Go(control)
		further.Go(otherTransport)
		further.Go(other)
		return
	case <-trouble.Done():
		further.Go(control)
	case <-done:
	}
	select {
	case <-done:
	case <-late.Done():
	}
	if !r.anyAddress(out.Answers, done) {
		further.Go(other)
	}
	if trouble.fired() {
		further.Go(otherTransport)
	}
}

// anyAddress reports whether a finished round of queries returned an address. Until done is
// closed, the answers are still being written and must not be read.
func (r *run) anyAddress(answers []observation.Answer, done <-chan struct{}) bool {
	select {
	case <-done:
	default:
		return false
	}
	return slices.ContainsFunc(r.answersOf(r.required, answers), func(a observation.Answer) bool { return len(a.Addresses) > 0 })
}

// answersOf returns the answers about the hosts of a group. The others may still be changing.
func (r *run) answersOf(g *taskGroup, answers []observation.Answer) (out []observation.Answer) {
	for i, h := range r.hosts {
		if r.groupOf(h) == g {
			out = append(out, answers[2*i], answers[2*i+1])
		}
	}
	return out
}

// retryUnanswered repeats the queries that a server left unanswered while it answered
// others: so many packets are not lost by chance, so if there is still no answer, the server
// has trouble with that name. A server that answered nothing is not queried again. The
// queries end with ctx; what follows from an answer, however late, ends with the run.
func (r *run) retryUnanswered(ctx context.Context, g *taskGroup, x *dnsquery.Client, answers []observation.Answer) {
	answered := slices.ContainsFunc(r.answersOf(g, answers), func(a observation.Answer) bool { return a.Rcode != "" })
	if !answered || ctx.Err() != nil {
		return
	}
	use := r.counts(x.Addr)
	var retries attempt.TaskGroup
	for i, h := range r.hosts {
		if r.groupOf(h) != g || !answers[2*i].Failure.Of(observation.KindTimeout) {
			continue
		}
		retries.Go(func() {
			a, aaaa := x.AskBothFamilies(ctx, h)
			for j, b := range []observation.Answer{a, aaaa} {
				if first := &answers[2*i+j]; b.Rcode != "" && first.Rcode == "" {
					b.Sent += first.Sent
					*first = b
				}
			}
			if use {
				r.names[h].answered(answers[2*i], answers[2*i+1], x.Addr.String())
			}
		})
	}
	retries.Wait()
}

// leastPatience is the least time that a retransmission gets.
const leastPatience = 20 * time.Millisecond

// noteServed fires served once every required target that is reached directly has its
// answer. From then on, missing answers do not delay the run for long.
func (r *run) noteServed() {
	direct := false
	for _, t := range r.targets {
		if !t.plan.Tried() || t.plan.proxyURL != nil || t.unneeded() {
			continue
		}
		if direct = true; !t.answered() {
			return
		}
	}
	if direct {
		r.served.fire()
	}
}

// endSilence ends the queries to a nameserver that is silent although every target has its
// answer through other servers, but not before the retransmission has had as much time as
// all of that took. So a dead nameserver costs one retransmission, not a whole attempt. A
// server that has sent anything is waited for.
func (r *run) endSilence(x *dnsquery.Client, done <-chan struct{}, giveUp context.CancelCauseFunc) {
	select {
	case <-r.served.Done():
	case <-done:
		return
	}
	took := max(r.began.Ran(), leastPatience)
	patience, stop := r.began.After(dnsquery.RetransmitAfter(r.p.runner().Limit()) + took)
	defer stop()
	select {
	case <-patience:
	case <-done:
		return
	}
	if x.Heard.Load() {
		return
	}
	if r.counts(x.Addr) {
		r.silent.fire()
	}
	giveUp(attempt.ErrSilent)
}
