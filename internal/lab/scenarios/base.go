package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// The addresses of nameservers.
var (
	vpcResolver = addr("169.254.169.253") // the VPC's resolver, link-local
	vpcPlusTwo  = addr("10.0.0.2")        // the same one, VPC+2
	customDNS   = addr("10.0.0.53")       // the user's own nameserver in the VPC
	customDNS2  = addr("10.0.0.54")
	inboundDNS  = addr("10.0.0.250") // a Route 53 Resolver inbound endpoint
	premisesDNS = addr("10.20.0.53") // a nameserver on premises
	internetDNS = InternetDNS
	stubDNS     = addr("127.0.0.53")
	loopbackDNS = addr("127.0.0.1")
)

// privateServices have an interface endpoint in the healthy VPC. Their order is that
// of their addresses.
var privateServices = []string{"ssm", "ssmmessages", "ec2messages", "kms", "logs", "ec2", "monitoring"}

// publicServices have public addresses.
var publicServices = append(slices.Clone(privateServices), "sts")

// newWorld returns AWS's public network in a Region: the names and their servers.
func newWorld(region, suffix string) *World {
	w := &World{
		Region: region, Suffix: suffix, Issuer: Amazon,
		Names: map[string]Records{},
		Node: Node{
			Trusts: []Issuer{Amazon},
			Routes: []Route{{To: prefix("0.0.0.0/0"), Kind: ViaGateway}},
		},
	}
	for i, s := range publicServices {
		addEdge(w, s, false, netip.AddrFrom4([4]byte{52, 94, 10, byte(10 + i)}))
	}
	dual := "s3.dualstack." + region + "." + suffix
	for i, h := range []string{w.Host("s3"), w.Host("s3"), dual, dual} {
		a := netip.AddrFrom4([4]byte{3, 5, 128, byte(10 + i)})
		w.Edges = append(w.Edges, &Edge{
			Service: "s3", Address: a, Hosts: []string{w.Host("s3"), "*." + w.Host("s3"), dual, "*." + dual},
			Buckets: managedBuckets(region),
		})
		for _, n := range []string{h, "*." + h} {
			r := w.Names[n]
			r.Public = append(r.Public, a)
			w.Names[n] = r
		}
	}
	if strings.HasPrefix(region, "us-gov-") {
		moreS3(w, "s3-fips-"+region+"."+suffix, "*.s3-fips-"+region+"."+suffix)
	}
	w.Nameservers = append(w.Nameservers, &Nameserver{Address: internetDNS, Knows: ViewPublic})
	return w
}

// addEdge adds a server of an API and its address to the name.
func addEdge(w *World, service string, private bool, a netip.Addr) {
	h := w.Host(service)
	w.Edges = append(w.Edges, &Edge{Service: service, Address: a, Private: private, Hosts: []string{h}})
	r := w.Names[h]
	if private {
		r.Private = append(r.Private, a)
	} else {
		r.Public = append(r.Public, a)
	}
	w.Names[h] = r
}

// addPublic adds a public server with a host name.
func addPublic(w *World, host, service string, a [4]byte) {
	at := netip.AddrFrom4(a)
	w.Edges = append(w.Edges, &Edge{Service: service, Address: at, Hosts: []string{host}})
	w.Names[host] = Records{Public: []netip.Addr{at}}
}

// addEndpoints adds interface endpoints in two zones of the VPC.
func addEndpoints(w *World, services ...string) { addEndpointsAt(w, 10, 0, services...) }

// addEndpointsAt adds interface endpoints in two zones of a.b.0.0/16.
func addEndpointsAt(w *World, a, b byte, services ...string) {
	for _, s := range services {
		i := slices.Index(privateServices, s)
		addEdge(w, s, true, netip.AddrFrom4([4]byte{a, b, 1, byte(101 + i)}))
		addEdge(w, s, true, netip.AddrFrom4([4]byte{a, b, 3, byte(101 + i)}))
	}
}

