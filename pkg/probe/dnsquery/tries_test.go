package dnsquery

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A try that was cut short, or not made, takes nothing back of the tries before
// it: silence stays silence.
func TestEachTry(t *testing.T) {
	for name, c := range map[string]struct {
		kinds []observation.Kind // of each try; "": an answer
		want  observation.Kind
		sent  int
	}{
		"silence three times":             {[]observation.Kind{observation.KindTimeout, observation.KindTimeout, observation.KindTimeout}, observation.KindTimeout, 3},
		"the second try answers":          {[]observation.Kind{observation.KindTimeout, ""}, "", 2},
		"no question left for the second": {[]observation.Kind{observation.KindTimeout, observation.KindUndecided}, observation.KindTimeout, 2},
		"interrupted in the third":        {[]observation.Kind{observation.KindTimeout, observation.KindTimeout, observation.KindInterrupted}, observation.KindTimeout, 3},
		"no question left for the first":  {[]observation.Kind{observation.KindUndecided}, observation.KindUndecided, 1},
		"an error is no silence":          {[]observation.Kind{observation.KindServFail}, observation.KindServFail, 1},
	} {
		t.Run(name, func(t *testing.T) {
			x, n := &Client{tries: 3}, 0
			got := x.eachTry(new(dns.Msg), func() observation.Answer {
				kind := c.kinds[n]
				n++
				if kind == "" {
					return observation.Answer{Rcode: "NOERROR", Sent: 1}
				}
				return observation.Answer{Sent: 1, Failure: &observation.Failure{Kind: kind}}
			})
			if kind := got.Failure; (c.want == "") != (kind == nil) || kind != nil && !kind.Of(c.want) {
				t.Errorf("the answer is %+v, want %q", got.Failure, c.want)
			}
			if got.Sent != c.sent || n != len(c.kinds) {
				t.Errorf("%d packets in %d tries, want %d in %d", got.Sent, n, c.sent, len(c.kinds))
			}
		})
	}
}
