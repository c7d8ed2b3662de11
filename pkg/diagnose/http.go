package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// HTTP and the WebSocket.
const (
	HTTPNotAWS       Code = "http-not-aws"
	HTTPSilent       Code = "http-silent"
	HTTPServerError  Code = "http-server-error"
	WebSocketBlocked Code = "websocket-blocked"
)

// httpNotAWS is listed with the certificates: it explains some of their
// causes.
func findHTTPNotAWS(f *facts) []match {
	return f.matchPaths(blocks, func(w *path) []string { return []string{w.page(), w.certificate()} }, strange)
}

func describeHTTPNotAWS(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	return words{
		title:  "what answers for " + subject(ts) + " is not AWS",
		checks: []Check{f.whoAnswers(ws[0])},
		fix: []string{
			"allow " + everyHost(ts) + " in the proxy or web filter whose page this is, or log in at the captive portal",
			"if another server answers there, correct the address of " + everyHost(ts),
		},
	}
}

// strange reports whether the path has an HTTP reply over TLS that is not Amazon's,
// without a request id.
func strange(w *path) bool {
	r := w.stages.Reply
	return w.state >= stateUnverified && w.state != reachedAWS && w.leaf() != nil &&
		r != nil && r.Failure == nil && r.Status != 0 && r.RequestID == "" && !w.stages.Handshake.ByAmazon()
}

// httpCauses are the causes that show in what AWS, or something else, answers.
func httpCauses() []cause {
	return []cause{
		{
			code: HTTPSilent, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: func(f *facts) []match {
				return f.matchPaths(blocks, (*path).linesShown, func(w *path) bool {
					return w.state == stateReply && w.failure.Of(observation.KindTimeout, observation.KindClosed, observation.KindReset)
				})
			},
			describe: describeHTTPSilent,
		},
		{
			code: HTTPServerError, atMost: Warning,
			find: func(f *facts) []match {
				return f.matchPaths(affects, (*path).lines, func(w *path) bool { return w.state == reachedAWS && w.stages.Reply.Status >= 500 })
			},
			describe: func(f *facts, ms []match) words {
				ts, ws := targetsOf(ms), pathsOf(ms)
				return words{
					title:  "AWS answers for " + subject(ts) + " with a server error",
					checks: []Check{f.try(ws[0])},
					fix:    []string{"wait, and check the AWS Health Dashboard for " + f.o.Plan.Region + ": there is nothing to change here"},
				}
			},
		},
		{
			code: WebSocketBlocked, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: findWebSocket, describe: describeWebSocket,
		},
	}
}

func describeHTTPSilent(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	return words{
		title:  subject(ts) + plural(len(ts), " accepts", " accept") + " the TLS connection and never " + plural(len(ts), "answers", "answer"),
		checks: []Check{f.try(ws[0])},
		fix: []string{
			f.lookFor(ws, "proxy or firewall", "holds requests back"),
			"check that large packets pass: an MTU black hole may show only after the handshake",
		},
	}
}

// socketFailed reports whether AWS did not answer the upgrade.
func socketFailed(w *path) bool {
	s := w.websocket
	if s == nil || s.Upgraded || w.state != reachedAWS {
		return false
	}
	failed := w.socketStages().Failure()
	switch {
	case isUndecided(failed):
		return false
	case failed != nil:
		return true
	}
	return s.Reply != nil && !s.Stages.ProvesAWS()
}

// deadSockets are the working paths of a target on which a middlebox that decrypts TLS
// keeps the WebSocket from AWS, if no other path carries one.
func deadSockets(f *facts, t *target) []*path {
	var dead []*path
	for _, w := range t.paths {
		if w.state != reachedAWS || w.websocket == nil {
			continue
		}
		if !socketFailed(w) || !w.intercepted(f) {
			return nil
		}
		dead = append(dead, w)
	}
	return dead
}

// socketOpen reports whether a target answers only through middleboxes that intercept
// TLS, and it is not known whether its WebSocket gets through. AWS's own server is
// trusted to accept it, as nobody knows how it answers an unsigned upgrade.
func socketOpen(f *facts, t *target) bool {
	if !t.WebSocket || !t.works() || len(deadSockets(f, t)) > 0 {
		return false
	}
	return !slices.ContainsFunc(t.paths, func(w *path) bool {
		return w.state == reachedAWS && (!w.intercepted(f) || socketCarried(w))
	})
}

// socketCarried reports whether AWS answered the upgrade.
func socketCarried(w *path) bool {
	s := w.websocket
	return s != nil && (s.Upgraded || s.Stages.ProvesAWS())
}

func findWebSocket(f *facts) []match {
	var ms []match
	for _, t := range f.targets {
		if !t.tried() || !t.WebSocket {
			continue
		}
		dead := deadSockets(f, t)
		for _, w := range t.paths {
			if !socketFailed(w) {
				continue
			}
			m := match{target: t, path: w, effect: affects, limit: Info, evidence: []string{w.line(), w.to() + ": the upgrade to a WebSocket: " + w.socket()}}
			if slices.Contains(dead, w) {
				m.effect, m.limit = invalidates, ""
				m.evidence = append(m.evidence, w.certificate())
			} else if w.intercepted(f) {
				m.limit = Warning
			}
			ms = append(ms, m)
		}
	}
	return ms
}

// socketStages are those of the upgrade; inside a proxy's tunnel, the connection is the
// proxy's.
func (w *path) socketStages() observation.Stages {
	c := w.websocket.Stages
	if c.Connect == nil && w.proxy != nil {
		c.Connect = w.proxy.Connect
	}
	return c
}

// socket says how the upgrade went.
func (w *path) socket() string {
	x := &path{target: w.target, addr: w.addr, proxy: w.proxy, stages: w.socketStages()}
	x.settle(false)
	if x.state == reachedOther {
		return x.page()
	}
	return x.what()
}

// upgradeURL is where the probe asked for a WebSocket.
func (f *facts) upgradeURL(w *path) string {
	return f.url(&path{target: w.target, stages: w.websocket.Stages})
}

func describeWebSocket(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	upgrade := f.curlTo(f.asTrusted(""), ws[0], f.upgradeURL(ws[0]))
	upgrade += " --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='"
	w := words{title: "the WebSocket of " + subject(ts) + " does not get through", checks: []Check{{Command: upgrade, Expect: f.expectUpgrade(ws[0])}, f.works(ws[0])}}
	if !slices.ContainsFunc(ms, func(m match) bool { return m.effect == invalidates }) {
		w.title = "the WebSocket of " + subject(ts) + " is not verified"
		w.fix = []string{"nothing, unless sessions fail: AWS does not document its answer to an unsigned upgrade, and none came"}
		return w
	}
	who := "the middlebox that decrypts TLS"
	if box := middleboxOf(ws[0]); box != "" {
		who = box
	}
	w.title = who + " does not let the WebSocket of " + subject(ts) + " through"
	w.fix = []string{
		"exempt " + everyHost(ts) + " from TLS inspection on " + who,
		"allow WebSocket upgrades to " + everyHost(ts) + " there, and idle connections of more than a minute",
	}
	return w
}