// inVPC makes the node an EC2 instance that uses the VPC's resolver.
func inVPC(w *World) {
	w.Node.Address, w.Node.Gateway = prefix("10.0.2.10/24"), addr("10.0.2.1")
	w.Node.Firmware = FirmwareEC2
	w.Node.Nameservers = []netip.Addr{vpcPlusTwo}
	addVPCResolver(w)
	w.Metadata = &Metadata{
		Zone: w.Region + "a", VPC: prefix("10.0.0.0/16"), Subnet: prefix("10.0.2.0/24"),
		Address: addr("10.0.2.10"), Role: "node",
	}
}

// addVPCResolver adds the VPC's resolver at both its addresses.
func addVPCResolver(w *World) {
	w.Nameservers = append(w.Nameservers,
		&Nameserver{Address: vpcPlusTwo, Knows: ViewVPC},
		&Nameserver{Address: vpcResolver, Knows: ViewVPC})
}

// onPremises makes the node a server outside EC2.
func onPremises(w *World) {
	w.Node.Address, w.Node.Gateway = prefix("10.20.1.10/24"), addr("10.20.1.1")
	w.Node.Firmware = FirmwareVMware
	w.Node.Nameservers = []netip.Addr{premisesDNS}
	w.Node.Env = map[string]string{"AWS_REGION": w.Region}
}

// noInternet drops packets to every public address, except to S3 if the VPC has a
// gateway endpoint.
func noInternet(w *World, gateway bool) {
	if gateway {
		for _, e := range w.EdgesOf("s3", false) {
			w.Ways = append(w.Ways, Way{To: single(e.Address)})
		}
	}
	for _, e := range w.Edges {
		if !e.Private {
			w.Ways = append(w.Ways, Way{To: single(e.Address), Action: Drop})
		}
	}
}

// noGateway removes the gateway endpoint for S3.
func noGateway(w *World) { w.Ways = nil; noInternet(w, false) }

// managedBuckets returns the AWS-managed buckets that a node reads.
func managedBuckets(region string) *Buckets {
	b := &Buckets{
		Public: map[string]string{
			"amazon-ssm-" + region + "/latest/VERSION": "3.3.1142.0\n",
		},
		Closed: []string{"aws-ssm-" + region, "patch-baseline-snapshot-" + region, "aws-windows-downloads-" + region},
	}
	if s, ok := patchSuffix[region]; ok {
		b.Closed = append(b.Closed, fmt.Sprintf("aws-patch-manager-%s-%s", region, s))
	}
	if s, ok := snapshotSuffix[region]; ok {
		b.Closed = append(b.Closed, fmt.Sprintf("patch-baseline-snapshot-%s-%s", region, s))
	}
	return b
}

// The suffixes of bucket names in the Regions of the scenarios.
var (
	patchSuffix    = map[string]string{"us-east-2": "552881074", "me-south-1": "a53fc9dce", "eu-central-1": "9163fdaaf"}
	snapshotSuffix = map[string]string{"me-south-1": "uduvl7q8"}
)

// PrivateVPC is a VPC without internet: interface endpoints in two zones, and
// S3 through a gateway endpoint.
func PrivateVPC() *World { return privateVPC("us-east-2") }

// privateVPC is PrivateVPC in another Region.
func privateVPC(region string) *World {
	w := newWorld(region, "amazonaws.com")
	inVPC(w)
	addEndpoints(w, privateServices...)
	noInternet(w, true)
	return w
}

// NATPublic is a VPC without endpoints: everything goes through NAT.
func NATPublic() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	inVPC(w)
	return w
}

// S3Gateway is a VPC with endpoints for Systems Manager only, in which S3's are the
// only public addresses that answer.
func S3Gateway() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	inVPC(w)
	addEndpoints(w, "ssm", "ssmmessages", "ec2messages")
	noInternet(w, true)
	return w
}

