package diagnose

import (
	"cmp"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Checks for particular causes.

// sometimes is a check for what failed once.
func sometimes(c Check) Check {
	c.Expect = "usually " + cmp.Or(c.Expect, "an answer") + ", but sometimes a failure"
	return c
}

// showCertificate shows a part of the certificate, or nil if openssl cannot.
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

// commonName is the common name in a distinguished name, or "".
func commonName(dn string) string {
	_, rest, ok := strings.Cut(dn, "CN=")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ",")
	return name
}

// withoutName does the handshake without naming the host: for an address, curl names
// none.
func (f *facts) withoutName(w *path) Check {
	cmd := f.curlCommand(f.status("-sSk"))
	if f.o.Node.Proxy.ShellHTTPS != "" {
		cmd += " --noproxy '*'"
	}
	to := netip.AddrPortFrom(observation.ProvenZone(w.addr), w.target.Port).String()
	return Check{Command: cmd + " " + f.arg("https://"+to+"/", "URL"), Expect: "an HTTP status: it works without the host's name", Control: true}
}

// whoAnswers shows the headers of whatever answers, regardless of its certificate.
func (f *facts) whoAnswers(w *path) Check {
	c := Check{Command: f.curlTo("-sSk -D - -o "+f.null(), w, f.url(w)), Expect: "an HTTP answer without x-amzn-RequestId"}
	if w.failure.Of(observation.KindTimeout) {
		c.Expect = timesOut
	}
	return c
}

// largePackets shows whether a packet of 1500 bytes passes, on Windows and macOS.
func (f *facts) largePackets(a netip.Addr) Check {
	large := "ping.exe -f -l 1472 " // 1500 bytes with its headers, unfragmented
	if f.macOS() {
		large = "ping -D -c 1 -t 2 -s 1472 "
	}
	return Check{Command: large + f.addressArg(a), Expect: "no reply, while a small ping may pass"}
}

// smallPackets shows that the packets of a connection pass, while those of the handshake
// do not.
func (f *facts) smallPackets(w *path) Check {
	return Check{Command: f.connect(w), Expect: "connected", Control: true}
}

// outputRules shows what this node's packet filter keeps from leaving.
func (f *facts) outputRules() Check {
	if f.windows() {
		return Check{Command: blockingRules, Expect: lookFor + "a rule that covers it"}
	}
	if f.macOS() {
		return Check{Command: "pfctl -s rules | grep -n block", Expect: lookFor + "a rule that covers it"}
	}
	c := Check{Expect: "a rule with drop or reject"}
	if f.has(observation.CommandNFT) {
		c.Command = "nft list ruleset | grep -nE 'drop|reject'"
	}
	if f.has(observation.CommandIPTables) {
		c.Command = strings.TrimPrefix(c.Command+"; iptables -S OUTPUT", "; ")
	}
	return c
}

// through requests a URL through a proxy. works: it did in this run.
func (f *facts) through(proxy, to, expect string, works bool) Check {
	c := Check{Command: f.curlThrough(f.asTrusted(expect), proxy, to), Expect: expect}
	if works {
		return controls(c)[0]
	}
	return c
}

// settingsCheck shows the proxy of the agent's service.
func (f *facts) settingsCheck() Check {
	c := Check{Command: f.showSettings(), Expect: f.expectProxy(f.o.Node.Proxy.HTTPS)}
	if f.windows() && f.windowsPlace().list {
		c.Expect = strings.Replace(c.Expect, "https_proxy", "https=", 1)
	}
	if strings.HasPrefix(c.Command, "systemctl ") && f.o.Node.Proxy.HTTPS != "" {
		c.Expect += ", or the file that sets it"
	}
	return c
}

// expectProxy is what a list of variables shows of https_proxy.
func (f *facts) expectProxy(proxy string) string {
	if proxy == "" {
		return "no https_proxy"
	}
	if u, err := url.Parse(proxy); err == nil && u.Host != "" && !strings.Contains(proxy, "%") {
		return clipped(u.Host)
	}
	return "a line with https_proxy"
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
	c := w.socketStages()
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

// firstOf drops all but n commands, to make room for those that follow: the list of
// rules is what proves a packet filter.
func firstOf(n int, all []Check) []Check { return all[:min(n, len(all)):min(n, len(all))] }
