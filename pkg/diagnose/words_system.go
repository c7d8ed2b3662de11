package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// What depends on the operating system of the node that the report is about, which
// need not be the system that judges it: where the agent's service and its settings
// are, and which commands show and change its packet filter, routes and clock.

// windows reports whether the commands are for PowerShell.
func (f *facts) windows() bool { return f.o.Node.OS == "windows" }

// macOS reports whether launchd runs the agent.
func (f *facts) macOS() bool { return f.o.Node.OS == "darwin" }

// linux reports whether systemd or upstart runs the agent. A report that names no system
// counts as Linux.
func (f *facts) linux() bool { return !f.windows() && !f.macOS() }

// bySystem is the one of three texts that is for this node's system.
func (f *facts) bySystem(windows, macOS, linux string) string {
	switch {
	case f.windows():
		return windows
	case f.macOS():
		return macOS
	}
	return linux
}

// launchdJob is the agent's job on macOS (amazon-ssm-agent, packaging/darwin).
const launchdJob = "com.amazon.aws.ssm"

// restartCommand restarts the agent.
func (f *facts) restartCommand() string {
	linux := "systemctl restart amazon-ssm-agent"
	if f.snap() {
		linux = "snap restart amazon-ssm-agent"
	}
	return f.bySystem("Restart-Service AmazonSSMAgent", "launchctl kickstart -k system/"+launchdJob, linux)
}

// startCommand starts the agent now and at every boot.
func (f *facts) startCommand() string {
	linux := "systemctl enable --now amazon-ssm-agent"
	if f.snap() {
		linux = "snap start --enable amazon-ssm-agent"
	}
	return f.bySystem("Set-Service AmazonSSMAgent -StartupType Automatic; Start-Service AmazonSSMAgent",
		"launchctl load -w /Library/LaunchDaemons/"+launchdJob+".plist", linux)
}

// stateCheck shows that the agent is not running.
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

// showFilter names what shows the output rules of this node's own packet filter.
func (f *facts) showFilter() string {
	return f.bySystem("`"+blockingRules+"`", "`pfctl -s rules`", "`nft list ruleset`, `iptables -S OUTPUT`")
}

// blockingRules shows the outbound rules of Windows Defender Firewall that block.
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
	return f.bySystem("`route print`", "`netstat -rn`", "`ip route show table all`")
}

// setClock says how to set the clock.
func (f *facts) setClock() string {
	return "set the clock: " + f.bySystem(
		"`w32tm /resync`, and check that the Windows Time service is running and can reach its servers (`w32tm /query /status`)",
		"`sntp -sS time.apple.com`, or another time server that this node reaches, and check that it is set automatically (`systemsetup -getusingnetworktime`)",
		"`chronyc makestep`, and check that chronyd or systemd-timesyncd is running and can reach its servers (`chronyc sources`)")
}

// amazonTime sets 169.254.169.123 as the time server.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-ec2-ntp.html
func (f *facts) amazonTime() string {
	return f.bySystem("`w32tm /config /manualpeerlist:169.254.169.123 /syncfromflags:manual /update`",
		"`systemsetup -setnetworktimeserver 169.254.169.123`",
		"the line `server 169.254.169.123 prefer iburst` in chrony.conf, or NTP=169.254.169.123 in timesyncd.conf")
}

// macProxy is where macOS keeps the proxy that the agent takes when it starts.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_darwin.go.
const macProxy = "macOS's own proxy settings (System Settings, Network, Proxies; `scutil --proxy` shows them)"

// macAssignments describes environment variables in the terms of macOS's settings.
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

// nameNameserver says how to make this node use a nameserver of the VPC's.
func (f *facts) nameNameserver(address string) string {
	return f.bySystem(
		"give its adapter that nameserver: `Set-DnsClientServerAddress -InterfaceAlias ADAPTER -ServerAddresses "+address+"`",
		"give its network service that nameserver: `networksetup -setdnsservers SERVICE "+address+"`",
		"put `nameserver "+address+"` into /etc/resolv.conf")
}

// windowsDig asks one nameserver, not the hosts file. option is one of Resolve-DnsName,
// which supports only port 53: otherwise nslookup takes its place, and if that lacks the
// option, there is no command.
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

// Options of Resolve-DnsName that have another name elsewhere.
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

// windowsAnswer is what a command shows of an answer without an address: nslookup has
// messages of its own for the status and for silence, Resolve-DnsName those of Windows
// (winerror.h).
func windowsAnswer(cmd string, a *observation.Answer) string {
	if a == nil {
		return ""
	}
	status := a.Rcode
	switch {
	case status == "NOERROR" && a.Type == "NS":
		status = "NS"
	case status == "" && a.Failure.Of(observation.KindTimeout):
		status = "timeout"
	}
	if strings.HasPrefix(cmd, "nslookup.exe ") {
		if says := map[string]string{
			"NXDOMAIN": "Non-existent domain",
			"SERVFAIL": "Server failed",
			"REFUSED":  "Query refused",
			"NOERROR":  "no address",
			"timeout":  "DNS request timed out",
		}[status]; says != "" {
			return says
		}
	}
	says := map[string]string{
		"NXDOMAIN": "an error: DNS name does not exist",
		"SERVFAIL": "an error: DNS server failure",
		"REFUSED":  "an error: DNS operation refused",
		"NOERROR":  "no address (a record of type SOA at most)",
		"NS":       "a list of nameservers",
		"timeout":  "an error: the timeout period expired",
	}[status]
	switch {
	case says != "":
		return says
	case a.Rcode != "":
		return "an error with the status " + a.Rcode
	case a.Failure != nil:
		return "an error"
	}
	return ""
}

// trustStore is where the roots are with which the agent verifies: on Linux Go's own
// code does that, elsewhere the system (crypto/x509).
func (f *facts) trustStore() string {
	return f.bySystem(
		"Windows's own certificate store, which verifies for the agent (`Import-Certificate -FilePath FILE -CertStoreLocation Cert:\\LocalMachine\\Root`)",
		"the System keychain, with which macOS verifies for the agent (`security add-trusted-cert -d -k /Library/Keychains/System.keychain FILE`)",
		"this system's trust store")
}

// installRoots says how to install the root certificates that every system has.
func (f *facts) installRoots() string {
	return f.bySystem(
		"let Windows update its root certificates (Windows Update, or a policy that distributes them; `certutil.exe -generateSSTFromWU roots.sst` downloads all of them from a machine with internet access)",
		"update macOS, which includes its root certificates",
		"install or update the CA certificates of the system (package ca-certificates)")
}

// setServiceEnvironment sets variables of the agent's service on Windows, in place of
// those that match an expression. Each is a word of its own, so that none of them ends
// in another.
func (f *facts) setServiceEnvironment(replaced string, assignments ...string) string {
	all := mapTo(assignments, func(a string) string { return quote.PowerShell(f.inCode(a, "ASSIGNMENT")) })
	return "`" + strings.Join(fix.SetWindowsEnvironment(replaced, all...), "; ") + "`"
}

// allowOut allows what leaves on the paths, or to nameservers if there are none, if
// Windows blocks what no rule allows. A rule that blocks overrides it.
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
		steps = append(steps, "if a profile blocks everything that no rule allows (`Get-NetFirewallProfile`: DefaultOutboundAction): `New-NetFirewallRule -DisplayName 'SSM Agent "+
			p+" "+n+"' -Direction Outbound -Action Allow -Protocol "+p+" -RemotePort "+n+"`")
	}
	return steps
}
