package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const RouteDiverted Code = "route-diverted"

// routeDiverted is the cause that the routing table sends packets for AWS to
// where AWS is not.
func routeDiverted() cause {
	return cause{
		code: RouteDiverted, atMost: Error, restart: true,
		dependsOn: slices.DeleteFunc(wrongAddress(), func(c Code) bool { return c == RouteDiverted }),
		find:      findRouteDiverted, describe: describeRouteDiverted,
	}
}

// leaves is the interface that has this node's address of a connection: by it
// the connection left. nil: not known, or more than one has it.
func (f *facts) leaves(local netip.Addr) *observation.Interface {
	var found *observation.Interface
	if f.windows() {
		return nil // what is known of interfaces is Linux's
	}
	for i := range f.o.Node.Interfaces {
		x := &f.o.Node.Interfaces[i]
		if !local.IsValid() || !slices.ContainsFunc(x.Addresses, func(p netip.Prefix) bool { return p.Addr() == local }) {
			continue
		}
		if found != nil {
			return nil
		}
		found = x
	}
	return found
}

// covers is the subnet of an interface in which an address lies.
func covers(x *observation.Interface, a netip.Addr) (netip.Prefix, bool) {
	for _, p := range x.Addresses {
		if p.Addr() != a && !p.IsSingleIP() && p.Contains(a) {
			return p.Masked(), true
		}
	}
	return netip.Prefix{}, false
}

// misleads gives the interface by which what is sent from local to an address
// leaves, where that leads nowhere but into this node itself.
func (f *facts) misleads(local, to netip.Addr) *observation.Interface {
	x := f.leaves(local)
	if x == nil {
		return nil
	}
	if _, ok := covers(x, to); !ok {
		return nil
	}
	bridge := x.Kind == observation.InterfaceBridge && !x.DefaultIPv4 && !x.DefaultIPv6 && !x.Uplink
	// The container's own subnet: whether the address is a neighbour or the
	// VPC's is told by metadata alone.
	container := x.Kind == observation.InterfaceVeth && f.o.Node.Container != "" && f.inVPC(to)
	if bridge || container {
		return x
	}
	return nil
}

// divert finds the paths and nameservers that the routing table leads astray. It
// needs all paths: nothing may answer through a tunnel.
func (f *facts) divert() {
	proven := make(map[netip.Addr]bool)
	carries := make(map[string]bool) // tunnels through which something answers
	for _, w := range f.paths(func(*path) bool { return true }) {
		c := w.connection()
		// A proxy that takes connections, for any target, is where the packets
		// should go: what it then answers has a cause of its own.
		if w.state == reachedAWS || w.proxy != nil && c != nil && c.Failure == nil {
			proven[w.dialled()] = true
		}
		if c != nil && c.Failure == nil && w.target.Asked {
			if x := f.leaves(c.Local); x != nil {
				carries[x.Name] = true
			}
		}
	}
	for _, s := range f.servers {
		if x := f.leaves(s.Local); x != nil && heardFrom(s.ServerObservation) {
			carries[x.Name] = true
		}
	}
	for _, w := range f.paths(func(w *path) bool { return w.state > stateUndecided && w.state != reachedAWS }) {
		c := w.connection()
		if c == nil {
			continue
		}
		w.leftThrough = f.byInterface(c.Local)
		if proven[w.dialled()] {
			continue
		}
		w.diverted = f.misleads(c.Local, w.dialled())
		e := experiment(w.experiments, observation.ExperimentDefaultInterface)
		if e == nil || w.diverted != nil || c.Failure == nil {
			continue
		}
		x := f.leaves(c.Local)
		passed := e.Result.ProvesAWS() || w.proxy != nil && e.Result.Connect != nil && e.Result.Connect.Failure == nil
		if x != nil && x.Kind.Tunnels() && !carries[x.Name] && passed {
			w.diverted, w.around = x, e.Text
		}
	}
	for _, s := range f.servers {
		if heardFrom(s.ServerObservation) || undecidedServer(s.ServerObservation) {
			continue
		}
		s.diverted = f.misleads(s.Local, s.Address.Addr())
		if x := f.leaves(s.Local); s.diverted == nil && x != nil && x.Kind.Tunnels() && !carries[x.Name] && s.Bound != nil && s.Bound.Rcode != "" {
			s.diverted = x
		}
	}
}

// dialled is the address that was connected to: the proxy's, where there is one.
func (w *path) dialled() netip.Addr {
	if w.proxy != nil {
		return w.proxy.Address.Addr()
	}
	return w.addr
}

