package service

import (
	"net/url"
	"strings"
)

// windowsProxy is a proxy as Internet Explorer and WinHTTP write it:
// "host:port", or "http=host:port;https=host:port".
type windowsProxy struct{ proxy, bypass, from string }

// applyWindowsProxy does what the agent does with the first of the settings
// that names a proxy, where the environment names none.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_windows.go, SetProxyConfig
// and ParseProxySettings.
func applyWindowsProxy(e Environment, all ...windowsProxy) {
	var used windowsProxy
	for _, w := range all {
		if w.proxy != "" {
			used = w
			break
		}
	}
	_, http := e.first(httpNames...)
	_, https := e.first(httpsNames...)
	_, no := e.first(noNames...)
	if http == "" && https == "" {
		http, https := used.split()
		if https != "" {
			e.set(assignment{httpsNames[0], https}, used.from)
		}
		if http != "" {
			e.set(assignment{httpNames[0], http}, used.from)
		}
	}
	if no != "" {
		return
	}
	var hosts []string
	for _, item := range used.list(used.bypass) {
		if u := windowsHost(item); u != nil {
			hosts = append(hosts, u.Host)
		}
	}
	if len(hosts) > 0 {
		e.set(assignment{noNames[0], strings.Join(hosts, ",")}, used.from)
	}
}

// split gives the proxies for both schemes. A proxy for no scheme counts for
// http:// alone, unless another is named for that: so does the agent, and then
// has none for https://.
func (w windowsProxy) split() (http, https string) {
	var other string
	for _, item := range w.list(w.proxy) {
		scheme, host, named := strings.Cut(item, "=")
		if !named {
			host = scheme
		}
		u := windowsHost(host)
		if u == nil {
			continue
		}
		switch {
		case !named:
			other = u.String()
		case scheme == "http":
			http = u.String()
		case scheme == "https":
			https = u.String()
		}
	}
	switch {
	case http == "":
		http = other
	case https == "":
		https = other
	}
	return http, https
}

// list splits at spaces and semicolons.
func (windowsProxy) list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' })
}

// windowsHost reads one host of such a list. nil: the agent passes it over.
func windowsHost(s string) *url.URL {
	if s == "<local>" || s == "<-loopback>" {
		return nil
	}
	switch {
	case strings.HasPrefix(s, "//"):
		s = "http:" + s
	case !strings.Contains(s, "://"):
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil
	}
	return u
}
