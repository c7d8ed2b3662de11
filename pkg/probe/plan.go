package probe

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agent"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
	"github.com/ssmcheck/ssmcheck/pkg/probe/signed"
)

// A Config is what a user asks for: the flags of the program. Only Region is
// needed; the zero value of every other field means what the program does
// without the flag.
type Config struct {
	// Region and where it comes from ("--region", "AWS_REGION", "instance
	// metadata" …). It must be well-formed: endpoint.LookupRegion.
	Region     string
	RegionFrom string
	// Capabilities that must work. Empty: endpoint.DefaultCapabilities, and
	// optional targets are probed too.
	Capabilities []endpoint.Capability
	Expect       observation.Expect
	// VPCResolver knows the VPC's private names. Zero: 169.254.169.253 on
	// EC2, none elsewhere.
	VPCResolver netip.AddrPort
	// Nameservers take the place of the configured ones.
	Nameservers []netip.AddrPort
	// Proxy is "auto" (or empty), "none", or a URL with ProxyURL set.
	Proxy    string
	ProxyURL *url.URL
	// Endpoints names other hosts for targets, by the target's name.
	Endpoints    map[string]string
	Buckets      []string
	PrivateCIDRs []netip.Prefix
	FIPS         bool
	DualStack    bool
	// Signed also sends signed, read-only calls with the node's own
	// credentials.
	Signed bool
	// Ignore and Labels go into the plan as they are.
	Ignore []string
	Labels map[string]string
	// Timeout bounds one attempt. 0: DefaultTimeout.
	Timeout observation.Elapsed
	// Deadline is only noted in the plan: the context that Observe gets ends the
	// run. 0: DefaultDeadline.
	Deadline observation.Elapsed
}

// defaultVPCResolver is the one that every VPC has (Amazon VPC User Guide,
// AmazonDNS-concepts).
var defaultVPCResolver = netip.AddrPortFrom(netip.AddrFrom4([4]byte{169, 254, 169, 253}), dnsquery.Port)

// An EndpointError is a target named by --endpoint that the run does not have.
type EndpointError struct {
	Name string
	// Targets are the names that there are.
	Targets []string
}

func (e *EndpointError) Error() string {
	return fmt.Sprintf("no target is named %q here; the targets are %s", e.Name, strings.Join(e.Targets, ", "))
}

// NewPlan decides what a run will ask, and reads nothing but its arguments.
// The error is an *endpoint.RegionError for a Region that can be none, an
// *endpoint.HostError for a host that can be none, or an *EndpointError.
func NewPlan(c Config, n node.Local) (Job, error) {
	region, err := endpoint.LookupRegion(c.Region)
	if err != nil {
		return Job{}, err
	}
	agent := n.Agent.Heeded()
	options := endpoint.Options{
		FIPS:           c.FIPS,
		DualStack:      c.DualStack || agent.DualStack && n.Agent.KnowsDualStack() != observation.No,
		Windows:        n.OS == "windows",
		AgentInstalled: n.Agent.Installed == observation.Yes,
		OldDistributor: n.Agent.OlderThan(distributorByAPI...) == observation.Yes,
		Domain:         agent.ServiceDomain,
		Buckets:        c.Buckets,
	}
	capabilities := c.Capabilities
	if len(capabilities) == 0 {
		capabilities = endpoint.DefaultCapabilities()
	}
	asked := endpoint.Require(region, capabilities, options)
	plan := observation.Plan{
		Region:       region.Name,
		RegionFrom:   c.RegionFrom,
		Partition:    region.Partition.ID,
		Capabilities: capabilities,
		Needs:        asked.Needs,
		Expect:       c.Expect,
		PrivateCIDRs: c.PrivateCIDRs,
		FIPS:         options.FIPS,
		DualStack:    options.DualStack,
		Proxy:        proxyChoice(c.Proxy),
		Ignore:       c.Ignore,
		Labels:       c.Labels,
		Timeout:      c.Timeout,
		Deadline:     c.Deadline,
	}
	if plan.Expect == "" {
		plan.Expect = observation.ExpectAuto
	}
	if plan.Timeout <= 0 {
		plan.Timeout = observation.Elapsed(attempt.DefaultTimeout)
	}
	if plan.Deadline <= 0 {
		plan.Deadline = observation.Elapsed(DefaultDeadline)
	}
	if !region.Known {
		plan.RegionNote = fmt.Sprintf("this version does not list %s; its names are those that the prefix implies", region.Name)
	}
	plan.AskMetadata, plan.MetadataReason = n.Kind != observation.NodeHybrid, ""
	if !plan.AskMetadata {
		plan.MetadataReason = "this is no EC2 instance (" + n.KindFrom + ")"
	}
	for _, t := range asked.Targets {
		plan.Targets = append(plan.Targets, observation.PlannedTarget{Target: t, Asked: true})
	}
	if len(c.Capabilities) == 0 {
		for _, t := range endpoint.Optional(region, asked, options) {
			plan.Targets = append(plan.Targets, observation.PlannedTarget{Target: t})
		}
	}
	for _, t := range endpoint.OldPackages(region, asked, options) {
		plan.Targets = append(plan.Targets, observation.PlannedTarget{Target: t})
	}
	overrideByAgent(plan.Targets, agent, options)
	if err := overrideByFlag(plan.Targets, c.Endpoints); err != nil {
		return Job{}, err
	}
	if agent.DualStack && !c.DualStack && n.Agent.Installed != observation.No && n.Agent.KnowsDualStack() == observation.Unknown {
		if err := notePlainHosts(plan.Targets, c, n); err != nil {
			return Job{}, err
		}
	}
	plan.Lookups = coreLookups(c, n, region, options, plan.Targets)
	hosts := slices.Clone(plan.Lookups)
	for _, t := range plan.Targets {
		if t.Asked && t.Tried() && !t.Foreign && chooseProxy(c, n.Proxies, t.Target) == nil {
			hosts = append(hosts, t.Host)
		}
	}
	plan.Servers = planServers(c, n.Node, hosts)
	if plan.Signed = c.Signed; c.Signed {
		plan.SignedCalls = signed.Calls(plan.Targets)
	}
	return newJob(c, n, plan), nil
}

