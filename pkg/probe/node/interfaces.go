package node

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxInterfaces bounds those that are looked at. Of a node with more, the rest
// counts as not known.
const maxInterfaces = 64

// classifyInterfaces says what each interface is, and which have the default
// route. nil: that cannot be told here.
func (p Reader) classifyInterfaces(list []observation.Interface) []observation.Interface {
	if p.System() != "linux" {
		return nil
	}
	v4, failure := p.ReadFile("proc/net/route")
	if failure != nil {
		return nil
	}
	v6, failure := p.ReadFile("proc/net/ipv6_route")
	if failure != nil && !failure.Of(observation.KindAbsent) { // there is none without IPv6
		return nil
	}
	default4, default6 := defaultIPv4(string(v4)), defaultIPv6(string(v6))
	var out []observation.Interface
	for _, i := range list {
		if len(out) == maxInterfaces {
			break
		}
		if !usableName(i.Name) || !slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() }) {
			continue // a node may have hundreds, one for each container
		}
		i.Kind = p.interfaceKind(i.Name)
		i.Uplink = i.Kind == observation.InterfaceBridge && p.uplink(i.Name)
		i.DefaultIPv4, i.DefaultIPv6 = default4[i.Name], default6[i.Name]
		out = append(out, i)
	}
	return out
}

// usableName reports whether a name can be one of a file: the kernel allows no
// other.
func usableName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

func sysfs(name string) string { return "sys/class/net/" + name + "/" }

// interfaceKind reads what sysfs says of an interface. Empty if a part of that could not
// be read: without its uevent a VLAN would look like a container's veth.
func (p Reader) interfaceKind(name string) observation.InterfaceKind {
	unread := false
	text := func(file string) string {
		b, failure := p.ReadFile(sysfs(name) + file)
		unread = unread || failure != nil && !failure.Of(observation.KindAbsent)
		return strings.TrimSpace(string(b))
	}
	kind := p.kindBySysfs(sysfs(name), text)
	if unread {
		return ""
	}
	return kind
}

// kindBySysfs reads the files of one directory of sysfs by text.
func (p Reader) kindBySysfs(at string, text func(file string) string) observation.InterfaceKind {
	if flags, err := strconv.ParseUint(strings.TrimPrefix(text("tun_flags"), "0x"), 16, 32); err == nil {
		const tap = 2 // IFF_TAP
		if flags&tap != 0 {
			return observation.InterfaceTAP
		}
		return observation.InterfaceTUN
	}
	switch kind := deviceType(text("uevent")); kind {
	case "bridge", "wireguard", "ppp":
		return observation.InterfaceKind(kind)
	case "":
	default:
		return ""
	}
	switch there, _ := p.Exists(at + "bridge"); there {
	case observation.Yes:
		return observation.InterfaceBridge
	case observation.Unknown:
		return ""
	}
	// The numbers of if_arp.h.
	switch text("type") {
	case "512": // PPP
		return observation.InterfacePPP
	case "768", "769", "776", "778", "823", "65534": // IPIP, IP6IP6, SIT, GRE, IP6GRE, without a header
		return observation.InterfaceTunnel
	case "1": // Ethernet
		if at, of := text("iflink"), text("ifindex"); at != "" && of != "" && at != of {
			return observation.InterfaceVeth
		}
	}
	return ""
}

// deviceType is DEVTYPE of a uevent file.
func deviceType(uevent string) string {
	for line := range strings.Lines(uevent) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVTYPE="); ok {
			return kind
		}
	}
	return ""
}

// uplink reports whether a bridge has a port that leads out of this node. One
// whose ports cannot be read may have.
func (p Reader) uplink(bridge string) bool {
	ports, err := files.ListDirectory(p.FS(), strings.TrimSuffix(sysfs(bridge), "/")+"/brif", 256)
	if err != nil {
		return !files.IsAbsent(err)
	}
	for _, port := range ports {
		if !usableName(port.Name()) {
			continue
		}
		for _, sign := range []string{"device", "bonding"} {
			if there, _ := p.Exists(sysfs(port.Name()) + sign); there != observation.No {
				return true
			}
		}
		b, failure := p.ReadFile(sysfs(port.Name()) + "uevent")
		if failure != nil && !failure.Of(observation.KindAbsent) || deviceType(string(b)) == "vlan" {
			return true
		}
	}
	return false
}

// The flags of a route, of route.h.
const (
	routeUp     = 0x1
	routeReject = 0x200
)

// defaultIPv4 are the interfaces with a default route in /proc/net/route.
func defaultIPv4(text string) map[string]bool {
	found := make(map[string]bool)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		if flags, err := strconv.ParseUint(f[3], 16, 32); err == nil && flags&routeUp != 0 && flags&routeReject == 0 {
			found[f[0]] = true
		}
	}
	return found
}

// defaultIPv6 are the same of /proc/net/ipv6_route.
func defaultIPv6(text string) map[string]bool {
	found := make(map[string]bool)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 10 || strings.Trim(f[0], "0") != "" || f[1] != "00" || f[9] == "lo" {
			continue
		}
		if flags, err := strconv.ParseUint(f[8], 16, 32); err == nil && flags&routeUp != 0 && flags&routeReject == 0 {
			found[f[9]] = true
		}
	}
	return found
}

// systemInterfaces gives the system's interfaces with their addresses, without
// loopback and without those that are down.
func systemInterfaces() ([]observation.Interface, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []observation.Interface
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		out := observation.Interface{Name: i.Name}
		for _, a := range addresses {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(n.IP)
			if !ok {
				continue
			}
			ones, _ := n.Mask.Size()
			out.Addresses = append(out.Addresses, netip.PrefixFrom(ip.Unmap(), ones))
		}
		all = append(all, out)
	}
	return all, nil
}
