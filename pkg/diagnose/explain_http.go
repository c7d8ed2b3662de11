package diagnose

// throughProxy asks for a host through the proxy.
const throughProxy = "curl -sv --max-time 10 -x PROXY https://HOST/"

// explainHTTP explains the causes that an answer shows.
func explainHTTP() []Explanation {
	return []Explanation{
		{
			Code: HTTPNotAWS,
			How: []string{
				"A proxy or web filter answers with a block page.",
				"A captive portal wants a login.",
				"The name leads to another server.",
			},
			Prove: []Step{
				{"curl -skv --max-time 10 https://HOST/", "a page of HTML; no header x-amzn-RequestId or x-amz-request-id"},
			},
			Fix: []string{
				"Allow the host in the filter whose page it is.",
				"Correct the address, where another server answers.",
			},
			See: []string{seeNodeTrouble},
		},
		{
			Code: HTTPSilent,
			How: []string{
				"An inspecting box holds the request back: it waits for a verdict of its own, or does not know the method.",
				"Packets of a certain size are lost after the handshake.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 https://HOST/", "the handshake ends, and no answer comes"},
			},
			Fix: []string{
				"Exempt the host from inspection.",
				"Look into the log of the box on the way.",
			},
		},
		{
			Code: HTTPServerError,
			How:  []string{"The service has trouble of its own. The way there works."},
			Prove: []Step{
				{"curl -sv --max-time 10 https://HOST/", "a status of 500 or more with an AWS request id"},
			},
			Fix: []string{"Wait, and look at the AWS Health Dashboard for the Region. Nothing is to be changed on the node."},
		},
		{
			Code: WebSocketBlocked,
			How: []string{
				"A box that opens TLS does not know the upgrade to a WebSocket, or forbids it.",
				"Session Manager and, with the agents of today, Run Command go through one: plain HTTPS works, and sessions do not.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 --http1.1 -H 'Connection: Upgrade' \\\n    -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \\\n    -H 'Sec-WebSocket-Key: c3NtY2hlY2tzc21jaGVjaw==' \\\n    https://ssmmessages.REGION.amazonaws.com/v1/control-channel/x", "reset, silence, or a page of the box; what AWS itself answers to an unsigned upgrade is not published"},
			},
			Fix: []string{
				"Exempt ssmmessages.REGION.amazonaws.com from inspection.",
				"Or allow WebSockets to it, and connections that are idle for a minute and open for hours.",
			},
			See: []string{seeMessages},
		},
	}
}

