package probe

import (
	"testing"

	"github.com/miekg/dns"
)

// A try that was cut short, or not made, takes nothing back of the tries before
// it: silence stays silence.
func TestEachTry(t *testing.T) {
	for name, c := range map[string]struct {
		kinds []Kind // of each try; "": an answer
		want  Kind
		sent  int
	}{
		"silence three times":             {[]Kind{KindTimeout, KindTimeout, KindTimeout}, KindTimeout, 3},
		"the second try answers":          {[]Kind{KindTimeout, ""}, "", 2},
		"no question left for the second": {[]Kind{KindTimeout, KindUndecided}, KindTimeout, 2},
		"interrupted in the third":        {[]Kind{KindTimeout, KindTimeout, KindInterrupted}, KindTimeout, 3},
		"no question left for the first":  {[]Kind{KindUndecided}, KindUndecided, 1},
		"an error is no silence":          {[]Kind{KindServFail}, KindServFail, 1},
	} {
		t.Run(name, func(t *testing.T) {
			x, n := &exchanger{tries: 3}, 0
			got := x.eachTry(new(dns.Msg), func() Answer {
				kind := c.kinds[n]
				n++
				if kind == "" {
					return Answer{Rcode: "NOERROR", Sent: 1}
				}
				return Answer{Sent: 1, Failure: &Failure{Kind: kind}}
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
