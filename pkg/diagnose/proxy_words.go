package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// proxyFrom is who names the proxy that was gone through.
func (f *facts) proxyFrom() string {
	if f.proxyChosen() == observation.ProxyGiven {
		return "--proxy"
	}
	return f.proxySettingsFrom()
}

// proxySettingsFrom is where the settings of the agent's service were found.
func (f *facts) proxySettingsFrom() string {
	if from := f.o.Node.Proxy.From; from != "" {
		return from
	}
	return "the proxy settings of the agent's service"
}

// proxyFile is where those settings are changed. What a running process has in
// its environment stands in its unit.
func (f *facts) proxyFile() string {
	from := f.proxySettingsFrom()
	switch {
	case f.proxyChosen() == observation.ProxyGiven:
		return "--proxy"
	case f.windows():
		return `the value Environment of HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent`
	case strings.Contains(from, "/proc/"):
		return "the agent's unit (a drop-in below /etc/systemd/system/" + f.agentUnit() + ".d)"
	case f.o.Node.Agent.Installed != observation.Yes:
		return "this shell's environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and later in that of the agent's service"
	}
	return from
}

func tellProxyInvalid(f *facts, ms []match) words {
	form := "http://HOST:PORT"
	if strings.Contains(f.o.Node.Proxy.HTTPS, "@") {
		form = "http://USER:PASSWORD@HOST:PORT (special characters as %40 and the like)"
	}
	w := words{
		title: "the agent's proxy address cannot be used",
		fix:   []string{"write the proxy as " + form + " in " + f.proxyFile()},
	}
	w = f.reloaded(w)
	switch {
	case f.o.Node.Proxy.Invalid == nil || f.proxyChosen() != observation.ProxyAuto:
		return f.tellHTTPSProxy(ms)
	case f.o.Node.Proxy.PAC:
		w.title = "the agent's proxy is the address of a PAC file, which the agent cannot read"
		w.fix[0] = "look in the PAC file for the proxy that it returns for " + everyHost(targetsOf(ms)) + ", and " + w.fix[0]
	}
	w.confirm = f.showSettings()
	return w
}

// tellHTTPSProxy tells of an address that begins with https:// and must not.
func (f *facts) tellHTTPSProxy(ms []match) words {
	ts := targetsOf(ms)
	address, _ := f.proxySetting("http://" + strings.TrimPrefix(ts[0].proxyURL(), "https://"))
	w := words{confirm: f.showSettings()}
	if slices.ContainsFunc(f.ways(func(w *way) bool { return w.proxy != nil }), (*way).plainProxy) {
		w.title = "the proxy " + ts[0].proxyURL() + " speaks plain HTTP, and its address begins with https://"
		w.confirm = append(w.confirm, f.curlThrough("-sv", ts[0].proxyURL(), f.urlArg(ts[0].Host, "/")))
		w.fix = []string{"write the proxy as " + address + " in " + f.proxyFile()}
		return f.reloaded(w)
	}
	for _, t := range ts {
		if t.WebSocket {
			w.title = "the agent cannot open the WebSocket of " + subject([]*target{t}) + " through the https:// proxy " + t.proxyURL()
			break
		}
	}
	w.fix = []string{
		"write the proxy as " + address + " in " + f.proxyFile() + ", where it also takes connections without TLS (maybe at another port)",
	}
	return f.reloaded(w)
}

// reloaded adds that the unit is to be reloaded.
func (f *facts) reloaded(w words) words {
	if f.o.Node.Agent.Installed == observation.Yes && !f.windows() {
		w.fix[0] += ", and reload the unit (`systemctl daemon-reload`)"
	}
	return w
}

// showSettings prints what the agent's service has.
func (f *facts) showSettings() []string {
	if f.windows() {
		return []string{`Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent -Name Environment`}
	}
	if f.o.Node.Agent.Installed != observation.Yes {
		return []string{f.shellProxy()}
	}
	return []string{"systemctl show " + f.agentUnit() + " -p Environment -p EnvironmentFiles"}
}

func tellAgentDiffers(f *facts, ms []match) words {
	ts := targetsOf(ms)
	through := waysOf(ms)[0]
	proxy := through.proxy.URL
	if first := through.target; first.seen.UnusedProxy != nil && through.asked == first.seen.UnusedProxy {
		return f.tellUnused([]*target{first}, through)
	}
	w := words{
		title:   "this shell reaches AWS through a proxy that the agent's service does not have",
		confirm: append(f.showSettings(), f.shellProxy()),
	}
	if len(ts) > 0 {
		w.confirm = append(w.confirm, f.curlThrough("-sv", proxy, f.urlArg(ts[0].Host, "/")))
	}
	w.fix = f.setProxy(proxy, ts)
	return w
}

