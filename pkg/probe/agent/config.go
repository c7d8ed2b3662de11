package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// agentConfigFile is the relevant part of amazon-ssm-agent.json. Keys are matched
// case-insensitively, as the agent does.
type agentConfigFile struct {
	Ssm, Mds, S3, Kms struct{ Endpoint string }
	Mgs               struct{ Region, Endpoint string }
	CloudWatchLogs    struct{ Region, Endpoint string }
	Agent             struct {
		Region, ServiceDomain string
		UseDualStackEndpoint  bool
	}
}

// AgentConfig reads the agent's configuration as the agent does: it ignores a
// file that it cannot parse, and an endpoint that it cannot use.
//
// Source: amazon-ssm-agent commit 1c217c89, agent/appconfig/appconfig.go; the
// rule for each key is noted below. UseDualStackEndpoint: release notes of
// 3.3.3270.0.
func (p Reader) AgentConfig() observation.AgentConfig {
	name := p.AgentPaths().Config
	config := observation.AgentConfig{Path: p.Shown(name)}
	b, failure := p.ReadFile(name)
	if failure != nil {
		config.Failure = failure
		return config
	}
	var file agentConfigFile
	if err := json.Unmarshal(b, &file); err != nil {
		config.Failure = files.SyntaxFailure(config.Path, b, err)
		return config
	}
	config.SigningRegion = observation.ShownSetting(file.Agent.Region)
	config.DualStack = file.Agent.UseDualStackEndpoint
	setEndpoint(&config, "ssm", "Ssm.Endpoint", file.Ssm.Endpoint, sdkEndpoint)
	setEndpoint(&config, "ssmmessages", "Mgs.Endpoint", file.Mgs.Endpoint, messagesEndpoint)
	setEndpoint(&config, "ec2messages", "Mds.Endpoint", file.Mds.Endpoint, sdkEndpoint)
	setEndpoint(&config, "kms", "Kms.Endpoint", file.Kms.Endpoint, sdkEndpoint)
	// agent/agentlogstocloudwatch/cloudwatchlogspublisher/cloudwatchlogsservice.go,
	// since 3.3.2958.0.
	setEndpoint(&config, "logs", "CloudWatchLogs.Endpoint", file.CloudWatchLogs.Endpoint, sdkEndpoint)
	config.LogsRegion = observation.ShownSetting(file.CloudWatchLogs.Region)
	setDomain(&config, file.Agent.ServiceDomain)
	setMessagesRegion(&config, file.Mgs.Region)
	setBucketEndpoint(&config, file.S3.Endpoint)
	return config
}

