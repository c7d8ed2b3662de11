package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const RouteDiverted Code = "route-diverted"

// leaves is the interface through which a connection left: the one that has its local
// address. nil: not known, or several have it.
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

// covers returns the interface's subnet that contains an address.
func covers(x *observation.Interface, a netip.Addr) (netip.Prefix, bool) {
	for _, p := range x.Addresses {
		if p.Addr() != a && !p.IsSingleIP() && p.Contains(a) {
			return p.Masked(), true
		}
	}
	return netip.Prefix{}, false
}

// misleads returns the interface through which packets from local to an address leave,
// if it leads only into this node itself.
func (f *facts) misleads(local, to netip.Addr) *observation.Interface {
	x := f.leaves(local)
	if x == nil {
		return nil
	}
	if _, ok := covers(x, to); !ok {
		return nil
	}
	bridge := x.Kind == observation.InterfaceBridge && !x.DefaultIPv4 && !x.DefaultIPv6 && !x.Uplink
	// The container's own subnet: only metadata says whether the address is a
	// neighbour's or the VPC's.
	container := x.Kind == observation.InterfaceVeth && f.o.Node.Container != "" && f.inVPC(to)
	if bridge || container {
		return x
	}
	return nil
}

// divert finds the paths and nameservers that the routing table misdirects. It needs all
// paths: nothing may answer through the tunnel.
func (f *facts) divert() {
	proven := make(map[netip.Addr]bool)
	carries := make(map[string]bool) // tunnels through which something answers
	for _, w := range f.paths(func(*path) bool { return true }) {
		c := w.connection()
		// Packets to a proxy that accepts connections, for any target, go to the
		// right place: what it then answers has a cause of its own.
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
		if x := f.leaves(s.Local); s.diverted == nil && x != nil && x.Kind.Tunnels() && !carries[x.Name] && replied(s.Bound) {
			s.diverted = x
		}
	}
}

// dialled is the address that was connected to: the proxy's, if there is one.
func (w *path) dialled() netip.Addr {
	if w.proxy != nil {
		return w.proxy.Address.Addr()
	}
	return w.addr
}

// heardFrom reports whether anything came back from a nameserver.
func heardFrom(s *observation.ServerObservation) bool {
	return slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return a.Rcode != "" }) ||
		replied(s.ControlQuery) || replied(s.OverTCP)
}

func undecidedServer(s *observation.ServerObservation) bool {
	return len(s.Answers) == 0 || slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return isUndecided(a.Failure) })
}

// byInterface says through which interface a connection left, if that is not the default
// route's; "" otherwise.
func (f *facts) byInterface(local netip.Addr) string {
	x := f.leaves(local)
	if x == nil || x.DefaultIPv4 || x.DefaultIPv6 {
		return ""
	}
	return "sent out through " + x.Name + kindWords(x) + ", from " + local.String()
}

// kindWords says in parentheses what an interface is.
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
			line += "; through " + w.around + ", the interface of the default route, it connected in " + connectElapsed(e.Result)
		}
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: []string{line}})
	}
	return ms
}

func (s *server) divertedLine() string {
	line := s.String() + " (nameserver): no answer; packets to it leave through " + s.diverted.Name + kindWords(s.diverted) + ", from " + s.Local.String()
	if subnet, ok := covers(s.diverted, s.Address.Addr()); ok {
		return line + ", whose subnet is " + subnet.String()
	}
	return line + "; asked through the interface of the default route, it answers"
}

func describeRouteDiverted(f *facts, ms []match) words {
	var to []netip.Addr
	var by []*observation.Interface
	for _, s := range serversOf(ms) {
		to, by = appendNew(to, s.Address.Addr()), appendNew(by, s.diverted)
	}
	for _, w := range pathsOf(ms) {
		to, by = appendNew(to, w.dialled()), appendNew(by, w.diverted)
	}
	var names []string
	w := words{}
	for _, x := range by {
		names = append(names, x.Name+kindWords(x))
		w.fix = append(w.fix, f.undivert(x, to)...)
	}
	w.fix = append(w.fix, startLocal(ms)...)
	w.title = "the routing table of this node sends packets for " + addrList(to) + " to " + joinMax(names, 3) + ", which does not lead there"
	for _, a := range to[:min(len(to), 2)] {
		w.checks = append(w.checks, Check{Command: "ip route get " + f.addressArg(a), Expect: "dev " + f.arg(by[0].Name, "INTERFACE")})
	}
	if len(by[0].Addresses) > 0 {
		w.checks = append(w.checks, Check{Command: "ip -d addr show dev " + f.arg(by[0].Name, "INTERFACE"), Expect: by[0].Addresses[0].String()})
	}
	return w
}

