package redact

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A place is the kind of value in a member of the observations. A member that
// walk skips has a word of a closed list, a number or a time.
type place int

const (
	// own is a text of this program, which may quote others.
	own place = iota
	// outside is what another machine wrote: an address in it that no
	// nameserver returned is the node's own, as that machine sees it.
	outside
	// host and domain are only names, apart from a port, a star or a final dot.
	host
	domain
	// hostname is what the node calls itself.
	hostname
	// target is the name of a planned target, and question the name in a DNS
	// question or in the hosts file.
	target
	question
	// proxy is a URL, or what was meant as one.
	proxy
	noProxy
	bucket
	role
	// credentials is where they come from, or why there are none; keyEnd is the
	// end of an access key's id.
	credentials
	keyEnd
	// Values that stay in the form that AWS or the system gives them.
	requestID
	version
	osVersion
	syncToken
	created
	// signature is the id of a line of the agent's log, where a file may
	// contain anything.
	signature
	logTime
	// label and labelValue are what the user says of the node.
	label
	labelValue
)

// An owner says to whom an address belongs.
type owner int

const (
	// ours: the node's own network, so it is replaced even if it is public.
	ours owner = iota
	// answered: a nameserver returned it, so it stays if it is public.
	answered
	// anybodys: it is only known where it was seen.
	anybodys
)

// A walk calls its functions for all values of the observations that can
// identify the node, in the order of their JSON.
type walk struct {
	text    func(place, *string)
	address func(owner, *netip.Addr)
}

func (w *walk) observations(o *observation.Observations) {
	w.plan(&o.Plan)
	w.node(&o.Node)
	w.metadata(&o.Metadata)
	for i := range o.System {
		w.lookup(&o.System[i])
	}
	w.own(&o.SystemNotAsked)
	for i := range o.Servers {
		w.server(&o.Servers[i])
	}
	for i := range o.Targets {
		w.target(&o.Targets[i])
	}
	w.experiments(o.LargeHello)
	c := &o.Credentials
	w.text(credentials, &c.From)
	w.text(keyEnd, &c.KeyEnd)
	w.texts(credentials, c.PassedOver)
	w.failure(c.Failure)
	for i := range o.Signed {
		w.signed(&o.Signed[i])
	}
	w.ranges(&o.Ranges)
}

func (w *walk) own(texts ...*string) {
	for _, s := range texts {
		w.text(own, s)
	}
}

func (w *walk) texts(p place, list []string) {
	for i := range list {
		w.text(p, &list[i])
	}
}

func (w *walk) addresses(o owner, list []netip.Addr) {
	for i := range list {
		w.address(o, &list[i])
	}
}

// socket is an address with a port: a nameserver's, or a proxy's.
func (w *walk) socket(a *netip.AddrPort) {
	addr := a.Addr()
	w.address(ours, &addr)
	*a = netip.AddrPortFrom(addr, a.Port())
}

func (w *walk) sockets(list []netip.AddrPort) {
	for i := range list {
		w.socket(&list[i])
	}
}

// prefixes get pseudonyms of the same length; a block's pseudonym is a block,
// too.
func (w *walk) prefixes(list []netip.Prefix) {
	for i, p := range list {
		if !p.IsValid() {
			continue
		}
		a := p.Addr()
		w.address(anybodys, &a)
		list[i] = netip.PrefixFrom(a, p.Bits())
		if p == p.Masked() {
			list[i] = list[i].Masked()
		}
	}
}

func (w *walk) plan(p *observation.Plan) {
	w.own(&p.Region, &p.RegionFrom, &p.RegionNote) // as metadata's and the registration's: they are compared
	for _, needs := range p.Needs {                // in any order: the targets are known by then
		for _, need := range needs {
			w.texts(target, need)
		}
	}
	for i := range p.Targets {
		w.planned(&p.Targets[i])
	}
	w.texts(host, p.Lookups)
	for i := range p.Servers {
		w.plannedServer(&p.Servers[i])
	}
	w.prefixes(p.PrivateCIDRs)
	p.Labels = w.pairs(label, labelValue, p.Labels)
	w.own((*string)(&p.Proxy), &p.MetadataReason)
	for i := range p.SignedCalls {
		w.call(&p.SignedCalls[i])
	}
}

func (w *walk) planned(t *observation.PlannedTarget) {
	w.endpoint(&t.Target)
	w.text(host, &t.PlainHost)
	w.text(proxy, &t.Proxy)
	if t.UnusedProxy != nil {
		w.unused(t.UnusedProxy)
	}
}

func (w *walk) endpoint(t *endpoint.Target) {
	w.text(target, &t.Name)
	w.text(host, &t.Host)
	w.own(&t.Purpose)
	w.text(bucket, &t.Bucket)
	w.own(&t.PublicKey, &t.NotApplicable, &t.NotDocumented, &t.MayBeAbsent, &t.Overridden)
}

func (w *walk) plannedServer(s *observation.PlannedServer) {
	w.socket(&s.Address)
	w.own(&s.From)
}

func (w *walk) call(c *observation.PlannedCall) {
	w.text(target, &c.Target)
	w.own(&c.Action, &c.Resource)
}