// heardFrom reports whether anything came back from a nameserver.
func heardFrom(s *observation.ServerObservation) bool {
	return slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return a.Rcode != "" }) ||
		s.ControlQuery != nil && s.ControlQuery.Rcode != "" || s.OverTCP != nil && s.OverTCP.Rcode != ""
}

func undecidedServer(s *observation.ServerObservation) bool {
	return len(s.Answers) == 0 || slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return isUndecided(a.Failure) })
}

// byInterface says by which interface a connection left, where it is another
// one than the default route's: "" else.
func (f *facts) byInterface(local netip.Addr) string {
	x := f.leaves(local)
	if x == nil || x.DefaultIPv4 || x.DefaultIPv6 {
		return ""
	}
	return "sent out through " + x.Name + kindWords(x) + ", from " + local.String()
}

// kindWords says what an interface is, in brackets.
func kindWords(x *observation.Interface) string {
	words := map[observation.InterfaceKind]string{
		observation.InterfaceBridge: "a bridge", observation.InterfaceTUN: "a tunnel, tun", observation.InterfaceTAP: "a tunnel, tap",
		observation.InterfaceWireGuard: "WireGuard", observation.InterfacePPP: "a tunnel, PPP", observation.InterfaceTunnel: "a tunnel", observation.InterfaceVeth: "a container's interface",
	}
	if w := words[x.Kind]; w != "" {
		return " (" + w + ")"
	}
	return ""
}

func findRouteDiverted(f *facts) []match {
	ms := f.lookups(conditionDiverted)
	for i := range ms {
		ms[i].evidence = []string{ms[i].server.divertedLine()}
	}
	if f.vpc != nil && f.vpc.Given && len(f.direct()) > 0 && f.condition(f.vpc) == conditionDiverted {
		ms = append(ms, match{effect: affects, server: f.vpc, evidence: []string{f.vpc.divertedLine()}})
	}
	for _, w := range f.paths(func(w *path) bool { return w.diverted != nil }) {
		line := w.line() + "; sent out through " + w.diverted.Name + kindWords(w.diverted) + ", from " + w.connection().Local.String()
		if subnet, ok := covers(w.diverted, w.dialled()); ok {
			line += ", whose subnet is " + subnet.String()
		}
		if w.around != "" {
			e := experiment(w.experiments, observation.ExperimentDefaultInterface)
			line += "; the same by " + w.around + ", the interface of the default route: connected in " + connectElapsed(e.Result)
		}
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: []string{line}})
	}
	return ms
}

func (s *server) divertedLine() string {
	line := s.String() + " (nameserver): no answer; what is sent there leaves by " + s.diverted.Name + kindWords(s.diverted) + ", from " + s.Local.String()
	if subnet, ok := covers(s.diverted, s.Address.Addr()); ok {
		return line + ", whose subnet is " + subnet.String()
	}
	return line + "; asked by the interface of the default route, it answers"
}

func describeRouteDiverted(f *facts, ms []match) words {
	var to []netip.Addr
	var by []*observation.Interface
	add := func(a netip.Addr, x *observation.Interface) {
		if !slices.Contains(to, a) {
			to = append(to, a)
		}
		if !slices.Contains(by, x) {
			by = append(by, x)
		}
	}
	for _, s := range serversOf(ms) {
		add(s.Address.Addr(), s.diverted)
	}
	for _, w := range pathsOf(ms) {
		add(w.dialled(), w.diverted)
	}
	var names []string
	w := words{}
	for _, x := range by {
		names = append(names, x.Name+kindWords(x))
		w.fix = append(w.fix, f.undivert(x, to)...)
	}
	w.fix = append(w.fix, startLocal(ms)...)
	w.title = "the routing table of this node sends packets for " + addrList(to) + " to " + joinMax(names, 3) + ", which does not lead there"
	for i, a := range to {
		if i == 2 {
			break
		}
		w.checks = append(w.checks, Check{Command: "ip route get " + f.addressArg(a), Expect: "dev " + f.arg(by[0].Name, "INTERFACE")})
	}
	if len(by[0].Addresses) > 0 {
		w.checks = append(w.checks, Check{Command: "ip -d addr show dev " + f.arg(by[0].Name, "INTERFACE"), Expect: by[0].Addresses[0].String()})
	}
	return w
}

