package diagnose

// explainServers explains the causes that lie in the nameservers and in what
// they forward.
func explainServers() []Explanation {
	return []Explanation{
		{
			Code: DNSNoNameserver,
			How: []string{
				"The VPC has no DHCP option set, and the instance is of a kind that then has no default.",
				"resolv.conf is empty, or a link to a file that nothing writes.",
				"A nameserver line holds two addresses with a comma between them, or a name: the resolver passes it over.",
				"nsswitch.conf has `hosts: files` without dns: the agent's resolver, like the C library, then looks into the hosts file alone.",
			},
			Prove: []Step{
				{"cat /etc/resolv.conf", "no line that begins with nameserver"},
				{"getent ahosts HOST", "nothing"},
			},
			Fix: []string{
				"Associate a DHCP option set with the VPC (AmazonProvidedDNS, or your own servers), and renew the lease.",
				"Outside EC2: name the site's servers in the network configuration of the node.",
			},
			See: []string{seeDHCP, seeVPCDNS},
		},
		{
			Code: DNSServerSilent,
			How: []string{
				"The server is down, or its address is an old one. Where nothing listens there, ICMP says that the port is closed.",
				"What runs there is no nameserver, or a box on the way spoils the answers: packets come back, and none is an answer.",
				"A security group, a network ACL or a firewall does not allow port 53, UDP or TCP, between the node and the server.",
				"The VPC has enableDnsSupport off: then its own resolver is silent.",
			},
			Prove: []Step{
				{"dig @NAMESERVER com. NS +time=3 +tries=1", "no answer to a question that any working server answers"},
				{"dig @NAMESERVER com. NS +tcp +time=3 +tries=1", "the same over TCP"},
			},
			Fix: []string{
				"Start the server, or take its address out of the configuration (on EC2: out of the DHCP option set).",
				"Allow UDP and TCP port 53 from the node to the server.",
				"Where it is the VPC's own resolver: set enableDnsSupport for the VPC.",
			},
			See: []string{seeVPCDNS, seeDHCP},
		},
		{
			Code: DNSServerRefuses,
			How: []string{
				"The server answers only to networks that it knows, and the node's is none of them.",
				"It serves zones of its own and does no recursion.",
			},
			Prove: []Step{
				{"dig @NAMESERVER com. NS", "status: REFUSED, NOTIMP or FORMERR"},
			},
			Fix: []string{
				"Allow recursion for the node's network: allow-query and allow-recursion of BIND, access-control of unbound, the listening interface of dnsmasq.",
				"Or name another server.",
			},
		},
		{
			Code: DNSServerFails,
			How: []string{
				"The server reaches none of the servers that it asks itself: its own way out, or its forwarders, are cut.",
				"It validates DNSSEC with a wrong clock or an old trust anchor.",
			},
			Prove: []Step{
				{"dig @NAMESERVER com. NS", "status: SERVFAIL"},
				{"dig @NAMESERVER com. NS +cd", "an answer where DNSSEC is the reason"},
			},
			Fix: []string{
				"Look into the log of the server, and give it a way to its forwarders or to the root servers.",
				"Set the server's clock.",
			},
		},
		{
			Code: VPCResolverSilent,
			How: []string{
				"The security group of the Route 53 Resolver inbound endpoint does not allow port 53, UDP and TCP, from here.",
				"There is no route to the VPC: a VPN or Direct Connect is down, or does not carry the endpoint's subnets.",
				"The address is the VPC's own +2 address, which answers inside its VPC only.",
			},
			Prove: []Step{
				{"dig @NAMESERVER ssm.REGION.amazonaws.com +time=3 +tries=1", "no answer"},
				{"dig @NAMESERVER ssm.REGION.amazonaws.com +tcp +time=3", "no answer over TCP either"},
			},
			Fix: []string{
				"Allow UDP and TCP port 53 from the node and from the site's nameservers in the inbound endpoint's security group.",
				"Give the site a route to the endpoint's subnets, and back.",
				"From outside the VPC use the addresses of an inbound endpoint, never the +2 address.",
			},
			See: []string{seeInbound},
		},
		{
			Code: DNSForwarderBroken,
			How: []string{
				"The conditional forwarder names an inbound endpoint that is gone, or that its security group shields.",
				"A Resolver rule and its inbound endpoint belong to the same VPC and ask each other in a circle.",
				"An on-premises server forwards to the VPC's +2 address, which AWS does not support from outside.",
			},
			Prove: []Step{
				{"dig @NAMESERVER com. NS", "an answer: the server itself works"},
				{"dig @NAMESERVER ssm.REGION.amazonaws.com", "SERVFAIL, a refusal or silence"},
				{"dig @NAMESERVER sts.REGION.amazonaws.com", "the same: it is the domain, not the name"},
			},
			Fix: []string{
				"Correct the address that amazonaws.com is forwarded to: inside the VPC its +2 address or 169.254.169.253, from elsewhere a Route 53 Resolver inbound endpoint in two zones.",
				"Allow UDP and TCP port 53 from the nameserver to that address.",
				"Take the VPC off the rule that leads to its own inbound endpoint.",
			},
			See: []string{seeInbound, seeResolverLoops},
		},
		{
			Code: DNSForwarderMissing,
			How: []string{
				"The DHCP option set names servers of your own (Active Directory, on premises), and these look AWS's names up on the internet, which knows the public addresses only.",
				"A site forwards its own zones to AWS, and not amazonaws.com.",
				"The node uses dual-stack names, and only amazonaws.com is forwarded, not api.aws.",
			},
			Prove: []Step{
				{"dig @169.254.169.253 ssm.REGION.amazonaws.com +short", "on EC2: the private addresses that the VPC's resolver knows"},
				{"dig @NAMESERVER ssm.REGION.amazonaws.com +short", "public ones, or none"},
			},
			Fix: []string{
				"Make every nameserver forward amazonaws.com (and api.aws for dual-stack names): in the VPC to its +2 address, from on premises or another VPC to a Route 53 Resolver inbound endpoint.",
				"Or use AmazonProvidedDNS in the DHCP option set, and forward your own zones from there.",
			},
			See: []string{seeVPCEndpoints, seeInbound},
		},
		{
			Code: DNSNameFails,
			How: []string{
				"A conditional forwarder or a zone for the one name has servers that do not answer.",
				"The nameserver validates signatures (DNSSEC), and those of the name do not hold: it has a trust anchor for a zone that is not signed, or its forwarder leaves the signatures out.",
				"A response policy, or a rule of Route 53 Resolver DNS Firewall, blocks the name.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST", "SERVFAIL, REFUSED or nothing; for other names of AWS an address"},
				{"dig @NAMESERVER HOST +cd", "an address: the server has it, and cannot validate it"},
			},
			Fix: []string{
				"Look into the nameserver's log: it says which server it asked for the name, or which signature does not hold.",
				"Where it validates: correct the trust anchor or the forwarder; until then exempt the name (unbound: domain-insecure; BIND: validate-except).",
			},
			See: []string{seeVPCDNS},
		},
		{
			Code: DNSForwarderPartial,
			How: []string{
				"Single names were forwarded, ssm say, and the names that came later were forgotten: ssmmessages, the buckets' hosts, kms, logs.",
				"Of two domains only one is forwarded.",
			},
			Prove: []Step{
				{"dig @NAMESERVER ssm.REGION.amazonaws.com +short", "a private address"},
				{"dig @NAMESERVER ssmmessages.REGION.amazonaws.com +short", "a public one"},
			},
			Fix: []string{"Forward the whole domain amazonaws.com, not single names: the next service is then covered too."},
			See: []string{seeVPCEndpoints, seeInbound},
		},
		{
			Code: DNSRebindFilter,
			How: []string{
				"dnsmasq (stop-dns-rebind), unbound (private-address), pfSense or a home router take private addresses out of answers from outside, as a protection against DNS rebinding.",
				"The domain is forwarded rightly: only the answer loses its address on the way back.",
			},
			Prove: []Step{
				{"dig @NAMESERVER ssm.REGION.amazonaws.com", "NOERROR without an address, or REFUSED"},
				{"dig @NAMESERVER sts.REGION.amazonaws.com +short", "a public address of the same domain passes"},
			},
			Fix: []string{
				"Exempt amazonaws.com from the protection: in dnsmasq with `rebind-domain-ok=/amazonaws.com/`; in unbound, and pfSense with it, with `private-domain: \"amazonaws.com\"`; in OpenWrt by adding amazonaws.com to the list rebind_domain.",
			},
			See: []string{seeInbound},
		},
		{
			Code: DNSResolversDisagree,
			How: []string{
				"One of several servers has the conditional forwarder and another has not: a new domain controller, a second site, a fallback such as 8.8.8.8.",
			},
			Prove: []Step{
				{"for s in $(awk '/^nameserver/{print $2}' /etc/resolv.conf); do\n    dig @$s ssm.REGION.amazonaws.com +short; done", "private addresses at some, public ones at others"},
			},
			Fix: []string{
				"Give every server the same forwarder.",
				"Or take the ones without it out of resolv.conf, on EC2 out of the DHCP option set: a public fallback hides the fault and brings it back.",
			},
			See: []string{seeInbound, seeDHCP},
		},
		{
			Code: DNSTCPBlocked,
			How: []string{
				"A firewall or security group allows UDP port 53 and forgets TCP, which a resolver turns to when an answer is too long, or always with `options use-vc` in resolv.conf (usevc and tcp mean the same to the agent).",
				"On the way to the VPC's own resolver it is a packet filter of the node: security groups and network ACLs do not filter that traffic.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST +notcp +ignore", "an answer with the flag tc"},
				{"dig @NAMESERVER HOST +tcp +time=3", "no answer"},
			},
			Fix: []string{"Allow TCP port 53 beside UDP between the node and the nameserver, and between nameservers.", "Or take use-vc out of resolv.conf, where that is why TCP is used."},
			See: []string{seeInbound},
		},
		{
			Code: DNSSlow,
			How: []string{
				"The nameserver asks a dead forwarder first, and turns to the next one after a second or more. Of the VPC's own resolver the forwarders are the targets of Route 53 Resolver rules.",
				"More than 1024 packets a second from one network interface go to the VPC's resolver, which then drops some.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST | grep 'Query time'", "a second and more; asked again it may come from the cache"},
			},
			Fix: []string{
				"Take the dead forwarder out of the nameserver's list, or out of the targets of the Resolver rule.",
				"Cache on the node, where the limit of the VPC's resolver is the reason.",
			},
			See: []string{seeVPCDNS},
		},
	}
}