func (w *walk) node(n *observation.Node) {
	w.text(hostname, &n.Hostname)
	w.own(&n.KindFrom, &n.InstanceID, &n.Container)
	w.failure(n.ContainerFailure)
	w.text(osVersion, &n.OSVersion)
	w.prefixes(n.Addresses)
	for i := range n.Interfaces {
		w.own(&n.Interfaces[i].Name)
		w.prefixes(n.Interfaces[i].Addresses)
	}
	for i := range n.MissingCommands {
		w.own((*string)(&n.MissingCommands[i]))
	}
	w.resolver(&n.Resolver)
	w.own(&n.Hosts.Path)
	for i := range n.Hosts.Entries {
		w.text(question, &n.Hosts.Entries[i].Name)
		w.address(answered, &n.Hosts.Entries[i].Address)
	}
	w.failure(n.Hosts.Failure)
	w.own(&n.Registration.Path, &n.Registration.InstanceID, &n.Registration.Region)
	w.failure(n.Registration.Failure)
	w.agent(&n.Agent)
	w.agentLog(&n.AgentLog)
	w.own((*string)(&n.AgentCredentials.Source))
	w.failure(n.AgentCredentials.Failure)
	w.proxyConfig(&n.Proxy)
	w.own(&n.Trust.File, &n.Trust.Directories, &n.Trust.From)
}

func (w *walk) agentLog(l *observation.AgentLog) {
	for i := range l.Files {
		w.own(&l.Files[i].Path)
		w.failure(l.Files[i].Failure)
	}
	w.text(version, &l.Version)
	w.own((*string)(&l.Level))
	w.logTimes(&l.First, &l.Newest, &l.LastStart, &l.CredentialsGood, &l.ChannelGood)
	for i := range l.Lines {
		line := &l.Lines[i]
		w.text(signature, &line.ID)
		w.logTimes(&line.First, &line.Last)
		w.own((*string)(&line.Channel), &line.Action, &line.File)
		w.text(question, &line.Host)
		for _, s := range []*string{&line.Server, &line.Address, &line.Detail} {
			w.text(outside, s)
		}
	}
}

func (w *walk) logTimes(times ...*observation.LogTime) {
	for _, t := range times {
		w.text(logTime, (*string)(t))
	}
}

func (w *walk) resolver(r *observation.ResolverConfig) {
	w.own(&r.From)
	w.sockets(r.Servers)
	w.texts(domain, r.Search)
	for _, lines := range [][]observation.FileLine{r.Options, r.Unusable, r.NeverAsked} {
		for i := range lines {
			w.own(&lines[i].Text)
		}
	}
	w.own(&r.Order.Path)
	w.texts(own, r.Order.Sources)
	w.own(&r.Order.At.Text)
	for i := range r.Adapters {
		w.own(&r.Adapters[i].Name)
		w.sockets(r.Adapters[i].Servers)
		w.text(domain, &r.Adapters[i].Suffix)
	}
	for i := range r.Rules {
		w.own(&r.Rules[i].From)
		w.texts(domain, r.Rules[i].Namespaces)
		w.sockets(r.Rules[i].Servers)
	}
	w.sockets(r.Behind)
	w.own(&r.BehindFrom, &r.Incomplete)
	w.failure(r.Failure)
}

func (w *walk) agent(a *observation.Agent) {
	w.text(version, &a.Version)
	w.texts(own, a.StrayDropIns)
	w.texts(own, a.From)
	w.own(&a.ImageState)
	h := &a.Hello
	w.own((*string)(&h.Size), &h.From, &h.GoVersion, &h.DefaultGODEBUG, &h.GODEBUG, &h.Switch)
	c := &a.Config
	w.own(&c.Path)
	c.Endpoints = w.byTarget(host, c.Endpoints)
	c.Unusable = w.byTarget(own, c.Unusable)
	c.Hostless = w.byTarget(own, c.Hostless)
	w.text(domain, &c.ServiceDomain)
	w.own(&c.MessagesRegion)
	w.text(host, &c.BucketEndpoint)
	w.own(&c.BucketUnusable, &c.LogsRegion, &c.SigningRegion)
	w.texts(own, c.Notes)
	w.failure(c.Failure)
}

// byTarget walks through a map whose keys are names of targets.
func (w *walk) byTarget(p place, m map[string]string) map[string]string { return w.pairs(target, p, m) }

// pairs walks through the keys and values of a map.
func (w *walk) pairs(keys, values place, m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := m[name]
		w.text(keys, &name)
		w.text(values, &value)
		out[name] = value
	}
	return out
}

func (w *walk) proxyConfig(p *observation.ProxyConfig) {
	w.own(&p.From, &p.Incomplete)
	w.text(proxy, &p.HTTPS)
	w.text(proxy, &p.HTTP)
	w.text(noProxy, &p.No)
	w.text(proxy, &p.ShellHTTPS)
	w.text(noProxy, &p.ShellNo)
	w.text(proxy, &p.Metadata)
	w.failure(p.Invalid)
	for i := range p.Unused {
		w.unused(&p.Unused[i])
	}
}

func (w *walk) unused(u *observation.UnusedProxy) {
	w.own(&u.Variable)
	w.text(proxy, &u.URL)
	w.text(noProxy, &u.NoProxy)
	w.own(&u.From, &u.Unit)
}

func (w *walk) metadata(m *observation.Metadata) {
	w.own(&m.Reason)
	w.text(outside, &m.Foreign)
	w.failure(m.Failure)
	w.own(&m.InstanceID, &m.Region, &m.AvailabilityZone)
	w.address(ours, &m.LocalIPv4)
	w.own(&m.VPCID, &m.SubnetID)
	w.prefixes(m.VPCBlocks)
	w.prefixes(m.SubnetBlocks)
	w.texts(own, m.SecurityGroups)
	w.text(role, &m.RoleName)
}
