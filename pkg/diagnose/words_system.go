package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// What differs by the system of the node that the report is about, which need not be
// the one that judges it: where the agent's service and its settings are, and with
// what its packet filter, its routes and its clock are seen and set.

// windows reports whether the commands are for PowerShell.
func (f *facts) windows() bool { return f.o.Node.OS == "windows" }

// macOS reports whether launchd runs the agent.
func (f *facts) macOS() bool { return f.o.Node.OS == "darwin" }

// linux reports whether systemd runs the agent, or upstart. A report that names no
// system counts as one of Linux.
func (f *facts) linux() bool { return !f.windows() && !f.macOS() }

// launchdJob is the agent's job on macOS (amazon-ssm-agent, packaging/darwin).
const launchdJob = "com.amazon.aws.ssm"

// restartCommand restarts the agent.
func (f *facts) restartCommand() string {
	switch {
	case f.windows():
		return "Restart-Service AmazonSSMAgent"
	case f.macOS():
		return "launchctl kickstart -k system/" + launchdJob
	case f.snap():
		return "snap restart amazon-ssm-agent"
	}
	return "systemctl restart amazon-ssm-agent"
}

// startCommand starts the agent, and has the system start it from now on.
func (f *facts) startCommand() string {
	switch {
	case f.windows():
		return "Set-Service AmazonSSMAgent -StartupType Automatic; Start-Service AmazonSSMAgent"
	case f.macOS():
		return "launchctl load -w /Library/LaunchDaemons/" + launchdJob + ".plist"
	case f.snap():
		return "snap start --enable amazon-ssm-agent"
	}
	return "systemctl enable --now amazon-ssm-agent"
}

// stateCheck shows that the agent does not run.
func (f *facts) stateCheck() Check {
	switch {
	case f.windows() && f.o.Node.Agent.Starting:
		return Check{Command: "Get-Service AmazonSSMAgent", Expect: "StartPending"}
	case f.windows():
		return Check{Command: "Get-Service AmazonSSMAgent", Expect: "Stopped"}
	case f.macOS():
		return Check{Command: "launchctl print system/" + launchdJob + " | grep 'state ='", Expect: "not running, or no such service"}
	}
	return Check{Command: "systemctl is-active " + f.agentUnit(), Expect: "inactive or failed"}
}

// showFilter names what shows the rules of this node's own packet filter that keep
// packets from leaving.
func (f *facts) showFilter() string {
	switch {
	case f.windows():
		return "`" + blockingRules + "`"
	case f.macOS():
		return "`pfctl -s rules`"
	}
	return "`nft list ruleset`, `iptables -S OUTPUT`"
}

// blockingRules shows the rules of Windows Defender Firewall that block what leaves.
const blockingRules = "Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True"

// filterKinds names the packet filters that a node may have.
func (f *facts) filterKinds() string {
	if f.macOS() {
		return "pf (`pfctl -s rules`), or a content filter of security software"
	}
	return "nftables or iptables (OUTPUT), firewalld, ufw"
}

// showRoutes names what shows the routes of this node.
func (f *facts) showRoutes() string {
	switch {
	case f.windows():
		return "`route print`"
	case f.macOS():
		return "`netstat -rn`"
	}
	return "`ip route show table all`"
}

// setClock says how the clock is set.
func (f *facts) setClock() string {
	switch {
	case f.windows():
		return "set the clock: `w32tm /resync`, and see that the Windows Time service runs and reaches its servers (`w32tm /query /status`)"
	case f.macOS():
		return "set the clock: `sntp -sS time.apple.com` with a time server that this node reaches, and see that it is set automatically (`systemsetup -getusingnetworktime`)"
	}
	return "set the clock: `chronyc makestep`, and see that chronyd or systemd-timesyncd runs and reaches its servers (`chronyc sources`)"
}

// macProxy is where macOS keeps the proxy that the agent takes when it starts.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_darwin.go.
const macProxy = "macOS's own proxy settings (System Settings, Network, Proxies; `scutil --proxy` shows them)"

// macAssignments are variables of an environment as macOS's settings name them.
func macAssignments(assignments []string) string {
	var all []string
	for _, a := range assignments {
		switch name, value, _ := strings.Cut(a, "="); name {
		case "https_proxy":
			all = append(all, "for HTTPS "+value)
		case "http_proxy":
			all = append(all, "for HTTP "+value)
		case "no_proxy":
			all = append(all, "as exceptions "+value)
		}
	}
	return joinAnd(all)
}

// nameNameserver says how this node is given a nameserver of the VPC's.
func (f *facts) nameNameserver(address string) string {
	switch {
	case f.windows():
		return "or give its adapter that one: `Set-DnsClientServerAddress -InterfaceAlias ADAPTER -ServerAddresses " + address + "`"
	case f.macOS():
		return "or give its network service that one: `networksetup -setdnsservers SERVICE " + address + "`"
	}
	return "or put `nameserver " + address + "` into /etc/resolv.conf"
}

