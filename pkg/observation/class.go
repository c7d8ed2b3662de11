package observation

import "net/netip"

// A Class is what kind of address one is.
type Class string

// The classes. An address is of the first that fits, in this order.
const (
	ClassUnspecified Class = "unspecified" // 0.0.0.0, ::
	ClassLoopback    Class = "loopback"    // 127.0.0.0/8, ::1
	ClassLinkLocal   Class = "link-local"  // 169.254.0.0/16, fe80::/10
	ClassPrivate     Class = "private"     // see Classify
	ClassPublic      Class = "public"      // all else
)

var (
	carrierGrade = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	translated   = netip.MustParsePrefix("64:ff9b::/96")  // RFC 6052
)

// Classify says what kind of address a is. Private are RFC 1918's blocks,
// 100.64.0.0/10, fc00::/7 and the extra blocks: the VPC's own, and those of
// --private-cidr. An address in 64:ff9b::/96 is classed by the IPv4 address
// in it.
func Classify(a netip.Addr, extra []netip.Prefix) Class {
	a = UnmapNAT64(a)
	switch {
	case a.IsUnspecified():
		return ClassUnspecified
	case a.IsLoopback():
		return ClassLoopback
	case a.IsLinkLocalUnicast():
		return ClassLinkLocal
	case a.IsPrivate(), carrierGrade.Contains(a):
		return ClassPrivate
	}
	for _, p := range extra {
		if p.Contains(a) {
			return ClassPrivate
		}
	}
	return ClassPublic
}

// untranslated gives the IPv4 address in one of 64:ff9b::/96, and any other
// address as it is, without its zone.
func UnmapNAT64(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if translated.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// Class says what kind of address a is to this node: the blocks of
// --private-cidr and of its VPC count.
func (o *Observations) Class(a netip.Addr) Class {
	return Classify(a, append(o.Plan.PrivateCIDRs[:len(o.Plan.PrivateCIDRs):len(o.Plan.PrivateCIDRs)], o.Metadata.VPCBlocks...))
}
