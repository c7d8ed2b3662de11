package diagnose

import "slices"

// causes lists every cause of the contract. The order matters where one
// explains another: what explains stands before what it explains.
func causes() []cause {
	dns := slices.Concat(dnsServers(), dnsAnswers(), dnsForwarders(), dnsEndpoints(), dnsTransports(), []cause{dnsNameFails()}, dnsNames())
	for i := range dns {
		// The proxy resolves the names for those that go through it.
		dns[i].explainedBy = append(dns[i].explainedBy, ProxyInvalid, ProxyBypassed, ProxyAgentDiffers)
	}
	return slices.Concat(
		ofTheNode(),
		[]cause{clockSkew()},
		throughProxies(),
		dns,
		theNodeItself(),
		theWay(),
		tlsCertificates(),
		tlsHandshakes(),
		overHTTP(),
		inS3(),
		withCredentials(),
		inAgentLog(),
		theRest(),
	)
}
