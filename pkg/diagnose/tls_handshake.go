package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Handshakes that fail.
const (
	SNIFiltered  Code = "sni-filtered"
	TLSReset     Code = "tls-reset"
	TLSStalled   Code = "tls-stalled"
	TLSNotSpoken Code = "tls-not-spoken"
	TLSTooOld    Code = "tls-too-old"
)

// handshakeCauses are the causes of a handshake that does not finish, the most precise
// first.
func handshakeCauses() []cause {
	precise := append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole)
	precise = append(precise, LargeHelloBlocked)
	return []cause{
		{
			code: TLSNotSpoken, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(notTLS) }, describe: describeNotSpoken,
		},
		{
			code: TLSTooOld, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(tooOld) }, describe: describeTooOld,
		},
		{
			code: SNIFiltered, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: func(f *facts) []match { return f.handshakes(filteredByName) }, describe: describeSNIFiltered,
		},
		{
			code: MTUBlackHole, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: findBlackHole, describe: describeBlackHole,
			actions: (*facts).setGODEBUG,
		},
		{
			code: LargeHelloBlocked, atMost: Error, restart: true, dependsOn: append(wrongAddress(), TLSNotSpoken, TLSTooOld, SNIFiltered, MTUBlackHole),
			find: findLargeHello, describe: describeLargeHello,
			actions: (*facts).setGODEBUG,
		},
		{
			code: TLSReset, atMost: Error, restart: true, dependsOn: precise,
			find: func(f *facts) []match { return f.handshakes(cut) }, describe: describeReset,
		},
		{
			code: TLSStalled, atMost: Error, restart: true, dependsOn: precise,
			find: func(f *facts) []match {
				return f.handshakes(func(w *path) bool { return w.failure.Of(observation.KindTimeout) })
			},
			describe: describeStalled,
		},
	}
}

// handshakes matches the paths whose handshake failed and for which ok holds, with what
// the experiments showed.
func (f *facts) handshakes(ok func(*path) bool) []match {
	return f.matchPaths(blocks, (*path).linesShown, func(w *path) bool { return w.state == stateHandshake && ok(w) })
}

func notTLS(w *path) bool { return w.failure.Of(observation.KindNotTLS) }

func tooOld(w *path) bool {
	if e := experiment(w.experiments, observation.ExperimentOldTLS); handshakeDone(e) {
		return strings.HasSuffix(e.Result.Handshake.Version, "1.0") || strings.HasSuffix(e.Result.Handshake.Version, "1.1")
	}
	return w.failure.Of(observation.KindTLSVersion)
}

// cut reports whether the handshake was ended by the other side, or by something
// between.
func cut(w *path) bool {
	return w.failure.Of(observation.KindReset, observation.KindClosed, observation.KindTLSAlert, observation.KindConnectionRefused) ||
		w.failure.Of(observation.KindOther) && len(w.wants()) > 0 // crypto/tls ended it: the server asked for something that was not offered
}

func cutOrSilent(w *path) bool { return cut(w) || w.failure.Of(observation.KindTimeout) }

// filteredByName reports whether the handshake passes without the name, or with another.
// If small segments or a small ClientHello make it pass with the name, the name was not
// the reason.
func filteredByName(w *path) bool {
	return cutOrSilent(w) &&
		(passed(w.experiments, observation.ExperimentNoServerName) || passed(w.experiments, observation.ExperimentOtherServerName)) &&
		!(w.failure.Of(observation.KindTimeout) && passed(w.experiments, observation.ExperimentSmallSegments)) &&
		!passed(w.experiments, observation.ExperimentSmallHello)
}

// shown is what each experiment on the path showed: what passed comes first, as the
// attempt itself failed.
func (w *path) shown() []string {
	var passed, failed []string
	for i := range w.experiments {
		e := &w.experiments[i]
		what := experimentName(e)
		line := w.to() + ": " + what + ": " + experimentOutcome(e)
		switch {
		case what == "":
		case handshakeDone(e):
			passed = append(passed, line)
		default:
			failed = append(failed, line)
		}
	}
	return append(passed, failed...)
}

