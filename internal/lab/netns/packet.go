package netns

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// The protocols that the wire knows, and the length of an Ethernet header.
const (
	etherARP  = 0x0806
	etherIPv4 = 0x0800
	etherLen  = 14

	protocolTCP = 6
	protocolUDP = 17
)

// unreachableCodes are the ICMP codes of rejections.
var unreachableCodes = map[lab.Action]int{lab.RejectNet: 0, lab.RejectPort: 3, lab.RejectAdmin: 13}

// A verdict is what the wire does with a frame.
type verdict struct {
	pass bool
	// answer is a frame to send back instead. nil: none.
	answer []byte
	// atOnce: the answer comes from the next hop.
	atOnce bool
}

// fromNode decides what happens to a frame that the node sent.
func fromNode(world *lab.World, frame []byte) verdict {
	if len(frame) < etherLen {
		return verdict{}
	}
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherARP:
		return verdict{pass: true}
	case etherIPv4:
	default:
		return verdict{}
	}
	p, ok := parse(frame[etherLen:])
	if !ok {
		return verdict{}
	}
	fate := world.Fate(p.network, p.to)
	if code, ok := unreachableCodes[fate.Action]; ok {
		return verdict{answer: unreachable(frame, p, fate.By, code), atOnce: fate.Near}
	}
	if fate.Action != lab.Refuse && (fate.Action != "" || !world.Listens(p.network, p.to)) {
		return verdict{}
	}
	return verdict{pass: fate.Longest == 0 || p.length <= fate.Longest}
}

// fromWorld decides what happens to a frame that the world sent.
func fromWorld(world *lab.World, frame []byte) verdict {
	if len(frame) < etherLen || binary.BigEndian.Uint16(frame[12:]) != etherIPv4 {
		return verdict{pass: len(frame) >= etherLen && binary.BigEndian.Uint16(frame[12:]) == etherARP}
	}
	p, ok := parse(frame[etherLen:])
	if !ok {
		return verdict{pass: true} // ICMP
	}
	longest := world.Fate(p.network, p.from).LongestReply
	return verdict{pass: longest == 0 || p.length <= longest}
}

// A packet has the fields that the wire needs of an IPv4 packet with TCP or UDP.
type packet struct {
	network  string
	from, to netip.AddrPort
	length   int
	header   int // length of the IP header
}

func parse(b []byte) (packet, bool) {
	h, err := ipv4.ParseHeader(b)
	if err != nil || len(b) < h.Len+8 || h.FragOff != 0 {
		return packet{}, false
	}
	p := packet{length: h.TotalLen, header: h.Len}
	switch h.Protocol {
	case protocolTCP:
		p.network = "tcp"
	case protocolUDP:
		p.network = "udp"
	default:
		return packet{}, false
	}
	src, _ := netip.AddrFromSlice(h.Src.To4())
	dst, _ := netip.AddrFromSlice(h.Dst.To4())
	ports := b[h.Len:]
	p.from = netip.AddrPortFrom(src, binary.BigEndian.Uint16(ports))
	p.to = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(ports[2:]))
	return p, true
}

// unreachable returns a frame in which an address tells the sender of another
// frame, with ICMP, that it was not delivered.
func unreachable(frame []byte, p packet, by netip.Addr, code int) []byte {
	original := frame[etherLen : etherLen+min(p.header+8, len(frame)-etherLen)]
	m := icmp.Message{Type: ipv4.ICMPTypeDestinationUnreachable, Code: code, Body: &icmp.DstUnreach{Data: original}}
	body, err := m.Marshal(nil)
	if err != nil {
		return nil
	}
	h := ipv4.Header{
		Version: 4, Len: ipv4.HeaderLen, TotalLen: ipv4.HeaderLen + len(body), TTL: 64, Protocol: 1,
		Src: by.AsSlice(), Dst: p.from.Addr().AsSlice(),
	}
	head, err := h.Marshal()
	if err != nil {
		return nil
	}
	// Marshal writes some fields in the byte order that the host's sockets expect.
	binary.BigEndian.PutUint16(head[2:], uint16(h.TotalLen))
	binary.BigEndian.PutUint16(head[6:], 0)
	binary.BigEndian.PutUint16(head[10:], 0)
	binary.BigEndian.PutUint16(head[10:], checksum(head))

	back := make([]byte, 0, etherLen+len(head)+len(body))
	back = append(back, frame[6:12]...)
	back = append(back, frame[0:6]...)
	back = append(back, frame[12:14]...)
	return append(append(back, head...), body...)
}

// checksum returns the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
