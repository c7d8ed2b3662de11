package lab

import (
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Node is the machine that ssmcheck runs on.
type Node struct {
	// Address is its own address, with the subnet.
	Address netip.Prefix
	// Gateway is the next hop of its routes.
	Gateway  netip.Addr
	Firmware Firmware
	// Nameservers are those of resolv.conf, in order.
	Nameservers []netip.Addr
	// NoResolvConf: there is no such file.
	NoResolvConf bool
	// Hosts are lines of the hosts file besides localhost's.
	Hosts []string
	// Files are more files, by path without the leading slash.
	Files map[string]string
	// Special are files that are not plain text, or are huge.
	Special map[string]SpecialFile
	// Lacks are the commands that it does not have. It has all others that checks
	// use, if the machine does.
	Lacks []observation.Command
	// Env is the environment, in addition to PATH, HOME and the like.
	Env map[string]string
	// Trusts are the issuers whose roots are in the trust store.
	Trusts []Issuer
	// Routes are those besides the own subnet's. The longest prefix counts.
	Routes []Route
	// Firewall is the node's own packet filter for what it sends. The first
	// matching rule counts.
	Firewall []FirewallRule
	// Input is the filter for what it receives: To and Port are the sender's.
	Input []FirewallRule
	// Rules are rules of policy routing, as `ip rule add` takes them.
	Rules []string
	// Tables are routes of other tables, as `ip route add` takes them.
	Tables []string
	// Further are more addresses of its interface.
	Further []netip.Prefix
	// Interfaces are in addition to eth0.
	Interfaces []Interface
	// IPv6 is another address of its interface. The zero value: none. The lab's
	// wire carries only IPv4.
	IPv6 netip.Prefix
}

// An Interface leads nowhere: packets sent there are lost.
type Interface struct {
	Name string
	Kind InterfaceKind
	// Address is the node's own on it, with the subnet.
	Address netip.Prefix
	// Routes are other destinations that are routed there.
	Routes []netip.Prefix
	// Files are those in its directory of /sys/class/net.
	Files map[string]string
}

// An InterfaceKind is the type of an Interface in the namespace.
type InterfaceKind string

// The kinds of interfaces.
const (
	Bridge InterfaceKind = "bridge"
	TUN    InterfaceKind = "tun"
)

// Firmware is what the firmware says about the machine.
type Firmware string

// The machines of the lab.
const (
	FirmwareEC2    Firmware = "ec2"
	FirmwareVMware Firmware = "vmware"
)

// A Route is where packets for an address go.
type Route struct {
	To   netip.Prefix
	Kind RouteKind
}

// A RouteKind is what a route does.
type RouteKind string

// The kinds of a route, named as `ip route` does; ViaGateway is "via".
const (
	ViaGateway  RouteKind = "via"
	Prohibit    RouteKind = "prohibit"
	Blackhole   RouteKind = "blackhole"
	Unreachable RouteKind = "unreachable"
)

// A FirewallRule is one of the node's own packet filter.
type FirewallRule struct {
	To      netip.Prefix // the zero value: every address
	Network string       // "tcp", "udp"; empty: both
	Port    uint16       // 0: every port
	// Reject rejects the packet; otherwise it is dropped.
	Reject bool
	// With is how it rejects, in nftables' words. Empty: its default, port
	// unreachable.
	With string
}

// AdminProhibited is how firewalld rejects.
const AdminProhibited = "icmp type admin-prohibited"

func (r FirewallRule) matches(network string, to netip.AddrPort) bool {
	return Way{To: r.To, Network: r.Network, Port: r.Port}.matches(network, to)
}

// route returns the one that applies to an address; false if none does.
func (n Node) route(to netip.Addr) (Route, bool) {
	best, found := Route{}, false
	if n.Address.Masked().Contains(to) {
		best, found = Route{To: n.Address.Masked(), Kind: ViaGateway}, true
	}
	for _, r := range n.Routes {
		if r.To.Contains(to) && (!found || r.To.Bits() > best.To.Bits()) {
			best, found = r, true
		}
	}
	return best, found
}

// Tree returns the node's text files, by path without the leading slash.
func (n Node) Tree() map[string]string {
	files := map[string]string{
		"etc/hosts":                     "127.0.0.1 localhost\n" + lines(n.Hosts),
		"etc/nsswitch.conf":             "passwd: files\ngroup: files\nhosts: files dns\n",
		"sys/class/dmi/id/sys_vendor":   "VMware, Inc.\n",
		"sys/class/dmi/id/product_name": "VMware7,1\n",
		"sys/class/dmi/id/bios_vendor":  "VMware, Inc.\n",
	}
	if n.Firmware == FirmwareEC2 {
		for _, f := range []string{"sys_vendor", "bios_vendor", "board_vendor", "chassis_vendor"} {
			files["sys/class/dmi/id/"+f] = "Amazon EC2\n"
		}
		files["sys/class/dmi/id/product_name"] = "t3.micro\n"
		files["sys/class/dmi/id/board_asset_tag"] = InstanceID + "\n"
	}
	if !n.NoResolvConf {
		var b strings.Builder
		for _, a := range n.Nameservers {
			fmt.Fprintf(&b, "nameserver %s\n", a)
		}
		files["etc/resolv.conf"] = b.String()
	}
	for _, l := range n.Interfaces {
		for name, text := range l.Files {
			files["sys/class/net/"+l.Name+"/"+name] = text
		}
	}
	maps.Copy(files, n.Files)
	return files
}

// Hostname is the node's host name. EC2 derives it from the address.
func (n Node) Hostname() string {
	if n.Firmware == FirmwareEC2 {
		return "ip-" + strings.ReplaceAll(n.Address.Addr().String(), ".", "-")
	}
	return "build-17.plant.example"
}

// FS returns the node's files as a file system.
func (n Node) FS() fs.FS {
	m := fstest.MapFS{"proc/sys/kernel/hostname": {Data: []byte(n.Hostname() + "\n"), Mode: 0o444}}
	for _, c := range observation.Commands() {
		if len(n.Lacks) > 0 && !slices.Contains(n.Lacks, c) {
			m["usr/bin/"+string(c)] = &fstest.MapFile{Mode: 0o755}
		}
	}
	for path, text := range n.Tree() {
		m[path] = &fstest.MapFile{Data: []byte(text), Mode: 0o444, ModTime: time.Now()}
	}
	for path, file := range n.Special {
		m[path] = file.mapFile()
	}
	return m
}

func lines(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return strings.Join(s, "\n") + "\n"
}
