package service

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// AgentEnvironment returns the environment of the agent's service, or ssmcheck's own if
// no agent is visible; from says which.
func (p Reader) AgentEnvironment(installed observation.Known, pid string) (e Environment, from string, known observation.Known) {
	switch installed {
	case observation.Yes:
		return p.serviceEnvironment(pid)
	case observation.No:
		return p.ownEnvironment(), "ssmcheck's own environment, as no agent is installed", observation.Yes
	}
	return p.ownEnvironment(), "ssmcheck's own environment, as no agent is seen", observation.Yes
}

// ProxyConfig determines which proxy the agent's service would use, by its environment.
func (p Reader) ProxyConfig(e Environment, from string, known observation.Known) ProxySettings {
	c := ProxySettings{ProxyConfig: observation.ProxyConfig{From: from, Known: known, Incomplete: e.incomplete}}
	c.Agent, c.shell = rulesOf(e), rulesOf(p.ownEnvironment())
	if c.Agent.tooLong {
		c.Incomplete = c.From + ": no_proxy has more than 32 KiB"
	}
	if c.Incomplete != "" {
		c.Known, c.Agent = observation.Unknown, proxyRules{}
	}
	c.HTTPS, c.HTTP, c.No = observation.RedactProxy(c.Agent.HTTPSProxy), observation.RedactProxy(c.Agent.HTTPProxy), observation.RedactNoProxy(c.Agent.NoProxy)
	c.ShellHTTPS, c.ShellNo = observation.RedactProxy(c.shell.HTTPSProxy), observation.RedactNoProxy(c.shell.NoProxy)
	c.Invalid, c.PAC = invalidProxy(c.Agent.HTTPSProxy), IsPAC(c.Agent.HTTPSProxy)
	if c.Known == observation.Yes {
		c.findUnused(e)
		c.Unused = facts(c.unused)
	}
	if u := c.Agent.proxyFor(&metadataURL); u != nil {
		c.Metadata = observation.RedactProxyURL(u)
	}
	return c
}

// A ProxySettings is a ProxyConfig with the settings that it was made from.
type ProxySettings struct {
	observation.ProxyConfig
	Proxies
}

// Proxies are the node's proxies with their passwords. They are never written anywhere.
type Proxies struct {
	// Agent and shell are the complete settings.
	Agent proxyRules `json:"-"`
	shell proxyRules
	// bypassed is the proxy that the agent has for some hosts: https_proxy, otherwise
	// http_proxy. everywhere are the rules that would use it for every host.
	bypassed   *UnusedProxy
	everywhere proxyRules
	// unused are those of ProxyConfig.Unused.
	unused []UnusedProxy
}

// metadataURL is where the agent gets its identity on EC2.
var metadataURL = url.URL{Scheme: "http", Host: "169.254.169.254", Path: "/"}

// AgentProxyFor returns the proxy that the agent would use for a host. nil: it
// connects directly.
func (c Proxies) AgentProxyFor(host string, port uint16) *url.URL {
	return c.Agent.proxyFor(httpsURL(host, port))
}

// AgentIgnoresProxyFor reports whether the agent connects to a host directly only
// because the proxy's address cannot be parsed.
func (c Proxies) AgentIgnoresProxyFor(host string, port uint16) bool {
	return c.Agent.HTTPSProxy != "" && c.AgentProxyFor(host, port) == nil && !c.covers(httpsURL(host, port))
}

// ShellProxyFor returns the proxy that ssmcheck's own environment sets for a host.
// nil: none.
func (c Proxies) ShellProxyFor(host string, port uint16) *url.URL {
	return c.shell.proxyFor(httpsURL(host, port))
}

func httpsURL(host string, port uint16) *url.URL {
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, strconv.Itoa(int(port))), Path: "/"}
}

// proxyRules are the proxy settings of one environment, and Go's rules prepared from
// them once for all targets.
type proxyRules struct {
	httpproxy.Config
	choose func(*url.URL) (*url.URL, error)
	// tooLong: no_proxy exceeds maxNoProxyApplied. Then there are no rules, as part
	// of them would give the wrong proxy.
	tooLong bool
}

// maxNoProxyApplied limits the no_proxy that is applied, in bytes: each entry takes a
// hundred bytes of memory. Linux allows no variable of more than 128 KiB.
const maxNoProxyApplied = 32 << 10

func NewProxyRules(c httpproxy.Config) proxyRules {
	if len(c.NoProxy) > maxNoProxyApplied {
		return proxyRules{tooLong: true}
	}
	return proxyRules{Config: c, choose: c.ProxyFunc()}
}

// proxyFor applies Go's rules, and so the agent's: an address that cannot be parsed
// counts as none. For any other it returns what may be dialled.
func (r proxyRules) proxyFor(to *url.URL) *url.URL {
	u := r.parsedFor(to)
	switch {
	case u == nil:
		return nil
	case to.Scheme == "http":
		return observation.DialableProxy(r.HTTPProxy, u)
	}
	return observation.DialableProxy(r.HTTPSProxy, u)
}

