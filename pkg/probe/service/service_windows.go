package service

import (
	"errors"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// WindowsName is the agent's name among Windows's services.
const WindowsName = "AmazonSSMAgent"

// systemServiceEnvironment reads the proxy of the agent's service as the agent
// finds it: its service's own environment, the system's, that of LocalSystem;
// and only where these name none, Internet Explorer's settings of LocalSystem,
// else WinHTTP's.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_windows.go.
func systemServiceEnvironment() (Environment, string, observation.Known) {
	const (
		service = `SYSTEM\CurrentControlSet\Services\` + WindowsName
		system  = `SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
		local   = `S-1-5-18\Environment`
	)
	e := newEnvironment()
	known := observation.Yes
	from := `HKLM\` + service
	// What is not there is not set; what is there and cannot be read may be.
	check := func(err error, at string) {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			known, from = observation.No, at+": "+err.Error()
		}
	}
	ofLocal, err := readEnvironmentKey(registry.USERS, local, `HKU\`+local)
	check(err, `HKU\`+local)
	ofSystem, err := readEnvironmentKey(registry.LOCAL_MACHINE, system, `HKLM\`+system)
	check(err, `HKLM\`+system)
	own, err := readServiceEnvironment(service)
	check(err, `HKLM\`+service)
	for _, some := range []Environment{ofLocal, ofSystem, own} {
		setAll(e, some)
	}
	internet, internetErr := internetSettings()
	winHTTP, winHTTPErr := winHTTPSettings()
	_, byHTTP := e.first(httpNames...)
	_, byHTTPS := e.first(httpsNames...)
	if byHTTP == "" && byHTTPS == "" { // else they do not decide
		check(internetErr, `HKU\`+internetPath)
		if internet.proxy == "" {
			check(winHTTPErr, winHTTPFrom)
		}
	}
	applyWindowsProxy(e, internet, winHTTP)
	if known == observation.Yes {
		from = proxySource(e, from)
	}
	return e, from, known
}

func setAll(e Environment, other Environment) {
	for name, value := range other.Values {
		// Windows does not tell the cases of names apart.
		e.set(assignment{strings.ToUpper(name), value}, other.From[name])
	}
}

// readServiceEnvironment reads the service's value Environment, a list of
// assignments.
func readServiceEnvironment(path string) (Environment, error) {
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

// readEnvironmentKey reads the proxy variables, and GODEBUG, of a key that holds
// an environment, a value each.
func readEnvironmentKey(root registry.Key, path, from string) (Environment, error) {
	e := newEnvironment()
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return e, err
	}
	defer func() { _ = key.Close() }()
	var unread error
	for _, name := range []string{httpsNames[0], httpNames[0], noNames[0], "GODEBUG"} {
		value, _, err := key.GetStringValue(name)
		switch {
		case err == nil:
			e.set(assignment{name, value}, from)
		case !errors.Is(err, fs.ErrNotExist):
			unread = err
		}
	}
	return e, unread
}

const (
	internetPath = `S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	winHTTPFrom  = "WinHTTP's settings"
)

// internetSettings reads LocalSystem's settings of Internet Explorer, as which
// the agent runs.
func internetSettings() (windowsProxy, error) {
	key, err := registry.OpenKey(registry.USERS, internetPath, registry.QUERY_VALUE)
	if err != nil {
		return windowsProxy{}, err
	}
	defer func() { _ = key.Close() }()
	if on, _, err := key.GetIntegerValue("ProxyEnable"); err != nil || on == 0 {
		return windowsProxy{}, err
	}
	proxy, _, err := key.GetStringValue("ProxyServer")
	if err != nil {
		return windowsProxy{}, err
	}
	bypass, _, err := key.GetStringValue("ProxyOverride")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it need not be there
	}
	return windowsProxy{proxy: proxy, bypass: bypass, from: `HKU\` + internetPath}, err
}

// winHTTPSettings asks for the machine's WinHTTP proxy. A system without
// WinHTTP has none.
func winHTTPSettings() (windowsProxy, error) {
	var info struct {
		accessType    uint32
		proxy, bypass *uint16
	}
	call := windows.NewLazySystemDLL("winhttp.dll").NewProc("WinHttpGetDefaultProxyConfiguration")
	if call.Find() != nil {
		return windowsProxy{}, nil
	}
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return windowsProxy{}, err
	}
	// The two strings are the caller's to free.
	free := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
	text := func(s *uint16) string {
		if s == nil {
			return ""
		}
		defer func() { _, _, _ = free.Call(uintptr(unsafe.Pointer(s))) }()
		return windows.UTF16PtrToString(s)
	}
	return windowsProxy{proxy: text(info.proxy), bypass: text(info.bypass), from: winHTTPFrom}, nil
}
