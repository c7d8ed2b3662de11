package diagnose

import (
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

// digType is dig for another type than A. Resolve-DnsName queries A and AAAA by itself.
func (f *facts) digType(server netip.AddrPort, host, kind string) string {
	if kind != "AAAA" && kind != "NS" {
		kind = "A" // no other type is queried, whatever a saved report says
	}
	if f.windows() {
		return f.windowsDig(server, host, kind, "")
	}
	return f.dig(server, host) + " " + kind
}

// lookUp looks a host up as the system does, including the hosts file.
func (f *facts) lookUp(host string) string {
	host = f.hostArg(host)
	return f.bySystem("Resolve-DnsName "+host, "dscacheutil -q host -a name "+host, f.bounded(10)+"getent ahosts "+host)
}

// openssl does a handshake with an address, and names a host. Windows has no openssl,
// and openssl cannot ask for a proxy's password: then curl takes its place.
func (f *facts) openssl(w *path, more string) string {
	if !f.hasOpenssl(w) {
		return f.curlAnyway(w)
	}
	return f.bounded(10) + "openssl s_client -connect " + f.dialledArg(w) + " -servername " + f.hostArg(w.target.Host) + f.via(w) + more + " </dev/null"
}

// hasOpenssl reports whether openssl can test the path.
func (f *facts) hasOpenssl(w *path) bool {
	_, user := withoutUser(w.proxyURL())
	return !f.windows() && user == "" && f.has(observation.CommandOpenSSL)
}

// hasBrief reports whether openssl can test the path with -brief: macOS has LibreSSL,
// whose s_client lacks that option.
func (f *facts) hasBrief(w *path) bool { return !f.macOS() && f.hasOpenssl(w) }

// bounded ends a command that would otherwise wait forever, or retry for too long.
func (f *facts) bounded(seconds int) string {
	if f.o.Node.OS == "linux" {
		return "timeout " + strconv.Itoa(seconds) + " "
	}
	return ""
}

// curl sends a host at one address a request that changes nothing, and prints only the
// status. The URLs of this and the next functions are already words.
func (f *facts) curl(w *path) string {
	return f.curlTo(f.asTrusted(w.expect()), w, f.url(w))
}

// ownRoots reports whether the agent's service makes Go load other roots than the usual
// ones.
func (f *facts) ownRoots() bool {
	t := f.o.Node.Trust
	return f.linux() && (t.File != "" || t.Directories != "")
}

// asTrusted are options with which curl prints only the status, and shows what is
// expected even if the agent's service has roots of its own. curl takes one file, and
// from a directory only files named as OpenSSL names them: it can be made to trust less
// than the agent, but not as much. So it is made to reject what the agent rejects, and
// not to verify what the agent accepts.
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

// curlAnyway makes curl continue if the certificate does not verify, and so show who
// answers.
func (f *facts) curlAnyway(w *path) string { return f.curlTo("-skI", w, f.url(w)) }

// status adds the options with which curl prints only the status.
func (f *facts) status(options string) string {
	return options + " -o " + f.null() + ` -w 'HTTP %{http_code}\n'`
}

// null is the file that takes everything and keeps nothing.
func (f *facts) null() string { return f.bySystem("NUL", "/dev/null", "/dev/null") }

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

// curlThrough sends the request through a proxy. curl asks its user for the proxy's
// password, which is not known here.
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
		cmd += " --noproxy " + f.noHost() // curl would bypass the proxy for what the shell's no_proxy covers
	}
	return cmd + " " + to
}

// noHost is a list of no hosts, for curl. Windows PowerShell does not pass an empty word
// on, and no host has this name (RFC 6761).
func (f *facts) noHost() string { return f.bySystem("none.invalid", "''", "''") }

func (f *facts) curlCommand(options string) string {
	if f.windows() {
		// Schannel asks the issuer of a certificate whether it was revoked, and curl fails
		// if it cannot be reached. The agent does not ask.
		options += " --ssl-no-revoke"
	}
	return f.curlName() + " " + options + " --max-time 5"
}

// curlName is curl itself: in Windows PowerShell, the bare word is an alias for another
// command.
func (f *facts) curlName() string { return f.bySystem("curl.exe", "curl", "curl") }

// showKey shows the lines of a file with a word.
func (f *facts) showKey(path, word string) string {
	if f.windows() {
		return "Select-String " + word + " " + f.fileArg(path)
	}
	return "grep -n " + word + " " + f.fileArg(path)
}

// parseJSON parses a file as JSON, and says where that fails.
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
	const unix = "env | grep -i _proxy"
	return f.bySystem("Get-ChildItem Env:*_proxy", unix, unix)
}

// removeRoute says which routes keep the node from an address, and what shows them.
func (f *facts) removeRoute() string {
	return "remove a " + f.bySystem(
		"persistent route that covers the address and leads nowhere",
		"route that covers the address and rejects (flag R or B)",
		"route of type prohibit, unreachable or blackhole that covers the address") + " (" + f.showRoutes() + ")"
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

// hidden replaces, in a proxy's address, what no report contains.
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

// userOf is the user in a proxy's address, and whether there is a password.
func userOf(proxy string) (user string, password bool) {
	u, err := url.Parse(proxy)
	if err != nil || u.User == nil {
		return "", false
	}
	_, password = u.User.Password()
	return u.User.Username(), password
}

// proxyURL is the path's proxy, or "" for a direct path.
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
			path = p // to curl, the excluded characters are a pattern for several URLs
		}
	}
	return f.urlArg(w.target.Host, path)
}

// exempt says how to make the common nameservers let private addresses in a domain
// through.
func (f *facts) exempt(domains []string) string {
	all := mapTo(domains, f.host)
	unbound := mapTo(all, func(d string) string { return `private-domain: "` + d + `"` })
	return "in dnsmasq with rebind-domain-ok=/" + strings.Join(all, "/") + "/ (OpenWrt: `uci add_list " + quote.Shell("dhcp.@dnsmasq[0].rebind_domain="+all[0]) + "`); " +
		"in unbound (pfSense, OPNsense) with " + strings.Join(unbound, ", ") + " in the server section; " +
		"in BIND with deny-answer-addresses … except-from { \"" + strings.Join(all, `"; "`) + "\"; }"
}
