package netns

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

var (
	nodeAddress = netip.MustParseAddrPort("10.0.2.10:40000")
	edgeAddress = netip.MustParseAddrPort("10.0.1.101:443")
	nodeMAC     = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	worldMAC    = net.HardwareAddr{2, 0, 0, 0, 0, 2}
)

// frame returns an Ethernet frame with the beginning of a TCP or UDP packet of that
// length.
func frame(protocol byte, from, to netip.AddrPort, length int) []byte {
	f := append(append(append([]byte{}, worldMAC...), nodeMAC...), 0x08, 0x00)
	ip := make([]byte, length)
	ip[0], ip[8], ip[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(ip[2:], uint16(length))
	copy(ip[12:], from.Addr().AsSlice())
	copy(ip[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(ip[20:], from.Port())
	binary.BigEndian.PutUint16(ip[22:], to.Port())
	return append(f, ip...)
}

func world(ways ...lab.Way) *lab.World {
	w := scenarios.PrivateVPC()
	w.Ways = append(ways, w.Ways...)
	return w
}

func TestFromNode(t *testing.T) {
	edge := netip.PrefixFrom(edgeAddress.Addr(), 32)
	dns := netip.MustParseAddrPort("10.0.0.2:53")
	nobody := netip.MustParseAddrPort("10.0.1.101:444")
	arp := append(append([]byte{}, frame(protocolTCP, nodeAddress, edgeAddress, 40)[:12]...), 0x08, 0x06, 0, 0)
	ipv6 := append(append([]byte{}, arp[:12]...), 0x86, 0xdd, 0x60)
	for _, c := range []struct {
		name  string
		ways  []lab.Way
		frame []byte
		pass  bool
		code  int // of the ICMP answer, -1 for none
	}{
		{"to a server", nil, frame(protocolTCP, nodeAddress, edgeAddress, 40), true, -1},
		{"to a nameserver", nil, frame(protocolUDP, nodeAddress, dns, 60), true, -1},
		{"to a port where nobody listens", nil, frame(protocolTCP, nodeAddress, nobody, 40), false, -1},
		{"UDP to a port of TCP", nil, frame(protocolUDP, nodeAddress, edgeAddress, 60), false, -1},
		{"ICMP", nil, frame(1, nodeAddress, edgeAddress, 60), false, -1},
		{"ARP", nil, arp, true, -1},
		{"IPv6", nil, ipv6, false, -1},
		{"half a frame", nil, arp[:9], false, -1},
		{"half a packet", nil, frame(protocolTCP, nodeAddress, edgeAddress, 40)[:etherLen+21], false, -1},
		{"dropped", []lab.Way{{To: edge, Action: lab.Drop}}, frame(protocolTCP, nodeAddress, edgeAddress, 40), false, -1},
		{"dropped on another port", []lab.Way{{To: edge, Port: 80, Action: lab.Drop}}, frame(protocolTCP, nodeAddress, edgeAddress, 40), true, -1},
		{"refused", []lab.Way{{To: edge, Action: lab.Refuse}}, frame(protocolTCP, nodeAddress, edgeAddress, 40), true, -1},
		{"rejected", []lab.Way{{To: edge, Action: lab.RejectAdmin}}, frame(protocolTCP, nodeAddress, edgeAddress, 40), false, 13},
		{"rejected as unreachable", []lab.Way{{To: edge, Action: lab.RejectNet}}, frame(protocolTCP, nodeAddress, edgeAddress, 40), false, 0},
		{"small", []lab.Way{{To: edge, Action: lab.DropLarge, Length: 600}}, frame(protocolTCP, nodeAddress, edgeAddress, 600), true, -1},
		{"large", []lab.Way{{To: edge, Action: lab.DropLarge, Length: 600}}, frame(protocolTCP, nodeAddress, edgeAddress, 601), false, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := fromNode(world(c.ways...), c.frame)
			if v.pass != c.pass || (v.answer != nil) != (c.code >= 0) {
				t.Fatalf("pass %t and an answer of %d bytes, wanted %t and ICMP code %d", v.pass, len(v.answer), c.pass, c.code)
			}
			if v.answer == nil {
				return
			}
			checkUnreachable(t, v.answer, c.code)
		})
	}
}

// checkUnreachable checks a frame to the node with a complete ICMP message.
func checkUnreachable(t *testing.T, f []byte, code int) {
	t.Helper()
	if string(f[:6]) != string(nodeMAC) || string(f[6:12]) != string(worldMAC) {
		t.Errorf("the frame goes from %s to %s", net.HardwareAddr(f[6:12]), net.HardwareAddr(f[:6]))
	}
	head := f[etherLen : etherLen+ipv4.HeaderLen]
	if checksum(head) != 0 {
		t.Errorf("the header's checksum is wrong: % x", head)
	}
	src, _ := netip.AddrFromSlice(head[12:16])
	dst, _ := netip.AddrFromSlice(head[16:20])
	if src != edgeAddress.Addr() || dst != nodeAddress.Addr() {
		t.Errorf("the packet goes from %s to %s", src, dst)
	}
	m, err := icmp.ParseMessage(1, f[etherLen+ipv4.HeaderLen:])
	if err != nil {
		t.Fatal(err)
	}
	if m.Type != ipv4.ICMPTypeDestinationUnreachable || m.Code != code {
		t.Errorf("ICMP %v code %d, wanted code %d", m.Type, m.Code, code)
	}
	if checksum(f[etherLen+ipv4.HeaderLen:]) != 0 {
		t.Error("the message's checksum is wrong")
	}
}

func TestFromWorld(t *testing.T) {
	edge := netip.PrefixFrom(edgeAddress.Addr(), 32)
	w := world(lab.Way{To: edge, Action: lab.DropLargeReplies, Length: 600})
	for length, pass := range map[int]bool{600: true, 601: false, 1500: false} {
		if v := fromWorld(w, frame(protocolTCP, edgeAddress, nodeAddress, length)); v.pass != pass {
			t.Errorf("%d bytes: pass %t, wanted %t", length, v.pass, pass)
		}
	}
	other := netip.MustParseAddrPort("10.0.1.102:443")
	if v := fromWorld(w, frame(protocolTCP, other, nodeAddress, 1500)); !v.pass {
		t.Error("a large packet from another server does not pass")
	}
}

func FuzzFromNode(f *testing.F) {
	f.Add(frame(protocolTCP, nodeAddress, edgeAddress, 40))
	f.Add(frame(protocolUDP, nodeAddress, edgeAddress, 28))
	w := world(lab.Way{Action: lab.RejectAdmin})
	f.Fuzz(func(_ *testing.T, b []byte) {
		fromNode(w, b)
		fromWorld(w, b)
	})
}