// ProxyDropIn is the file, beside the agent's unit, that its proxy is best
// written into: one that nobody else has, so that no other setting is lost, and
// the last by the alphabet, so that it wins.
const ProxyDropIn = "zz-ssmcheck-proxy.conf"

// setProxy says where the agent's proxy is written, and how. What goes directly
// today, by the agent's settings or this shell's, still does.
func (f *facts) setProxy(proxy string, ts []*target) []string {
	setting, unknown := f.proxySetting(proxy)
	no, say := f.narrowedNoProxy(ts, f.o.Node.Proxy.No, f.o.Node.Proxy.ShellNo)
	assignments := []string{"https_proxy=" + setting, "http_proxy=" + setting, "no_proxy=" + no}
	if f.o.Node.Proxy.No != "" && !f.windows() { // Go takes the name in capitals first
		assignments = append(assignments, "NO_PROXY="+no)
	}
	const service = `HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent`
	fix := []string{"set the value Environment (REG_MULTI_SZ) of " + service + " to " + list(assignments)}
	percent := "with special characters as %40 and the like"
	if !f.windows() {
		fix = []string{f.dropIn(ProxyDropIn, assignments...) + f.environmentFileWins()}
		percent = "with special characters as %%40 and the like: systemd wants each percent sign twice"
	}
	if len(unknown) > 0 {
		fix = append(fix, "put the proxy's own "+list(unknown)+" there, in both places, "+percent)
	}
	if !f.windows() {
		fix = append(fix, "then `systemctl daemon-reload`")
	}
	return append(fix, say...)
}

// environmentFileWins is said of a drop-in with Environment=: systemd puts what an
// EnvironmentFile= sets over it, whatever the order.
func (f *facts) environmentFileWins() string {
	p := f.o.Node.Proxy
	for _, from := range append([]string{p.From}, sources(p.Unused)...) {
		if environmentFile(from) {
			return " (" + safe(from) + ", an EnvironmentFile= of the unit, wins over it: change the same variables there)"
		}
	}
	return " (an EnvironmentFile= of the unit wins over it: change the same variables there then)"
}

func sources(unused []observation.UnusedProxy) []string {
	var from []string
	for _, u := range unused {
		if u.Kind != observation.UnusedOtherUnit {
			from = append(from, u.From)
		}
	}
	return from
}

// environmentFile reports whether the source of a service's variable is an
// EnvironmentFile=, and no process, unit, drop-in or job of upstart.
func environmentFile(from string) bool {
	return strings.HasPrefix(from, "/") && !strings.HasPrefix(from, "/proc/") && !strings.HasPrefix(from, "/etc/init/") &&
		!strings.Contains(from, "/systemd/")
}

func tellShadows(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), waysOf(ms)
	w := words{
		title:   subject(ts) + plural(len(ts), " answers", " answer") + " directly, and the agent goes through the proxy " + ts[0].proxyURL(),
		confirm: []string{f.curl(ws[0]), f.curlThrough("-sv", ts[0].proxyURL(), f.url(ws[0]))},
	}
	var hosts []string
	for _, t := range ts {
		if !slices.Contains(hosts, t.Host) {
			hosts = append(hosts, t.Host)
		}
	}
	w.fix = []string{"add " + list(hosts) + " to no_proxy in " + f.proxyFile()}
	return w
}

func tellProxyUnreachable(f *facts, ms []match) words {
	ws := waysOf(ms)
	p := ws[0].proxy
	w := words{title: "the proxy " + p.URL + " does not answer"}
	if p.Lookup != nil && p.Lookup.Failure != nil {
		w.title = "the name of the proxy " + p.URL + " does not resolve"
		w.confirm = []string{f.lookUp(p.Lookup.Host)}
		w.fix = []string{"correct the proxy's name in " + f.proxyFile() + ", or give the nameserver a record for " + p.Lookup.Host}
		return w
	}
	if !slices.ContainsFunc(ws, func(w *way) bool { return w.proxy.Tunnel == nil }) {
		return f.tellProxyMute(ws)
	}
	if p.Address.IsValid() {
		w.confirm = []string{f.nc(p.Address)}
	}
	first := "see that the proxy runs, and allow TCP from " + f.source(ws) + " to " + p.Address.String()
	if f.ownAddress(p.Address.Addr(), ws[0].source()) {
		first = "start what should answer at " + p.Address.String() +
			", an address of this node: a local proxy, or a container that publishes this port"
	}
	w.fix = []string{
		first,
		"or correct the proxy's address in " + f.proxyFile(),
	}
	return w
}

func tellIMDSNotBypassed(f *facts, ms []match) words {
	return words{
		title:   "the agent asks the proxy for instance metadata",
		confirm: f.showSettings(),
		fix:     []string{"add 169.254.169.254 to no_proxy in " + f.proxyFile()},
	}
}