// notePlainHosts notes which hosts are others for an agent that passes over
// UseDualStackEndpoint.
func notePlainHosts(targets []observation.PlannedTarget, c Config, n node.Local) error {
	n.Agent.Config.DualStack = false
	plain, err := NewPlan(c, n)
	if err != nil {
		return err
	}
	for i := range targets {
		t := &targets[i]
		j := slices.IndexFunc(plain.Targets, func(o observation.PlannedTarget) bool { return o.Name == t.Name })
		if j >= 0 && plain.Targets[j].Host != t.Host {
			t.PlainHost = plain.Targets[j].Host
		}
	}
	return nil
}

// coreLookups are the names of AWS that decide what ExpectAuto comes to (ssm,
// ssmmessages and ec2messages) and that no target has. A name that the proxy
// resolves does not count.
func coreLookups(c Config, n node.Local, region endpoint.Region, options endpoint.Options, has []observation.PlannedTarget) []string {
	var core []observation.PlannedTarget
	for _, t := range endpoint.Require(region, []endpoint.Capability{endpoint.RunCommand}, options).Targets {
		core = append(core, observation.PlannedTarget{Target: t})
	}
	overrideByAgent(core, n.Agent.Config, options)
	var hosts []string
	for _, t := range core {
		known := slices.ContainsFunc(has, func(h observation.PlannedTarget) bool { return h.Name == t.Name })
		if !known && t.Tried() && !t.Foreign && chooseProxy(c, n.Proxies, t.Target) == nil {
			hosts = append(hosts, t.Host)
		}
	}
	return hosts
}

// overrideByAgent puts the hosts of the agent's configuration in the place of
// AWS's own.
func overrideByAgent(targets []observation.PlannedTarget, config observation.AgentConfig, options endpoint.Options) {
	for i := range targets {
		t := &targets[i]
		if t.Own {
			overrideBucket(config, t)
			continue
		}
		if reason := config.Unusable[t.Name]; reason != "" {
			t.NotDocumented = reason
			continue
		}
		if named, ok := config.Endpoints[t.Name]; ok {
			host, port := agent.SplitEndpoint(named)
			t.Target = t.WithHost(host, config.Path)
			if port != 0 {
				t.Port = port
			}
			continue
		}
		if t.Service == endpoint.SSMMessages && config.MessagesRegion != "" {
			if r, err := endpoint.LookupRegion(config.MessagesRegion); err == nil {
				t.Target = t.WithHost(endpoint.Host(endpoint.SSMMessages, r, options), config.Path)
			}
		}
	}
}

