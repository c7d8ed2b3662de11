package service

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// WindowsName is the agent's name among Windows's services, and WindowsKey the key of
// that service.
const (
	WindowsName = "AmazonSSMAgent"
	WindowsKey  = `HKLM\SYSTEM\CurrentControlSet\Services\` + WindowsName
)

// Where else the agent's environment and its proxy may be set. The agent runs as
// LocalSystem, S-1-5-18.
const (
	systemKey   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	localKey    = `HKU\S-1-5-18\Environment`
	internetKey = `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
)

// windowsEnvironment finds the proxy of the agent's service as the agent does: in the
// service's own environment, the system's and LocalSystem's; only if these set none, in
// LocalSystem's Internet Explorer settings, otherwise in WinHTTP's.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_windows.go.
func windowsEnvironment(w winapi.System) (Environment, string, observation.Known) {
	e := newEnvironment()
	known := observation.Yes
	from := WindowsKey
	// What does not exist is not set; what cannot be read may be.
	check := func(err error, at string) {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			known, from = observation.No, at+": "+observation.Excerpt(err.Error())
		}
	}
	ofLocal, err := readEnvironmentKey(w, localKey)
	check(err, localKey)
	ofSystem, err := readEnvironmentKey(w, systemKey)
	check(err, systemKey)
	own, err := readServiceEnvironment(w)
	check(err, WindowsKey)
	for _, some := range []Environment{ofLocal, ofSystem, own} {
		for name, value := range some.Values {
			e.set(assignment{strings.ToUpper(name), value}, some.From[name]) // Windows ignores the case of names
		}
	}
	internet, internetErr := internetSettings(w)
	winHTTP := windowsProxy{from: observation.FromWinHTTP}
	var winHTTPErr error
	winHTTP.proxy, winHTTP.bypass, winHTTPErr = w.WinHTTPProxy()
	_, byHTTP := e.first(httpNames...)
	_, byHTTPS := e.first(httpsNames...)
	if byHTTP == "" && byHTTPS == "" { // otherwise these settings do not matter
		check(internetErr, internetKey)
		if internet.proxy == "" {
			check(winHTTPErr, observation.FromWinHTTP)
		}
	}
	applyWindowsProxy(e, internet, winHTTP)
	if known == observation.Yes {
		from = proxySource(e, from)
	}
	return e, from, known
}

// readServiceEnvironment reads the service's Environment value, a list of assignments.
func readServiceEnvironment(w winapi.System) (Environment, error) {
	e := newEnvironment()
	list, err := w.Strings(WindowsKey, "Environment")
	if err != nil {
		return e, err
	}
	for _, item := range list {
		if a, ok := parseAssignment(item); ok {
			e.set(a, WindowsKey+`\Environment`)
		}
	}
	return e, nil
}

// readEnvironmentKey reads the proxy variables and GODEBUG from a key that contains an
// environment, one value per variable.
func readEnvironmentKey(w winapi.System, key string) (Environment, error) {
	e := newEnvironment()
	var unread error
	for _, name := range []string{httpsNames[0], httpNames[0], noNames[0], "GODEBUG"} {
		value, err := w.String(key, name)
		switch {
		case err == nil:
			e.set(assignment{name, value}, key)
		case !errors.Is(err, fs.ErrNotExist):
			unread = err
		}
	}
	return e, unread
}

// internetSettings reads LocalSystem's Internet Explorer settings.
func internetSettings(w winapi.System) (windowsProxy, error) {
	if on, err := w.Integer(internetKey, "ProxyEnable"); err != nil || on == 0 {
		return windowsProxy{}, err
	}
	proxy, err := w.String(internetKey, "ProxyServer")
	if err != nil {
		return windowsProxy{}, err
	}
	bypass, err := w.String(internetKey, "ProxyOverride")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it need not exist
	}
	return windowsProxy{proxy: proxy, bypass: bypass, from: internetKey}, err
}
