package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// Certificates.
const (
	TLSWrongName   Code = "tls-wrong-name"
	TLSIntercepted Code = "tls-intercepted"
	TLSUntrusted   Code = "tls-untrusted"
	TLSExpired     Code = "tls-expired"
)

// certificateCauses are the causes that a certificate shows, in the contract's order.
// http-not-aws is among them, as it explains some.
func certificateCauses() []cause {
	return []cause{
		{
			code: TLSWrongName, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: func(f *facts) []match {
				return f.certificates(func(w *path) bool { return !w.stages.Handshake.NameMatches })
			},
			describe: describeWrongName,
		},
		{
			code: HTTPNotAWS, atMost: Error, restart: true, dependsOn: append(wrongAddress(), TLSWrongName),
			find: findHTTPNotAWS, describe: describeHTTPNotAWS,
		},
		{
			code: TLSIntercepted, atMost: Error, restart: true,
			dependsOn: append(wrongAddress(), TLSWrongName, HTTPNotAWS),
			find:      findIntercepted, describe: describeIntercepted,
		},
		{
			code: TLSUntrusted, atMost: Error, restart: true,
			dependsOn: append(wrongAddress(), TLSWrongName, HTTPNotAWS, TLSIntercepted),
			find: func(f *facts) []match {
				return f.certificates(func(w *path) bool {
					return !w.intercepted(f) && w.stages.Handshake.VerifyFailure == nil && !w.stages.Handshake.Trusted
				})
			},
			describe: describeUntrusted,
		},
		{
			code: TLSExpired, atMost: Error, restart: true,
			dependsOn: append(wrongAddress(), TLSWrongName, HTTPNotAWS, TLSIntercepted, TLSUntrusted),
			find: func(f *facts) []match {
				return f.certificates(func(w *path) bool {
					return !w.intercepted(f) && !w.stages.Handshake.InTime && (!f.clock.wrong() || f.trulyExpired(w))
				})
			},
			describe: describeExpired,
		},
	}
}

// certificates matches the paths whose certificate this node rejects and for which ok
// holds.
func (f *facts) certificates(ok func(*path) bool) []match {
	var ms []match
	for _, w := range f.paths(func(w *path) bool { return w.state == stateUnverified && w.leaf() != nil && ok(w) }) {
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: w.certificateOnce(ms)})
	}
	return ms
}

// certificateOnce is the certificate as evidence, unless another address of the host
// showed the same one.
func (w *path) certificateOnce(ms []match) []string {
	for _, m := range ms {
		if o := m.path.leaf(); m.path.target.Host == w.target.Host && o != nil && o.SHA256 == w.leaf().SHA256 {
			return nil
		}
	}
	lines := []string{w.certificate()}
	if text := w.stages.Handshake.VerifyText; text != "" {
		lines = append(lines, "this node rejects it: "+quoted(text))
	}
	return lines
}

// intercepted reports whether something other than AWS has a certificate for the host:
// the issuer is not Amazon, if that is known for AWS's own names.
func (w *path) intercepted(f *facts) bool {
	h := w.stages.Handshake
	return f.issuersKnown() && !w.target.Foreign && w.leaf() != nil && h.NameMatches && !h.ByAmazon()
}

// unverified says why a certificate could not be verified, or "" if all were.
func (f *facts) unverified() string {
	for _, w := range f.paths(func(w *path) bool { return w.state == stateUndecided && w.leaf() != nil }) {
		if failed := w.stages.Handshake.VerifyFailure; failed != nil {
			return "the certificate was not verified: " + quoted(failed.Text)
		}
	}
	return ""
}

func describeWrongName(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "what answers for " + hostsOf(ts) + " has a certificate for another host",
		checks: append([]Check{f.try(ws[0])}, f.showCertificate(ws[0], "-subject")...),
	}
	w.more = sameCertificate(ws)
	if ws[0].proxy != nil {
		w.fix = []string{"find out where the proxy " + ws[0].proxy.URL + " connects to for " + everyHost(ts)}
	} else {
		w.fix = f.correctAddresses(ts, ws)
		for _, t := range ts {
			w.more = append(w.more, slices.Concat(f.pinLines(t), f.comparison(t.Host))...)
		}
	}
	if other := ws[0].otherService(); other != "" {
		w.title = "what answers for " + hostsOf(ts) + " is AWS's endpoint of another service, with a certificate for " + other
	}
	if slices.ContainsFunc(ws, func(w *path) bool { return w.otherService() == "" }) {
		w.fix = append(w.fix, "if a captive portal or a load balancer answers there, let the node through")
	}
	for _, x := range ws {
		w.more = append(w.more, x.page())
	}
	return w
}

