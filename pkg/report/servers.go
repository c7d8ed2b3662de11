package report

import (
	"fmt"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// servers tells what each nameserver said by itself. It is for a verbose
// report only: what matters of it stands in the evidence of a cause.
func (t *text) servers() {
	o := t.d.Observations
	if !t.o.Verbose || o == nil || len(o.Servers) == 0 {
		return
	}
	t.heading("Nameservers, each asked by itself")
	for _, s := range o.Servers {
		t.para(bodyColumn, nil, part{text: server(s.Address), style: t.strong}, say(" "+roleWords(s.PlannedServer)))
		if s.NotAsked != "" {
			t.para(bodyColumn+2, nil, say("not asked: "+s.NotAsked))
			continue
		}
		for _, a := range s.Answers {
			t.para(bodyColumn+2, nil, answer(a)...)
		}
		for _, x := range []*observation.Answer{s.Witness, s.OverTCP, s.Outside} {
			if x != nil {
				t.para(bodyColumn+2, nil, answer(*x)...)
			}
		}
	}
}

func roleWords(s observation.PlannedServer) string {
	role := "asked by the system"
	switch s.Role {
	case observation.RoleBehindStub:
		role = "behind the stub"
	case observation.RoleVPC:
		role = "knows the VPC's private names"
	}
	if s.From != "" {
		role += " (" + s.From + ")"
	}
	return role
}

// answer is one answer on a line: the question, what came, how long it took.
func answer(a observation.Answer) []part {
	q := []part{say(a.Name + " "), keep(a.Type + ":"), say(" ")}
	if a.Failure != nil && (a.Rcode == "" || !a.Failure.Of(observation.KindNXDomain)) {
		return append(q, say(failed(a.Failure, a.Elapsed)+asides(a)))
	}
	var said []string
	for _, x := range a.Addresses {
		said = append(said, x.String())
	}
	if len(said) == 0 {
		said = append(said, a.Rcode)
	}
	return append(q, say(strings.Join(said, ", ")), keep(took(a.Elapsed)), say(asides(a)))
}

// asides are what came with an answer, and how it came where that is not as
// usual.
func asides(a observation.Answer) string {
	var out string
	if a.Transport == "tcp" {
		out += ", over TCP"
	}
	if a.Truncated {
		out += ", truncated over UDP"
	}
	if a.Sent > 1 {
		out += fmt.Sprintf(", asked %d times", a.Sent)
	}
	if len(a.CNAMEs) > 0 {
		out += ", by way of " + strings.Join(a.CNAMEs, ", ")
	}
	for _, e := range a.ExtendedErrors {
		out += ", extended error " + e
	}
	for _, d := range a.Discarded {
		out += ", thrown away: " + d
	}
	return out
}