// overrideByFlag puts the hosts of --endpoint in the place of all others.
func overrideByFlag(targets []observation.PlannedTarget, endpoints map[string]string) error {
	names := make([]string, 0, len(endpoints))
	for name := range endpoints {
		names = append(names, name)
	}
	slices.Sort(names) // errors are reported in a fixed order
	for _, name := range names {
		i := slices.IndexFunc(targets, func(t observation.PlannedTarget) bool { return t.Name == name })
		if i < 0 {
			return &EndpointError{Name: name, Targets: targetNames(targets)}
		}
		host, err := endpoint.ParseHost(endpoints[name])
		if err != nil {
			return err
		}
		t := &targets[i]
		t.Target = t.WithHost(host, "--endpoint")
		t.Port, t.NotDocumented = endpoint.Port, ""
	}
	return nil
}

func targetNames(targets []observation.PlannedTarget) []string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.Name
	}
	return names
}

func proxyChoice(flag string) observation.ProxyChoice {
	switch flag {
	case "", "auto":
		return observation.ProxyAuto
	case "none":
		return observation.ProxyNone
	}
	return observation.ProxyGiven
}

// chooseProxy gives the proxy for a target, with its password. nil: direct.
func chooseProxy(c Config, found service.Proxies, t endpoint.Target) *url.URL {
	switch proxyChoice(c.Proxy) {
	case observation.ProxyNone:
		return nil
	case observation.ProxyAuto:
		return found.AgentProxyFor(t.Host, t.Port)
	}
	if c.ProxyURL == nil {
		return nil
	}
	return observation.DialableProxy(c.ProxyURL.String(), c.ProxyURL)
}

// planServers lists the nameservers to ask by themselves: those that the
// system asks for the hosts or those given in their place, the ones behind a stub,
// and the VPC's resolver last.
func planServers(c Config, n observation.Node, hosts []string) []observation.PlannedServer {
	var servers []observation.PlannedServer
	add := func(address netip.AddrPort, role observation.ServerRole, from string, given bool) {
		for _, s := range servers {
			if s.Address == address && s.Role == role {
				return
			}
		}
		servers = append(servers, observation.PlannedServer{Address: address, Role: role, From: from, Given: given})
	}
	if len(c.Nameservers) > 0 {
		for _, a := range c.Nameservers {
			add(a, observation.RoleConfigured, "--nameserver", true)
		}
	} else {
		servers, from := n.Resolver.ServersFor(hosts)
		for _, a := range servers {
			add(a, observation.RoleConfigured, from, false)
		}
		for _, a := range n.Resolver.Behind {
			add(a, observation.RoleBehindStub, n.Resolver.BehindFrom, false)
		}
	}
	switch {
	case c.VPCResolver.IsValid():
		add(c.VPCResolver, observation.RoleVPC, "--vpc-resolver", true)
	case n.Kind == observation.NodeEC2:
		add(defaultVPCResolver, observation.RoleVPC, "default on EC2", false)
	case n.Kind == observation.NodeUnknown:
		add(defaultVPCResolver, observation.RoleVPC, "default on EC2, if metadata says that this is one", false)
	}
	return servers
}

// overrideBucket puts the host of S3.Endpoint in the place of AWS's own for a
// bucket of one's own.
func overrideBucket(c observation.AgentConfig, t *observation.PlannedTarget) {
	switch {
	case c.BucketUnusable != "":
		t.NotDocumented = c.BucketUnusable
	case c.BucketEndpoint != "":
		host, port := agent.SplitEndpoint(c.BucketEndpoint)
		t.Target = t.AtS3(host, c.Path)
		if port != 0 {
			t.Port = port
		}
	}
}

// distributorByAPI is the first agent whose Distributor reads no bucket of
// AWS's by itself (RELEASENOTES of amazon-ssm-agent, 3.3.551.0).
var distributorByAPI = []int{3, 3, 551, 0}

// ChooseRegion gives the Region that is asked for, and who named it: the flag,
// AWS_REGION, AWS_DEFAULT_REGION or the agent's registration, in this order.
// Both are empty if nobody did; then instance metadata may know it
// ([Prober.StartMetadata]). The Region is as it was given: endpoint.LookupRegion
// checks its form.
func ChooseRegion(flag string, getenv func(string) string, n observation.Node) (region, from string) {
	if flag != "" {
		return flag, "--region"
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if region := getenv(name); region != "" {
			return region, name
		}
	}
	if n.Registration.Failure == nil && n.Registration.Region != "" {
		return n.Registration.Region, "the agent's registration"
	}
	return "", ""
}
