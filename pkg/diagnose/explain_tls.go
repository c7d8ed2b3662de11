package diagnose

// openSSL shakes hands with an address as the agent would.
const openSSL = "openssl s_client -connect ADDRESS:443 -servername HOST </dev/null"

// explainCertificates explains the causes that a certificate shows.
func explainCertificates() []Explanation {
	return []Explanation{
		{
			Code: TLSWrongName,
			How: []string{
				"A record or the hosts file leads the name to another machine, or to the endpoint of another service.",
				"A captive portal or a load balancer answers in AWS's place.",
			},
			Prove: []Step{
				{openSSL + " \\\n    2>/dev/null | openssl x509 -noout -subject -ext subjectAltName", "names other than HOST"},
			},
			Fix: []string{
				"Correct the record, or remove it.",
				"Let the node past the portal.",
			},
			See: []string{seePrivateDNS},
		},
		{
			Code: TLSIntercepted,
			How: []string{
				"A proxy or firewall inspects TLS: it opens the connection and signs a certificate of its own. Zscaler, Netskope, Palo Alto Networks, Fortinet and others do.",
				"Its CA is in the shell's trust store or a browser's, and not in the system's, which the agent reads.",
			},
			Prove: []Step{
				{openSSL + " \\\n    2>/dev/null | openssl x509 -noout -issuer", "an issuer that is not Amazon"},
			},
			Fix: []string{
				"Exempt the hosts of Systems Manager from inspection: `ssmcheck endpoints` lists them. Sessions need WebSockets, which inspection often breaks.",
				"Or put the CA into the system's trust store: the agent reads no other, but in a container.",
			},
			See: []string{seeNodeTrouble},
		},
		{
			Code: TLSUntrusted,
			How: []string{
				"The image has no CA certificates (a minimal container), or a hardened one cut them down.",
				"The store is so old that it lacks Amazon's roots.",
			},
			Prove: []Step{
				{openSSL, "\"unable to get local issuer certificate\", and an issuer that is Amazon"},
			},
			Fix: []string{
				"Install the system's package ca-certificates, or update it.",
				"Where the store is cut down on purpose: add Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2.",
			},
			See: []string{seeNodeTrouble},
		},
		{
			Code: TLSExpired,
			How: []string{
				"Something else than AWS answers, with an old certificate: AWS renews its own long before they end.",
				"An inspecting box keeps an old copy.",
			},
			Prove: []Step{
				{openSSL + " \\\n    2>/dev/null | openssl x509 -noout -dates -issuer", "a date that has passed"},
				{"date -u", "the right time: else it is the clock"},
			},
			Fix: []string{"See what answers at the address, and correct the record or the box."},
		},
	}
}

