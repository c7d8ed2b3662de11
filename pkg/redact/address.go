package redact

import (
	"math/bits"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An addressMap gives addresses their pseudonyms.
//
// Within a block of addresses a pseudonym is made bit by bit: of two addresses
// that agree up to a bit, the one that came first gets, at that bit, the bit of
// an address that ends in 0.0.2, and the other the opposite. So blocks within
// the block contain the same addresses as before, and the original bits cannot
// be derived. A VPC's "base plus two" comes first and keeps that form.
type addressMap struct {
	// blocks maps a block to its pseudonym of the same size; a single address
	// is a block of 32 or 128 bits. sizes are the lengths that occur.
	blocks map[netip.Prefix]netip.Prefix
	sizes  [2][129]bool // of IPv4 and of IPv6
	// first is the first address seen with all bits of a prefix, unless it is
	// also the first one of a shorter prefix.
	first map[netip.Prefix]netip.Addr
	next  [len(poolTexts)]uint64 // how far each pool is used
}

// ownSpace are the private blocks: each is its own pseudonym, and only the bits
// within are changed.
var ownSpace = prefixesOf("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/8", "fd00::/8", "fe80::/10")

// poolTexts are where the pseudonyms of public addresses come from: what RFC
// 5737 and RFC 3849 reserve for documentation, then RFC 2544's for benchmarks,
// then what RFC 1112 reserves.
var poolTexts = [...]string{"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "198.18.0.0/15", "240.0.0.0/5", "2001:db8::/32"}

var pools = prefixesOf(poolTexts[:]...)

func prefixesOf(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func newAddressMap() *addressMap {
	b := &addressMap{blocks: map[netip.Prefix]netip.Prefix{}, first: map[netip.Prefix]netip.Addr{}}
	for _, p := range ownSpace {
		b.add(p, p)
	}
	return b
}

func (b *addressMap) add(from, to netip.Prefix) {
	b.blocks[from] = to
	b.sizes[family(from.Addr())][from.Bits()] = true
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// learn adds the blocks and addresses of the node's own network, the largest
// blocks first.
func (b *addressMap) learn(o *observation.Observations) {
	for bits := range 129 {
		for _, list := range [][]netip.Prefix{o.Metadata.VPCBlocks, o.Metadata.SubnetBlocks, o.Plan.PrivateCIDRs, o.Node.Addresses} {
			for _, p := range list {
				if p.IsValid() && !p.IsSingleIP() && p.Bits() == bits {
					b.own(p.Masked())
				}
			}
		}
	}
	for _, p := range o.Metadata.VPCBlocks {
		if p.IsValid() {
			b.of(p.Masked().Addr().Next().Next())
		}
	}
	for _, p := range o.Node.Addresses {
		b.ownAddress(p.Addr())
	}
	b.ownAddress(o.Metadata.LocalIPv4)
	for _, list := range [][]netip.AddrPort{o.Node.Resolver.Servers, o.Node.Resolver.Behind} {
		for _, s := range list {
			b.ownAddress(s.Addr())
		}
	}
}

// own makes sure that a block has a pseudonym. A block larger than every pool
// stays unchanged.
func (b *addressMap) own(p netip.Prefix) {
	if _, _, ok := b.block(p.Addr()); ok || keeps(p.Addr()) || p.Contains(netip.IPv4Unspecified()) {
		return
	}
	size := p.Addr().BitLen() - p.Bits()
	for i, pool := range pools {
		room := pool.Addr().BitLen() - pool.Bits()
		if pool.Addr().Is4() != p.Addr().Is4() || size > room {
			continue
		}
		if p.Addr().Is6() { // counted in networks of 64 bits, the least that is one
			size, room = max(size, 64)-64, room-64
		}
		n := (b.next[i] + 1<<size - 1) >> size << size
		if n == 0 && size == 0 {
			n = 1 // not the pool's own address
		}
		if n+1<<size > uint64(1)<<room {
			continue
		}
		b.next[i] = n + 1<<size
		to := pool.Addr().AsSlice()
		end := len(to)
		if p.Addr().Is6() {
			end = 8
		}
		for k := 1; k <= 4; k++ {
			to[end-k] |= byte(n >> (8 * (k - 1)))
		}
		a, _ := netip.AddrFromSlice(to) // 4 or 16 bytes
		b.add(p, netip.PrefixFrom(a, p.Bits()))
		return
	}
}

// ownAddress makes sure that an address of the node's own network, even a
// public one, has a pseudonym.
func (b *addressMap) ownAddress(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	a = a.Unmap().WithZone("")
	b.own(netip.PrefixFrom(a, a.BitLen()))
	b.of(a)
}

var metadataIPv6, resolverIPv6 = netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd00:ec2::253")

// keeps reports whether the address is the same on every network.
func keeps(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsLoopback() || a.Is4() && a.IsLinkLocalUnicast() || a.IsMulticast() || a == metadataIPv6 || a == resolverIPv6 || observation.IsTailscale(a)
}

// block returns the smallest known block that contains the address, and its
// pseudonym.
func (b *addressMap) block(a netip.Addr) (from, to netip.Prefix, ok bool) {
	for bits := a.BitLen(); bits > 0; bits-- {
		if !b.sizes[family(a)][bits] {
			continue
		}
		from, _ = a.WithZone("").Prefix(bits) // bits are of its family
		if to, ok = b.blocks[from]; ok {
			return from, to, true
		}
	}
	return from, to, false
}

// embeddings are where an IPv6 address contains an IPv4 address, and at which
// byte: mapped, the translations of RFC 6052 and RFC 8215, and 6to4 (RFC 3056).
var embeddings = []struct {
	within netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("::ffff:0:0/96"), 12},
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
}

// of returns the pseudonym of an address. An address outside the node's own
// network stays unchanged.
func (b *addressMap) of(a netip.Addr) netip.Addr {
	if !a.IsValid() || keeps(a) {
		return a
	}
	if a.Is6() {
		bytes := a.As16()
		for _, e := range embeddings {
			// Contains knows no mapped address.
			if e.within.Contains(a.WithZone("")) || a.Is4In6() {
				inner := b.of(netip.AddrFrom4([4]byte(bytes[e.at:]))).As4()
				copy(bytes[e.at:], inner[:])
				return netip.AddrFrom16(bytes).WithZone(a.Zone())
			}
		}
	}
	from, to, ok := b.block(a)
	if !ok {
		return a
	}
	out, in := to.Addr().AsSlice(), a.AsSlice()
	if from.Bits() <= a.BitLen()-2 {
		out[len(out)-1] |= 2 // an address that ends in 0 would look like a block
	}
	// Flip every bit in which the address differs from the first one seen with
	// the same bits before it.
	for at := from; ; {
		first, known := b.first[at]
		if !known {
			b.first[at] = a.WithZone("")
			break
		}
		i := commonBits(in, first.AsSlice())
		if i == a.BitLen() {
			break
		}
		out[i/8] ^= 1 << (7 - i%8)
		at, _ = a.WithZone("").Prefix(i + 1)
		// From there on it is compared with another, which may be alike.
	}
	pseudonym, _ := netip.AddrFromSlice(out) // as many bytes as it had
	return pseudonym.WithZone(a.Zone())
}

// commonBits is how many leading bits two addresses of one family share.
func commonBits(a, b []byte) int {
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			return 8*i + bits.LeadingZeros8(x)
		}
	}
	return 8 * len(a)
}

// ofPrefix is the pseudonym of a block's first address: the bits that the block
// leaves open are 0.
func (b *addressMap) ofPrefix(p netip.Prefix) netip.Addr {
	return netip.PrefixFrom(b.of(p.Addr()), p.Bits()).Masked().Addr()
}
