package diagnose_test

import (
	"net/netip"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestNodeAddress(t *testing.T) {
	prefix := netip.MustParsePrefix
	eth := func(name, address string, v4, v6 bool) observation.Interface {
		return observation.Interface{Name: name, Addresses: []netip.Prefix{prefix(address)}, DefaultIPv4: v4, DefaultIPv6: v6}
	}
	for name, c := range map[string]struct {
		interfaces []observation.Interface
		addresses  []netip.Prefix
		metadata   string
		used       string
		want       string
	}{
		"default route":          {interfaces: []observation.Interface{eth("docker0", "172.17.0.1/16", false, false), eth("eth0", "10.0.1.10/24", true, false)}, metadata: "10.0.9.9", want: "10.0.1.10"},
		"two default routes":     {interfaces: []observation.Interface{eth("eth0", "10.0.1.10/24", true, false), eth("eth1", "10.0.2.10/24", true, false)}, used: "10.0.2.10", want: "10.0.2.10"},
		"IPv4 before IPv6":       {interfaces: []observation.Interface{eth("eth0", "2001:db8::1/64", false, true), eth("eth1", "10.0.2.10/24", true, false)}, want: "10.0.2.10"},
		"IPv6 only":              {interfaces: []observation.Interface{eth("eth0", "2001:db8::1/64", false, true)}, want: "2001:db8::1"},
		"both families":          {interfaces: []observation.Interface{{Name: "eth0", DefaultIPv4: true, DefaultIPv6: true, Addresses: []netip.Prefix{prefix("2001:db8::1/64"), prefix("10.0.1.10/24")}}}, want: "10.0.1.10"},
		"no table, metadata":     {addresses: []netip.Prefix{prefix("10.0.1.10/24"), prefix("10.0.2.10/24")}, metadata: "10.0.2.10", want: "10.0.2.10"},
		"no table, one address":  {addresses: []netip.Prefix{prefix("169.254.7.7/16"), prefix("10.0.2.10/24")}, want: "10.0.2.10"},
		"no table, connection":   {addresses: []netip.Prefix{prefix("10.0.1.10/24"), prefix("10.0.2.10/24")}, used: "10.0.2.10", want: "10.0.2.10"},
		"no table, not known":    {addresses: []netip.Prefix{prefix("10.0.1.10/24"), prefix("10.0.2.10/24")}},
		"no default route known": {interfaces: []observation.Interface{eth("docker0", "172.17.0.1/16", false, false)}},
	} {
		o := &observation.Observations{Node: observation.Node{Interfaces: c.interfaces, Addresses: c.addresses}}
		if c.metadata != "" {
			o.Metadata.LocalIPv4 = netip.MustParseAddr(c.metadata)
		}
		if c.used != "" {
			a := observation.AddressObservation{Stages: observation.Stages{Connect: &observation.Connect{Local: netip.MustParseAddr(c.used)}}}
			o.Targets = []observation.TargetObservation{{Addresses: []observation.AddressObservation{a}}}
		}
		if got := diagnose.Judge(o).Node.Address; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// An instance can be registered as a hybrid node too: both ids are reported.
func TestNodeIDs(t *testing.T) {
	o := &observation.Observations{
		Node:     observation.Node{Hostname: "web-1", InstanceID: "i-0aaaaaaaaaaaaaaaa", Registration: observation.Registration{InstanceID: "mi-0bbbbbbbbbbbbbbbb"}},
		Metadata: observation.Metadata{VPCID: "vpc-0cccccccccccccccc", SubnetID: "subnet-0ddddddddddddddddd"},
	}
	n := diagnose.Judge(o).Node
	if n.Hostname != "web-1" || n.InstanceID != "i-0aaaaaaaaaaaaaaaa" || n.RegistrationID != "mi-0bbbbbbbbbbbbbbbb" ||
		n.VPCID != "vpc-0cccccccccccccccc" || n.SubnetID != "subnet-0ddddddddddddddddd" || n.ID() != n.InstanceID {
		t.Errorf("%+v", n)
	}
	o.Node.InstanceID = ""
	if id := diagnose.Judge(o).Node.ID(); id != "mi-0bbbbbbbbbbbbbbbb" {
		t.Errorf("a hybrid node has the id %q", id)
	}
}
