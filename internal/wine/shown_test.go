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

	s3-blocked s3-policy-denies s3-bucket-missing s3-bucket-elsewhere

	imds-unreachable imds-disabled role-missing region-mismatch hybrid-registered-on-ec2

	iam-denied credentials-rejected
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
		local-firewall-proxy-admin
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
		mtu-black-hole mtu-black-hole-towards-aws
	`),
	"containers of Windows are not known": words(`
		imds-hop-limit
	`),
	"the agent's service is one of systemd": words(`
		proxy-agent-differs proxy-agent-differs-export proxy-agent-differs-other-unit proxy-agent-differs-percent
		proxy-agent-differs-portal proxy-agent-differs-quote proxy-agent-service proxy-bypassed-http-only
		proxy-bypassed-http-only-silent proxy-bypassed-no-proxy proxy-bypassed-s3 proxy-for-the-rest
		proxy-imds-not-bypassed proxy-invalid-password proxy-percent-doubled proxy-percent-file
		proxy-percent-old-systemd proxy-shadows-endpoint proxy-shadows-inspected proxy-unreachable-nat
	`),
	"on Windows a bucket more is looked at": words(`
		s3-interface-not-dualstack
	`),
	"the agent's programs are ELF files and processes of /proc: for ssmcheck.exe there is no agent": words(`
		agent-access-denied agent-channel-denied agent-credentials-expired agent-dualstack-old agent-hibernating
		agent-identity-rejected agent-log-moved agent-log-package agent-log-quiet agent-logs-endpoint-old
		agent-outdated agent-reports-error agent-stopped channel-optional credentials-missing-role
		distributor-bucket-missing large-hello-blocked-new-agent large-hello-cut-new-agent large-hello-proxy
		large-hello-shell-switch large-hello-switch-of-another large-hello-switched-off
		mtu-black-hole-towards-aws-new-agent no-ec2messages-endpoint tls-post-quantum-asked tls-post-quantum-only
		tls-store-of-the-agent
	`),
}
