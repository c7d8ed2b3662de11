package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Where the proxy settings are, and how to change them.

// reloaded adds that the unit has to be reloaded.
func (f *facts) reloaded(w words) words {
	if f.o.Node.Agent.Installed == observation.Yes && f.linux() {
		w.fix[0] += ", and reload the unit (`systemctl daemon-reload`)"
	}
	return w
}

// showSettings is the command that prints the settings of the agent's service.
func (f *facts) showSettings() string {
	switch {
	case f.windows():
		return f.windowsPlace().show
	case f.macOS():
		return "scutil --proxy"
	case f.o.Node.Agent.Installed != observation.Yes:
		return f.shellProxy()
	}
	return "systemctl show " + f.agentUnit() + " -p Environment -p EnvironmentFiles"
}

// A windowsPlace is where Windows keeps the agent's proxy.
type windowsPlace struct {
	// show is the command that prints it; file names it as proxyFile does.
	show, file string
	// list: it is not a variable, but a list by scheme, as Internet Explorer has it.
	list bool
}

// windowsPlace is where the agent's proxy was found, or its service's environment by
// default. It recognizes what the probe reports by its ending.
func (f *facts) windowsPlace() windowsPlace {
	const asList = "as https=HOST:PORT;http=HOST:PORT, with the equivalent of no_proxy "
	switch from := f.o.Node.Proxy.From; {
	case from == observation.FromWinHTTP:
		return windowsPlace{"netsh.exe winhttp show proxy", observation.FromWinHTTP + " (`netsh.exe winhttp set proxy`: " + asList + "in the bypass list)", true}
	case strings.HasSuffix(from, `\Internet Settings`):
		return windowsPlace{`Get-ItemProperty 'Registry::HKEY_USERS\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings' -Name Proxy*`,
			`the value ProxyServer of HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings (` + asList + "in ProxyOverride)", true}
	case strings.Contains(from, `\Control\Session `):
		return windowsPlace{show: `Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment' -Name *_proxy`,
			file: `the system's environment variables (HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment)`}
	case strings.HasSuffix(from, `\S-1-5-18\Environment`):
		return windowsPlace{show: `Get-ItemProperty 'Registry::HKEY_USERS\S-1-5-18\Environment' -Name *_proxy`,
			file: `LocalSystem's environment variables (HKU\S-1-5-18\Environment)`}
	}
	return windowsPlace{show: `Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent -Name Environment`, file: "the value Environment of " + fix.WindowsService}
}

// setProxy says where and how to set the agent's proxy. What goes directly today, by the
// agent's settings or this shell's, still does.
func (f *facts) setProxy(proxy string, ts []*target) []string {
	setting, unknown := f.proxySetting(proxy)
	no, say := f.narrowedNoProxy(ts, f.o.Node.Proxy.No, f.o.Node.Proxy.ShellNo)
	assignments := []string{"https_proxy=" + setting, "http_proxy=" + setting, "no_proxy=" + no}
	if f.o.Node.Proxy.No != "" && f.linux() { // Go prefers the upper-case name
		assignments = append(assignments, "NO_PROXY="+no)
	}
	steps := f.setEnvironment(assignments, unknown)
	if f.windows() {
		steps[0] += ", and keep everything else in it: " + f.setServiceEnvironment(fix.WindowsProxy, assignments...)
	}
	return append(steps, say...)
}

// environmentFileWins goes with a drop-in with Environment= if the unit has, or may
// have, an EnvironmentFile=: whatever that sets overrides the drop-in, whatever the
// order.
func (f *facts) environmentFileWins() string {
	p := f.o.Node.Proxy
	if !f.linux() {
		return ""
	}
	others := filter(p.Unused, func(u observation.UnusedProxy) bool { return u.Kind != observation.UnusedOtherUnit })
	for _, from := range append([]string{p.From}, mapTo(others, func(u observation.UnusedProxy) string { return u.From })...) {
		if environmentFile(from) {
			return " (" + safe(from) + ", an EnvironmentFile= of the unit, overrides it: change the same variables there)"
		}
	}
	if p.From != "" && !strings.Contains(p.From, "/proc/") {
		return "" // the unit or a drop-in has the settings, so no file overrides them
	}
	return " (an EnvironmentFile= of the unit would override it: then change the same variables there)"
}

// environmentFile reports whether the source of a service's variable is an
// EnvironmentFile=, not a process, unit, drop-in or upstart job.
func environmentFile(from string) bool {
	return strings.HasPrefix(from, "/") && !strings.HasPrefix(from, "/proc/") && !strings.HasPrefix(from, "/etc/init/") &&
		!strings.Contains(from, "/systemd/")
}

// proxyFrom is where the proxy that was used comes from.
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

// proxyFile is where to change those settings. What a running process has in its
// environment comes from its unit.
func (f *facts) proxyFile() string {
	from := f.proxySettingsFrom()
	switch {
	case f.proxyChosen() == observation.ProxyGiven:
		return "--proxy"
	case f.windows():
		return f.windowsPlace().file
	case f.macOS():
		return macProxy
	case strings.Contains(from, "/proc/"):
		return "the agent's unit (a drop-in below /etc/systemd/system/" + f.agentUnit() + ".d)"
	case f.o.Node.Agent.Installed != observation.Yes:
		return "this shell's environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and later that of the agent's service"
	}
	return from
}
