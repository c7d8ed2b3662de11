package node

import (
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestResolverConfig(t *testing.T) {
	const conf = "etc/resolv.conf"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  observation.ResolverConfig
	}{
		{
			name: "no file",
			want: observation.ResolverConfig{From: "/etc/resolv.conf", Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent, Text: "/etc/resolv.conf: file does not exist"}},
		},
		{
			name:  "empty",
			files: map[string]string{conf: ""},
			want:  observation.ResolverConfig{From: "/etc/resolv.conf"},
		},
		{
			name: "comments, odd lines and what is no address",
			files: map[string]string{conf: "# nameserver 192.0.2.1\n; nameserver 192.0.2.2\nnameserver\nnameserver dns.example\n" +
				"nameserver\u00a010.0.0.9\nnameserver\t10.0.0.2 # ours\r\noptions timeout:1\nsearch a.example b.example\n"},
			want: observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("10.0.0.2:53"), Search: []string{"a.example", "b.example"},
				Timeout: observation.Elapsed(time.Second), Options: []observation.FileLine{{Line: 7, Text: "options timeout:1"}},
				Unusable: []observation.FileLine{{Line: 3, Text: "nameserver"}, {Line: 4, Text: "nameserver dns.example"}}},
		},
		{
			name:  "the fourth is never asked",
			files: map[string]string{conf: "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4"},
			want:  observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("10.0.0.1:53", "10.0.0.2:53", "10.0.0.3:53"), NeverAsked: []observation.FileLine{{Line: 4, Text: "nameserver 10.0.0.4"}}},
		},
		{
			name:  "IPv6, with a zone and mapped",
			files: map[string]string{conf: "nameserver fe80::1%eth0\nnameserver fd00:ec2::253\nnameserver ::ffff:10.0.0.2\n"},
			want:  observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("[fe80::1%eth0]:53", "[fd00:ec2::253]:53", "10.0.0.2:53")},
		},
		{
			name:  "the last of domain and search counts",
			files: map[string]string{conf: "search a.example b.example\ndomain c.example\n"},
			want:  observation.ResolverConfig{From: "/etc/resolv.conf", Search: []string{"c.example"}},
		},
		{
			name: "systemd-resolved",
			files: map[string]string{
				conf:                                   "-> ../run/systemd/resolve/stub-resolv.conf",
				"run/systemd/resolve/stub-resolv.conf": "nameserver 127.0.0.53\nsearch us-east-2.compute.internal\n",
				"run/systemd/resolve/resolv.conf":      "nameserver 10.0.0.2\nnameserver 10.0.9.9\n",
			},
			want: observation.ResolverConfig{
				From: "/etc/resolv.conf", Servers: probetest.Ports("127.0.0.53:53"), Search: []string{"us-east-2.compute.internal"},
				Behind: probetest.Ports("10.0.0.2:53", "10.0.9.9:53"), BehindFrom: "/run/systemd/resolve/resolv.conf",
			},
		},
		{
			name: "dnsmasq, whose file names it itself",
			files: map[string]string{
				conf:                 "nameserver 127.0.0.1\n",
				"etc/resolv.dnsmasq": "nameserver 127.0.0.1\nnameserver 169.254.169.253\n",
			},
			want: observation.ResolverConfig{
				From: "/etc/resolv.conf", Servers: probetest.Ports("127.0.0.1:53"),
				Behind: probetest.Ports("169.254.169.253:53"), BehindFrom: "/etc/resolv.dnsmasq",
			},
		},
		{
			name: "Docker's keeps its servers to itself",
			files: map[string]string{
				conf:                              "nameserver 127.0.0.11\n",
				"run/systemd/resolve/resolv.conf": "nameserver 10.0.0.2\n",
			},
			want: observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("127.0.0.11:53")},
		},
		{
			name: "no stub, so nothing is behind one",
			files: map[string]string{
				conf:                              "nameserver 10.0.0.2\n",
				"run/systemd/resolve/resolv.conf": "nameserver 10.0.0.7\n",
			},
			want: observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("10.0.0.2:53")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			probetest.Compare(t, test.want, bareNode(test.files).resolverConfig())
		})
	}
}
