package dnsquery

import (
	"sync/atomic"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Budget is how many queries may still be sent. nil: no limit.
type Budget struct{ left atomic.Int64 }

func NewBudget(n int) *Budget {
	q := new(Budget)
	q.left.Store(int64(n))
	return q
}

// take reports whether one more may be sent.
func (q *Budget) take() bool { return q == nil || q.left.Add(-1) >= 0 }

// tooMany is the failure of a query that was not sent.
func tooMany() *observation.Failure {
	return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindUndecided, Text: "not asked: the run has put as many questions as it may"}
}

// systemQuestions returns how many queries Go's own resolver sends for the
// names if each gets an answer, even a negative one: both families, and each
// again for every domain of the search list.
func systemQuestions(n observation.Node, names int) int {
	if !GoResolver {
		return 2 * names // the system queries, and treats the search list in its own way
	}
	return 2 * names * (1 + len(n.Resolver.Search))
}

// Share divides a run's queries between Go's own resolver and the nameservers
// that are queried individually. The resolver looks up the names and the
// proxies, both families each. If servers fail, it sends each query to all of
// them, and repeats it: it may do so if the others keep enough for theirs, each
// twice, with the additional ones after a failure.
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

// How many queries one run may send, whatever the nameservers answer and the
// node's files say. AWS passes 1024 packets a second per interface to the VPC's
// resolver, including those for metadata (Amazon VPC User Guide,
// AmazonDNS-concepts).
const (
	// maxQuestions is how many DNS queries may be sent, counting every packet.
	maxQuestions = 300
	// maxSystemQuestions is how many the system's own resolver may send for a run's
	// names if each gets an answer.
	maxSystemQuestions = 200
)
