package node

import (
	"net/netip"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestInterfacesAreClassified by sysfs and the routing table.
func TestInterfacesAreClassified(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/net/route":                    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\ntun0\t00000000\t0102000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n*\t00000000\t00000000\t0205\t0\t0\t0\t00000000\t0\t0\t0\n",
		"proc/net/ipv6_route":               "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n",
		"sys/class/net/eth0/type":           "1\n",
		"sys/class/net/eth0/iflink":         "2\n",
		"sys/class/net/eth0/ifindex":        "2\n",
		"sys/class/net/eth0/device/vendor":  "0x1d0f\n",
		"sys/class/net/docker0/bridge/id":   "8000\n",
		"sys/class/net/br0/uevent":          "DEVTYPE=bridge\nINTERFACE=br0\n",
		"sys/class/net/br0/brif/eth0/state": "3\n",
		"sys/class/net/tun0/tun_flags":      "0x1001\n",
		"sys/class/net/tap0/tun_flags":      "0x1002\n",
		"sys/class/net/wg0/uevent":          "DEVTYPE=wireguard\n",
		"sys/class/net/gre1/type":           "778\n",
		"sys/class/net/veth0/type":          "1\n",
		"sys/class/net/veth0/iflink":        "7\n",
		"sys/class/net/veth0/ifindex":       "8\n",
		"sys/class/net/vlan5/uevent":        "DEVTYPE=vlan\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	want := map[string]observation.Interface{
		"eth0":    {DefaultIPv4: true, DefaultIPv6: true},
		"docker0": {Kind: observation.InterfaceBridge},
		"br0":     {Kind: observation.InterfaceBridge, Uplink: true},
		"tun0":    {Kind: observation.InterfaceTUN},
		"tap0":    {Kind: observation.InterfaceTAP},
		"wg0":     {Kind: observation.InterfaceWireGuard},
		"gre1":    {Kind: observation.InterfaceTunnel},
		"veth0":   {Kind: observation.InterfaceVeth},
		"vlan5":   {},
	}
	list := []observation.Interface{{Name: "../x", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}, {Name: "none"}}
	for name := range want {
		list = append(list, observation.Interface{Name: name, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}})
	}
	p := NewReader(files.Machine{Files: fsys}, nil, nil)
	got := p.classifyInterfaces(list)
	if len(got) != len(want) {
		t.Errorf("%d interfaces, want %d: %+v", len(got), len(want), got)
	}
	for _, i := range got {
		w := want[i.Name]
		if i.Kind != w.Kind || i.Uplink != w.Uplink || i.DefaultIPv4 != w.DefaultIPv4 || i.DefaultIPv6 != w.DefaultIPv6 {
			t.Errorf("%s is %+v, want %+v", i.Name, i, w)
		}
	}
	// What could not be read is not known, and never counts as absent.
	read := func(name, unread string) *observation.Interface {
		fs := probetest.FailingFS{MapFS: fsys, Name: unread, Step: "read", Err: syscall.EIO}
		for _, i := range NewReader(files.Machine{Files: fs}, nil, nil).classifyInterfaces(list) {
			if i.Name == name {
				return &i
			}
		}
		return nil
	}
	if i := read("eth0", "proc/net/ipv6_route"); i != nil {
		t.Errorf("without a routing table of IPv6 nothing is known, got %+v", i)
	}
	fsys["sys/class/net/veth0/uevent"] = &fstest.MapFile{Data: []byte("INTERFACE=veth0\n")}
	fsys["sys/class/net/br1/uevent"] = &fstest.MapFile{Data: []byte("DEVTYPE=bridge\n")}
	fsys["sys/class/net/br1/brif/vlan5/state"] = new(fstest.MapFile)
	list = append(list, observation.Interface{Name: "br1", Addresses: list[0].Addresses})
	for file, name := range map[string]string{"uevent": "veth0", "type": "gre1", "tun_flags": "tap0"} {
		if i := read(name, "sys/class/net/"+name+"/"+file); i == nil || i.Kind != "" {
			t.Errorf("without its %s %s is %+v, want no kind", file, name, i)
		}
	}
	if i := read("br1", "sys/class/net/vlan5/uevent"); i == nil || !i.Uplink {
		t.Errorf("a bridge with a port that cannot be read is %+v, want that it may lead out", i)
	}
	delete(fsys, "proc/net/route")
	if got := p.classifyInterfaces(list); got != nil {
		t.Errorf("without a routing table nothing is known, got %+v", got)
	}
}
