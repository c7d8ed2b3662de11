package diagnose

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// dig asks one nameserver for a host. asked adds what bounds it.
func (f *facts) dig(server netip.AddrPort, host string) string {
	if f.windows() {
		return f.windowsDig(server, host, "", "")
	}
	port := ""
	if server.Port() != 53 {
		port = " -p " + f.portArg(server)
	}
	return "dig @" + f.addressArg(server.Addr()) + port + " " + f.hostArg(host)
}

// digType is dig for another type than A. Resolve-DnsName asks for A and AAAA
// by itself.
func (f *facts) digType(server netip.AddrPort, host, kind string) string {
	if kind != "AAAA" && kind != "NS" {
		kind = "A" // no other is asked for, whatever a saved report says
	}
	if f.windows() {
		return f.windowsDig(server, host, kind, "")
	}
	return f.dig(server, host) + " " + kind
}

// lookUp asks the system's own way, with the hosts file.
func (f *facts) lookUp(host string) string {
	if f.windows() {
		return "Resolve-DnsName " + f.hostArg(host)
	}
	if f.macOS() {
		return "dscacheutil -q host -a name " + f.hostArg(host)
	}
	return f.bounded() + "getent ahosts " + f.hostArg(host)
}

// openssl shakes hands with an address and names a host. Windows has none, and
// it asks no proxy for a password: curl takes its place there.
func (f *facts) openssl(w *path, more string) string {
	if !f.hasOpenssl(w) {
		return f.curlAnyway(w)
	}
	return f.bounded() + "openssl s_client -connect " + f.dialledArg(w) + " -servername " + f.hostArg(w.target.Host) + f.via(w) + more + " </dev/null"
}

// hasOpenssl reports whether openssl can show the way.
func (f *facts) hasOpenssl(w *path) bool {
	_, user := withoutUser(w.proxyURL())
	return !f.windows() && user == "" && f.has(observation.CommandOpenSSL)
}

// hasBrief reports whether openssl can show the way in brief: that of macOS is
// LibreSSL's, whose s_client has no such option.
func (f *facts) hasBrief(w *path) bool { return !f.macOS() && f.hasOpenssl(w) }

// bounded ends a command that would wait for ever.
func (f *facts) bounded() string {
	if f.o.Node.OS == "linux" {
		return "timeout 10 "
	}
	return ""
}

// boundedLong is for the AWS CLI, which repeats what fails.
func (f *facts) boundedLong() string {
	if f.bounded() == "" {
		return ""
	}
	return "timeout 20 "
}

// curl asks a host at one address, with a request that changes nothing, and
// prints the status alone. The URLs of this and of the next ones are words already.
func (f *facts) curl(w *path) string {
	return f.curlTo(f.asTrusted(w.expect()), w, f.url(w))
}

// ownRoots reports whether the agent's service has Go load other roots than the usual.
func (f *facts) ownRoots() bool {
	t := f.o.Node.Trust
	return f.linux() && (t.File != "" || t.Directories != "")
}

// asTrusted are the options of curl, which prints the status alone, with which it
// shows what is expected although the agent's service has roots of its own. curl
// takes one file, and of a directory only what has a name of OpenSSL's: it can be made
// to trust less than the agent, and not as much. So it is let refuse what the agent
// refuses, and is not asked to verify what the agent accepts.
func (f *facts) asTrusted(expect string) string {
	file := f.o.Node.Trust.File
	switch {
	case !f.ownRoots(), expect == untrusted && len(file) > maxQuoted:
		return f.status("-sS")
	case expect != untrusted:
		return f.status("-sSk")
	case file == "":
		return f.status("-sS") + " --capath /dev/null"
	}
	return f.status("-sS") + " --cacert " + f.fileArg(file) + " --capath /dev/null"
}

// curlAnyway is curl that goes on where the certificate does not verify, and so
// shows who answers.
func (f *facts) curlAnyway(w *path) string { return f.curlTo("-skI", w, f.url(w)) }

