package netns

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// The numbers of protocols and ICMP codes that the wire knows.
const (
	etherARP  = 0x0806
	etherIPv4 = 0x0800

	protocolTCP = 6
	protocolUDP = 17

	codeNet   = 0  // network unreachable
	codePort  = 3  // port unreachable
	codeAdmin = 13 // communication administratively prohibited
)

const etherLen = 14

// A verdict is what the wire does with a frame.
type verdict struct {
	pass bool
	// answer is a frame to send back in its place. nil: none.
	answer []byte
	// atOnce: the answer comes from next door.
	atOnce bool
}

// A way decides the fate of packets of a world.
type way struct{ world *lab.World }

// fromNode judges a frame that the node sent.
func (w way) fromNode(frame []byte) verdict {
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
	action, longest := w.world.Fate(p.network, p.to)
	switch action {
	case "":
		if !w.world.Listens(p.network, p.to) {
			return verdict{}
		}
	case lab.Refuse:
	case lab.RejectAdmin:
		return w.reject(frame, p, codeAdmin)
	case lab.RejectNet:
		return w.reject(frame, p, codeNet)
	case lab.RejectPort:
		return w.reject(frame, p, codePort)
	default:
		return verdict{}
	}
	return verdict{pass: longest == 0 || p.length <= longest}
}

// reject answers a packet with an ICMP message in place of carrying it.
func (w way) reject(frame []byte, p packet, code int) verdict {
	by, near := w.world.Rejecter(p.network, p.to)
	return verdict{answer: unreachable(frame, p, by, code), atOnce: near}
}

// fromWorld judges a frame that the world sent.
func (w way) fromWorld(frame []byte) verdict {
	if len(frame) < etherLen || binary.BigEndian.Uint16(frame[12:]) != etherIPv4 {
		return verdict{pass: len(frame) >= etherLen && binary.BigEndian.Uint16(frame[12:]) == etherARP}
	}
	p, ok := parse(frame[etherLen:])
	if !ok {
		return verdict{pass: true} // ICMP
	}
	longest := w.world.LongestReply(p.network, p.from)
	return verdict{pass: longest == 0 || p.length <= longest}
}

// A packet is what matters of an IPv4 packet with TCP or UDP in it.
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

// unreachable makes the frame that informs the sender of another that it did not
// arrive, in the name of somebody.
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
	// Marshal leaves the order of some fields to the system; write them here.
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

// checksum is the Internet's (RFC 1071).
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
