package main

import (
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// slowest returns the time of the slowest path, including the lookup. No run that does
// the same can be faster.
func slowest(o *observation.Observations) time.Duration {
	var longest time.Duration
	for _, t := range o.Targets {
		lookup := fastestAnswer(o, hostOf(o, t.Name))
		for _, a := range t.Addresses {
			longest = max(longest, lookup+stagesTime(a.Stages))
			if a.WebSocket != nil {
				longest = max(longest, lookup+stagesTime(a.WebSocket.Stages))
			}
		}
		if p := t.Proxy; p != nil {
			var way time.Duration
			if p.Lookup != nil {
				way += time.Duration(p.Lookup.Elapsed)
			}
			if p.Connect != nil {
				way += time.Duration(p.Connect.Elapsed)
			}
			if p.Tunnel != nil {
				way += time.Duration(p.Tunnel.Elapsed)
			}
			longest = max(longest, way+stagesTime(p.Inside))
		}
	}
	return longest
}

func stagesTime(c observation.Stages) time.Duration {
	var all observation.Elapsed
	if c.Connect != nil {
		all += c.Connect.Elapsed
	}
	if c.Handshake != nil {
		all += c.Handshake.Elapsed
	}
	if c.Reply != nil {
		all += c.Reply.Elapsed
	}
	return time.Duration(all)
}

func hostOf(o *observation.Observations, target string) string {
	for _, t := range o.Plan.Targets {
		if t.Name == target {
			return t.Host
		}
	}
	return ""
}

// fastestAnswer returns how soon the first address of a host was known.
func fastestAnswer(o *observation.Observations, host string) time.Duration {
	var fastest observation.Elapsed
	take := func(e observation.Elapsed) {
		if fastest == 0 || e < fastest {
			fastest = e
		}
	}
	for _, s := range o.Servers {
		if s.Role != observation.RoleConfigured {
			continue // answers of others start no attempt
		}
		for _, a := range s.Answers {
			if a.Name == host && len(a.Addresses) > 0 {
				take(a.Elapsed)
			}
		}
	}
	for _, l := range o.System {
		if l.Host == host && len(l.Addresses) > 0 {
			take(l.Elapsed)
		}
	}
	return time.Duration(fastest)
}