func largeEvidence(t *target, es []observation.Experiment) []string {
	var lines []string
	for i := range es {
		e := &es[i]
		what := experimentName(e)
		if e.Kind == observation.ExperimentRepeat {
			what = "the large one again"
		}
		lines = append(lines, e.Address.String()+" ("+t.Host+"): "+what+": "+experimentOutcome(e))
	}
	return append(lines, es[0].Address.String()+" ("+t.Host+"): the small ClientHello passes")
}

func describeNotSpoken(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "what answers on port 443 of " + subject(ts) + " does not speak TLS",
		checks: []Check{f.try(ws[0]), f.hear(ws[0])},
		fix: []string{
			"find out what listens " + toAll(ws) + ": it is not AWS; correct the address of " + everyHost(ts) + ", or the middlebox that answers in its place",
		},
	}
	for _, x := range ws {
		if p := spoken(x.said()); p != "" {
			w.title = "what answers on port 443 of " + subject(ts) + " speaks " + p + ", not TLS"
		}
	}
	if line := ws[0].firstLine(); line != "" {
		w.title += ": " + quoted(line)
	}
	if line := f.oneVoice(ms); line != "" {
		w.title = "a middlebox on the path answers for every address on port 443, and does not speak TLS: " + quoted(line)
		w.fix = []string{
			"look for the proxy or firewall between " + f.source(ws) + " and AWS that accepts the connections to port 443 and answers them itself (a transparent proxy, a portal), and let TCP 443 to " + everyHost(ts) + " pass through unchanged",
			"if that is the site's proxy, set it for the agent's service: it expects CONNECT requests",
		}
	}
	return w
}

// saidWords is what came instead of TLS, as evidence.
func (w *path) saidWords() string {
	said := w.said()
	switch {
	case said == "":
		return ""
	case len(said) == firstBytes:
		return ": " + quoted(said) + " (its first " + number(firstBytes, "byte") + ")"
	}
	return ": " + quoted(said)
}

// firstBytes is how much is kept of what came instead of TLS.
const firstBytes = 64

// hear shows what answers in its own words: HTTP waits for a request, other protocols
// speak first.
func (f *facts) hear(w *path) Check {
	said, _, _ := strings.Cut(strings.TrimRight(w.said(), "\r\n"), "\r\n")
	to := netip.AddrPortFrom(observation.ProvenZone(w.addr), w.target.Port).String()
	switch {
	case w.proxy != nil:
		return f.try(w)
	case spoken(w.said()) == "HTTP":
		return Check{Command: f.curlCommand(f.status("-sS")) + " --noproxy '*' " + f.arg("http://"+to+"/", "URL"), Expect: "an HTTP status, without TLS"}
	case f.windows(), said == "":
		return Check{}
	}
	return Check{Command: f.curlCommand("-s") + " --noproxy '*' " + f.arg("telnet://"+to, "URL") + " </dev/null", Expect: clipped(said)}
}

// said is what came instead of TLS.
func (w *path) said() string {
	if h := w.stages.Handshake; h != nil && h.FirstBytes != "" {
		return unquoted(h.FirstBytes)
	}
	if e := experiment(w.experiments, observation.ExperimentFirstBytes); e != nil {
		return unquoted(e.Text)
	}
	return ""
}

// unquoted removes the quotes that the probe put around bytes from outside.
func unquoted(s string) string {
	if raw, err := strconv.Unquote(s); err == nil {
		return raw
	}
	return strings.Trim(s, `"`)
}

// spoken names the protocol by its first bytes.
func spoken(said string) string {
	for _, p := range []struct{ begin, name string }{
		{"HTTP/", "HTTP"}, {"SSH-", "SSH"}, {"220 ", "SMTP or FTP"}, {"220-", "SMTP or FTP"},
		{"+OK", "POP3"}, {"* OK", "IMAP"}, {"<", "HTTP"}, {"RFB ", "VNC"},
	} {
		if strings.HasPrefix(said, p.begin) {
			return p.name
		}
	}
	return ""
}

func describeTooOld(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	return words{
		title:  "what answers for " + subject(ts) + " offers nothing newer than TLS 1.1",
		checks: []Check{f.try(ws[0])},
		fix: []string{
			"update or bypass the proxy or firewall that decrypts TLS on the path " + ws[0].way() + ": AWS itself offers TLS 1.2 and newer",
		},
	}
}