// startLocal is for proxies and nameservers in the subnet of a local bridge: they may be
// meant to run there, in a container that has stopped. AWS's addresses never are.
func startLocal(ms []match) []string {
	var steps []string
	add := func(to netip.AddrPort, by *observation.Interface) {
		if _, ok := covers(by, to.Addr()); ok && !by.Kind.Tunnels() && !strings.Contains(by.Name, "`") {
			steps = append(steps, "start what should answer at "+to.String()+
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

// madeByDocker reports whether Docker gives the bridge of a network such a name.
func madeByDocker(bridge string) bool {
	id, ok := strings.CutPrefix(bridge, "br-")
	return ok && len(id) == 12 && strings.Trim(id, "0123456789abcdef") == "" || bridge == "docker_gwbridge"
}

// undivert is the fix for an interface of this kind.
func (f *facts) undivert(x *observation.Interface, to []netip.Addr) []string {
	var covered []string
	for _, a := range to {
		if p, ok := covers(x, a); ok {
			covered = appendNew(covered, p.String())
		}
	}
	subnet := strings.Join(covered, " and ")
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(x.Name, p) })
	}
	apart := ", one that neither the VPC nor a network reachable from here uses, instead of " + subnet
	addresses, name := addrList(to), f.arg(x.Name, "INTERFACE")
	switch {
	case x.Kind == observation.InterfaceVeth:
		return []string{
			"on this container's host, give the container network another subnet" + apart + " (Docker: \"bip\" and \"default-address-pools\" in /etc/docker/daemon.json)",
			"run the agent, and ssmcheck, on the host or in its network (--network host)",
		}
	case has("docker0"):
		return []string{"set \"bip\" in /etc/docker/daemon.json to an address in another subnet" + apart + " (`\"bip\": \"192.168.200.1/24\"`), and \"default-address-pools\" for the networks Docker creates later; then `systemctl restart docker`, which restarts its containers"}
	case madeByDocker(x.Name):
		return []string{"set \"default-address-pools\" in /etc/docker/daemon.json to other subnets" + apart + ", restart Docker, and recreate the network of " + x.Name + " (`docker network ls`; `docker network rm`, `docker network create`)"}
	case has("virbr"):
		return []string{"give libvirt's network of " + x.Name + " another subnet" + apart + " (`virsh net-list`, `virsh net-edit default`, then `virsh net-destroy default` and `virsh net-start default`)"}
	case has("podman", "cni-podman"):
		return []string{"set default_subnet and default_subnet_pools in /etc/containers/containers.conf ([network]) to other subnets" + apart + ", and recreate the network of " + x.Name + " (`podman network ls`)"}
	case has("cni", "cbr", "flannel", "weave", "kube-bridge"):
		return []string{"give the pods of this node another range" + apart + " (the pod CIDR of the cluster, or the \"subnet\" in /etc/cni/net.d)"}
	case has("lxdbr", "lxcbr", "incusbr"):
		return []string{"give the bridge another subnet" + apart + " (`lxc network set " + name + " ipv4.address`, `incus network set`, or LXC_ADDR in /etc/default/lxc-net)"}
	case x.Kind == observation.InterfaceBridge:
		return []string{"give the bridge " + x.Name + " another subnet" + apart + ", in the configuration of whatever created it"}
	case has("tailscale"):
		return []string{
			"exclude " + addresses + " from what Tailscale routes: no exit node (`tailscale set --exit-node=`), or no subnet routes from other nodes (`tailscale set --accept-routes=false`)",
			"make the exit node or subnet router forward TCP 443 to them",
		}
	case x.Kind == observation.InterfaceWireGuard:
		return []string{
			"remove " + addresses + " from AllowedIPs of the peers of " + x.Name + " (`wg show " + name + " allowed-ips`): 0.0.0.0/0 takes everything",
			"make the peer forward TCP 443 to them, and check that it is up (`wg show " + name + " latest-handshakes`)",
		}
	}
	return []string{
		"exclude " + addresses + " from the routes of the VPN behind " + x.Name + " (split tunnel), or add a route to them through the interface of the default route",
		"make the other end of the VPN forward TCP 443 to them, and check that it is up",
	}
}
