package dnsquery

import (
	"sync/atomic"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Budget are those that may still be sent. nil: as many as you like.
type Budget struct{ left atomic.Int64 }

func NewBudget(n int) *Budget {
	q := new(Budget)
	q.left.Store(int64(n))
	return q
}

// take reports whether one more may be sent.
func (q *Budget) take() bool { return q == nil || q.left.Add(-1) >= 0 }

// tooMany is the failure of a question that was not put.
func tooMany() *observation.Failure {
	return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindUndecided, Text: "not asked: the run has put as many questions as it may"}
}

// systemQuestions is how many questions Go's own resolver makes of the names
// where each gets an answer, be it that there is none: both families, and each
// once more for every domain of the search list.
func systemQuestions(n observation.Node, names int) int {
	return 2 * names * (1 + len(n.Resolver.Search))
}

// Share parts those of a run between Go's own resolver and the
// nameservers that are asked one by one. The resolver looks the names up, and
// proxies, each both families. Where servers fail, it puts each question to
// all of them, and anew: it may where the others have enough for theirs, each
// twice, with the further ones that follow a failure.
func Share(n observation.Node, looked, proxies, names, servers int) (system, others int) {
	const further = 8
	configured := len(n.Resolver.Servers)
	if configured == 0 {
		configured = 2 // this node itself, by both families
	}
	system = min(systemQuestions(n, looked)+2*proxies, maxSystemQuestions)
	again := system * (configured*Attempts(n.Resolver) - 1)
	free := maxQuestions - system - servers*(4*names+further)
	system += max(0, min(again, free))
	return system, maxQuestions - system
}

// How many questions one run may send, whatever the nameservers answer and the
// node's files say. AWS passes 1024 packets a second of an interface to the VPC's
// resolver, metadata's among them (Amazon VPC User Guide, AmazonDNS-concepts).
const (
	// maxQuestions is how many DNS questions may be sent, each packet counted.
	maxQuestions = 300
	// maxSystemQuestions is how many the system's own resolver may make of
	// the names of a run where each gets an answer.
	maxSystemQuestions = 200
)