// explainProxies explains the causes that lie in the proxy or in how the agent
// is told of it.
func explainProxies() []Explanation {
	return []Explanation{
		{
			Code: ProxyInvalid,
			How: []string{
				"The address of the proxy is misspelt, or quoted so that the quotation marks belong to it.",
				"It begins with https://: Session Manager does not work through such a proxy, whatever the shell does. Most proxies that are written so speak plain HTTP.",
				"It is the address of a PAC file (proxy.pac, wpad.dat), which browsers read and the agent does not.",
			},
			Prove: []Step{
				{"systemctl show amazon-ssm-agent -p Environment -p EnvironmentFiles", "the address as the service has it"},
			},
			Fix: []string{
				"Write http://HOST:PORT, also for https_proxy: the agent then asks the proxy for a tunnel, and speaks TLS through it.",
				"`systemctl daemon-reload`, and restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentProxy},
		},
		{
			Code: ProxyBypassed,
			How: []string{
				"Only http_proxy is set: Go, and so the agent, uses it for http:// alone, and every call to AWS is https://.",
				"no_proxy has amazonaws.com or the Region's domain, as for a VPC with endpoints, and there is no endpoint for this service.",
			},
			Prove: []Step{
				{"systemctl show amazon-ssm-agent -p Environment -p EnvironmentFiles", "http_proxy without https_proxy, or a no_proxy that covers the host"},
				{"curl -sv --max-time 10 --noproxy '*' https://HOST/", "no answer directly"},
				{throughProxy, "AWS answers"},
			},
			Fix: []string{
				"Set https_proxy as well, in a drop-in: `systemctl edit amazon-ssm-agent`, and below [Service]: Environment=\"https_proxy=PROXY\".",
				"Or take the host out of no_proxy. Of a whole domain there, keep only the hosts that have an endpoint.",
				"`systemctl daemon-reload`, and restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentProxy},
		},
		{
			Code: ProxyAgentDiffers,
			How: []string{
				"The proxy is set in /etc/environment, a profile or a shell; a service sees none of these.",
				"The line of the agent's drop-in has a percent sign (%20, %40), which systemd takes for a specifier: it leaves the whole assignment out and says so in the journal only. It must be written %%. A wrong escape or quote does the same.",
				"The drop-in was written for the package's unit, and the agent is the snap's, whose unit has another name.",
				"ssm-setup-cli uses the shell's proxy and does not write it down for the agent.",
			},
			Prove: []Step{
				{"systemctl show amazon-ssm-agent -p Environment -p EnvironmentFiles", "no https_proxy"},
				{"env | grep -i _proxy", "the shell's"},
				{throughProxy, "AWS answers"},
				{"systemd-analyze verify --man=no amazon-ssm-agent.service", "the lines that systemd leaves out"},
			},
			Fix: []string{
				"Write each percent sign in Environment= twice.",
				"Move a drop-in to the directory of the unit that exists.",
				"Write a drop-in: `systemctl edit amazon-ssm-agent`, and below [Service]: Environment=\"https_proxy=PROXY\" \"http_proxy=PROXY\" \"no_proxy=169.254.169.254\". The snap's unit is snap.amazon-ssm-agent.amazon-ssm-agent.",
				"On Windows: the value Environment of HKLM\\SYSTEM\\CurrentControlSet\\Services\\AmazonSSMAgent.",
				"`systemctl daemon-reload`, and restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentProxy},
		},
		{
			Code: ProxyShadowsEndpoint,
			How: []string{
				"The VPC has endpoints, and the agent's settings still send these names to the proxy, which does not reach the endpoints or may not.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 --noproxy '*' https://HOST/", "AWS answers directly"},
				{throughProxy, "the proxy does not get there"},
			},
			Fix: []string{
				"Add the hosts to no_proxy of the agent's service, beside 169.254.169.254.",
				"Or let the proxy connect to them.",
			},
			See: []string{seeAgentProxy},
		},
		{
			Code: ProxyUnreachable,
			How: []string{
				"The proxy's name is in no DNS that this node asks.",
				"The proxy is down, listens on another port, or a firewall is between.",
			},
			Prove: []Step{
				{"getent ahosts PROXYHOST", "its address"},
				{"nc -vz -w 3 PROXYHOST PORT", "whether it listens"},
			},
			Fix: []string{
				"Allow TCP from the node to the proxy.",
				"Correct the address in the agent's settings.",
			},
			See: []string{seeAgentProxy},
		},
		{
			Code: ProxyAuthRequired,
			How: []string{
				"The proxy knows people and not servers, and answers 407.",
				"It offers Negotiate, NTLM or Digest only: the agent knows Basic, and no password helps.",
			},
			Prove: []Step{
				{throughProxy, "status 407 to CONNECT"},
			},
			Fix: []string{
				"Let the proxy pass the hosts from this node without authentication.",
				"Or let it offer Basic to this node.",
				"Then write the user and the password into the address: http://USER:PASSWORD@HOST:PORT. Only basic authentication works, and whoever may read the service's environment reads the password.",
			},
			See: []string{seeAgentProxy},
		},
		{
			Code: ProxyDenied,
			How: []string{
				"The proxy's list lacks the host (403).",
				"The proxy itself does not resolve or reach it (502, 503, 504): it has no forwarder for amazonaws.com, or no way to the endpoints.",
			},
			Prove: []Step{
				{throughProxy, "the status that CONNECT gets"},
			},
			Fix: []string{
				"Allow CONNECT to port 443 of the hosts: `ssmcheck endpoints` lists them.",
				"Run ssmcheck on the proxy, where it answers 502, 503 or 504.",
			},
			See: []string{seeAgentProxy},
		},
		{
			Code: ProxyIMDSNotBypassed,
			How: []string{
				"http_proxy is set for the agent, and no_proxy does not name 169.254.169.254. The proxy then asks the metadata of its own instance, and the agent takes that identity, or gets none.",
			},
			Prove: []Step{
				{"systemctl show amazon-ssm-agent -p Environment -p EnvironmentFiles", "no_proxy without 169.254.169.254"},
			},
			Fix: []string{
				"Add 169.254.169.254 to no_proxy of the agent's service.",
				"`systemctl daemon-reload`, and restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentProxy},
		},
	}
}