// startLocal is for proxies and nameservers in the subnet of a local bridge: they
// may be meant to run there, in a container that is stopped. No address of AWS is.
func startLocal(ms []match) []string {
	var steps []string
	add := func(to netip.AddrPort, by *observation.Interface) {
		if _, ok := covers(by, to.Addr()); ok && !by.Kind.Tunnels() && !strings.Contains(by.Name, "`") {
			steps = append(steps, "or start what should answer at "+to.String()+
				": a container or virtual machine behind "+by.Name+" may be stopped")
		}
	}
	for _, s := range serversOf(ms) {
		add(s.Address, s.diverted)
	}
	for _, w := range pathsOf(ms) {
		if w.proxy != nil {
			add(w.proxy.Address, w.diverted)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// madeByDocker reports whether Docker gives such a name to the bridge of a network.
func madeByDocker(bridge string) bool {
	id, ok := strings.CutPrefix(bridge, "br-")
	return ok && len(id) == 12 && strings.Trim(id, "0123456789abcdef") == "" || bridge == "docker_gwbridge"
}

// undivert is the fix that goes with the kind of interface.
func (f *facts) undivert(x *observation.Interface, to []netip.Addr) []string {
	var covered []string
	for _, a := range to {
		if p, ok := covers(x, a); ok && !slices.Contains(covered, p.String()) {
			covered = append(covered, p.String())
		}
	}
	subnet := strings.Join(covered, " and ")
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(x.Name, p) })
	}
	apart := ", one that the VPC and the networks reached from here do not use, in place of " + subnet
	addresses, name := addrList(to), f.arg(x.Name, "INTERFACE")
	switch {
	case x.Kind == observation.InterfaceVeth:
		return []string{
			"on the host of this container give the network of its containers another subnet" + apart + " (Docker: \"bip\" and \"default-address-pools\" in /etc/docker/daemon.json)",
			"or run the agent, and ssmcheck, on the host or in its network (--network host)",
		}
	case has("docker0"):
		return []string{"set \"bip\" in /etc/docker/daemon.json to an address in another subnet" + apart + " (`\"bip\": \"192.168.200.1/24\"`), and \"default-address-pools\" for the networks Docker creates later; then `systemctl restart docker`, which restarts its containers"}
	case madeByDocker(x.Name):
		return []string{"set \"default-address-pools\" in /etc/docker/daemon.json to other subnets" + apart + ", restart Docker, and make the network of " + x.Name + " anew (`docker network ls`; `docker network rm`, `docker network create`)"}
	case has("virbr"):
		return []string{"give libvirt's network of " + x.Name + " another subnet" + apart + " (`virsh net-list`, `virsh net-edit default`, then `virsh net-destroy default` and `virsh net-start default`)"}
	case has("podman", "cni-podman"):
		return []string{"set default_subnet and default_subnet_pools in /etc/containers/containers.conf ([network]) to other subnets" + apart + ", and make the network of " + x.Name + " anew (`podman network ls`)"}
	case has("cni", "cbr", "flannel", "weave", "kube-bridge"):
		return []string{"give the pods of this node another range" + apart + " (the pod CIDR of the cluster, or the \"subnet\" in /etc/cni/net.d)"}
	case has("lxdbr", "lxcbr", "incusbr"):
		return []string{"give the bridge another subnet" + apart + " (`lxc network set " + name + " ipv4.address`, `incus network set`, or LXC_ADDR in /etc/default/lxc-net)"}
	case x.Kind == observation.InterfaceBridge:
		return []string{"give the bridge " + x.Name + " another subnet" + apart + ", in what made it"}
	case has("tailscale"):
		return []string{
			"take " + addresses + " out of what Tailscale routes: no exit node (`tailscale set --exit-node=`), or no subnet routes of others (`tailscale set --accept-routes=false`)",
			"or have the exit node or subnet router let TCP 443 through to them",
		}
	case x.Kind == observation.InterfaceWireGuard:
		return []string{
			"take " + addresses + " out of AllowedIPs of the peers of " + x.Name + " (`wg show " + name + " allowed-ips`): 0.0.0.0/0 takes everything",
			"or have the peer carry TCP 443 to them, and see that it is up (`wg show " + name + " latest-handshakes`)",
		}
	}
	return []string{
		"take " + addresses + " out of the routes of the VPN behind " + x.Name + " (split tunnel), or give them a route of their own by the interface of the default route",
		"or have the other end of the VPN carry TCP 443 to them, and see that it is up",
	}
}
