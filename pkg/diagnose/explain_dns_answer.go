package diagnose

// explainAnswers explains the causes that lie in what a name comes to.
func explainAnswers() []Explanation {
	return []Explanation{
		{
			Code: EndpointNotPrivate,
			How: []string{
				"The VPC has no interface endpoint for this service. Often it is ssmmessages that was forgotten.",
				"The endpoint is there with its private DNS names off.",
				"The VPC has enableDnsHostnames or enableDnsSupport off: without both, private DNS does nothing.",
				"A central endpoint's private hosted zone is not associated with this VPC.",
			},
			Prove: []Step{
				{"dig @169.254.169.253 HOST +short", "on EC2: public addresses also at the VPC's own resolver"},
				{"aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=VPC \\\n    --query 'VpcEndpoints[].[ServiceName,PrivateDnsEnabled,State]'", "no such service, or PrivateDnsEnabled false"},
			},
			Fix: []string{
				"Create the interface endpoint com.amazonaws.REGION.SERVICE in the VPC, with private DNS names on, in each zone that has nodes; its security group must allow 443 from the nodes.",
				"Or turn on the private DNS names of the endpoint that is there, and both DNS attributes of the VPC.",
				"Or associate the central endpoint's private hosted zone with this VPC.",
			},
			See: []string{seeVPCEndpoints, seePrivateDNS, seeInterface},
		},
		{
			Code: DNSNameMissing,
			How: []string{
				"A zone amazonaws.com, or one below it, on a nameserver of yours or in Route 53 (a private hosted zone of the VPC) hides AWS's and lacks the name.",
				"A rule of Route 53 Resolver DNS Firewall blocks the name for the VPC, and answers NXDOMAIN.",
				"A private zone for S3's host has the host's record and no wildcard: the agent reads and writes a bucket of yours at BUCKET.s3.REGION.amazonaws.com.",
				"The Region is misspelt, or does not offer the service.",
				"The agent's configuration or --endpoint names a VPC endpoint that was deleted.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST", "status: NXDOMAIN, and in the authority section the zone that says so"},
			},
			Fix: []string{
				"Remove the zone that hides AWS's, or forward the domain.",
				"Add a record *.s3.REGION.amazonaws.com to a zone for S3, with the addresses of the host's own; the private DNS of an interface endpoint for S3 has both.",
				"Where the VPC's own resolver says it: allow the name in the rule groups of DNS Firewall that are associated with the VPC, and look at the VPC's private hosted zones and Resolver rules.",
				"Correct the Region, or the host in the agent's configuration.",
			},
			See: []string{seeVPCDNS, seeMessages},
		},
		{
			Code: DNSNoAddress,
			How: []string{
				"A nameserver strips private addresses, and nothing that knows them could be asked for comparison.",
				"A zone on the way has the name with other records only, or a response policy (a rule of Route 53 Resolver DNS Firewall, say) empties the answer.",
				"The name is an alias, and the aliases lead in a circle.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST", "NOERROR with no answer"},
				{"ssmcheck --vpc-resolver ADDRESS", "with the address of a Route 53 Resolver inbound endpoint: whether private addresses are stripped"},
			},
			Fix: []string{
				"Exempt amazonaws.com from the protection against DNS rebinding and from response policies on the nameserver.",
				"Give the zone that hides AWS's an address for the name, or remove the zone.",
				"Correct the alias records (CNAME) that lead in a circle.",
			},
			See: []string{seeInbound},
		},
		{
			Code: DNSHostsOverride,
			How: []string{
				"Somebody pinned the address of an endpoint during an outage, and the endpoint has others now.",
				"An image, a configuration management or a VPN client writes the line.",
			},
			Prove: []Step{
				{"grep amazonaws /etc/hosts", "the line"},
				{"dig @NAMESERVER HOST +short", "the addresses that DNS gives"},
			},
			Fix: []string{
				"Remove the line from the hosts file (on Windows C:\\Windows\\System32\\drivers\\etc\\hosts).",
				"Find what wrote it: it may write it again.",
			},
		},
		{
			Code: DNSSearchList,
			How: []string{
				"resolv.conf has `options ndots:5` (Kubernetes writes it into every pod) and a search domain with a wildcard record (*.corp.example): ssm.REGION.amazonaws.com has three dots, and is asked for as ssm.REGION.amazonaws.com.corp.example first.",
				"A search domain really has such a name.",
			},
			Prove: []Step{
				{"getent ahosts ssm.REGION.amazonaws.com", "an address that no nameserver gives for the name"},
				{"getent ahosts ssm.REGION.amazonaws.com.", "with a dot at its end the name is not completed: AWS's address"},
				{"grep -E 'search|ndots' /etc/resolv.conf", "the search list, and how many dots a name needs to be asked for as it is"},
			},
			Fix: []string{
				"Set ndots to 1 in resolv.conf, or in dnsConfig.options of the pod.",
				"Or take the domain out of the search list, or remove the wildcard record.",
			},
		},
		{
			Code: DNSSinkhole,
			How: []string{
				"A DNS filter (a response policy, an ad or threat filter, Cisco Umbrella, Route 53 Resolver DNS Firewall) blocks the name and answers with an address of its own choice.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST +short", "0.0.0.0, 127.0.0.1 or the address of a block page"},
			},
			Fix: []string{"Allow amazonaws.com in the filter."},
		},
		{
			Code: DNSNotAWS,
			How: []string{
				"A captive portal answers every name with its own address until somebody logs in.",
				"A resolver was hijacked, or a wildcard record covers AWS's names.",
			},
			Prove: []Step{
				{"for h in ssm kms; do dig @NAMESERVER $h.REGION.amazonaws.com +short; done", "one and the same address: services of AWS never share one"},
				{"openssl s_client -connect ADDRESS:443 -servername HOST </dev/null", "a certificate that is not Amazon's"},
			},
			Fix: []string{
				"Log in at the portal, or take the node to a network without one.",
				"Name a nameserver that gives AWS's own addresses, or forward amazonaws.com to one.",
			},
			See: []string{seeIPRanges},
		},
		{
			Code: DNSIPv6Unroutable,
			How: []string{
				"The name is a dual-stack one with IPv6 addresses only here (an endpoint of that kind, DNS64), and the node's subnet has no IPv6 route.",
			},
			Prove: []Step{
				{"dig @NAMESERVER HOST A +short; dig @NAMESERVER HOST AAAA +short", "AAAA records only"},
				{"ip -6 route get ADDRESS", "network is unreachable"},
			},
			Fix: []string{
				"Give the node an IPv6 address, and its network a route: on EC2 ::/0 to an egress-only internet gateway, or one to the endpoints.",
				"Or use the plain names, which have IPv4 addresses (without UseDualStackEndpoint in the agent's configuration).",
			},
			See: []string{seeVPCEndpoints},
		},
	}
}
