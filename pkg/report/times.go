package report

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A timing is how long one step towards a target took.
type timing struct {
	step    string
	elapsed observation.Elapsed
}

// timings gives the steps towards a target that were reached, each with the
// time of the slowest address that reached it. A step that failed has none: the
// time of a failure says what the limit was.
func (f facts) timings(target, host string) []timing { return f.steps(target, host, false) }

// spent is how long was waited for a target, also for what failed.
func (f facts) spent(target, host string) observation.Elapsed {
	sum, _ := whole(f.steps(target, host, true))
	return sum
}

func (f facts) steps(target, host string, failed bool) []timing {
	o := f.targets[target]
	if o == nil {
		return nil
	}
	var out []timing
	note := func(step string, e observation.Elapsed, failure *observation.Failure) {
		if failure != nil && !failed {
			return
		}
		for i := range out {
			if out[i].step == step {
				out[i].elapsed = max(out[i].elapsed, e)
				return
			}
		}
		out = append(out, timing{step, e})
	}
	climb := func(c observation.Climb) {
		if x := c.Connect; x != nil {
			note("tcp", x.Elapsed, x.Failure)
		}
		if x := c.Handshake; x != nil {
			note("tls", x.Elapsed, x.Failure)
		}
		if x := c.Reply; x != nil {
			note("http", x.Elapsed, x.Failure)
		}
	}
	if p := o.Proxy; p != nil {
		if x := p.Lookup; x != nil {
			note("proxy_dns", x.Elapsed, x.Failure)
		}
		if x := p.Connect; x != nil {
			note("proxy_tcp", x.Elapsed, x.Failure)
		}
		if x := p.Tunnel; x != nil {
			note("proxy_connect", x.Elapsed, x.Failure)
		}
		climb(p.Inside)
		return out
	}
	if s := f.system[host]; s != nil {
		note("dns", s.Elapsed, s.Failure)
	}
	for _, a := range o.Addresses {
		climb(a.Climb)
	}
	return out
}

// whole is the time from the first step to the answer. It reports false where
// no answer came.
func whole(steps []timing) (observation.Elapsed, bool) {
	var sum observation.Elapsed
	answered := false
	for _, s := range steps {
		sum += s.elapsed
		answered = answered || s.step == "http"
	}
	return sum, answered
}

// seconds is e as Prometheus and Nagios want a duration.
func seconds(e observation.Elapsed) float64 { return e.Milliseconds() / 1000 }
