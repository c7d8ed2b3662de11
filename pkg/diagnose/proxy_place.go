package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Where the settings of the proxy are, and where they are changed.

// reloaded adds that the unit is to be reloaded.
func (f *facts) reloaded(w words) words {
	if f.o.Node.Agent.Installed == observation.Yes && f.linux() {
		w.fix[0] += ", and reload the unit (`systemctl daemon-reload`)"
	}
	return w
}

// showSettings prints what the agent's service has.
func (f *facts) showSettings() []string {
	if f.windows() {
		return []string{f.windowsPlace().show}
	}
	if f.macOS() {
		return []string{"scutil --proxy"}
	}
	if f.o.Node.Agent.Installed != observation.Yes {
		return []string{f.shellProxy()}
	}
	return []string{"systemctl show " + f.agentUnit() + " -p Environment -p EnvironmentFiles"}
}

// A windowsPlace is where Windows has the agent's proxy.
type windowsPlace struct {
	// show prints it, and file names it as proxyFile.
	show, file string
	// list: it is no variable, but a list by scheme as Internet Explorer has it.
	list bool
}

// windowsPlace is where the agent's proxy was found, its service's environment where
// nothing else says so. The ends are those of what the probe names.
func (f *facts) windowsPlace() windowsPlace {
	const asList = "as https=HOST:PORT;http=HOST:PORT, with what stands for no_proxy "
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

// setProxy says where the agent's proxy is written, and how. What goes directly
// today, by the agent's settings or this shell's, still does.
func (f *facts) setProxy(proxy string, ts []*target) []string {
	setting, unknown := f.proxySetting(proxy)
	no, say := f.narrowedNoProxy(ts, f.o.Node.Proxy.No, f.o.Node.Proxy.ShellNo)
	assignments := []string{"https_proxy=" + setting, "http_proxy=" + setting, "no_proxy=" + no}
	if f.o.Node.Proxy.No != "" && f.linux() { // Go takes the name in capitals first
		assignments = append(assignments, "NO_PROXY="+no)
	}
	var steps []string
	percent := "with special characters as %40 and the like"
	switch {
	case f.windows():
		steps = []string{"set in the value Environment (REG_MULTI_SZ) of " + fix.WindowsService + " " + joinAnd(assignments) + ", and leave what else it has: " + f.setServiceEnvironment(fix.WindowsProxy, assignments...)}
	case f.macOS():
		steps = []string{"set in " + macProxy + ": " + macAssignments(assignments)}
	default:
		steps = []string{f.dropIn(fix.ProxyDropIn, assignments...) + f.environmentFileWins()}
		percent = "with special characters as %%40 and the like: systemd wants each percent sign twice"
	}
	if len(unknown) > 0 {
		steps = append(steps, "put the proxy's own "+joinAnd(unknown)+" there, in both places, "+percent)
	}
	if f.linux() {
		steps = append(steps, "then `systemctl daemon-reload`")
	}
	return append(steps, say...)
}

// environmentFileWins is said of a drop-in with Environment= if the unit has an
// EnvironmentFile=, or may have one: systemd puts what that sets over it, whatever
// the order.
func (f *facts) environmentFileWins() string {
	p := f.o.Node.Proxy
	if !f.linux() {
		return ""
	}
	for _, from := range append([]string{p.From}, sources(p.Unused)...) {
		if environmentFile(from) {
			return " (" + safe(from) + ", an EnvironmentFile= of the unit, wins over it: change the same variables there)"
		}
	}
	if p.From != "" && !strings.Contains(p.From, "/proc/") {
		return "" // the unit and its drop-ins have the settings: a file would have won
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
		return f.windowsPlace().file
	case f.macOS():
		return macProxy
	case strings.Contains(from, "/proc/"):
		return "the agent's unit (a drop-in below /etc/systemd/system/" + f.agentUnit() + ".d)"
	case f.o.Node.Agent.Installed != observation.Yes:
		return "this shell's environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and later in that of the agent's service"
	}
	return from
}
