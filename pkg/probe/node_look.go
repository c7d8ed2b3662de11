package probe

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agentlog"
)

// lookLimit bounds the look at the node. It takes some milliseconds where no
// file hangs (on a network file system that is away, say).
const lookLimit = 2 * time.Second

// LookAtNode reads what the node says of itself, from files and the system. It
// sends nothing, runs no command and changes nothing. It never fails and never
// hangs: each part carries its own Failure, and a part that could not be read
// in two seconds, or before ctx was over, is of KindTimeout.
func (p *Prober) LookAtNode(ctx context.Context) LocalNode {
	q := *p
	defer q.Watch()()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer q.heart.now().afterFunc(lookLimit, cancel)()

	late := func(what string) *observation.Failure {
		return &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: what + ": not read in time"}
	}
	paths := p.agentPaths()
	n := LocalNode{Node: observation.Node{
		Kind:         observation.NodeUnknown,
		KindFrom:     late("the firmware").Text,
		OS:           p.system(),
		Arch:         runtime.GOARCH,
		Resolver:     observation.ResolverConfig{Failure: late("the nameservers")},
		Hosts:        observation.HostsFile{Path: p.shown(p.hostsPath()), Failure: late("the hosts file")},
		Registration: observation.Registration{Path: p.shown(paths.registration), Failure: late("the registration")},
		Agent:        observation.Agent{Config: observation.AgentConfig{Path: p.shown(paths.config), Failure: late("the agent's configuration")}},
		Proxy:        observation.ProxyConfig{Incomplete: late("the agent's proxy settings").Text},

		ContainerFailure: late("whether this is a container"),
	}}
	// Each part gives a function that writes it down. They are called here
	// alone, so that a part that comes late writes nothing.
	parts := []func() func(){
		func() func() {
			kind, from := p.firmware()
			id := ""
			if kind == observation.NodeEC2 {
				id = p.firmwareInstanceID()
			}
			return func() { n.Kind, n.KindFrom, n.InstanceID = kind, from, id }
		},
		func() func() {
			container, unread := p.container()
			version := p.osVersion()
			return func() { n.Container, n.ContainerFailure, n.OSVersion = container, unread, version }
		},
		func() func() {
			addresses, interfaces := p.ownAddresses()
			return func() { n.Addresses, n.Interfaces = addresses, interfaces }
		},
		func() func() {
			resolver := p.resolverConfig()
			return func() { n.Resolver = resolver }
		},
		func() func() {
			config := p.agentConfig()
			return func() { n.Agent.Config = config }
		},
		func() func() {
			hosts := p.hostsFile(configuredHosts(p.agentConfig()))
			return func() { n.Hosts = hosts }
		},
		func() func() {
			registration := p.registration()
			return func() { n.Registration = registration }
		},
		func() func() {
			log := agentlog.Read(p.files(), p.system(), p.shown)
			return func() { n.AgentLog = log }
		},
		func() func() {
			agent, proxy, trust := p.agentAndEnvironment()
			return func() {
				agent.Config = n.Agent.Config
				n.Agent, n.Proxy, n.Trust = agent, proxy.ProxyConfig, trust.TrustConfig
				n.proxies, n.rawTrust = proxy.nodeProxies, trust.raw
			}
		},
	}
	writes := make(chan func(), len(parts))
	for _, part := range parts {
		go func() {
			defer func() {
				if v := recover(); v != nil {
					writes <- func() { panic(v) } // in the caller, who can tell of it
				}
			}()
			writes <- part()
		}()
	}
	for range parts {
		select {
		case write := <-writes:
			write()
		case <-ctx.Done():
			for { // what is there already counts
				select {
				case write := <-writes:
					write()
				default:
					return n
				}
			}
		}
	}
	return n
}

// ownAddresses are the node's own, without loopback, IPv4 first, and the
// interfaces that have them. What cannot be told is left out.
func (p *Prober) ownAddresses() ([]netip.Prefix, []observation.Interface) {
	var prefixes []netip.Prefix
	var interfaces []observation.Interface
	if p.InterfacePrefixes != nil {
		prefixes, _ = p.InterfacePrefixes()
	} else if list, err := systemInterfaces(); err == nil {
		interfaces = p.classifyInterfaces(list)
		for _, i := range list {
			prefixes = append(prefixes, i.Addresses...)
		}
	}
	var own []netip.Prefix
	for _, prefix := range prefixes {
		if prefix.IsValid() && !prefix.Addr().IsLoopback() {
			own = append(own, prefix)
		}
	}
	slices.SortStableFunc(own, func(a, b netip.Prefix) int {
		return cmp.Compare(a.Addr().BitLen(), b.Addr().BitLen())
	})
	return own, interfaces
}