// explainHandshakes explains the causes of a handshake without an end.
func explainHandshakes() []Explanation {
	return []Explanation{
		{
			Code: SNIFiltered,
			How: []string{
				"A firewall reads the host name in the first packet of TLS and cuts what is not on its list (URL filter, application control, a domain list of AWS Network Firewall).",
			},
			Prove: []Step{
				{openSSL, "cut, or no end"},
				{"openssl s_client -connect ADDRESS:443 -noservername </dev/null", "a certificate: only the name makes the difference"},
			},
			Fix: []string{"Allow the host name on the firewall: `ssmcheck endpoints` lists all that are needed."},
			See: []string{seeVPCEndpoints},
		},
		{
			Code: MTUBlackHole,
			How: []string{
				"A VPN, a tunnel or a middlebox carries smaller packets than the node sends, and the ICMP message that says so is dropped.",
				"PrivateLink never sends that message: packets above 8500 bytes just vanish.",
			},
			Prove: []Step{
				{openSSL, "the connection opens, and the handshake has no end"},
				{"tracepath -n ADDRESS", "where the path becomes narrower, as far as somebody says so"},
				{"ip route add ADDRESS/32 via GATEWAY mtu 576 advmss 536", "with small segments the handshake succeeds (take the route away again)"},
			},
			Fix: []string{
				"Clamp the TCP MSS on the VPN or tunnel, to 1360 say.",
				"Or lower the MTU of the node's interface or route.",
				"Let ICMP type 3 code 4 and ICMPv6 \"packet too big\" pass.",
				"If a small ClientHello passes: `GODEBUG=tlsmlkem=0` (for an agent from 3.3.2299.0 to 3.3.3050.0 `tlskyber=0`) in the environment of the agent's service keeps its packets small until then.",
			},
			See: []string{seeEndpointLimits},
		},
		{
			Code: LargeHelloBlocked,
			How: []string{
				"A firewall expects the first message of TLS in one packet. With a post-quantum key share it takes two: the SSM Agent sends one from 3.3.2299.0 on (X25519Kyber768Draft00, from 3.3.3185.0 on X25519MLKEM768), and so do other new programs.",
				"ssmcheck sends what this node's agent sends, by the Go version of the agent's program and GODEBUG of its service, or else by the agent's version. Where neither is known it sends the large one first, and the small one after a failure.",
			},
			Prove: []Step{
				{"openssl s_client -groups X25519MLKEM768 \\\n    -connect ADDRESS:443 -servername HOST </dev/null", "cut, or no end (OpenSSL 3.5 and newer)"},
				{"openssl s_client -groups X25519 \\\n    -connect ADDRESS:443 -servername HOST </dev/null", "a certificate"},
			},
			Fix: []string{
				"Update the firewall.",
				"Or have the agent send the small one: `GODEBUG=tlsmlkem=0` in the environment of its service, by a drop-in; for 3.3.2299.0 to 3.3.3050.0 `GODEBUG=tlskyber=0`.",
			},
		},
		{
			Code: TLSReset,
			How: []string{
				"A firewall or proxy cuts the connection by a rule: unknown application, category, country, or a host name that is not on its list of allowed ones (SNI).",
				"The address is that of a machine which does not serve this host.",
				"What answers accepts no key exchange or cipher suite that the agent offers (X25519MLKEM768 alone, or the key exchange by RSA alone): ssmcheck offers all that it has after an alert, and names the one that passes.",
			},
			Prove: []Step{
				{openSSL, "the connection opens and is cut"},
			},
			Fix: []string{
				"Look into the log of the firewall on the way: it names the rule.",
				"See that the address is AWS's.",
				"Let a proxy or load balancer accept X25519 or P-256, and TLS 1.3 or an ECDHE suite with AES-GCM, as AWS's own servers do.",
			},
			See: []string{seeIPRanges},
		},
		{
			Code: TLSStalled,
			How: []string{
				"A firewall drops packets of a connection that it let open.",
				"A firewall lets only listed host names pass, which it reads in the handshake (an allow list for SNI; AWS Network Firewall: a stateful domain list), and AWS's names are not on its list.",
				"Packets come back by another way, past a stateful firewall that has not seen the first one.",
				"Packets are too large for the path, where that could not be tried.",
			},
			Prove: []Step{
				{openSSL, "the connection opens, and nothing comes"},
			},
			Fix: []string{
				"Look into the log of the firewall on the way.",
				"See that the way back is the way there.",
			},
			See: []string{seeEndpointLimits},
		},
		{
			Code: TLSNotSpoken,
			How: []string{
				"The name leads to a machine with another service on port 443.",
				"A proxy or portal answers in plain HTTP.",
				"A box on the way takes every connection to port 443 and answers alike for every address (a transparent proxy).",
			},
			Prove: []Step{
				{openSSL, "\"wrong version number\" or \"packet length too long\""},
				{"printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ADDRESS 443", "what it speaks"},
			},
			Fix: []string{"Correct the address of the host, or take the box out of the way."},
			See: []string{seePrivateDNS},
		},
		{
			Code: TLSTooOld,
			How: []string{
				"An old proxy or firewall opens TLS and offers nothing newer than TLS 1.1. AWS itself offers 1.2 and newer.",
			},
			Prove: []Step{
				{"openssl s_client -tls1_2 -connect ADDRESS:443 \\\n    -servername HOST </dev/null", "no version in common"},
			},
			Fix: []string{"Update the box, or exempt the hosts from inspection."},
			See: []string{seeDataProtection},
		},
	}
}
