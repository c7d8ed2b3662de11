package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// statusOnly is the beginning of a command that prints a status and ends soon.
const statusOnly = `curl -sS -o /dev/null -w 'HTTP %{http_code}\n' --max-time 5`

// statusInTime waits no longer than the run did.
const statusInTime = `curl -sS -o /dev/null -w 'HTTP %{http_code}\n' --max-time 3`

// TestCommandsTakeTheWayThatWasTried: pasted into the same shell, a command takes the
// path that the probe took, whatever proxy the shell has.
func TestCommandsTakeTheWayThatWasTried(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		code   Code
		want   string   // stands in a command
		never  []string // stand in none
	}{
		{name: "direct", code: HTTPServerError, change: func(w *world) { serverError(w) },
			want: "curl -sS -o /dev/null -w 'HTTP %{http_code}\\n' --max-time 5 --resolve ssm.us-east-2.amazonaws.com:443:10.0.1.101 https://", never: []string{"--noproxy"}},
		{name: "direct, in a shell with a proxy", code: HTTPServerError, change: func(w *world) {
			serverError(w)
			w.Node.Proxy.ShellHTTPS = "http://10.9.0.8:3128"
		}, want: "--noproxy '*' --resolve"},
		{name: "a proxy with a password, which is not known here", code: ProxyAuthRequired, change: func(w *world) {
			w.through("http://jo:***@10.9.0.8:3128", refuses(407))
		}, want: " -x http://10.9.0.8:3128 -U jo https://", never: []string{"***"}},
		{name: "a proxy with a user alone", code: ProxyAuthRequired, change: func(w *world) {
			w.through("http://jo@10.9.0.8:3128", refuses(407))
		}, want: " -x http://10.9.0.8:3128 -U jo: https://"},
		{name: "a proxy that the shell's no_proxy goes around", code: ProxyDenied, change: func(w *world) {
			w.through("http://10.9.0.8:3128", refuses(403))
			w.Node.Proxy.ShellNo = ".amazonaws.com"
		}, want: " -x http://10.9.0.8:3128 --noproxy '' https://"},
		{name: "the same on Windows, whose PowerShell passes no empty word on", code: ProxyDenied, change: func(w *world) {
			w.Node.OS = "windows"
			w.through("http://10.9.0.8:3128", refuses(403))
			w.Node.Proxy.ShellNo = ".amazonaws.com"
		}, want: " --ssl-no-revoke --max-time 5 -x http://10.9.0.8:3128 --noproxy none.invalid https://", never: []string{"''"}},
		{name: "a nameserver at another port, which Resolve-DnsName cannot ask", code: DNSForwarderBroken, change: func(w *world) {
			w.Node.OS = "windows"
			w.failsAll(vpcPlus2, observation.KindTimeout, "")
			s := w.ask(vpcPlus2)
			s.Address, s.Given = netip.AddrPortFrom(s.Address.Addr(), 5353), true
			w.Node.Resolver.Servers = []netip.AddrPort{s.Address}
			w.unresolved(observation.KindTimeout, allNames...)
		}, want: "nslookup.exe -port=5353 ssm.us-east-2.amazonaws.com 10.0.0.2", never: []string{"-Server 10.0.0.2"}},
		{name: "a box behind a proxy with a password: openssl asks for none", code: TLSIntercepted, change: func(w *world) {
			w.through("http://jo:***@10.9.0.8:3128", func(_ string, p *observation.ProxyObservation) { byBox(false)(p.Inside.Handshake) })
		}, want: statusOnly + " -x http://10.9.0.8:3128 -U jo ", never: []string{"openssl"}},
		{name: "Windows has no openssl", code: TLSReset, change: func(w *world) {
			w.Node.OS = "windows"
			w.shakes(observation.KindReset, "ssm")
		}, want: "curl.exe -sS -o NUL", never: []string{"openssl", "timeout"}},
		{name: "a handshake that never ends does not hold the shell", code: TLSStalled, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssm")
		}, want: statusInTime + " --resolve ssm.us-east-2.amazonaws.com:443:10.0.1.101"},
		{name: "slow AAAA answers: the question that is slow", code: DNSSlow, change: func(w *world) {
			w.slowAAAA(vpcPlus2, 2000*ms, 2, "", allNames...)
		}, want: "dig @10.0.0.2 ssm.us-east-2.amazonaws.com AAAA"},
		{name: "the upgrade is asked for where the agent asks", code: WebSocketBlocked, change: func(w *world) {
			w.upgrades(observation.KindTimeout)
			w.each(func(a *observation.AddressObservation) { a.WebSocket.Reply.Request = "GET /v1/control-channel/x" }, "ssmmessages")
		}, want: "https://ssmmessages.us-east-2.amazonaws.com/v1/control-channel/x --http1.1"},
		{name: "the agent as a snap", code: AgentStopped, change: func(w *world) {
			w.Node.Agent.Running, w.Node.Agent.From = observation.No, []string{"/snap/amazon-ssm-agent/current/amazon-ssm-agent"}
		}, want: "systemctl is-active snap.amazon-ssm-agent.amazon-ssm-agent.service"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == test.code })
			if i < 0 {
				t.Fatalf("no finding %s in %v", test.code, told1(r))
			}
			all := strings.Join(r.Findings[i].Confirm, "\n")
			if !strings.Contains(all, test.want) {
				t.Errorf("commands:\n%s\nwant one with %q", all, test.want)
			}
			for _, n := range test.never {
				if strings.Contains(all, n) {
					t.Errorf("commands:\n%s\nwant none with %q", all, n)
				}
			}
		})
	}
}

