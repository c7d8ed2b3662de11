package service

import (
	"net/url"
	"slices"
	"strings"
)

// windowsProxy is a proxy as Internet Explorer and WinHTTP write it:
// "host:port", or "http=host:port;https=host:port".
type windowsProxy struct{ proxy, bypass, from string }

// applyWindowsProxy applies the first of the settings with a proxy if the environment has
// none, as the agent does.
//
// Source: amazon-ssm-agent, agent/proxyconfig/proxy_windows.go, SetProxyConfig
// and ParseProxySettings.
func applyWindowsProxy(e Environment, all ...windowsProxy) {
	var used windowsProxy
	if i := slices.IndexFunc(all, func(w windowsProxy) bool { return w.proxy != "" }); i >= 0 {
		used = all[i]
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

// split returns the proxies for both schemes. As in the agent, a proxy without a scheme
// counts for http:// only, so that there is none for https://; it counts for https:// if
// another one is named for http://.
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

// windowsHost parses one host of the list. nil: the agent ignores it.
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
