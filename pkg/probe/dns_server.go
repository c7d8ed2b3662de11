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

// witnessName is a question that any working server answers, whatever it
// forwards: the nameservers of com.
const witnessName = "com."

// askServers asks every nameserver of the plan, all at once, and waits for what
// concerns the names of required targets. The rest of what it gives is whole when
// the groups' tasks are over. A server that is planned twice is asked once.
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

// counts reports whether the system may use what the server answers.
func (r *run) counts(a netip.AddrPort) bool {
	return slices.ContainsFunc(r.plan.Servers, func(s observation.PlannedServer) bool {
		return s.Address == a && s.Role == observation.RoleConfigured
	})
}

// askServer asks one server for every host, both families, and then what tells
// its troubles apart.
func (r *run) askServer(ctx context.Context, s observation.PlannedServer) observation.ServerObservation {
	out := observation.ServerObservation{PlannedServer: s}
	if out.NotAsked = r.notAsked(ctx, s); out.NotAsked != "" {
		return out
	}
	x, failure := r.p.dialServer(ctx, s.Address)
	hosts := r.hosts()
	if failure != nil {
		out.Route = failure
		for _, h := range hosts {
			out.Answers = append(out.Answers,
				observation.Answer{Name: h, Type: "A", Failure: failure}, observation.Answer{Name: h, Type: "AAAA", Failure: failure})
		}
		return out
	}
	if s.Role != observation.RoleBehindStub {
		x.Configure(r.node.Resolver)
	}
	out.Local = attempt.AddrOf(x.Conn.LocalAddr())
	out.Answers = make([]observation.Answer, 2*len(hosts))
	asking, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	trouble := newSignal()
	done := make(chan struct{})
	var last attempt.TaskGroup
	all := r.askHosts(asking, r.required, x, out.Answers, trouble)
	unused := make(chan struct{})
	defer close(unused)
	r.askOptional(asking, x, out.Answers, unused)
	last.Go(func() {
		defer close(done)
		all.Wait()
		r.askAgain(asking, r.required, x, out.Answers)
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

// askHosts asks for the hosts of a group, both families.
func (r *run) askHosts(ctx context.Context, g *taskGroup, x *dnsquery.Client, answers []observation.Answer, trouble *signal) *attempt.TaskGroup {
	use := r.counts(x.Addr)
	all := new(attempt.TaskGroup)
	for i, h := range r.hosts() {
		if r.groupOf(h) != g {
			continue
		}
		ended := r.opened(h)
		ask := func() {
			answers[2*i], answers[2*i+1] = x.AskBothFamilies(ctx, h)
			a, aaaa := answers[2*i], answers[2*i+1]
			if use {
				r.names[h].settle(a, aaaa, x.Addr.String())
				r.names[h].learn(append(slices.Clone(a.Addresses), aaaa.Addresses...), x.Addr.String())
			}
			if a.Failure.Of(observation.KindTimeout, observation.KindServFail, observation.KindRefuses, observation.KindRefused, observation.KindMalformed, observation.KindReset, observation.KindClosed) {
				trouble.give()
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

// askOptional asks for the hosts of which no required target is, as tasks of
// their groups. The socket is closed when nobody uses it any more.
//
// required is the context of the other questions: a server that is given up there
// is given up here. unused is closed when they are over.
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
		all := r.askHosts(ctx, g, x, answers, newSignal()) // what fails here calls for nothing that is waited for
		g.Go(func() {
			defer asking.Done()
			defer giveUp(nil)
			defer undo()
			all.Wait()
			r.askAgain(ctx, g, x, answers)
		})
	}
	r.optional.Go(func() {
		asking.Wait()
		<-unused
		x.Close()
	})
}

// notAsked says why a server of the plan is not asked. The VPC's resolver has a
// link-local address, which means nothing outside EC2: where the firmware did
// not say what the node is, metadata must.
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

// askFurther puts the questions that follow a failure: the witness, the first
// question once more over the other transport, a name that no target has. Where the answers
// are not in by the time of the retransmission, or nothing at all by half of
// it, it does not wait for them, so that a silent server costs one attempt and
// not two.
func (r *run) askFurther(ctx context.Context, x *dnsquery.Client, out *observation.ServerObservation, trouble *signal, done <-chan struct{}) {
	patience := dnsquery.RetransmitAfter(r.p.runner().Limit())
	late := newSignal()
	defer time.AfterFunc(patience, late.give).Stop()
	defer time.AfterFunc(patience/2, func() {
		if !x.Heard.Load() {
			late.give()
		}
	}).Stop()
	var further attempt.TaskGroup
	defer further.Wait()
	witness := func() {
		a := x.Ask(ctx, witnessName, dns.TypeNS)
		out.Witness = &a
	}
	otherTransport := func() {
		if hosts := r.hosts(); len(hosts) > 0 {
			if x.UseTCP {
				a := x.AskUDP(ctx, dnsquery.NewQuestion(hosts[0], dns.TypeA))
				out.OverUDP = &a
				return
			}
			a := x.AskTCP(ctx, hosts[0], dns.TypeA)
			out.OverTCP = &a
		}
	}
	other := func() {
		if r.outside != "" {
			a := x.Ask(ctx, r.outside, dns.TypeA)
			out.Outside = &a
		}
	}
	select {
	case <-late.given:
		further.Go(witness)
		further.Go(otherTransport)
		further.Go(other)
		return
	case <-trouble.given:
		further.Go(witness)
	case <-done:
	}
	select {
	case <-done:
	case <-late.given:
	}
	if !r.anyAddress(out.Answers, done) {
		further.Go(other)
	}
	if trouble.isGiven() {
		further.Go(otherTransport)
	}
}

// anyAddress reports whether a finished round of questions gave an address. Until
// done is closed the answers are still being written, and none may be read.
func (r *run) anyAddress(answers []observation.Answer, done <-chan struct{}) bool {
	select {
	case <-done:
	default:
		return false
	}
	return slices.ContainsFunc(r.answersOf(r.required, answers), func(a observation.Answer) bool { return len(a.Addresses) > 0 })
}

// answersOf are those about the hosts of a group. The others may not be written
// yet.
func (r *run) answersOf(g *taskGroup, answers []observation.Answer) (out []observation.Answer) {
	for i, h := range r.hosts() {
		if r.groupOf(h) == g {
			out = append(out, answers[2*i], answers[2*i+1])
		}
	}
	return out
}

// A signal is given once, by whoever comes first.
type signal struct {
	given chan struct{}
	once  sync.Once
}

func newSignal() *signal { return &signal{given: make(chan struct{})} }

func (s *signal) give() { s.once.Do(func() { close(s.given) }) }

func (s *signal) isGiven() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}