// TestMacOpenssl: on macOS no command needs OpenSSL's own options, and the certificate
// is shown anyway.
func TestMacOpenssl(t *testing.T) {
	shown := false
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		w.Node.OS = "darwin"
		for _, f := range Judge(w.Observations).Findings {
			for _, c := range f.Confirm {
				if strings.Contains(c, "s_client") && strings.Contains(c, " -brief") {
					t.Errorf("%s: %s: %s", test.name, f.Code, c)
				}
				shown = shown || strings.Contains(c, "openssl x509")
			}
			if f.Code == LargeHelloBlocked && slices.ContainsFunc(f.Checks, func(c Check) bool { return c.Expect == timesOut || c.Expect == cutOff }) {
				t.Errorf("%s: curl need not fail as the agent does: %+v", test.name, f.Checks)
			}
			if (f.Code == LargeHelloBlocked || f.Code == TLSReset || f.Code == TLSTooOld) && len(f.Confirm) == 0 {
				t.Errorf("%s: %s has no check", test.name, f.Code)
			}
		}
	}
	if !shown {
		t.Error("no certificate is shown")
	}
}

// TestWindowsCommands: on a Windows node no command is another system's. The worlds are
// those of every table test.
func TestWindowsCommands(t *testing.T) {
	known := []string{
		"Resolve-DnsName", "nslookup.exe", "curl.exe", "ping.exe", "Find-NetRoute", "Get-Date", "Get-Content", "ConvertFrom-Json",
		"Get-ItemProperty", "Get-ChildItem", "Get-Service", "Get-NetFirewallRule", "Select-String", "Select-Object", "aws", "ssmcheck",
	}
	pipes := strings.NewReplacer("; ", "\n", " | ", "\n")
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		w.Node.OS = "windows"
		for _, f := range Judge(w.Observations).Findings {
			for _, line := range f.Confirm {
				for _, cmd := range strings.Split(pipes.Replace(line), "\n") {
					if word := strings.Fields(cmd)[0]; !slices.Contains(known, word) {
						t.Errorf("%s: %s: %q begins with %s", test.name, f.Code, line, word)
					}
				}
			}
			for _, line := range f.Fix {
				if strings.Contains(line, "`ip ") || strings.Contains(line, "systemctl") {
					t.Errorf("%s: %s: the fix %q is another system's", test.name, f.Code, line)
				}
			}
		}
	}
}

// TestHostileHostOnWindows: PowerShell gets no host of a saved report that is not
// well-formed.
func TestHostileHostOnWindows(t *testing.T) {
	for _, host := range []string{"a';calc;'", "a\u2019;calc;\u2019", "a;calc", "a$(calc)", "a`ncalc", "@(calc)"} {
		w := healthy()
		w.Node.OS = "windows"
		w.planned("ssm").Host = host
		w.resolves("ssm", privateOf(0)...)
		w.shakes(observation.KindReset, "ssm")
		seen := false
		for _, f := range Judge(w.Observations).Findings {
			for _, cmd := range f.Confirm {
				seen = seen || strings.Contains(cmd, "https://HOST/")
				if strings.Contains(cmd, "calc") {
					t.Errorf("%q is given to a shell: %s", host, cmd)
				}
			}
		}
		if !seen {
			t.Errorf("no command is about %q", host)
		}
	}
}

func serverError(w *world) {
	w.each(func(a *observation.AddressObservation) { a.Reply.Status = 503 }, "ssm")
}