func noteConfig(c *observation.AgentConfig, format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// setEndpoint applies one endpoint. If the agent ignores it and uses its default,
// that is noted; if the agent uses it and ssmcheck cannot test it, it is recorded
// as unusable.
func setEndpoint(c *observation.AgentConfig, target, key, value string, parse func(string) (string, error)) {
	if value == "" {
		return
	}
	host, err := parse(value)
	switch {
	case err == nil:
		if c.Endpoints == nil {
			c.Endpoints = map[string]string{}
		}
		c.Endpoints[target] = host
	case errors.Is(err, errDefault):
		noteConfig(c, "%s %s: %v", key, shownEndpoint(value), err)
	default:
		if c.Unusable == nil {
			c.Unusable = map[string]string{}
		}
		if errors.Is(err, errNoEndpoint) {
			c.Hostless = map[string]string{target: redactEndpoint(value)}
		}
		c.Unusable[target] = fmt.Sprintf("the agent's configuration names %s as %s: %v", shownEndpoint(value), key, err)
	}
}

// serviceDomain matches a DNS suffix.
var serviceDomain = pattern(`^[A-Za-z0-9.-]+$`)

// setDomain applies Agent.ServiceDomain, which the agent appends unchanged to
// "SERVICE.REGION." (common/identity/endpoint/endpoint.go:111).
func setDomain(c *observation.AgentConfig, domain string) {
	if domain == "" {
		return
	}
	host, err := endpoint.ParseHost(domain)
	if err != nil || !serviceDomain().MatchString(domain) {
		noteConfig(c, "Agent.ServiceDomain %s is no DNS name; AWS's own names are the ones tested", shownEndpoint(domain))
		return
	}
	c.ServiceDomain = host
}

// setMessagesRegion applies Mgs.Region, the Region of the ssmmessages host
// (agent/session/config/config.go).
func setMessagesRegion(c *observation.AgentConfig, region string) {
	if region == "" {
		return
	}
	if _, err := endpoint.LookupRegion(region); err != nil {
		if shown := observation.HidePath(region); shown != region { // the error quotes it in full
			_, err = endpoint.LookupRegion(shown)
		}
		noteConfig(c, "Mgs.Region: %v; this node's Region is the one tested", err)
		return
	}
	c.MessagesRegion = region
}

// setBucketEndpoint applies S3.Endpoint, to which the agent's SDK uploads the
// output of commands and sessions, and from which it downloads what documents
// name (agent/s3util/riputil.go). The agent's own updates still come from AWS's
// host (agent/updateutil).
func setBucketEndpoint(c *observation.AgentConfig, value string) {
	if value == "" {
		return
	}
	host, err := sdkEndpoint(value)
	if err != nil {
		c.BucketUnusable = "the agent's configuration names " + shownEndpoint(value) + " as S3.Endpoint: " + err.Error()
		noteConfig(c, "S3.Endpoint %s is for buckets of one's own, and cannot be tested: %v", shownEndpoint(value), err)
		return
	}
	c.BucketEndpoint = host
	noteConfig(c, "S3.Endpoint %s is for buckets of one's own, which --bucket tests there; the agent fetches its updates from AWS's own host, and that is the one tested for them", shownEndpoint(value))
}

// ConfiguredHosts returns the host names that the configuration sets for targets.
func ConfiguredHosts(c observation.AgentConfig) []string {
	var all []string
	for _, e := range c.Endpoints {
		host, _ := SplitEndpoint(e)
		all = append(all, host)
	}
	if host, _ := SplitEndpoint(c.BucketEndpoint); host != "" {
		all = append(all, host)
	}
	return all
}

// What is wrong with an endpoint in the agent's configuration.
var (
	errDefault    = errors.New("it cannot be parsed, so the agent uses AWS's own host, and that is the one tested")
	errNoEndpoint = errors.New("the agent finds no host in it, and so has none")
	errNoHost     = errors.New("there is no host in it")
	errAddress    = errors.New("it cannot be parsed")
	errPlain      = errors.New("it is without TLS, which is not tested")
)

// messagesEndpoint parses Mgs.Endpoint as the agent does: url.Parse, then the
// host, or the path if there is none. So "host:443" has the scheme "host" and no
// host, and "10.0.0.5:443" is not a URL (agent/session/config/config.go:95-113).
// Without a host the agent logs "no MGS endpoint found". It prefixes the host with
// https:// or wss://, whatever the scheme was.
func messagesEndpoint(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil {
		return "", errDefault
	}
	switch {
	case u.Host != "":
		return hostAndPort(u.Host)
	case u.Path != "":
		return hostAndPort(u.Path)
	}
	return "", errNoEndpoint
}

// scheme is how the SDK distinguishes a URL from a host (aws-sdk-go v1,
// aws/endpoints.AddScheme).
var scheme = pattern(`^([^:]+)://`)

// sdkEndpoint parses an endpoint as the SDK does: a URL, or a host that it
// prefixes with https://.
func sdkEndpoint(value string) (string, error) {
	if !scheme().MatchString(value) {
		value = "https://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return "", errAddress
	}
	if u.Scheme != "https" {
		return "", errPlain
	}
	return hostAndPort(u.Host)
}

// hostAndPort returns a host as AgentConfig.Endpoints has it: with its port unless
// that is 443.
func hostAndPort(hostport string) (string, error) {
	if hostport == "" {
		return "", errNoHost
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, ""
	}
	host, err = endpoint.ParseHost(host)
	if e, ok := errors.AsType[*endpoint.HostError](err); ok {
		return "", &endpoint.HostError{Host: redactEndpoint(e.Host), Problem: e.Problem} // url.Parse has unescaped it
	} else if err != nil {
		return "", err
	}
	if port == "" || port == "443" {
		return host, nil
	}
	if _, err := service.ParsePort(port); err != nil {
		return "", err
	}
	return net.JoinHostPort(host, port), nil
}

// shownEndpoint quotes an endpoint from the file, without what may be a password.
func shownEndpoint(value string) string {
	return fmt.Sprintf("%q", redactEndpoint(value))
}

// redactEndpoint returns an endpoint without what may be a password. A text without
// any of a URL's separators has none.
func redactEndpoint(value string) string {
	if !strings.ContainsAny(value, `:@/?#%\`) {
		return observation.Excerpt(value)
	}
	return observation.RedactProxy(value)
}

// SplitEndpoint splits a host of AgentConfig.Endpoints from its port, 0 if it has
// none.
func SplitEndpoint(e string) (host string, port uint16) {
	host, text, err := net.SplitHostPort(e)
	if err != nil {
		return e, 0
	}
	port, err = service.ParsePort(text)
	if err != nil {
		return e, 0
	}
	return host, port
}