// otherService is the name of the AWS service whose certificate came for another one's
// name, or "" if it is not AWS that answers. Amazon issues certificates to its customers
// too, but not for its own names.
func (w *path) otherService() string {
	c, h := w.leaf(), w.stages.Handshake
	if c == nil || !h.Trusted || !h.ByAmazon() || w.target.Foreign {
		return ""
	}
	for _, n := range c.Names {
		if n = strings.TrimPrefix(n, "*."); endpoint.IsAWSName(n) {
			return n
		}
	}
	return ""
}

// correctAddresses says which records lead the targets to the addresses.
func (f *facts) correctAddresses(ts []*target, ws []*path) []string {
	var steps []string
	for _, t := range ts {
		mine := filter(ws, func(w *path) bool { return w.target == t })
		if f.pinned(t) {
			steps = append(steps, f.unpin(t, "")...)
			continue
		}
		at := f.nameservers()
		if slices.ContainsFunc(f.configured, f.ownResolver) {
			at += " (a private hosted zone that is associated with " + f.vpcName("the VPC") + ")"
		}
		steps = append(steps, "correct the record of "+t.Host+" at "+at+": it points to "+addrList(addressesOf(mine)))
	}
	return steps
}

// sameCertificate says which addresses returned a certificate that another address of
// the host had already shown.
func sameCertificate(ws []*path) []string {
	var lines []string
	for i, w := range ws {
		for _, o := range ws[:i] {
			if o.target.Host == w.target.Host && o.to() != w.to() && w.leaf() != nil && o.leaf() != nil && o.leaf().SHA256 == w.leaf().SHA256 {
				lines = append(lines, w.to()+": the same certificate as at "+o.to())
				break
			}
		}
	}
	return lines
}

func findIntercepted(f *facts) []match {
	var ms []match
	for _, w := range f.paths(func(w *path) bool { return w.state >= stateUnverified && w.intercepted(f) }) {
		m := match{target: w.target, path: w, effect: blocks, evidence: w.certificateOnce(ms)}
		if box := middleboxOf(w); box != "" {
			m.evidence = append(m.evidence, "the issuer is the one of "+box)
		}
		if w.stages.Handshake.Verified {
			m.effect, m.limit = affects, Warning
			m.evidence = append(m.evidence, "this node trusts that certificate")
		}
		ms = append(ms, m)
	}
	return ms
}

func describeIntercepted(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	who := "something on the path"
	for _, w := range ws {
		if box := middleboxOf(w); box != "" {
			who = box
			break
		}
	}
	w := words{
		title:  who + " intercepts TLS to " + subject(ts),
		checks: append(f.showCertificate(ws[0], "-issuer"), f.try(ws[0])),
	}
	exempt := "exempt " + everyHost(ts) + " (or *." + joinAnd(f.domains(ts)) + ") from TLS inspection on " + who
	if who == "something on the path" {
		exempt = "exempt " + everyHost(ts) + " from TLS inspection on the proxy or firewall whose CA is " + quoted(issuer(ws[0]))
	}
	w.fix = []string{exempt}
	if slices.ContainsFunc(ws, func(w *path) bool { return !w.stages.Handshake.Verified }) {
		w.fix = append(w.fix, "add that CA to "+f.trustStore()+": the agent reads no other (except in a container, where it also reads a CA file of its own)")
	}
	return w
}

func issuer(w *path) string {
	if c := w.leaf(); c != nil {
		return c.Issuer
	}
	return ""
}

