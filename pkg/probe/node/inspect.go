// Package node reads what a machine knows about itself: firmware, interfaces,
// nameservers, the hosts file, the system and the agent. It sends nothing, runs no
// command and changes nothing.
package node

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agent"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agentlog"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// A Local is this node with what no report may contain: its proxies with their
// passwords, and the paths of its trust store that are not shown in full.
type Local struct {
	observation.Node
	Proxies  service.Proxies `json:"-"`
	rawTrust handshake.StorePaths
}

func (n Local) StoreSettings() handshake.StoreSettings {
	return handshake.StoreSettings{TrustConfig: n.Trust, Raw: n.rawTrust}
}

// A Reader reads what a machine knows about itself.
type Reader struct {
	agent.Reader
	// InterfacePrefixes returns the node's own addresses with their subnets.
	// nil: those of the system's interfaces.
	InterfacePrefixes func() ([]netip.Prefix, error)
}

func NewReader(m files.Machine, heart *attempt.Heartbeat, prefixes func() ([]netip.Prefix, error)) Reader {
	return Reader{agent.NewReader(m, heart), prefixes}
}

// inspectLimit limits Inspect, which takes a few milliseconds unless a file hangs (on
// an unreachable network file system, say).
const inspectLimit = 2 * time.Second

// Inspect reads what the node knows about itself, from files and the system. It
// never fails and never hangs: each part has its own Failure, of KindTimeout if it
// could not be read within two seconds or before ctx ended.
func (p Reader) Inspect(ctx context.Context) Local {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer p.Heart.Now().AfterFunc(inspectLimit, cancel)()

	late := func(what string) *observation.Failure {
		return &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: what + ": not read in time"}
	}
	paths := p.AgentPaths()
	n := Local{Node: observation.Node{
		Kind:         observation.NodeUnknown,
		KindFrom:     late("the firmware").Text,
		OS:           p.System(),
		Arch:         runtime.GOARCH,
		Resolver:     observation.ResolverConfig{Failure: late("the nameservers")},
		Hosts:        observation.HostsFile{Path: p.Shown(p.HostsPath()), Failure: late("the hosts file")},
		Registration: observation.Registration{Path: p.Shown(paths.Registration), Failure: late("the registration")},
		Agent:        observation.Agent{Config: observation.AgentConfig{Path: p.Shown(paths.Config), Failure: late("the agent's configuration")}},
		Proxy:        observation.ProxyConfig{Incomplete: late("the agent's proxy settings").Text},
		AgentLog:     agentlog.Unread(p.System(), p.Shown, late("the agent's log")),

		AgentCredentials: observation.AgentCredentials{Failure: late("when the agent's credentials expire")},
		ContainerFailure: late("whether this is a container"),
	}}
	// Each part returns a function that stores its result. Only this goroutine calls
	// them, so that a part that comes late stores nothing.
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
			container, unread := p.Container()
			version := p.osVersion()
			return func() { n.Container, n.ContainerFailure, n.OSVersion = container, unread, version }
		},
		part(&n.Hostname, p.hostname),
		func() func() {
			addresses, interfaces := p.ownAddresses()
			return func() { n.Addresses, n.Interfaces = addresses, interfaces }
		},
		part(&n.MissingCommands, p.missingCommands),
		part(&n.Resolver, p.resolverConfig),
		part(&n.Agent.Config, p.AgentConfig),
		part(&n.Hosts, func() observation.HostsFile { return p.hostsFile(agent.ConfiguredHosts(p.AgentConfig())) }),
		part(&n.Registration, p.Registration),
		part(&n.AgentLog, func() observation.AgentLog { return agentlog.Read(p.FS(), p.System(), p.Shown) }),
		part(&n.AgentCredentials, func() observation.AgentCredentials { return agentlog.Credentials(p.FS(), p.System(), p.Shown) }),
		func() func() {
			agent, proxy, trust := p.Agent()
			return func() {
				agent.Config = n.Agent.Config
				n.Agent, n.Proxy, n.Trust = agent, proxy.ProxyConfig, trust.TrustConfig
				n.Proxies, n.rawTrust = proxy.Proxies, trust.Raw
			}
		},
	}
	writes := make(chan func(), len(parts))
	for _, part := range parts {
		go func() {
			defer func() {
				if v := recover(); v != nil {
					writes <- func() { panic(v) } // in the caller, which can report it
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
			for { // what has arrived still counts
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

// part is a part of the inspection that reads one value.
func part[T any](to *T, read func() T) func() func() {
	return func() func() {
		v := read()
		return func() { *to = v }
	}
}

// hostname returns the system's own name, which need not be in DNS. A privileged process
// may set it to any bytes.
func (p Reader) hostname() string {
	if p.Files == nil {
		name, _ := os.Hostname()
		return observation.ShownSetting(name)
	}
	b, _ := p.ReadFile("proc/sys/kernel/hostname")
	return observation.ShownSetting(strings.TrimSuffix(string(b), "\n"))
}

// ownAddresses returns the node's addresses, without loopback and IPv4 first, and the
// interfaces that have them. What is not known is left out.
func (p Reader) ownAddresses() ([]netip.Prefix, []observation.Interface) {
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