// status are options with which curl prints the status alone.
func (f *facts) status(options string) string {
	null := "/dev/null"
	if f.windows() {
		null = "NUL"
	}
	return options + " -o " + null + ` -w 'HTTP %{http_code}\n'`
}

func (f *facts) curlTo(options string, w *path, to string) string {
	if w.proxy != nil {
		return f.curlThrough(options, w.proxy.URL, to)
	}
	direct := ""
	if f.o.Node.Proxy.ShellHTTPS != "" {
		direct = " --noproxy '*'" // curl would take the shell's proxy
	}
	return f.curlCommand(options) + direct + f.pin(w) + " " + to
}

// curlThrough asks through a proxy. For its password, which is not known here,
// curl asks who runs it.
func (f *facts) curlThrough(options, proxy, to string) string {
	address, user := f.proxy(proxy)
	if rest, ok := strings.CutPrefix(address, "socks5://"); ok {
		address = "socks5h://" + rest // the proxy resolves the name, as for the agent
	}
	cmd := f.curlCommand(options) + " -x " + f.arg(address, "PROXY")
	switch user {
	case "":
	case hidden:
		cmd += " -U USER"
	default:
		cmd += " -U " + f.arg(user, "USER")
	}
	if f.o.Node.Proxy.ShellNo != "" {
		cmd += " --noproxy " + f.noHost() // what the shell's no_proxy names would go around it
	}
	return cmd + " " + to
}

// noHost is a list of no hosts, for curl. Windows PowerShell passes no empty word on;
// no host has the name (RFC 6761).
func (f *facts) noHost() string {
	if f.windows() {
		return "none.invalid"
	}
	return "''"
}

func (f *facts) curlCommand(options string) string {
	if f.windows() {
		// Schannel asks who issued a certificate whether it was revoked, and curl gives up
		// where nobody can be asked; the agent does not ask.
		options += " --ssl-no-revoke"
	}
	return f.curlName() + " " + options + " --max-time 5"
}

// curlName is curl itself: in Windows PowerShell the bare word is an alias of
// another command.
func (f *facts) curlName() string {
	if f.windows() {
		return "curl.exe"
	}
	return "curl"
}

// showKey shows the lines of a file with a word.
func (f *facts) showKey(path, word string) string {
	if f.windows() {
		return "Select-String " + word + " " + f.fileArg(path)
	}
	return "grep -n " + word + " " + f.fileArg(path)
}

// parseJSON reads a file as JSON, and says where that fails.
func (f *facts) parseJSON(path string) string {
	if f.windows() {
		return "Get-Content -Raw " + f.fileArg(path) + " | ConvertFrom-Json"
	}
	if !f.has(observation.CommandPython) {
		return "jq empty " + f.fileArg(path)
	}
	return "python3 -m json.tool " + f.fileArg(path)
}

// compareClock shows the node's time and the Date of a host's answer.
func (f *facts) compareClock(host string) string {
	ask := f.curlCommand("-skI") + " " + f.urlArg(host, "/")
	if f.windows() {
		return "Get-Date -Format o; " + ask + " | Select-String '^date'"
	}
	return "date -u; " + ask + " | grep -i '^date'"
}

// shellProxy shows the proxy variables of the shell.
func (f *facts) shellProxy() string {
	if f.windows() {
		return "Get-ChildItem Env:*_proxy"
	}
	return "env | grep -i _proxy"
}

// removeRoute says which routes keep the node from an address, and how they
// are seen.
func (f *facts) removeRoute() string {
	if f.windows() {
		return "remove a persistent route that covers the address and leads nowhere (`route print`)"
	}
	if f.macOS() {
		return "remove a route that covers the address and rejects (flags R or B in " + f.showRoutes() + ")"
	}
	return "remove a route of the kind prohibit, unreachable or blackhole that covers the address (" + f.showRoutes() + ")"
}