// describeUntrusted distinguishes Amazon's certificates from those of other CAs, whose
// root must be in the store: for a host that is not AWS's, or in a partition whose CA is
// not known.
func describeUntrusted(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "this node's trust store cannot verify the certificate of " + subject(ts),
		checks: append([]Check{f.try(ws[0])}, f.showCertificate(ws[0], "-issuer")...),
	}
	if name := issuer(ws[0]); name != "" {
		w.title = "this node does not trust the CA " + quoted(cmp.Or(commonName(name), name)) + ", which signed the certificate of " + subject(ts)
	}
	if slices.ContainsFunc(ws, func(w *path) bool { return w.stages.Handshake.ByAmazon() }) {
		w.fix = append(w.fix,
			f.installRoots()+": Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2 must be installed",
			"if the store was reduced on purpose, add those roots again",
		)
	}
	for _, x := range ws {
		if x.stages.Handshake.ByAmazon() {
			continue
		}
		w.fix = append(w.fix, "add the CA "+quoted(issuer(x))+", or its root, to "+f.trustStore()+", if it is meant to sign for "+x.target.Host)
		who := "the middlebox on the path that has it"
		if box := middleboxOf(x); box != "" {
			who = box
		}
		w.fix = append(w.fix, "if not, "+who+" decrypts TLS: exempt "+x.target.Host+" from TLS inspection there")
	}
	return w
}

// showClock shows this node's time.
func (f *facts) showClock() string { return f.bySystem("Get-Date", "date -u", "date -u") }

func describeExpired(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "the certificate of " + subject(ts) + " has expired or is not yet valid",
		checks: append(f.showCertificate(ws[0], "-dates"), Check{Command: f.showClock(), Expect: "this node's time"}),
		more:   sameCertificate(ws),
		fix:    []string{"find out what answers " + toAll(ws) + ": AWS renews its certificates long before they expire, so another machine, or a middlebox with an old copy, answers there"},
	}
	switch {
	case f.clock.wrong():
		w.more = append(w.more, "it has expired or is not yet valid by AWS's clock too")
	case f.clock.known:
		w.more = append(w.more, "this node's clock is right: "+humanDuration(f.clock.behind)+" off AWS's, the median of "+number(f.clock.answers, "answer"))
	case f.clock.inTime:
		w.more = append(w.more, "other certificates are valid by this node's clock, so the clock is right")
	default:
		// No answer had a Date, and no other certificate was seen.
		w.more = append(w.more, "this node's clock says "+day(f.now().UTC())+", and there was nothing to compare it with: a wrong clock is not ruled out")
		w.fix = append([]string{"compare this node's clock (" + f.showClock() + ") with another one first, and set it if it is wrong"}, w.fix...)
	}
	return w
}

// middleboxOf names the middlebox that signed the path's certificate, by a word of its
// default issuer. "": the issuer is not known.
func middleboxOf(w *path) string {
	c := w.leaf()
	if c == nil {
		return ""
	}
	name := strings.ToLower(c.Issuer)
	for _, box := range []struct{ word, who string }{
		{"zscaler", "Zscaler"},
		{"palo alto", "a Palo Alto Networks firewall"},
		{"globalprotect", "Palo Alto Networks GlobalProtect"},
		{"fortigate", "a Fortinet FortiGate"},
		{"fortinet", "a Fortinet FortiGate"},
		{"cisco umbrella", "Cisco Umbrella"},
		{"opendns", "Cisco Umbrella"},
		{"cisco", "a Cisco firewall or proxy"},
		{"netskope", "Netskope"},
		{"goskope", "Netskope"},
		{"sophos", "a Sophos firewall"},
		{"blue coat", "a Blue Coat proxy"},
		{"bluecoat", "a Blue Coat proxy"},
		{"symantec web", "Symantec Web Security"},
		{"forcepoint", "Forcepoint"},
		{"websense", "Forcepoint"},
		{"check point", "a Check Point firewall"},
		{"checkpoint", "a Check Point firewall"},
		{"sonicwall", "a SonicWall firewall"},
		{"watchguard", "a WatchGuard firewall"},
		{"barracuda", "a Barracuda firewall"},
		{"mcafee", "Skyhigh (McAfee) Web Gateway"},
		{"skyhigh", "Skyhigh (McAfee) Web Gateway"},
		{"trend micro", "Trend Micro"},
		{"kaspersky", "Kaspersky"},
		{"cloudflare gateway", "Cloudflare Gateway"},
		{"gateway ca - cloudflare", "Cloudflare Gateway"},
		{"untangle", "Untangle"},
		{"pfsense", "a pfSense proxy"},
		{"opnsense", "an OPNsense proxy"},
		{"mitmproxy", "mitmproxy"},
		{"squid", "a squid proxy"},
		{"charles proxy", "Charles Proxy"},
	} {
		if strings.Contains(name, box.word) {
			return box.who
		}
	}
	return ""
}
