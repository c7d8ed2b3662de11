package report

import "github.com/ssmcheck/ssmcheck/pkg/observation"

// A timing is how long one stage on the path to a target took.
type timing struct {
	stage   string
	elapsed observation.Elapsed
}

// timings gives the stages that succeeded, each with the time of the slowest
// address, and the time spent in all. A stage that failed has no timing: its
// time is that of a limit.
func timings(
	o *observation.TargetObservation, lookup *observation.SystemLookup,
) (succeeded []timing, waited observation.Elapsed) {
	var tried []timing
	record := func(list *[]timing, stage string, e observation.Elapsed) {
		for i := range *list {
			if x := &(*list)[i]; x.stage == stage {
				x.elapsed = max(x.elapsed, e)
				return
			}
		}
		*list = append(*list, timing{stage: stage, elapsed: e})
	}
	add := func(stage string, e observation.Elapsed, failure *observation.Failure) {
		record(&tried, stage, e)
		if failure == nil {
			record(&succeeded, stage, e)
		}
	}
	addAttempt := func(c observation.Stages) {
		if x := c.Connect; x != nil {
			add("tcp", x.Elapsed, x.Failure)
		}
		if x := c.Handshake; x != nil {
			add("tls", x.Elapsed, x.Failure)
		}
		if x := c.Reply; x != nil {
			add("http", x.Elapsed, x.Failure)
		}
	}
	if p := o.Proxy; p != nil {
		if x := p.Lookup; x != nil {
			add("proxy_dns", x.Elapsed, x.Failure)
		}
		if x := p.Connect; x != nil {
			add("proxy_tcp", x.Elapsed, x.Failure)
		}
		if x := p.Tunnel; x != nil {
			add("proxy_connect", x.Elapsed, x.Failure)
		}
		addAttempt(p.Inside)
	} else {
		if lookup != nil {
			add("dns", lookup.Elapsed, lookup.Failure)
		}
		for _, a := range o.Addresses {
			addAttempt(a.Stages)
		}
	}
	waited, _ = total(tried)
	return succeeded, waited
}

// total is the time from the first stage to the answer. It reports false if no
// answer came.
func total(list []timing) (sum observation.Elapsed, answered bool) {
	for _, x := range list {
		sum += x.elapsed
		answered = answered || x.stage == "http"
	}
	return sum, answered
}

// seconds is e as Prometheus and Nagios want a duration.
func seconds(e observation.Elapsed) float64 { return e.Milliseconds() / 1000 }