func describeSNIFiltered(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "a filter on the path stops TLS connections that name " + hostsOf(ts),
		checks: []Check{f.try(ws[0])},
		fix: []string{
			"allow " + everyHost(ts) + " in the firewall or proxy that filters by host name (SNI, URL filter, application control; AWS Network Firewall: a domain list rule)",
		},
	}
	if ws[0].proxy == nil && !f.windows() {
		w.checks = append(w.checks, f.withoutName(ws[0]))
	}
	return w
}

// lowerMTU has this node itself send smaller packets, by the interface through which
// the connections left.
func (f *facts) lowerMTU(ws []*path) string {
	for _, w := range ws {
		c := w.connection()
		if c == nil {
			continue
		}
		if x := f.leaves(c.Local); x != nil && f.linux() {
			return "lower the MTU of this node's interface to 1400 (`ip link set dev " + f.inCode(f.arg(x.Name, "INTERFACE"), "INTERFACE") + " mtu 1400`, until the next start)"
		}
	}
	return "lower the MTU of this node's interface to 1400"
}

func describeBlackHole(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title: "large packets on the path to " + subject(ts) + " are lost without any ICMP error",
		fix: []string{
			"clamp the TCP MSS on the VPN, tunnel or firewall on the path, for example to 1360, or " + f.lowerMTU(pathsOf(ms)),
			"allow ICMP type 3 code 4 (fragmentation needed) and ICMPv6 type 2 (packet too big) on the path",
		},
	}
	for _, x := range pathsOf(ms) {
		switch {
		case !x.addr.IsValid():
			continue
		case f.windows(), f.macOS():
			w.checks = []Check{f.try(x), f.largePackets(x.addr)}
		case f.upwardOnly(ms):
			w.checks = f.twoHellos(x)
		case x.largeFailed() == nil:
			w.checks = []Check{f.try(x), f.smallPackets(x)}
		default:
			continue
		}
		break
	}
	if all := addressesOf(pathsOf(ms)); len(all) > 0 {
		w.title = "large packets on the path to " + subject(ts) + " (" + addrList(all) + ") are lost without any ICMP error"
	}
	if len(w.checks) == 0 {
		if e := experiment(f.o.LargeHello, observation.ExperimentLargeHello); e != nil {
			w.checks = f.twoHellos(&path{target: ts[0], addr: e.Address.Unmap()})
			if f.windows() || f.macOS() {
				w.checks = []Check{f.largePackets(e.Address)}
			}
		}
		w.title = "large packets towards " + subject(ts) + " are lost without any ICMP error"
	}
	if f.upwardOnly(ms) {
		w.title = "large packets towards " + subject(ts) + " are lost without any ICMP error"
		w.more = append(w.more, f.agentSends())
		w.fix = append(w.fix, f.sendSmall())
	}
	return w
}

func describeReset(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	if i := slices.IndexFunc(ws, func(w *path) bool { return len(w.wants()) > 0 }); i >= 0 {
		return f.describeWants(ts, ws, ws[i])
	}
	return words{
		title:  "the TLS handshake with " + subject(ts) + " is cut off",
		checks: []Check{f.try(ws[0])},
		fix: []string{
			f.allowList(ts),
			f.lookFor(ws, "firewall or proxy", "cuts TLS"),
			"check that " + ws[0].leadsTo() + ": another machine may not speak TLS for this host",
		},
	}
}

func describeStalled(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "the TLS handshake with " + subject(ts) + " never finishes",
		checks: []Check{f.try(ws[0])},
		fix: []string{
			f.allowList(ts),
			f.lookFor(ws, "firewall or proxy", "drops packets of an open connection"),
			"check that packets come back: an asymmetric route through a stateful firewall loses them",
		},
	}
	for _, x := range ws {
		for _, e := range x.experiments {
			if e.Kind == observation.ExperimentSmallSegments && e.NotMade != "" {
				w.more = append(w.more, "small segments were not tried ("+e.NotMade+"): an MTU black hole is not ruled out")
			}
		}
	}
	return w
}
