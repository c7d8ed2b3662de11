package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// wants are the key exchanges and cipher suites without which a server ends the
// handshake, and which the agent's ClientHello does not offer: a ClientHello
// that offers all passes with them where the agent's is answered by an alert, or
// the server asked for them. nil: none is known.
func (w *way) wants() []string {
	groups, suites := w.wanted()
	return append(groups, suites...)
}

func (w *way) wanted() (groups, suites []string) {
	if w.state != stateHandshake {
		return nil, nil
	}
	groups, suites = w.climb.Handshake.Beyond()
	if !w.failure.Of(observation.KindTLSAlert) {
		return groups, suites // who cuts without a word may do so for another reason
	}
	if e := experiment(w.experiments, observation.ExperimentWideHello); shook(e) {
		g, s := e.Result.Handshake.Beyond()
		for _, name := range g {
			if !slices.Contains(groups, name) {
				groups = append(groups, name)
			}
		}
		suites = append(suites, s...)
	}
	return groups, suites
}

// postQuantum is the key exchange that an SSM Agent offers from this version on
// (built with Go 1.24).
const postQuantum, postQuantumSince = "X25519MLKEM768", "3.3.3185"

// tellWants says what a server wants that the agent's ClientHello lacks.
func (f *facts) tellWants(ts []*target, ws []*way, w *way) words {
	groups, suites := w.wanted()
	var wants []string
	if len(groups) > 0 {
		wants = append(wants, "the key exchange "+list(groups))
	}
	if len(suites) > 0 {
		wants = append(wants, "the cipher suite "+list(suites))
	}
	out := words{
		title:   "what answers for " + subject(ts) + " accepts only " + strings.Join(wants, " with ") + ", which the agent's ClientHello does not offer",
		confirm: []string{f.openssl(w, "")},
	}
	for _, x := range ws {
		if asked := x.climb.Handshake.RetryGroup; slices.Contains(groups, asked) {
			out.more = append(out.more, x.to()+": the server asks for the key exchange "+told(asked)+" (HelloRetryRequest)")
		}
	}
	if len(groups) > 0 {
		if f.hasOpenssl(w) {
			out.confirm = append(out.confirm, f.openssl(w, " -groups "+f.arg(strings.Join(groups, ":"), "GROUP")))
		}
		out.fix = append(out.fix, "let what answers at "+toAll(ws)+" (a proxy, a firewall or a load balancer in the place of AWS's server) accept X25519 or P-256 too, as AWS's own servers do")
		if slices.Contains(groups, postQuantum) {
			out.fix = append(out.fix, "or let the agent offer "+postQuantum+": version "+postQuantumSince+" and newer do, unless GODEBUG=tlsmlkem=0 is set for its service; update an older one")
		}
	}
	if len(suites) > 0 {
		if f.hasOpenssl(w) {
			out.confirm = append(out.confirm, f.openssl(w, " -tls1_2 -cipher ALL:@SECLEVEL=0"))
		}
		out.fix = append(out.fix, "let what answers at "+toAll(ws)+" (a proxy, a firewall or a load balancer in the place of AWS's server) accept TLS 1.3, or TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with TLS 1.2, as AWS's own servers do")
	}
	return out
}
