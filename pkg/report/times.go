package report

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A timing is how long one stage on the path to a target took.
type timing struct {
	stage   string
	elapsed observation.Elapsed
}

// timings gives the stages that succeeded, each with the time of the slowest
// address, the time until the slowest address answered (0: none did), and the time
// spent in all. A stage that failed has no timing: its time is that of a limit.
func timings(
	o *observation.TargetObservation, lookup *observation.SystemLookup,
) (succeeded []timing, took, waited observation.Elapsed) {
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
	var slowest observation.Elapsed
	addAttempt := func(c observation.Stages) {
		var sum observation.Elapsed
		if x := c.Connect; x != nil {
			add("tcp", x.Elapsed, x.Failure)
			sum += x.Elapsed
		}
		if x := c.Handshake; x != nil {
			add("tls", x.Elapsed, x.Failure)
			sum += x.Elapsed
		}
		if x := c.Reply; x != nil {
			add("http", x.Elapsed, x.Failure)
			if x.Failure == nil {
				slowest = max(slowest, sum+x.Elapsed)
			}
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
	for _, x := range tried {
		waited += x.elapsed
	}
	if slowest > 0 {
		took = slowest
		for _, x := range succeeded {
			if x.stage == "dns" || strings.HasPrefix(x.stage, "proxy_") {
				took += x.elapsed
			}
		}
	}
	return succeeded, took, waited
}

// seconds is e as Prometheus and Nagios want a duration.
func seconds(e observation.Elapsed) float64 { return e.Milliseconds() / 1000 }
