package probe

import (
	"errors"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// systemServiceEnvironment reads the proxy of the agent's service as the agent
// finds it: its service's own environment, the system's, that of LocalSystem;
// and only where these name none, Internet Explorer's settings of LocalSystem,
// else WinHTTP's.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_windows.go.
func systemServiceEnvironment() (environment, string, Known) {
	const (
		service = `SYSTEM\CurrentControlSet\Services\` + agentService
		system  = `SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
		local   = `S-1-5-18\Environment`
	)
	e := newEnvironment()
	known := Yes
	from := `HKLM\` + service
	setAll(e, readEnvironmentKey(registry.USERS, local, `HKU\`+local))
	setAll(e, readEnvironmentKey(registry.LOCAL_MACHINE, system, `HKLM\`+system))
	own, err := readServiceEnvironment(service)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		known, from = No, `HKLM\`+service+": "+err.Error()
	}
	setAll(e, own)
	applyWindowsProxy(e, internetSettings(), winHTTPSettings())
	if known == Yes {
		from = proxySource(e, from)
	}
	return e, from, known
}

func setAll(e environment, other environment) {
	for name, value := range other.values {
		// Windows does not tell the cases of names apart.
		e.set(assignment{strings.ToUpper(name), value}, other.from[name])
	}
}

// readServiceEnvironment reads the service's value Environment, a list of
// assignments.
func readServiceEnvironment(path string) (environment, error) {
	e := newEnvironment()
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return e, err
	}
	defer func() { _ = key.Close() }()
	list, _, err := key.GetStringsValue("Environment")
	if err != nil {
		return e, err
	}
	for _, item := range list {
		if a, ok := parseAssignment(item); ok {
			e.set(a, `HKLM\`+path+`\Environment`)
		}
	}
	return e, nil
}

// readEnvironmentKey reads the proxy variables of a key that holds an
// environment, a value each.
func readEnvironmentKey(root registry.Key, path, from string) environment {
	e := newEnvironment()
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return e
	}
	defer func() { _ = key.Close() }()
	for _, name := range []string{httpsNames[0], httpNames[0], noNames[0]} {
		if value, _, err := key.GetStringValue(name); err == nil {
			e.set(assignment{name, value}, from)
		}
	}
	return e
}

// internetSettings reads LocalSystem's settings of Internet Explorer, as which
// the agent runs.
func internetSettings() windowsProxy {
	const path = `S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	key, err := registry.OpenKey(registry.USERS, path, registry.QUERY_VALUE)
	if err != nil {
		return windowsProxy{}
	}
	defer func() { _ = key.Close() }()
	if on, _, err := key.GetIntegerValue("ProxyEnable"); err != nil || on == 0 {
		return windowsProxy{}
	}
	proxy, _, err := key.GetStringValue("ProxyServer")
	if err != nil {
		return windowsProxy{}
	}
	bypass, _, err := key.GetStringValue("ProxyOverride")
	if err != nil {
		bypass = "" // it need not be there
	}
	return windowsProxy{proxy: proxy, bypass: bypass, from: `HKU\` + path}
}

// winHTTPSettings asks for the machine's WinHTTP proxy.
func winHTTPSettings() windowsProxy {
	var info struct {
		accessType    uint32
		proxy, bypass *uint16
	}
	call := windows.NewLazySystemDLL("winhttp.dll").NewProc("WinHttpGetDefaultProxyConfiguration")
	if call.Find() != nil {
		return windowsProxy{}
	}
	if ok, _, _ := call.Call(uintptr(unsafe.Pointer(&info))); ok == 0 || info.proxy == nil {
		return windowsProxy{}
	}
	settings := windowsProxy{proxy: windows.UTF16PtrToString(info.proxy), from: "WinHTTP's settings"}
	if info.bypass != nil {
		settings.bypass = windows.UTF16PtrToString(info.bypass)
	}
	return settings
}
