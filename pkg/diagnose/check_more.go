package diagnose

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The checks of particular causes.

// sometimes is a check of what failed once.
func sometimes(c Check) Check {
	c.Expect = "mostly " + cmp.Or(c.Expect, "an answer") + ", and now and then a failure"
	return c
}

// showCertificate shows a part of the certificate that comes, nil where openssl
// cannot.
func (f *facts) showCertificate(w *path, part string) []Check {
	c := w.leaf()
	if !f.hasOpenssl(w) || c == nil {
		return nil
	}
	expect := ""
	switch part {
	case "-dates":
		expect = "notAfter=" + c.NotAfter.UTC().Format("Jan _2 15:04:05 2006") + " GMT"
	case "-issuer":
		expect = cmp.Or(commonName(c.Issuer), c.Issuer)
	case "-subject":
		if expect = commonName(c.Subject); expect == "" {
			expect = "another host's name"
		}
	}
	return []Check{{Command: f.openssl(w, "") + " 2>/dev/null | openssl x509 -noout " + part, Expect: clipped(expect)}}
}

// commonName is that of a distinguished name, "" for none.
func commonName(dn string) string {
	_, rest, ok := strings.Cut(dn, "CN=")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ",")
	return name
}

// withoutName makes the handshake without naming the host: curl names none that
// is an address.
func (f *facts) withoutName(w *path) Check {
	cmd := f.curlCommand(f.status("-sSk"))
	if f.o.Node.Proxy.ShellHTTPS != "" {
		cmd += " --noproxy '*'"
	}
	to := netip.AddrPortFrom(observation.ProvenZone(w.addr), w.target.Port).String()
	return Check{Command: cmd + " " + f.arg("https://"+to+"/", "URL"), Expect: "an HTTP status: without the host's name it passes", Control: true}
}

// whoAnswers shows the headers of what answers, whatever its certificate.
func (f *facts) whoAnswers(w *path) Check {
	null := "/dev/null"
	if f.windows() {
		null = "NUL"
	}
	c := Check{Command: f.curlTo("-sSk -D - -o "+null, w, f.url(w)), Expect: lookFor + "who answers: there is no x-amzn-RequestId"}
	if w.failure.Of(observation.KindTimeout) {
		c.Expect = timesOut
	}
	return c
}

// largePackets shows how large a packet may be on the way to an address.
func (f *facts) largePackets(a netip.Addr) Check {
	c := Check{Command: f.tracePath(a), Expect: lookFor + "a pmtu below 1500"}
	switch {
	case f.windows(), f.macOS():
		c.Expect = "no reply, while a small ping may pass"
	case a.Is4():
		c.Command += "; ping -c 1 -W 2 -M do -s 1472 " + f.addressArg(a)
	}
	return c
}

// outputRules shows what this node's packet filter keeps from leaving.
func (f *facts) outputRules() Check {
	if f.windows() {
		return Check{Command: blockingRules, Expect: lookFor + "a rule that covers it"}
	}
	if f.macOS() {
		return Check{Command: "pfctl -s rules | grep -n block", Expect: lookFor + "a rule that covers it"}
	}
	return Check{Command: "nft list ruleset | grep -nE 'drop|reject'; iptables -S OUTPUT", Expect: lookFor + "the rule in an output chain"}
}

// through asks for a URL through a proxy. works: it did in this run.
func (f *facts) through(proxy, to, expect string, works bool) Check {
	c := Check{Command: f.curlThrough(f.status("-sS"), proxy, to), Expect: expect}
	if works {
		return controls(c)[0]
	}
	return c
}

// settingsCheck shows the proxy of the agent's service.
func (f *facts) settingsCheck() Check {
	return Check{Command: f.showSettings()[0], Expect: lookFor + "https_proxy, http_proxy, no_proxy"}
}

// tokenCheck asks instance metadata for a token, as the agent does first.
func (f *facts) tokenCheck() Check {
	m := f.o.Metadata
	c := Check{Command: f.token(f.status("-sS"))}
	switch {
	case m.Status != 0:
		c.Expect = "HTTP " + strconv.Itoa(m.Status)
	case m.Failure.Of(observation.KindTimeout):
		c.Expect = timesOut
	case m.Connected:
		c.Expect = endsEmpty
	case m.Failure != nil && m.Foreign == "":
		c.Expect = cannotConnect
	}
	return c
}

// expectUpgrade is what curl shows of a WebSocket's upgrade.
func (f *facts) expectUpgrade(w *path) string {
	c := w.socketClimb()
	switch failed := c.Failure(); {
	case failed.Of(observation.KindTimeout):
		return timesOut
	case failed != nil:
		return endsEmpty
	case c.Reply != nil && c.Reply.Status != 0:
		return "HTTP " + strconv.Itoa(c.Reply.Status) + ", not 101"
	}
	return ""
}
