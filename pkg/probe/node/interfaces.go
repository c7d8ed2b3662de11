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

// maxInterfaces limits how many are inspected; any others count as not known.
const maxInterfaces = 64

// classifyInterfaces determines what each interface is, and which have a default
// route. nil: not known on this system.
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
			continue // a node may have hundreds, one per container
		}
		i.Kind = p.interfaceKind(i.Name)
		i.Uplink = i.Kind == observation.InterfaceBridge && p.uplink(i.Name)
		i.DefaultIPv4, i.DefaultIPv6 = default4[i.Name], default6[i.Name]
		out = append(out, i)
	}
	return out
}

// usableName reports whether a name can be a file's: the kernel allows no other.
func usableName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

func sysfs(name string) string { return "sys/class/net/" + name + "/" }

// interfaceKind reads what sysfs says about an interface. Empty if part of it could not be
// read: without its uevent a VLAN would look like a container's veth.
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

// kindBySysfs reads the files of an interface's directory with text.
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

// deviceType returns DEVTYPE from a uevent file.
func deviceType(uevent string) string {
	for line := range strings.Lines(uevent) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVTYPE="); ok {
			return kind
		}
	}
	return ""
}

// uplink reports whether a bridge has a port that leads out of this node, or may have one
// because its ports cannot be read.
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

// defaultIPv4 returns the interfaces with a default route in /proc/net/route.
func defaultIPv4(text string) map[string]bool {
	return routesBy(text, 0, 3, func(f []string) bool { return len(f) >= 8 && f[1] == "00000000" && f[7] == "00000000" })
}

// defaultIPv6 does the same for /proc/net/ipv6_route.
func defaultIPv6(text string) map[string]bool {
	return routesBy(text, 9, 8, func(f []string) bool {
		return len(f) >= 10 && strings.Trim(f[0], "0") == "" && f[1] == "00" && f[9] != "lo"
	})
}

// routesBy returns the interfaces with a usable route that is wanted. name and flags are the
// fields of a route's interface and flags (route.h).
func routesBy(text string, name, flags int, wanted func(fields []string) bool) map[string]bool {
	const up, reject = 0x1, 0x200
	found := make(map[string]bool)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if !wanted(f) {
			continue
		}
		if n, err := strconv.ParseUint(f[flags], 16, 32); err == nil && n&(up|reject) == up {
			found[f[name]] = true
		}
	}
	return found
}

// systemInterfaces returns the interfaces that are up with their addresses, without
// loopback.
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
