package report

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// An addressBook gives addresses their stand-ins.
//
// Within a block of addresses a stand-in is made bit by bit: of two addresses
// that are alike up to a bit, the one that came first has the bit of an address
// that ends in 0.0.2 there, and the other not. So blocks within the block hold
// what they held, and nothing tells what the bits were. A VPC's "base and two"
// comes first, and stays that.
type addressBook struct {
	blocks []addressBlock
	// seen says, by all the bits before it, whether a bit is turned round.
	seen map[netip.Prefix]byte
	next map[int]uint64 // how far each pool is used
}

// An addressBlock is a block of addresses and the one that stands for it, of
// the same size.
type addressBlock struct{ from, to netip.Prefix }

// ownSpace are the private blocks: each stands for itself, and only what is
// within is changed.
var ownSpace = []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/8", "fd00::/8", "fe80::/10"}

// pools are where the stand-ins of public addresses are taken from: what RFC
// 5737 and RFC 3849 set aside for documents, then RFC 2544's for benchmarks, then
// what RFC 1112 reserves.
var pools = []string{"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "198.18.0.0/15", "240.0.0.0/5", "2001:db8::/32"}

// translatedSpace holds IPv4 addresses within IPv6 ones (RFC 6052).
var translatedSpace = netip.MustParsePrefix("64:ff9b::/96")

func newAddressBook(o *probe.Observations) *addressBook {
	b := &addressBook{seen: map[netip.Prefix]byte{}, next: map[int]uint64{}}
	for _, s := range ownSpace {
		p := netip.MustParsePrefix(s)
		b.blocks = append(b.blocks, addressBlock{p, p})
	}
	if o == nil {
		return b
	}
	own := slices.Concat(o.Metadata.VPCBlocks, o.Metadata.SubnetBlocks, o.Plan.PrivateCIDRs, o.Node.Addresses)
	var public []netip.Prefix
	for _, p := range own {
		if p.IsValid() && !p.IsSingleIP() {
			public = append(public, p.Masked())
		}
	}
	slices.SortStableFunc(public, func(x, y netip.Prefix) int { return cmp.Compare(x.Bits(), y.Bits()) })
	for _, p := range public {
		b.own(p)
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
	servers := slices.Concat(o.Node.Resolver.Servers, o.Node.Resolver.Behind)
	for _, s := range o.Plan.Servers {
		servers = append(servers, s.Address)
	}
	for _, s := range servers {
		b.ownAddress(s.Addr())
	}
	return b
}

// own makes sure that a block has one that stands for it. One that is larger
// than every pool stays as it is.
func (b *addressBook) own(p netip.Prefix) {
	if _, ok := b.block(p.Addr()); ok || keeps(p.Addr()) || p.Contains(netip.IPv4Unspecified()) {
		return
	}
	size := p.Addr().BitLen() - p.Bits()
	for i, s := range pools {
		pool := netip.MustParsePrefix(s)
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
		last := len(to)
		if p.Addr().Is6() {
			last = 8
		}
		for k := 1; k <= 4; k++ {
			to[last-k] |= byte(n >> (8 * (k - 1)))
		}
		a, _ := netip.AddrFromSlice(to) // 4 or 16 bytes
		b.blocks = append(b.blocks, addressBlock{p, netip.PrefixFrom(a, p.Bits())})
		return
	}
}

// ownAddress makes sure that an address of the node's own network has a
// stand-in, also a public one.
func (b *addressBook) ownAddress(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	a = a.Unmap().WithZone("")
	b.own(netip.PrefixFrom(a, a.BitLen()))
	b.of(a)
}

// keeps reports whether everybody has the address.
func keeps(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsLoopback() || a.Is4() && a.IsLinkLocalUnicast() || a.IsMulticast() ||
		a == netip.MustParseAddr("fd00:ec2::254") || a == netip.MustParseAddr("fd00:ec2::253")
}

// block is the last one that holds the address: it was found necessary within
// no other.
func (b *addressBook) block(a netip.Addr) (addressBlock, bool) {
	for _, x := range slices.Backward(b.blocks) {
		if x.from.Contains(a) {
			return x, true
		}
	}
	return addressBlock{}, false
}

// of is the stand-in of an address. One that is not of the node's own network
// is its own.
func (b *addressBook) of(a netip.Addr) netip.Addr {
	if !a.IsValid() || keeps(a) {
		return a
	}
	if translatedSpace.Contains(a) {
		to := a.As16()
		inner := b.of(netip.AddrFrom4([4]byte(to[12:]))).As4()
		copy(to[12:], inner[:])
		return netip.AddrFrom16(to)
	}
	block, ok := b.block(a)
	if !ok {
		return a
	}
	from, to := a.AsSlice(), block.to.Addr().AsSlice()
	for i := block.from.Bits(); i < a.BitLen(); i++ {
		bit := from[i/8] >> (7 - i%8) & 1
		before := netip.PrefixFrom(a, i).Masked()
		flip, known := b.seen[before]
		if !known {
			flip = bit ^ firstBit(i, a.BitLen())
			b.seen[before] = flip
		}
		to[i/8] |= (bit ^ flip) << (7 - i%8)
	}
	out, _ := netip.AddrFromSlice(to) // as many bytes as it had
	return out.WithZone(a.Zone())
}

// firstBit is the bit that comes first, of n: all are 0 but the last but one, as
// an address that ends in 0 would be taken for a block.
func firstBit(i, n int) byte {
	if i == n-2 {
		return 1
	}
	return 0
}

// ofPrefix is the stand-in of a block's first address: it has no bit that the
// block leaves open.
func (b *addressBook) ofPrefix(p netip.Prefix) netip.Addr {
	return netip.PrefixFrom(b.of(p.Addr()), p.Bits()).Masked().Addr()
}