// parsedFor returns the proxy as Go's rules parse it, rightly or wrongly.
func (r proxyRules) parsedFor(to *url.URL) *url.URL {
	if r.choose == nil {
		return nil
	}
	u, _ := r.choose(to) // nil with an error, which only a CGI program gets
	return u
}

// ParseProxy parses a proxy's address as the agent does, for Config.ProxyURL. nil: it
// cannot be used.
func ParseProxy(raw string) *url.URL {
	u := NewProxyRules(httpproxy.Config{HTTPSProxy: raw}).proxyFor(httpsURL("aws.invalid", 443))
	if u == nil || u.Host == "" {
		return nil
	}
	return u
}

// The proxy variables, in the order in which Go's net/http looks for them.
var (
	httpsNames  = []string{"HTTPS_PROXY", "https_proxy"}
	httpNames   = []string{"HTTP_PROXY", "http_proxy"}
	noNames     = []string{"NO_PROXY", "no_proxy"}
	namesByKind = [][]string{httpsNames, httpNames, noNames}
	proxyNames  = slices.Concat(namesByKind...)
)

func rulesOf(e Environment) proxyRules {
	var c httpproxy.Config
	c.HTTPSProxy, _ = e.first(httpsNames...)
	c.HTTPProxy, _ = e.first(httpNames...)
	c.NoProxy, _ = e.first(noNames...)
	return NewProxyRules(c)
}

// ownEnvironment returns ssmcheck's own variables for proxies and the trust store.
func (p Reader) ownEnvironment() Environment {
	e := newEnvironment()
	for _, name := range slices.Concat(proxyNames, trustNames) {
		e.set(assignment{name, p.Env(name)}, "ssmcheck's own environment")
	}
	return e
}

// unparsable says what is wrong with an address that cannot be parsed, as the end of a
// sentence that quotes no part of it. Empty: there is no way to say it like that.
func unparsable(address string) string {
	_, err := url.Parse(address)
	if _, ok := errors.AsType[url.EscapeError](err); ok {
		return ": a % without two hexadecimal digits behind it (a % itself is written as %25)"
	}
	if _, ok := errors.AsType[url.InvalidHostError](err); ok {
		return ": its host has a character that no host has"
	}
	_, rest, _ := strings.Cut(address, "://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 && strings.ContainsAny(rest[:at], " \"#/<>?@[\\]^`{|}") {
		return ": its user or its password has a special character (they are written as %40 and the like)"
	}
	return ""
}

// IsPAC reports, by its scheme or the end of its path, whether an address is that of a
// proxy auto-configuration file, which browsers read and the agent does not.
func IsPAC(address string) bool {
	s := strings.ToLower(strings.Trim(address, " \t\r\n'\""))
	if strings.HasPrefix(s, "pac+") {
		return true
	}
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	i := strings.IndexByte(s, '/')
	return i >= 0 && (strings.HasSuffix(s, ".pac") || strings.HasSuffix(s, "/wpad.dat"))
}

// invalidProxy says why a proxy's address cannot be used. It omits the error's text,
// which would repeat the address, and with it the password.
func invalidProxy(address string) *observation.Failure {
	if address == "" {
		return nil
	}
	fail := func(problem string) *observation.Failure {
		return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: strconv.Quote(observation.RedactProxy(address)) + ": " + problem}
	}
	if IsPAC(address) {
		return fail("it is the address of a PAC file, a script that names proxies; the agent takes the host for the proxy itself")
	}
	u := NewProxyRules(httpproxy.Config{HTTPSProxy: address}).parsedFor(httpsURL("aws.invalid", 443))
	if u == nil {
		return fail("the proxy's address cannot be parsed" + unparsable(address) + ", so the agent goes without")
	}
	// Go retries an address that it cannot parse with http:// in front: the agent
	// then takes the scheme for the proxy's host.
	if _, err := url.Parse(address); err != nil && strings.Contains(address, "://") {
		return fail("the proxy's address cannot be parsed; special characters in a password are written as %40 and the like")
	}
	if u.Hostname() == "" && !strings.Contains(address, "@") {
		return fail("it names no host")
	}
	if observation.DialableProxy(address, u).Host == "" {
		return fail("it cannot be told where its host begins; special characters in a user or a password are written as %40 and the like")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return fail("no proxy is spoken to in this scheme; http:// is the usual one")
	}
	if u.Port() != "" {
		if _, err := ParsePort(u.Port()); err != nil {
			return fail(err.Error())
		}
	}
	return nil
}

var errPort = errors.New("its port is no number from 1 to 65535")

// ParsePort parses a port number.
func ParsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errPort
	}
	return uint16(n), nil
}
