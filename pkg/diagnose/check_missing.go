package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Checks for a node that lacks the usual programs.

// has reports whether the node has a command, as far as is known. Windows has other
// commands, and has them all.
func (f *facts) has(c observation.Command) bool {
	return f.windows() || !slices.Contains(f.o.Node.MissingCommands, c)
}

// callsApart puts each program that a command line calls on a line of its own.
var callsApart = strings.NewReplacer("; ", "\n", " | ", "\n", "&& ", "\n", "$(", "\n", "timeout 10 ", "", "timeout 20 ", "")

// canRun reports whether the node has every program that a command calls.
func (f *facts) canRun(command string) bool {
	for call := range strings.Lines(callsApart.Replace(command)) {
		program, _, _ := strings.Cut(strings.TrimSpace(call), " ")
		if !f.has(observation.Command(program)) {
			return false
		}
	}
	return true
}

// tryWithoutCurl does the handshake where curl would send a request, or at least
// connects. It gives no check for anything that happens later.
func (f *facts) tryWithoutCurl(w *path) Check {
	early := w.state == stateConnect || w.state == stateProxy
	switch {
	case f.hasBrief(w):
		c := Check{Command: f.openssl(w, " -brief"), Expect: "no " + established}
		switch {
		case w.state == reachedAWS:
			c.Expect = established
		case !early && w.state != stateHandshake:
			return Check{}
		}
		return c
	case w.proxy != nil || !w.addr.IsValid() || w.addr.Zone() != "" || !f.has(observation.CommandBash):
	case w.state == reachedAWS:
		return Check{Command: f.connect(w), Expect: "connected"}
	case early && w.failure.Of(observation.KindTimeout):
		return Check{Command: f.connect(w), Expect: printsNothing}
	case early:
		return Check{Command: f.connect(w), Expect: "an error from bash"}
	}
	return Check{}
}

// connect opens a connection and closes it, by bash alone.
func (f *facts) connect(w *path) string {
	to := netip.AddrPortFrom(w.addr.Unmap(), w.target.Port)
	host, port := f.address(to.Addr()), f.portArg(to)
	return f.bounded(10) + "bash -c '</dev/tcp/" + host + "/" + port + " && echo connected'"
}

// askWithoutDig looks the name up as programs do, if only this nameserver can have
// answered and its answer is what programs get.
func (f *facts) askWithoutDig(s *server, host string, a *observation.Answer) Check {
	if len(f.configured) != 1 || f.configured[0] != s || a == nil {
		return Check{}
	}
	i := slices.IndexFunc(f.targets, func(t *target) bool { return hostKey(t.Host) == hostKey(host) && t.lookup != nil })
	if i < 0 {
		return Check{}
	}
	got := f.targets[i].lookup.Addresses
	if (len(got) > 0) != (len(a.Addresses) > 0) || len(got) > 0 && !slices.Contains(a.Addresses, got[0]) {
		return Check{}
	}
	return f.system(f.targets[i])
}
