package scenarios

import (
	"crypto/tls"
	"net/netip"

	"github.com/miekg/dns"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// The host names of services in the Region of most scenarios.
const (
	hostSSM      = "ssm.us-east-2.amazonaws.com"
	hostMessages = "ssmmessages.us-east-2.amazonaws.com"
	hostLegacy   = "ec2messages.us-east-2.amazonaws.com"
	hostS3       = "s3.us-east-2.amazonaws.com"
)

// topologies are healthy networks that could be mistaken for broken ones.
func topologies() []Scenario {
	aaaa := func(do DNSAction) Fault {
		return dnsFault(DNSFault{Type: dns.TypeAAAA, Do: do}, vpcPlusTwo, vpcResolver)
	}
	hybridRegistration := withFiles(map[string]string{
		"var/lib/amazon/ssm/registration": `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
	})
	return []Scenario{
		{Name: "s3-interface", Title: "an interface endpoint for S3 too, with three addresses and TLS 1.2", Base: S3Interface, Want: passes()},
		{Name: "public-space-vpc", Title: "a VPC whose own address space is public", Base: PublicSpaceVPC, Want: passes()},
		{Name: "private-cidr", Title: "on premises: the endpoints' address space is public, and named by --private-cidr", Base: PublicSpaceHybrid,
			Args: []string{"--private-cidr", "198.18.0.0/15", "--vpc-resolver", inboundDNS.String()}, Want: passes()},
		{Name: "core-endpoints-nat", Title: "endpoints for Systems Manager alone, the rest over NAT", Base: S3Gateway, Faults: []Fault{openInternet}, Want: passes()},
		{Name: "central-dns", Title: "a central nameserver knows the private names, and the VPC's own resolver does not", Base: CentralDNS, Want: passes()},
		{Name: "hosts-file-agrees", Title: "the hosts file pins ssm to the address that DNS gives", Base: PrivateVPC,
			Faults: []Fault{onNode(func(n *Node) { n.Hosts = []string{"10.0.1.101 " + hostSSM} })}, Want: passes()},
		{Name: "aaaa-servfail", Title: "the nameserver answers SERVFAIL to every AAAA question", Base: PrivateVPC, Faults: []Fault{aaaa(DNSServFail)}, Want: passes()},
		{Name: "aaaa-nxdomain", Title: "the nameserver answers NXDOMAIN to every AAAA question", Base: PrivateVPC, Faults: []Fault{aaaa(DNSNXDomain)}, Want: passes()},
		{Name: "container", Title: "a container on EC2, whose nameserver is Docker's at 127.0.0.11", Base: PrivateVPC,
			Faults: []Fault{
				withFiles(map[string]string{".dockerenv": ""}), resolvConf(dockerDNS),
				addServer(local(Nameserver{Address: dockerDNS, Forwards: []Forward{{Zone: ".", To: vpcPlusTwo}}})),
			}, Want: passes()},
		{Name: "stub-one-behind-silent", Title: "of the two servers behind systemd-resolved's stub one is gone, and the stub answers", Base: ResolvedStub,
			Faults: []Fault{withFiles(map[string]string{"run/systemd/resolve/resolv.conf": "nameserver 10.0.0.99\nnameserver " + vpcPlusTwo.String() + "\n"})}, Want: passes()},
		{Name: "hybrid-registered-on-ec2", Title: "an EC2 instance that is registered as a hybrid node, with its metadata switched off", Base: PrivateVPC,
			Faults: []Fault{hybridRegistration, func(w *World) { w.Metadata.Disabled = true }},
			Want:   Want{Verdict: "pass", Infos: codes("imds-disabled")}},
		{Name: "govcloud", Title: "GovCloud: another partition, the same CA", Base: GovCloud, Want: passes()},
		{Name: "unknown-region", Title: "a Region that this version does not list", Base: UnknownRegion, Want: passes()},
		{Name: "fips", Title: "FIPS names, which have no interface endpoint, over NAT", Base: NATPublic, Faults: []Fault{withFIPS}, Args: []string{"--fips"}, Want: passes()},
		{Name: "fips-private", Title: "FIPS names over NAT in a VPC with interface endpoints", Base: PrivateVPC, Faults: []Fault{openInternet, withFIPS}, Args: []string{"--fips"}, Want: passes()},
		{Name: "dualstack", Title: "dual-stack names", Base: NATPublic, Faults: []Fault{withDualStack}, Args: []string{"--dualstack"}, Want: passes()},
		{Name: "endpoint-names", Title: "the private DNS of the endpoints is off, and their own names are given", Base: PrivateVPC,
			Faults: []Fault{
				alias(vpceName("ssm"), "ssm"), alias(vpceName("ssmmessages"), "ssmmessages"), alias(vpceName("ec2messages"), "ec2messages"),
				noEndpoint(privateServices...),
			},
			Args: []string{"--endpoint", "ssm=" + vpceName("ssm"), "--endpoint", "ssmmessages=" + vpceName("ssmmessages"), "--endpoint", "ec2messages=" + vpceName("ec2messages")},
			Want: passes()},
		{Name: "proxy-bypassed", Title: "a proxy that is gone, and no_proxy names all of amazonaws.com", Base: PrivateVPC,
			Faults: []Fault{withEnv("HTTPS_PROXY", "http://10.20.0.80:3128"), withEnv("NO_PROXY", "169.254.169.254,.amazonaws.com")}, Want: passes()},
		{Name: "proxy-for-the-rest", Title: "Systems Manager by private endpoints, the rest through a proxy", Base: PrivateVPC,
			Faults: []Fault{
				addProxy, noGateway,
				withAgent(Agent{Env: []string{"https_proxy=http://10.20.0.80:3128", "no_proxy=169.254.169.254,169.254.170.2," + hostSSM + "," + hostMessages + "," + hostLegacy}}),
			}, Want: passes()},
		{Name: "own-bucket", Title: "one of the user's own buckets exists, and is not public", Base: PrivateVPC,
			Faults: []Fault{onEdges(func(e *Edge) { e.Buckets.Closed = append(e.Buckets.Closed, "logs-of-ours") }, "s3")},
			Args:   []string{"--bucket", "logs-of-ours"}, Want: passes()},
		{Name: "no-ec2messages-endpoint", Title: "no endpoint for ec2messages, and an agent that does without", Base: PrivateVPC,
			Faults: []Fault{withAgent(Agent{}), noEndpoint("ec2messages")}, Want: Want{Verdict: "pass", Infos: codes("endpoint-not-private")}},
		{Name: "hybrid-firewall-allows-names", Title: "on premises: a firewall lets only the hosts pass that are asked for", Base: HybridPublic,
			Faults: []Fault{blockPublic(Drop, "kms", "logs", "ec2", "monitoring", "sts")}, Want: passes()},
	}
}

var (
	dockerDNS  = addr("127.0.0.11")
	centralDNS = addr("10.77.0.53")
)

// S3Interface is the private VPC with an interface endpoint for S3 instead of a
// gateway endpoint, in three zones; it offers only TLS 1.2.
func S3Interface() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	inVPC(w)
	addEndpoints(w, privateServices...)
	noInternet(w, false)
	dual := "s3.dualstack.us-east-2.amazonaws.com"
	for _, zone := range []byte{1, 3, 4} {
		a := netip.AddrFrom4([4]byte{10, 0, zone, 120})
		w.Edges = append(w.Edges, &Edge{
			Service: "s3", Private: true, Address: a, Hosts: w.EdgesOf("s3", false)[0].Hosts, Buckets: managedBuckets("us-east-2"),
			TLS: TLSFault{MaxVersion: tls.VersionTLS12},
		})
		for _, h := range []string{hostS3, "*." + hostS3, dual, "*." + dual} {
			r := w.Names[h]
			r.Private = append(r.Private, a)
			w.Names[h] = r
		}
	}
	return w
}

// PublicSpaceVPC is a private VPC whose address space is public.
func PublicSpaceVPC() *World {
	w := endpointsAt(198, 18)
	w.Metadata.VPC = prefix("198.18.0.0/16")
	return w
}

// PublicSpaceHybrid is a server on premises whose endpoints are in such a VPC.
func PublicSpaceHybrid() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	onPremises(w)
	addEndpointsAt(w, 198, 18, privateServices...)
	noInternet(w, true)
	w.Nameservers = append(w.Nameservers,
		&Nameserver{Address: inboundDNS, Knows: ViewVPC},
		&Nameserver{Address: premisesDNS, Forwards: []Forward{{Zone: ".", To: internetDNS}, {Zone: "amazonaws.com", To: inboundDNS}}})
	return w
}

// CentralDNS is a VPC that uses the endpoints of a central one. Its DHCP options name
// the central nameserver. The private zones are associated only with the central VPC,
// so this VPC's own resolver gives public addresses.
func CentralDNS() *World {
	w := PeeredVPC()
	w.Node.Nameservers = []netip.Addr{centralDNS}
	w.Nameservers = append(w.Nameservers, &Nameserver{Address: centralDNS, Knows: ViewVPC})
	for _, a := range []netip.Addr{vpcPlusTwo, vpcResolver} {
		w.Nameserver(a).Knows = ViewPublic
	}
	return w
}

// GovCloud is a private VPC in GovCloud (US-West).
func GovCloud() *World { return privateVPC("us-gov-west-1") }

// UnknownRegion is a private VPC in a future Region.
func UnknownRegion() *World { return withoutEC2Messages("eu-north-9") }

// vpceName returns the own name of an interface endpoint.
func vpceName(service string) string {
	return "vpce-0a1b2c3d-" + service + "." + service + ".us-east-2.vpce.amazonaws.com"
}

// withFIPS adds the FIPS names of the APIs, and those of S3, which exist only with a
// bucket's name.
func withFIPS(w *World) {
	for i, s := range publicServices {
		addPublic(w, s+"-fips."+w.Region+"."+w.Suffix, s, [4]byte{52, 94, 40, byte(10 + i)})
	}
	moreS3(w, "*.s3-fips."+w.Region+"."+w.Suffix, "*.s3-fips.dualstack."+w.Region+"."+w.Suffix)
}

// withDualStack adds the dual-stack names of the APIs, with IPv4 addresses.
func withDualStack(w *World) {
	for i, s := range publicServices {
		addPublic(w, s+"."+w.Region+".api.aws", s, [4]byte{52, 94, 50, byte(10 + i)})
	}
}

// moreS3 gives the public servers of S3 more names.
func moreS3(w *World, hosts ...string) {
	for _, h := range hosts {
		w.Names[h] = Records{Public: w.Names[w.Host("s3")].Public}
		for _, e := range w.EdgesOf("s3", false) {
			e.Hosts = append(e.Hosts, h)
		}
	}
}
