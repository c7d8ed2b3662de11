//go:build linux

package main

import "strings"

// shown are the scenarios that ssmcheck.exe runs in, by family.
// SSMCHECK_WINE_ALL=1 runs every scenario that is not in hidden.
var shown = strings.Fields(`
	private-vpc nat-public custom-dns hybrid-public custom-dns-dnsmasq ipv6-no-route

	dns-server-silent dns-second-silent dns-server-refuses dns-server-fails dns-name-missing dns-forwarder-missing
	dns-forwarder-partial dns-rebind-filter-unbound dns-resolvers-disagree dns-sinkhole dns-not-aws dns-tcp-blocked
	dns-no-address dns-port-closed dns-name-fails-refused vpc-resolver-silent dns-hosts-override

	endpoint-not-private endpoint-blocked endpoint-rejected endpoint-partly-blocked egress-blocked connection-refused
	route-none route-blackhole local-firewall-drop endpoint-zone-stale s3-one-of-eight-rejected

	tls-intercepted tls-intercepted-trusted tls-untrusted tls-wrong-name tls-expired tls-reset tls-stalled tls-not-spoken
	tls-too-old sni-filtered large-hello-blocked clock-skew

	http-not-aws http-silent http-server-error websocket-blocked

	proxy-only proxy-squid proxy-socks proxy-denied proxy-auth-required proxy-auth-negotiate proxy-unreachable proxy-invalid
	proxy-opens-tls proxy-bypassed-shell proxy-intermittent-reset

	proxy-agent-differs proxy-agent-service proxy-bypassed-http-only proxy-bypassed-no-proxy proxy-for-the-rest
	proxy-unreachable-nat

	s3-blocked s3-policy-denies s3-bucket-missing s3-bucket-elsewhere

	imds-unreachable imds-disabled role-missing region-mismatch hybrid-registered-on-ec2

	iam-denied credentials-rejected

	agent-access-denied agent-hibernating agent-log-package agent-outdated agent-stopped large-hello-blocked-new-agent
`)

// hidden are the scenarios that wine cannot show, by reason. docs/platforms.md
// gives the same reasons.
var hidden = map[string][]string{
	"Windows takes nameservers from its adapters and ignores /etc/resolv.conf and nsswitch.conf, and without a nameserver wine reports 127.0.0.1": strings.Fields(`
		dns-no-nameserver dns-no-nameserver-comma dns-no-nameserver-nsswitch dns-no-resolv-conf dns-search-list
		dns-search-list-plain-fails dns-search-list-silent dns-slower-than-timeout dns-use-vc-tcp-blocked
		dns-use-vc-tcp-refused dns-use-vc-udp-blocked
	`),
	"ssmcheck takes nameservers from adapters with a gateway, and this network has no gateway": strings.Fields(`
		offline
	`),
	"Windows does not say who sent an ICMP message": strings.Fields(`
		endpoint-rejected-next-door-port local-firewall-admin local-firewall-admin-endpoints
		local-firewall-dns-tcp-admin local-firewall-dns-tcp-reject local-firewall-host-unreachable
		local-firewall-proxy-admin local-firewall-reject local-firewall-reset
	`),
	"Winsock has one error for a route that prohibits and for a firewall": strings.Fields(`
		pair-route-none-s3-policy route-prohibited route-prohibited-proxy
	`),
	"ssmcheck reads the routing table on Linux only": strings.Fields(`
		route-diverted-cni route-diverted-docker route-diverted-docker-network route-diverted-exit-node
		route-diverted-libvirt route-diverted-nameserver route-diverted-nameserver-docker route-diverted-podman
		route-diverted-proxy route-diverted-vpn route-diverted-wireguard
	`),
	"ssmcheck sets the segment size of a connection on Linux only": strings.Fields(`
		large-hello-cut-old-agent mtu-black-hole mtu-black-hole-towards-aws mtu-black-hole-towards-aws-new-agent
	`),
	"ssmcheck does not recognise Windows containers": strings.Fields(`
		imds-hop-limit
	`),
	"the fault is in the syntax of a systemd unit": strings.Fields(`
		proxy-agent-differs-export proxy-agent-differs-other-unit proxy-agent-differs-percent
		proxy-agent-differs-quote proxy-percent-file
	`),
	"SSL_CERT_FILE does not change the roots that Go uses on Windows": strings.Fields(`
		tls-store-of-the-agent
	`),
	"on Windows one more bucket is checked": strings.Fields(`
		s3-interface-not-dualstack
	`),
	"the configuration of the agent's log contains Linux paths": strings.Fields(`
		agent-log-moved agent-log-quiet
	`),
}
