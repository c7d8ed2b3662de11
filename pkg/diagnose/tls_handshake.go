package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// tlsHandshakes are the causes of a handshake that does not come to its end,
// the most precise first.
func tlsHandshakes() []cause {
	precise := append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole)
	precise = append(precise, LargeHelloBlocked)
	return []cause{
		{
			code: TLSNotSpoken, atMost: Error, restart: true, explainedBy: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(notTLS) }, tell: tellNotSpoken,
		},
		{
			code: TLSTooOld, atMost: Error, restart: true, explainedBy: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(tooOld) }, tell: tellTooOld,
		},
		{
			code: SNIFiltered, atMost: Error, restart: true, explainedBy: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(filteredByName) }, tell: tellSNIFiltered,
		},
		{
			code: MTUBlackHole, atMost: Error, restart: true, explainedBy: wrongAddress(),
			find: findBlackHole, tell: tellBlackHole,
		},
		{
			code: LargeHelloBlocked, atMost: Error, restart: true, explainedBy: append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole),
			find: findLargeHello, tell: tellLargeHello,
		},
		{
			code: TLSReset, atMost: Error, restart: true, explainedBy: precise,
			find: func(f *facts) []match { return f.handshakes(cut) }, tell: tellReset,
		},
		{
			code: TLSStalled, atMost: Error, restart: true, explainedBy: precise,
			find: func(f *facts) []match {
				return f.handshakes(func(w *way) bool { return w.failure.Of(observation.KindTimeout) })
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

func notTLS(w *way) bool { return w.failure.Of(observation.KindNotTLS) }

func tooOld(w *way) bool {
	if e := experiment(w.experiments, observation.ExperimentOldTLS); shook(e) {
		return strings.HasSuffix(e.Result.Handshake.Version, "1.0") || strings.HasSuffix(e.Result.Handshake.Version, "1.1")
	}
	return w.failure.Of(observation.KindTLSVersion)
}

// cut: the handshake was ended by the other side, or by something between.
func cut(w *way) bool {
	return w.failure.Of(observation.KindReset, observation.KindClosed, observation.KindTLSAlert, observation.KindRefused) ||
		w.failure.Of(observation.KindOther) && len(w.wants()) > 0 // crypto/tls ended it, as it was asked for what it had not offered
}

func cutOrSilent(w *way) bool { return cut(w) || w.failure.Of(observation.KindTimeout) }

// filteredByName: it goes on without the name, or with another. Where small
// segments or a small ClientHello let it pass with the name, the name was not the
// reason.
func filteredByName(w *way) bool {
	return cutOrSilent(w) &&
		(shook(experiment(w.experiments, observation.ExperimentNoServerName)) || shook(experiment(w.experiments, observation.ExperimentOtherServerName))) &&
		!(w.failure.Of(observation.KindTimeout) && shook(experiment(w.experiments, observation.ExperimentSmallSegments))) &&
		!shook(experiment(w.experiments, observation.ExperimentSmallHello))
}
