package probe

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxyConfig says which proxy the agent's service would use. Where no agent
// is seen it is that of ssmcheck's own environment, and From says so.
func (p *Prober) proxyConfig(installed Known, pid string) ProxyConfig {
	c := ProxyConfig{shell: proxySettings(p.ownEnvironment())}
	switch installed {
	case Yes:
		var e environment
		e, c.From, c.Known = p.serviceEnvironment(pid)
		c.agent = proxySettings(e)
	case No:
		c.From, c.Known, c.agent = "ssmcheck's own environment, as no agent is installed", Yes, c.shell
	default:
		c.From, c.Known, c.agent = "ssmcheck's own environment, as no agent is seen", Yes, c.shell
	}
	c.HTTPS, c.HTTP, c.No = redactURL(c.agent.HTTPSProxy), redactURL(c.agent.HTTPProxy), excerptOf(c.agent.NoProxy, maxNoProxy)
	c.ShellHTTPS, c.ShellNo = redactURL(c.shell.HTTPSProxy), excerptOf(c.shell.NoProxy, maxNoProxy)
	c.Invalid = invalidProxy(c.agent.HTTPSProxy)
	if u := proxyFor(c.agent, &metadataURL); u != nil {
		c.Metadata = redactURL(u.String())
	}
	return c
}

// maxNoProxy bounds what is kept of no_proxy, in bytes.
const maxNoProxy = 4096

// metadataURL is what the agent asks for its identity on EC2.
var metadataURL = url.URL{Scheme: "http", Host: "169.254.169.254", Path: "/"}

// agentProxyFor gives the proxy that the agent would use for a host. nil: it
// goes there directly.
func (c ProxyConfig) agentProxyFor(host string, port uint16) *url.URL {
	return proxyFor(c.agent, httpsURL(host, port))
}

// agentIgnoresProxyFor reports whether the agent goes to a host directly for
// no other reason than that the proxy's address cannot be parsed.
func (c ProxyConfig) agentIgnoresProxyFor(host string, port uint16) bool {
	if c.agent.HTTPSProxy == "" || c.agentProxyFor(host, port) != nil {
		return false
	}
	parsed := c.agent
	parsed.HTTPSProxy = "http://proxy.invalid:3128"
	return proxyFor(parsed, httpsURL(host, port)) != nil
}

// shellProxyFor gives the proxy that ssmcheck's own environment names for a
// host. nil: none.
func (c ProxyConfig) shellProxyFor(host string, port uint16) *url.URL {
	return proxyFor(c.shell, httpsURL(host, port))
}

func httpsURL(host string, port uint16) *url.URL {
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, strconv.Itoa(int(port))), Path: "/"}
}

// proxyFor applies Go's rules, and so the agent's: an address that cannot be
// parsed counts as none.
func proxyFor(settings httpproxy.Config, to *url.URL) *url.URL {
	u, err := settings.ProxyFunc()(to)
	if err != nil {
		return nil // only a CGI program is refused one
	}
	return u
}

// The variables of a proxy, in the order in which Go's net/http looks for
// them.
var (
	httpsNames = []string{"HTTPS_PROXY", "https_proxy"}
	httpNames  = []string{"HTTP_PROXY", "http_proxy"}
	noNames    = []string{"NO_PROXY", "no_proxy"}
)

func proxySettings(e environment) httpproxy.Config {
	var c httpproxy.Config
	c.HTTPSProxy, _ = e.first(httpsNames...)
	c.HTTPProxy, _ = e.first(httpNames...)
	c.NoProxy, _ = e.first(noNames...)
	return c
}

// ownEnvironment is ssmcheck's own, as far as proxies are concerned.
func (p *Prober) ownEnvironment() environment {
	e := newEnvironment()
	for _, name := range slices.Concat(httpsNames, httpNames, noNames) {
		e.set(assignment{name, p.getenv(name)}, "ssmcheck's own environment")
	}
	return e
}

// invalidProxy says why an address of a proxy cannot be used. The error's own
// text is left out: it would repeat the address, and with it the password.
func invalidProxy(address string) *Failure {
	if address == "" {
		return nil
	}
	fail := func(problem string) *Failure {
		return &Failure{Op: OpProxy, Kind: KindSyntax, Text: strconv.Quote(redactURL(address)) + ": " + problem}
	}
	u := proxyFor(httpproxy.Config{HTTPSProxy: address}, httpsURL("aws.invalid", 443))
	if u == nil {
		return fail("the proxy's address cannot be parsed, so the agent goes without")
	}
	// Go tries what it cannot parse once more with http:// before it: then
	// the agent takes the scheme for the proxy's host.
	if _, err := url.Parse(address); err != nil && strings.Contains(address, "://") {
		return fail("the proxy's address cannot be parsed; special characters in a password are written as %40 and the like")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return fail("no proxy is spoken to in this scheme; http:// is the usual one")
	}
	if u.Hostname() == "" {
		return fail("it names no host")
	}
	if u.Port() != "" {
		if _, err := parsePort(u.Port()); err != nil {
			return fail(err.Error())
		}
	}
	return nil
}
