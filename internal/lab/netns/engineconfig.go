package netns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// forwards returns a nameserver's zones, fully qualified and in order, and the
// servers that each is forwarded to.
func forwards(n *lab.Nameserver) ([]string, map[string][]netip.Addr) {
	var zones []string
	to := map[string][]netip.Addr{}
	for _, f := range n.Forwards {
		z := dns.Fqdn(f.Zone)
		if to[z] == nil {
			zones = append(zones, z)
		}
		to[z] = append(to[z], f.To)
	}
	return zones, to
}

// unboundConfig returns the configuration of unbound.
func unboundConfig(n *lab.Nameserver, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `server:
	interface: %s
	access-control: 0.0.0.0/0 allow
	do-ip6: no
	do-daemonize: no
	do-not-query-localhost: no
	chroot: ""
	username: ""
	directory: "%s"
	pidfile: ""
	use-syslog: no
	log-time-ascii: yes
	verbosity: 0
	num-threads: 1
	module-config: "iterator"
	qname-minimisation: no
	ede: yes
`, n.Address, dir)
	if len(n.Anchors) > 0 {
		b.WriteString("\tmodule-config: \"validator iterator\"\n")
	}
	for _, name := range n.Anchors { // of a key that nobody has
		fmt.Fprintf(&b, "\ttrust-anchor: \"%s DS 12345 13 2 %s\"\n", dns.Fqdn(name), strings.Repeat("5A", 32))
	}
	if n.StripPrivate {
		b.WriteString("\tprivate-address: 10.0.0.0/8\n\tprivate-address: 172.16.0.0/12\n\tprivate-address: 192.168.0.0/16\n")
	}
	b.WriteString("remote-control:\n\tcontrol-enable: no\n")
	zones, to := forwards(n)
	for _, z := range zones {
		fmt.Fprintf(&b, "forward-zone:\n\tname: %q\n", z)
		for _, a := range to[z] {
			fmt.Fprintf(&b, "\tforward-addr: %s\n", a)
		}
	}
	return b.String()
}

// bindConfig returns the configuration of BIND.
func bindConfig(n *lab.Nameserver, dir string) string {
	var b strings.Builder
	zones, to := forwards(n)
	list := func(z string) string {
		var s strings.Builder
		for _, a := range to[z] {
			fmt.Fprintf(&s, " %s;", a)
		}
		return s.String()
	}
	fmt.Fprintf(&b, `options {
	directory "%s";
	pid-file none;
	session-keyfile none;
	listen-on { %s; };
	listen-on-v6 { none; };
	recursion yes;
	allow-query { any; };
	dnssec-validation no;
	qname-minimization off;
	empty-zones-enable no;
	forward only;
	forwarders {%s };
`, dir, n.Address, list("."))
	if n.StripPrivate {
		b.WriteString("\tdeny-answer-addresses { 10.0.0.0/8; 172.16.0.0/12; 192.168.0.0/16; };\n")
	}
	b.WriteString("};\ncontrols { };\n")
	for _, z := range zones {
		if z != "." {
			fmt.Fprintf(&b, "zone %q { type forward; forward only; forwarders {%s }; };\n", z, list(z))
		}
	}
	return b.String()
}

// dnsmasqConfig returns the configuration of dnsmasq.
func dnsmasqConfig(n *lab.Nameserver) string {
	var b strings.Builder
	fmt.Fprintf(&b, "log-facility=-\nno-resolv\nno-hosts\nbind-interfaces\nlisten-address=%s\npid-file=\ncache-size=0\nno-poll\n", n.Address)
	if n.Loopback {
		b.WriteString("interface=lo\n")
	} else {
		b.WriteString("except-interface=lo\n")
	}
	if n.StripPrivate {
		b.WriteString("stop-dns-rebind\n")
	}
	zones, to := forwards(n)
	for _, z := range zones {
		for _, a := range to[z] {
			if z == "." {
				fmt.Fprintf(&b, "server=%s\n", a)
			} else {
				fmt.Fprintf(&b, "server=/%s/%s\n", strings.TrimSuffix(z, "."), a)
			}
		}
	}
	return b.String()
}