// windowsDig asks one nameserver, and not the hosts file. option is one of
// Resolve-DnsName, which knows port 53 alone: nslookup takes its place, and where that
// has no such option there is no command.
func (f *facts) windowsDig(server netip.AddrPort, host, kind, option string) string {
	if server.Port() == 53 {
		cmd := "Resolve-DnsName " + f.hostArg(host) + " -Server " + f.addressArg(server.Addr()) + " -DnsOnly -NoHostsFile"
		if kind != "" {
			cmd += " -Type " + kind
		}
		return cmd + option
	}
	cmd := "nslookup.exe -port=" + f.portArg(server)
	switch option {
	case "":
	case overTCP:
		cmd += " -vc"
	default:
		return ""
	}
	if kind != "" {
		cmd += " -type=" + kind
	}
	return cmd + " " + f.hostArg(host) + " " + f.addressArg(server.Addr())
}

// The options of Resolve-DnsName that have another name elsewhere.
const (
	overTCP   = " -TcpOnly"
	unchecked = " -DnssecCd"
)

// digOverTCP asks over TCP.
func (f *facts) digOverTCP(server netip.AddrPort, host string) string {
	if f.windows() {
		return f.windowsDig(server, host, "", overTCP)
	}
	return f.dig(server, host) + " +tcp"
}

// digUnchecked asks for an answer that the nameserver has not validated.
func (f *facts) digUnchecked(server netip.AddrPort, host string) string {
	if f.windows() {
		return f.windowsDig(server, host, "", unchecked)
	}
	return f.dig(server, host) + " +cd"
}

// windowsAnswer is what a command shows of an answer without an address: nslookup its
// own messages for the status and for silence, and Resolve-DnsName those of Windows
// (winerror.h).
func windowsAnswer(cmd string, a *observation.Answer) string {
	switch nslookup := strings.HasPrefix(cmd, "nslookup.exe "); {
	case a == nil:
		return ""
	case nslookup && a.Rcode == "NXDOMAIN":
		return "Non-existent domain"
	case nslookup && a.Rcode == "SERVFAIL":
		return "Server failed"
	case nslookup && a.Rcode == "REFUSED":
		return "Query refused"
	case nslookup && a.Rcode == "NOERROR" && a.Type != "NS":
		return "no address"
	case nslookup && a.Failure.Of(observation.KindTimeout):
		return "DNS request timed out"
	case a.Rcode == "NXDOMAIN":
		return "an error: DNS name does not exist"
	case a.Rcode == "SERVFAIL":
		return "an error: DNS server failure"
	case a.Rcode == "REFUSED":
		return "an error: DNS operation refused"
	case a.Rcode == "NOERROR" && a.Type != "NS":
		return "no address (a record of type SOA at most)"
	case a.Rcode == "NOERROR":
		return "a list of nameservers"
	case a.Rcode != "":
		return "an error, for the status " + a.Rcode
	case a.Failure.Of(observation.KindTimeout):
		return "an error: the timeout period expired"
	case a.Failure != nil:
		return "an error"
	}
	return ""
}

// trustStore is where the roots are by which the agent verifies: Go's own code does it
// on Linux, and the system everywhere else (crypto/x509).
func (f *facts) trustStore() string {
	switch {
	case f.windows():
		return "Windows's own certificate store, by which it verifies for the agent (`Import-Certificate -FilePath FILE -CertStoreLocation Cert:\\LocalMachine\\Root`)"
	case f.macOS():
		return "the System keychain, by which macOS verifies for the agent (`security add-trusted-cert -d -k /Library/Keychains/System.keychain FILE`)"
	}
	return "this system's trust store"
}

// installRoots says how the roots come that every system has.
func (f *facts) installRoots() string {
	switch {
	case f.windows():
		return "let Windows update its root certificates (Windows Update, or a policy that distributes them; `certutil.exe -generateSSTFromWU roots.sst` fetches all where there is a way out)"
	case f.macOS():
		return "update macOS, which brings its root certificates"
	}
	return "install the CA certificates of the system (package ca-certificates), or update them"
}

// setServiceEnvironment sets variables of the agent's service on Windows, in place of
// those that match an expression. Each is a word of its own, so that none of them ends
// in another.
func (f *facts) setServiceEnvironment(replaced string, assignments ...string) string {
	all := make([]string, len(assignments))
	for i, a := range assignments {
		all[i] = quote.PowerShell(f.inCode(a, "ASSIGNMENT"))
	}
	return "`" + strings.Join(fix.SetWindowsEnvironment(replaced, all...), "; ") + "`"
}

// allowOut allows what leaves by the paths, without any to nameservers, where Windows
// blocks what no rule allows. A rule that blocks wins over it.
func allowOut(ws []*path) (steps []string) {
	port, protocols := uint16(53), []string{"UDP", "TCP"}
	if len(ws) > 0 {
		port, protocols = ws[0].target.Port, protocols[1:]
		if ws[0].proxy != nil {
			port = ws[0].proxy.Address.Port()
		}
	}
	for _, p := range protocols {
		n := strconv.Itoa(int(port))
		steps = append(steps, "where a profile blocks what no rule allows (`Get-NetFirewallProfile`: DefaultOutboundAction): `New-NetFirewallRule -DisplayName 'SSM Agent "+
			p+" "+n+"' -Direction Outbound -Action Allow -Protocol "+p+" -RemotePort "+n+"`")
	}
	return steps
}