// KMSLogsOnly is a VPC with endpoints for kms and logs, and NAT for the rest.
func KMSLogsOnly() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	inVPC(w)
	addEndpoints(w, "kms", "logs")
	return w
}

// CustomDNS is the private VPC with the user's own nameserver, which forwards
// amazonaws.com to the VPC's resolver.
func CustomDNS() *World {
	w := PrivateVPC()
	w.Node.Nameservers = []netip.Addr{customDNS}
	w.Nameservers = append(w.Nameservers, &Nameserver{
		Address: customDNS, Engine: Unbound,
		Forwards: []Forward{{Zone: ".", To: internetDNS}, {Zone: "amazonaws.com", To: vpcPlusTwo}},
	})
	return w
}

// HybridForwarder is a server on premises, with a private line to the VPC, whose
// nameserver forwards amazonaws.com to the VPC's inbound endpoint.
func HybridForwarder() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	onPremises(w)
	addEndpoints(w, privateServices...)
	w.Nameservers = append(w.Nameservers,
		&Nameserver{Address: inboundDNS, Knows: ViewVPC},
		&Nameserver{
			Address: premisesDNS, Engine: Unbound,
			Forwards: []Forward{{Zone: ".", To: internetDNS}, {Zone: "amazonaws.com", To: inboundDNS}},
		})
	noInternet(w, true)
	return w
}

// HybridPublic is a server on premises that reaches AWS over the internet.
func HybridPublic() *World {
	w := newWorld("us-east-2", "amazonaws.com")
	onPremises(w)
	w.Nameservers = append(w.Nameservers, &Nameserver{
		Address: premisesDNS, Forwards: []Forward{{Zone: ".", To: internetDNS}},
	})
	return w
}

// ResolvedStub is the private VPC on a node with systemd-resolved's stub.
func ResolvedStub() *World {
	w := PrivateVPC()
	w.Node.Nameservers = []netip.Addr{stubDNS}
	w.Node.Files = map[string]string{"run/systemd/resolve/resolv.conf": "nameserver " + vpcPlusTwo.String() + "\n"}
	w.Nameservers = append(w.Nameservers, &Nameserver{
		Address: stubDNS, Loopback: true, Forwards: []Forward{{Zone: ".", To: vpcPlusTwo}},
	})
	return w
}

// China is a VPC in the China partition: another suffix, another CA.
func China() *World {
	w := newWorld("cn-north-1", "amazonaws.com.cn")
	w.Issuer = OtherCA
	w.Node.Trusts = []Issuer{OtherCA}
	inVPC(w)
	addEndpoints(w, "ssm", "ssmmessages", "ec2messages")
	return w
}

// NewRegion is a VPC in a Region without ec2messages.
func NewRegion() *World { return withoutEC2Messages("mx-central-1") }

func withoutEC2Messages(region string) *World {
	w := newWorld(region, "amazonaws.com")
	inVPC(w)
	addEndpoints(w, "ssm", "ssmmessages", "kms", "logs", "ec2", "monitoring")
	delete(w.Names, w.Host("ec2messages"))
	w.Edges = slices.DeleteFunc(w.Edges, func(e *Edge) bool { return e.Service == "ec2messages" })
	noInternet(w, true)
	return w
}

// Bahrain is the private VPC in a Region whose patch buckets have suffixes.
func Bahrain() *World { return privateVPC("me-south-1") }

// PeeredVPC is a VPC that uses the endpoints of a peered VPC.
func PeeredVPC() *World { return endpointsAt(10, 77) }

// endpointsAt is a VPC peered with one in a.b.0.0/16 that has the endpoints.
func endpointsAt(a, b byte) *World {
	w := newWorld("us-east-2", "amazonaws.com")
	inVPC(w)
	addEndpointsAt(w, a, b, privateServices...)
	noInternet(w, true)
	return w
}
