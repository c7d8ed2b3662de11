package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a server requires that the agent's ClientHello does not offer.

// wants are the key exchanges and cipher suites without which a server ends the
// handshake, and which the agent's ClientHello does not offer: either a ClientHello that
// offers everything passes with them while the agent's gets an alert, or the server
// asked for them. nil: none is known.
func (w *path) wants() []string {
	groups, suites := w.wanted()
	return append(groups, suites...)
}

func (w *path) wanted() (groups, suites []string) {
	if w.state != stateHandshake {
		return nil, nil
	}
	groups, suites = w.stages.Handshake.Beyond()
	if !w.failure.Of(observation.KindTLSAlert) {
		return groups, suites // a connection that is cut off silently may have another reason
	}
	if e := experiment(w.experiments, observation.ExperimentWideHello); handshakeDone(e) {
		g, s := e.Result.Handshake.Beyond()
		groups, suites = appendNew(groups, g...), append(suites, s...)
	}
	return groups, suites
}

// postQuantum is the key exchange that an SSM Agent offers from this version on
// (built with Go 1.24).
const postQuantum, postQuantumSince = "X25519MLKEM768", "3.3.3185"

// describeWants says what a server requires that the agent's ClientHello lacks.
func (f *facts) describeWants(ts []*target, ws []*path, w *path) words {
	groups, suites := w.wanted()
	var wants []string
	if len(groups) > 0 {
		wants = append(wants, "the key exchange "+joinAnd(groups))
	}
	if len(suites) > 0 {
		wants = append(wants, "the cipher suite "+joinAnd(suites))
	}
	out := words{
		title: "what answers for " + subject(ts) + " accepts only " + strings.Join(wants, " with ") + ", which the agent's ClientHello does not offer",
	}
	if !f.hasBrief(w) {
		out.checks = []Check{f.try(w)}
	}
	for _, x := range ws {
		if asked := x.stages.Handshake.RetryGroup; slices.Contains(groups, asked) {
			out.more = append(out.more, x.to()+": the server asks for the key exchange "+quoted(asked)+" (HelloRetryRequest)")
		}
	}
	if len(groups) > 0 {
		if f.hasBrief(w) {
			out.checks = append(out.checks, Check{Command: f.openssl(w, " -brief -groups X25519:P-256"), Expect: "no " + established})
			if !slices.Contains(groups, postQuantum) { // OpenSSL has it from 3.5 on
				out.checks = append(out.checks, Check{Command: f.openssl(w, " -brief -groups "+f.arg(strings.Join(groups, ":"), "GROUP")), Expect: established, Control: true})
			}
		}
		out.fix = append(out.fix, "let what answers "+toAll(ws)+" (a proxy, firewall or load balancer in place of AWS's server) accept X25519 or P-256 too, as AWS's own servers do")
		if slices.Contains(groups, postQuantum) {
			out.fix = append(out.fix, "let the agent offer "+postQuantum+": version "+postQuantumSince+" and newer do, unless GODEBUG=tlsmlkem=0 is set for its service; update an older one")
		}
	}
	if len(suites) > 0 {
		if f.hasBrief(w) {
			out.checks = append(out.checks,
				Check{Command: f.openssl(w, " -brief -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"), Expect: "no " + established},
				Check{Command: f.openssl(w, " -brief -tls1_2 -cipher ALL:@SECLEVEL=0"), Expect: established, Control: true})
		}
		out.fix = append(out.fix, "let what answers "+toAll(ws)+" (a proxy, firewall or load balancer in place of AWS's server) accept TLS 1.3, or TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with TLS 1.2, as AWS's own servers do")
	}
	return out
}

// setGODEBUG makes the agent send the small ClientHello, if that passes and the agent
// sends, or may send, the large one.
func (f *facts) setGODEBUG(ts []*target) []fix.Action {
	h := f.o.Node.Agent.Hello
	if h.Size == observation.HelloSmall || f.o.Node.Agent.Installed == observation.No || !slices.ContainsFunc(ts, smallPasses) {
		return nil
	}
	return []fix.Action{{Kind: fix.SetGODEBUG, Value: smallHello(h), AnyVersion: h.Switch == ""}}
}

func smallPasses(t *target) bool {
	if t.seen == nil {
		return false
	}
	passes := func(es []observation.Experiment) bool {
		return passed(es, observation.ExperimentSmallHello)
	}
	return t.seen.Proxy != nil && passes(t.seen.Proxy.Experiments) ||
		slices.ContainsFunc(t.seen.Addresses, func(a observation.AddressObservation) bool { return passes(a.Experiments) })
}
