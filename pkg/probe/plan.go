package probe

import (
	"cmp"
	"fmt"
	"maps"
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

// A Config is what a user requests: the program's flags. Only Region is needed; the zero
// value of any other field means the same as omitting the flag.
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
	// Nameservers replace the configured ones.
	Nameservers []netip.AddrPort
	// Proxy is "auto" (or empty), "none", or a URL with ProxyURL set.
	Proxy    string
	ProxyURL *url.URL
	// Endpoints are other hosts for targets, by the target's name.
	Endpoints    map[string]string
	Buckets      []string
	PrivateCIDRs []netip.Prefix
	FIPS         bool
	DualStack    bool
	// Signed also sends signed, read-only calls with the node's own
	// credentials.
	Signed bool
	// Ignore and Labels are copied into the plan.
	Ignore []string
	Labels map[string]string
	// Timeout bounds one attempt. 0: DefaultTimeout.
	Timeout observation.Elapsed
	// Deadline is only recorded in the plan: Observe's context ends the run.
	// 0: DefaultDeadline.
	Deadline observation.Elapsed
}

// defaultVPCResolver is the one that every VPC has (Amazon VPC User Guide,
// AmazonDNS-concepts).
var defaultVPCResolver = netip.AddrPortFrom(netip.AddrFrom4([4]byte{169, 254, 169, 253}), dnsquery.Port)

// A Job is a plan together with what it needs and no report may contain: the proxies' URLs
// with their passwords.
type Job struct {
	observation.Plan
	// proxies are those of PlannedTarget.Proxy, and unused those of UnusedProxy, by the
	// target's name.
	proxies, unused map[string]*url.URL
}

// newJob chooses the proxies of the planned targets.
func newJob(c Config, n node.Local, plan observation.Plan) Job {
	j := Job{Plan: plan, proxies: make(map[string]*url.URL), unused: make(map[string]*url.URL)}
	for i := range plan.Targets {
		t := &plan.Targets[i]
		if u := chooseProxy(c, n.Proxies, t.Target); u != nil {
			j.proxies[t.Name], t.Proxy = u, observation.RedactProxyURL(u)
			continue
		}
		if plan.Proxy != observation.ProxyAuto {
			continue
		}
		if u := n.Proxies.UnusedFor(t.Host, t.Port); u != nil {
			j.unused[t.Name], t.UnusedProxy = u.ProxyURL, &u.UnusedProxy
		}
		t.ProxyIgnored = n.Proxies.AgentIgnoresProxyFor(t.Host, t.Port)
	}
	return j
}

// Only restricts the job to the named targets and those needed to judge them, as
// observation.Plan.Only does.
func (j Job) Only(names []string) Job {
	j.Plan = j.Plan.Only(names)
	return j
}

// A plannedTarget is a target with its proxies, nil if it has none.
type plannedTarget struct {
	observation.PlannedTarget
	proxyURL, unusedURL *url.URL
}

func (j Job) target(t observation.PlannedTarget) plannedTarget {
	return plannedTarget{t, j.proxies[t.Name], j.unused[t.Name]}
}

// An EndpointError is a target named in --endpoint that the run does not have.
type EndpointError struct {
	Name string
	// Targets are the existing names.
	Targets []string
}

func (e *EndpointError) Error() string {
	return fmt.Sprintf("no target is named %q here; the targets are %s", e.Name, strings.Join(e.Targets, ", "))
}

// NewPlan decides what a run will probe, from its arguments alone. The error is an
// *endpoint.RegionError for a malformed Region, an *endpoint.HostError for a malformed host,
// or an *EndpointError.
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
		Expect:       cmp.Or(c.Expect, observation.ExpectAuto),
		PrivateCIDRs: c.PrivateCIDRs,
		FIPS:         options.FIPS,
		DualStack:    options.DualStack,
		Proxy:        proxyChoice(c.Proxy),
		Ignore:       c.Ignore,
		Labels:       c.Labels,
		Timeout:      c.Timeout,
		Deadline:     c.Deadline,
		AskMetadata:  n.Kind != observation.NodeHybrid,
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
	if !plan.AskMetadata {
		plan.MetadataReason = "this is no EC2 instance (" + n.KindFrom + ")"
	}
	plan.Targets = plannedTargets(asked.Targets, true)
	if len(c.Capabilities) == 0 {
		plan.Targets = append(plan.Targets, plannedTargets(endpoint.Optional(region, asked, options), false)...)
	}
	plan.Targets = append(plan.Targets, plannedTargets(endpoint.OldPackages(region, asked, options), false)...)
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

func plannedTargets(targets []endpoint.Target, asked bool) (planned []observation.PlannedTarget) {
	for _, t := range targets {
		planned = append(planned, observation.PlannedTarget{Target: t, Asked: asked})
	}
	return planned
}

// notePlainHosts records which hosts would be different for an agent that ignores
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

// coreLookups returns the names of AWS that decide what ExpectAuto becomes (ssm,
// ssmmessages and ec2messages) and that no target has, except names that a proxy resolves.
func coreLookups(c Config, n node.Local, region endpoint.Region, options endpoint.Options, has []observation.PlannedTarget) []string {
	core := plannedTargets(endpoint.Require(region, []endpoint.Capability{endpoint.RunCommand}, options).Targets, false)
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

// overrideByAgent replaces AWS's hosts with those in the agent's configuration.
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

// overrideByFlag replaces hosts with those of --endpoint.
func overrideByFlag(targets []observation.PlannedTarget, endpoints map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(endpoints)) { // errors are reported in a fixed order
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

// chooseProxy returns the proxy for a target, with its password. nil: direct.
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

// planServers lists the nameservers to query individually: those that the system queries for
// the hosts or those given instead, then the ones behind a stub, then the VPC resolver.
func planServers(c Config, n observation.Node, hosts []string) []observation.PlannedServer {
	var servers []observation.PlannedServer
	add := func(address netip.AddrPort, role observation.ServerRole, from string, given bool) {
		if !slices.ContainsFunc(servers, func(s observation.PlannedServer) bool { return s.Address == address && s.Role == role }) {
			servers = append(servers, observation.PlannedServer{Address: address, Role: role, From: from, Given: given})
		}
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

// overrideBucket replaces AWS's host with that of S3.Endpoint for a user's own bucket.
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

// distributorByAPI is the first agent whose Distributor reads no AWS-managed bucket itself
// (RELEASENOTES of amazon-ssm-agent, 3.3.551.0).
var distributorByAPI = []int{3, 3, 551, 0}

// ChooseRegion returns the requested Region and where it comes from: the flag, AWS_REGION,
// AWS_DEFAULT_REGION or the agent's registration, in this order. Both are empty if none has
// it; instance metadata may then know it ([Prober.StartMetadata]). The Region is returned as
// given: endpoint.LookupRegion checks its form.
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