// routeTo shows the route to an address.
func (f *facts) routeTo(a netip.Addr) string {
	switch {
	case f.windows():
		return "Find-NetRoute -RemoteIPAddress " + f.addressArg(a)
	case f.macOS() && a.Is6():
		return "route -n get -inet6 " + f.addressArg(a)
	case f.macOS():
		return "route -n get " + f.addressArg(a)
	case a.Is6():
		return "ip -6 route get " + f.addressArg(a)
	}
	return "ip route get " + f.addressArg(a)
}

// hidden stands in a proxy's address for what no report has.
const hidden = "***"

// withoutUser splits the user off a proxy's address. "" is none; "user:" has no
// password.
func withoutUser(proxy string) (address, user string) {
	u, err := url.Parse(proxy)
	if err != nil || u.User == nil {
		return proxy, ""
	}
	user, password := userOf(proxy)
	if !password && user != hidden {
		user += ":"
	}
	u.User = nil
	return u.String(), user
}

// userOf is the user in a proxy's address, and whether a password is there too.
func userOf(proxy string) (user string, password bool) {
	u, err := url.Parse(proxy)
	if err != nil || u.User == nil {
		return "", false
	}
	_, password = u.User.Password()
	return u.User.Username(), password
}

// escapedUser is a user as it stands in a proxy's address.
func escapedUser(user string) string { return url.User(user).String() }

// proxyURL is the path's proxy, "" for a direct one.
func (w *path) proxyURL() string {
	if w.proxy == nil {
		return ""
	}
	return w.proxy.URL
}

// dialledArg is the host or address and the port that a command connects to.
func (f *facts) dialledArg(w *path) string {
	if w.proxy != nil {
		return f.arg(f.host(w.target.Host)+":"+strconv.Itoa(int(w.target.Port)), "HOST:PORT")
	}
	return f.addressPortArg(netip.AddrPortFrom(w.addr, w.target.Port))
}

// via is openssl's option for a proxy.
func (f *facts) via(w *path) string {
	if w.proxy == nil {
		return ""
	}
	return " -proxy " + f.addressPortArg(w.proxy.Address)
}

// pin is curl's option for the path's address.
func (f *facts) pin(w *path) string {
	if !w.addr.IsValid() {
		return ""
	}
	addr := f.address(w.addr)
	if w.addr.Is6() {
		addr = "[" + addr + "]"
	}
	return " --resolve " + f.arg(f.host(w.target.Host)+":"+strconv.Itoa(int(w.target.Port))+":"+addr, "HOST:PORT:ADDRESS")
}

// url is what the probe asked for, as a word.
func (f *facts) url(w *path) string {
	path := "/"
	if w.stages.Reply != nil {
		if _, p, ok := strings.Cut(w.stages.Reply.Request, " "); ok && strings.HasPrefix(p, "/") && quote.Printable(p) && !strings.ContainsAny(p, "{}[]\\\" ") {
			path = p // in the signs left out curl sees a pattern, of many URLs
		}
	}
	return f.urlArg(w.target.Host, path)
}

// exempt says how the common nameservers are told to let private addresses
// under a domain pass.
func (f *facts) exempt(domains []string) string {
	all := make([]string, len(domains))
	unbound := make([]string, len(domains))
	for i, d := range domains {
		all[i] = f.host(d)
		unbound[i] = fmt.Sprintf(`private-domain: "%s"`, all[i])
	}
	return "in dnsmasq with rebind-domain-ok=/" + strings.Join(all, "/") + "/ (OpenWrt: `uci add_list " + quote.Shell("dhcp.@dnsmasq[0].rebind_domain="+all[0]) + "`); " +
		"in unbound (pfSense, OPNsense) with " + strings.Join(unbound, ", ") + " in the server section; " +
		"in BIND with deny-answer-addresses … except-from { \"" + strings.Join(all, `"; "`) + "\"; }"
}
