package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// tlsHandshakes are the causes of a handshake that does not come to its end,
// the most precise first.
func tlsHandshakes() []cause {
	precise := append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole)
	precise = append(precise, LargeHelloBlocked)
	return []cause{
		{
			code: TLSNotSpoken, atMost: Error, restart: true, explainedBy: wrongAddress(),
			summary: "What answers on port 443 does not speak TLS.",
			find:    func(f *facts) []match { return f.handshakes(notTLS) }, tell: tellNotSpoken,
		},
		{
			code: TLSTooOld, atMost: Error, restart: true, explainedBy: wrongAddress(),
			summary: "What answers offers nothing newer than TLS 1.1, and AWS and its agent want TLS 1.2 at least: a box on the way, or another machine.",
			find:    func(f *facts) []match { return f.handshakes(tooOld) }, tell: tellTooOld,
		},
		{
			code: SNIFiltered, atMost: Error, restart: true, explainedBy: wrongAddress(),
			summary: "The handshake is cut or goes silent when it names this host, and goes on when it names none, or another host that works: a filter on the way reads the name in the handshake.",
			find:    func(f *facts) []match { return f.handshakes(filteredByName) }, tell: tellSNIFiltered,
		},
		{
			code: MTUBlackHole, atMost: Error, restart: true, explainedBy: wrongAddress(),
			summary: "The handshake stalls, and succeeds when the connection keeps its segments small: the path carries smaller packets than the node believes, and the message that would say so is lost. Where only large packets towards AWS are lost, it is a warning, unless this node's agent sends the large ClientHello.",
			find:    findBlackHole, tell: tellBlackHole,
		},
		{
			code: LargeHelloBlocked, atMost: Error, restart: true, explainedBy: append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole),
			summary: "A small ClientHello passes, and a large, post-quantum one does not, in small segments neither: a firewall on the way reads one packet only. The SSM Agent sends the large one from 3.3.2299.0 on: then it is an error, else a warning.",
			find:    findLargeHello, tell: tellLargeHello,
		},
		{
			code: TLSReset, atMost: Error, restart: true, explainedBy: precise,
			summary: "The connection opens, and is cut during the TLS handshake, and nothing more precise is known.",
			find:    func(f *facts) []match { return f.handshakes(cut) }, tell: tellReset,
		},
		{
			code: TLSStalled, atMost: Error, restart: true, explainedBy: precise,
			summary: "The connection opens, and the TLS handshake never ends, and nothing more precise is known.",
			find: func(f *facts) []match {
				return f.handshakes(func(w *way) bool { return w.failure.Of(probe.KindTimeout) })
			},
			tell: tellStalled,
		},
	}
}

// handshakes are the matches at the ways whose handshake failed and of which
// ok holds, with what the experiments showed.
func (f *facts) handshakes(ok func(*way) bool) []match {
	var ms []match
	for _, w := range f.ways(func(w *way) bool { return w.state == stateHandshake && ok(w) }) {
		ms = append(ms, match{
			target: w.target, way: w, effect: breaks,
			evidence: append([]string{w.line()}, w.shown()...),
		})
	}
	return ms
}

func notTLS(w *way) bool { return w.failure.Of(probe.KindNotTLS) }

func tooOld(w *way) bool {
	if e := experiment(w.experiments, probe.ExperimentOldTLS); shook(e) {
		return strings.HasSuffix(e.Result.Handshake.Version, "1.0") || strings.HasSuffix(e.Result.Handshake.Version, "1.1")
	}
	return w.failure.Of(probe.KindTLSVersion)
}

// cut: the handshake was ended by the other side, or by something between.
func cut(w *way) bool {
	return w.failure.Of(probe.KindReset, probe.KindClosed, probe.KindTLSAlert, probe.KindRefused) ||
		w.failure.Of(probe.KindOther) && len(w.wants()) > 0 // crypto/tls ended it, as it was asked for what it had not offered
}

func cutOrSilent(w *way) bool { return cut(w) || w.failure.Of(probe.KindTimeout) }

// filteredByName: it goes on without the name, or with another. Where small
// segments or a small ClientHello let it pass with the name, the name was not the
// reason.
func filteredByName(w *way) bool {
	return cutOrSilent(w) &&
		(shook(experiment(w.experiments, probe.ExperimentNoServerName)) || shook(experiment(w.experiments, probe.ExperimentOtherServerName))) &&
		!(w.failure.Of(probe.KindTimeout) && shook(experiment(w.experiments, probe.ExperimentSmallSegments))) &&
		!shook(experiment(w.experiments, probe.ExperimentSmallHello))
}
