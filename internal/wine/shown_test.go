//go:build linux

package main

import "strings"

// words are the words of a text.
func words(text string) []string { return strings.Fields(text) }

// shown are the scenarios that ssmcheck.exe runs in, by what is broken.
// SSMCHECK_WINE_ALL=1 runs every one that is not in hidden.
var shown = words(`
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

// hidden are the scenarios that wine cannot show, by the reason.
// docs/platforms.md says the same.
var hidden = map[string][]string{
	"the nameservers of Windows are those of its adapters, without the words of /etc/resolv.conf and nsswitch.conf, and wine has 127.0.0.1 where there is none": words(`
		dns-no-nameserver dns-no-nameserver-comma dns-no-nameserver-nsswitch dns-no-resolv-conf dns-search-list
		dns-search-list-plain-fails dns-search-list-silent dns-slower-than-timeout dns-use-vc-tcp-blocked
		dns-use-vc-tcp-refused dns-use-vc-udp-blocked
	`),
	"a nameserver is looked for at adapters with a gateway, and this network has none": words(`
		offline
	`),
	"Windows does not tell who sent an ICMP message": words(`
		endpoint-rejected-next-door-port local-firewall-admin local-firewall-admin-endpoints
		local-firewall-dns-tcp-admin local-firewall-dns-tcp-reject local-firewall-host-unreachable
		local-firewall-proxy-admin local-firewall-reject local-firewall-reset
	`),
	"Winsock has one number for a route that prohibits and for a firewall": words(`
		pair-route-none-s3-policy route-prohibited route-prohibited-proxy
	`),
	"ssmcheck reads the routing table on Linux only": words(`
		route-diverted-cni route-diverted-docker route-diverted-docker-network route-diverted-exit-node
		route-diverted-libvirt route-diverted-nameserver route-diverted-nameserver-docker route-diverted-podman
		route-diverted-proxy route-diverted-vpn route-diverted-wireguard
	`),
	"ssmcheck asks for the segments of a connection on Linux only": words(`
		large-hello-cut-old-agent mtu-black-hole mtu-black-hole-towards-aws mtu-black-hole-towards-aws-new-agent
	`),
	"containers of Windows are not known": words(`
		imds-hop-limit
	`),
	"what is wrong is how a unit of systemd is written": words(`
		proxy-agent-differs-export proxy-agent-differs-other-unit proxy-agent-differs-percent
		proxy-agent-differs-quote proxy-percent-file
	`),
	"SSL_CERT_FILE does not change the roots that Go knows on Windows": words(`
		tls-store-of-the-agent
	`),
	"on Windows one more bucket is checked": words(`
		s3-interface-not-dualstack
	`),
	"the configuration of the agent's log has paths of Linux": words(`
		agent-log-moved agent-log-quiet
	`),
}
