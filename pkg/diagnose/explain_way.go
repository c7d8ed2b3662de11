package diagnose

// explainWay explains the causes between the node and the address.
func explainWay() []Explanation {
	return []Explanation{
		{
			Code: LocalFirewall,
			How: []string{
				"nftables, iptables, firewalld or ufw on the node has a rule for outgoing packets.",
				"Security software on the node refuses connections of programs that it does not know.",
				"On Windows an outbound rule of Windows Defender Firewall blocks.",
				"A rule of policy routing of the kind prohibit, unreachable or blackhole concerns TCP port 443, or SELinux lets the program connect to no port.",
			},
			Prove: []Step{
				{"nc -vz -w 3 ADDRESS 443", "\"operation not permitted\", or a refusal within less than a packet needs"},
				{"nft list ruleset; iptables -S OUTPUT; ip rule", "the rule"},
			},
			Fix: []string{
				"Allow TCP port 443 out, and UDP and TCP port 53 to the nameservers.",
				"Exempt the agent and ssmcheck in the security software.",
			},
		},
		{
			Code: RouteNone,
			How: []string{
				"The node has no default route: DHCP gave none, or the network configuration lacks it.",
				"A VPN that carried the route is down.",
				"The node is in an IPv6-only subnet, and the names have IPv4 addresses only.",
				"A route of the kind blackhole, unreachable or prohibit covers the address.",
			},
			Prove: []Step{
				{"ip route get ADDRESS", "network is unreachable where there is no route; invalid argument (blackhole), permission denied (prohibit) or no route to host (unreachable) where such a route covers the address"},
				{"ip route show table all; ip rule", "the route, or the rule, of such a kind"},
			},
			Fix: []string{
				"Give the node a route to the address.",
				"In an IPv6-only subnet: turn on DNS64 and route 64:ff9b::/96 to a NAT gateway (NAT64), or set UseDualStackEndpoint in the agent's configuration (3.3.3270 and newer).",
				"Remove the route that forbids it, or bring the VPN up.",
			},
		},
		{
			Code: RouteDiverted,
			How: []string{
				"Docker made its bridge docker0, or one named br- of a network of its own, with a subnet that the VPC also uses: 172.17.0.0/16 by default. An address of an endpoint in there is then looked for among this node's own containers.",
				"libvirt (virbr0, 192.168.122.0/24), Podman (10.88.0.0/16), LXD or a CNI plugin (10.244.0.0/16) did the same.",
				"In a container: its own subnet is one of the VPC's.",
				"A VPN takes the endpoint's addresses into its tunnel (AllowedIPs of WireGuard, an exit node or subnet routes of Tailscale, a full tunnel), and its other end does not carry them.",
			},
			Prove: []Step{
				{"ip route get ADDRESS", "the interface behind dev, and this node's address behind src"},
				{"ip -d addr show dev INTERFACE", "what the interface is, and its subnet"},
				{"curl -sv --max-time 10 --interface eth0 https://HOST/", "past a tunnel: an answer, where the interface of the default route is eth0"},
			},
			Fix: []string{
				"Give the bridge another subnet: bip and default-address-pools in /etc/docker/daemon.json, `virsh net-edit`, default_subnet of Podman, the CNI plugin's range.",
				"Take the addresses out of the tunnel: AllowedIPs, the exit node, the VPN's split tunnel; or have its other end carry them.",
			},
		},
		{
			Code: EndpointBlocked,
			How: []string{
				"The security group of the interface endpoint has no inbound rule for 443 from the node: the commonest fault of all. An endpoint that is made without a group gets the VPC's default one.",
				"The node's own security group lets nothing out to the endpoint.",
				"A network ACL drops 443 on the way there, or the ports 1024-65535 on the way back.",
				"The address lies in another network (a peered VPC, a central one), and there is no route to it or from it.",
				"A private hosted zone still names network interfaces of an endpoint that is gone.",
				"The node's own packet filter drops what comes in from the VPC's range: Tailscale's does so with 100.64.0.0/10.",
				"A firewall or router on the way rejects, and an ICMP message comes back (host unreachable); where the system tells who sent it, the finding names it. AWS's own filters drop, and never reject.",
			},
			Prove: []Step{
				{"nc -vz -w 3 ADDRESS 443", "no answer, or that the host is unreachable. A ping proves nothing: endpoints do not answer it"},
				{"aws ec2 describe-vpc-endpoints --query \\\n    'VpcEndpoints[].[ServiceName,VpcId,Groups[].GroupId,NetworkInterfaceIds]'", "the security groups and interfaces of the endpoints"},
			},
			Fix: []string{
				"Allow TCP 443 inbound from the node's subnet in the security group of the endpoint.",
				"Allow TCP 443 outbound in the node's security group, and both ways in the network ACLs of both subnets.",
				"Correct the route, or the private zone's record.",
				"Where connections are rejected: allow TCP 443 on the firewall that rejects; its log names the rule.",
			},
			See: []string{seeVPCEndpoints, seeInterface, seeAgentTrouble},
		},
		{
			Code: EndpointPartlyBlocked,
			How: []string{
				"The network ACL or the route of one zone's subnet differs from the others'.",
				"One zone is impaired, or the endpoint's network interface there was replaced and a record still names the old one.",
			},
			Prove: []Step{
				{"for a in $(dig +short HOST); do nc -vz -w 3 $a 443; done", "some answer, some do not"},
			},
			Fix: []string{
				"Correct the network ACL and the routes of the subnet whose address is silent.",
				"See that the endpoint has a network interface in each zone, each with the security group that allows 443.",
				"Remove the record of an interface that is gone.",
			},
			See: []string{seeAgentTrouble, seePrivateDNS},
		},
		{
			Code: EgressBlocked,
			How: []string{
				"The node is in a private subnet without interface endpoints and without a NAT gateway.",
				"The endpoints are there, and the names lead past them: their private DNS is off.",
				"A firewall lets only known destinations out.",
				"The node's security group has no outbound rule for 443.",
			},
			Prove: []Step{
				{"dig +short HOST", "public addresses"},
				{"nc -vz -w 3 ADDRESS 443", "no answer from any of them"},
			},
			Fix: []string{
				"Create interface endpoints with private DNS names on for ssm and ssmmessages (ec2messages for old agents), and a way to S3.",
				"Or give the subnet a way out: a route to a NAT gateway, or a public address and an internet gateway.",
				"Or allow TCP 443 to these hosts on the firewall: `ssmcheck endpoints` lists them.",
			},
			See: []string{seeVPCEndpoints, seeNodeTrouble},
		},
		{
			Code: S3Blocked,
			How: []string{
				"The subnet's route table has no gateway endpoint for S3: it was associated with other route tables only.",
				"The node's security group lets 443 out to the VPC's addresses only. S3 keeps its public addresses behind a gateway endpoint.",
				"A network ACL lacks S3's public addresses.",
				"The node is outside the VPC, where a gateway endpoint is of no use.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 \\\n    https://s3.REGION.amazonaws.com/amazon-ssm-REGION/latest/VERSION", "no connection"},
				{"aws ec2 describe-route-tables --query \\\n    'RouteTables[].[RouteTableId,Routes[].DestinationPrefixListId]'", "which tables have the prefix list of S3"},
			},
			Fix: []string{
				"Associate the gateway endpoint for S3 with the route table of this subnet.",
				"Allow 443 out to the prefix list com.amazonaws.REGION.s3 in the node's security group; an ACL takes no prefix list and needs the address blocks.",
				"Outside the VPC: use an interface endpoint for S3, or the internet.",
			},
			See: []string{seeGateway, seeS3Endpoints, seePrefixLists},
		},
		{
			Code: ConnectionRefused,
			How: []string{
				"The name leads to a machine that is not AWS: a stale record, a load balancer without a listener. An interface endpoint never refuses port 443.",
				"A firewall rejects with a reset in place of dropping.",
			},
			Prove: []Step{
				{"nc -vz -w 3 ADDRESS 443", "connection refused"},
				{"aws ec2 describe-network-interfaces \\\n    --filters Name=addresses.private-ip-address,Values=ADDRESS", "whose address it is"},
			},
			Fix: []string{
				"Correct the record that gives this address.",
				"Allow 443 on the firewall that rejects.",
			},
			See: []string{seeVPCEndpoints},
		},
	}
}
