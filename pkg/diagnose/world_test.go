package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The world of the tests: a node at 10.0.2.10 in a VPC of 10.0.0.0/16 in
// us-east-2, with interface endpoints in two zones and S3 by a gateway.
const (
	hostSSM      = "ssm.us-east-2.amazonaws.com"
	hostMessages = "ssmmessages.us-east-2.amazonaws.com"
	hostLegacy   = "ec2messages.us-east-2.amazonaws.com"
	hostS3       = "s3.us-east-2.amazonaws.com"
	hostKMS      = "kms.us-east-2.amazonaws.com"
	hostLogs     = "logs.us-east-2.amazonaws.com"
	agentBucket  = "amazon-ssm-us-east-2"
	nameBucket   = "s3:" + agentBucket
)

var (
	began      = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	vpcPlus2   = "10.0.0.2"
	vpcDefault = "169.254.169.253"
	ownServer  = "10.0.0.53"
	allAPIs    = []string{"ssm", "ssmmessages", "ec2messages", "kms", "logs"}
	allNames   = []string{"ssm", "ssmmessages", "ec2messages", "s3", nameBucket, "kms", "logs"}
)

const ms = observation.Elapsed(time.Millisecond)

// A world is observations that a test changes.
type world struct{ *observation.Observations }

// healthy is a run without findings.
func healthy() *world {
	w := &world{&observation.Observations{
		StartedAt: began, Duration: 200 * ms, Ending: observation.EndingComplete,
		Plan: observation.Plan{
			Region: "us-east-2", RegionFrom: "instance metadata", Partition: "aws",
			Capabilities: []endpoint.Capability{endpoint.RunCommand, endpoint.SessionManager, endpoint.AgentUpdate},
			Needs: map[endpoint.Capability][]endpoint.Need{
				endpoint.RunCommand:     {{"ssm"}, {"ssmmessages", "ec2messages"}},
				endpoint.SessionManager: {{"ssm"}, {"ssmmessages"}},
				endpoint.AgentUpdate:    {{"s3"}, {nameBucket}},
			},
			Expect: observation.ExpectAuto, Timeout: 3000 * ms, Deadline: 15000 * ms, AskMetadata: true,
		},
		Node: observation.Node{
			Kind: observation.NodeEC2, KindFrom: "/sys/class/dmi/id/sys_vendor: Amazon EC2", OS: "linux", Arch: "amd64",
			Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")},
			Resolver:  observation.ResolverConfig{From: "/etc/resolv.conf"},
			Hosts:     observation.HostsFile{Path: "/etc/hosts"},
			Registration: observation.Registration{
				Path: "/var/lib/amazon/ssm/registration", Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent},
			},
			Agent: observation.Agent{
				Installed: observation.Yes, Running: observation.Yes, Version: "3.3.1142.0",
				Config: observation.AgentConfig{Path: "/etc/amazon/ssm/amazon-ssm-agent.json", Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent}},
			},
			Proxy: observation.ProxyConfig{Known: observation.Yes},
		},
		Metadata: observation.Metadata{
			Asked: true, Connected: true, Status: 200, InstanceID: "i-0123456789abcdef0", Region: "us-east-2",
			LocalIPv4: netip.MustParseAddr("10.0.2.10"), VPCID: "vpc-1", Role: observation.Yes,
			VPCBlocks:    []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")},
			SubnetBlocks: []netip.Prefix{netip.MustParsePrefix("10.0.2.0/24")},
		},
	}}
	w.server(vpcPlus2, observation.RoleConfigured)
	w.server(vpcDefault, observation.RoleVPC)
	w.target(endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: hostSSM}, true)
	w.target(endpoint.Target{Name: "ssmmessages", Service: endpoint.SSMMessages, Host: hostMessages, WebSocket: true}, true)
	w.target(endpoint.Target{Name: "ec2messages", Service: endpoint.EC2Messages, Host: hostLegacy}, true)
	w.target(endpoint.Target{Name: "s3", Service: endpoint.S3, Host: hostS3}, true)
	w.target(endpoint.Target{Name: nameBucket, Service: endpoint.S3, Host: hostS3, Bucket: agentBucket, PublicKey: "latest/VERSION"}, true)
	w.target(endpoint.Target{Name: "kms", Service: endpoint.KMS, Host: hostKMS}, false)
	w.target(endpoint.Target{Name: "logs", Service: endpoint.Logs, Host: hostLogs}, false)
	for i, name := range allAPIs {
		w.resolves(name, privateOf(i)...)
	}
	w.resolves("s3", "3.5.128.10", "3.5.128.11")
	w.resolves(nameBucket, "3.5.128.10", "3.5.128.11")
	return w
}

func privateOf(i int) []string {
	end := string(rune('1' + i))
	return []string{"10.0.1.10" + end, "10.0.3.10" + end}
}

// publicOf are public addresses of the i-th API.
func publicOf(i int) []string {
	return []string{"52.95.2" + string(rune('1'+i)) + ".1", "52.95.2" + string(rune('1'+i)) + ".2"}
}

func (w *world) server(addr string, role observation.ServerRole) *observation.ServerObservation {
	s := observation.PlannedServer{Address: netip.AddrPortFrom(netip.MustParseAddr(addr), 53), Role: role, From: "/etc/resolv.conf"}
	if role == observation.RoleConfigured {
		w.Node.Resolver.Servers = append(w.Node.Resolver.Servers, s.Address)
	}
	if role == observation.RoleVPC {
		s.From = "default on EC2"
	}
	w.Plan.Servers = append(w.Plan.Servers, s)
	w.Servers = append(w.Servers, observation.ServerObservation{PlannedServer: s})
	return &w.Servers[len(w.Servers)-1]
}

// ask gives the observation of a nameserver.
func (w *world) ask(addr string) *observation.ServerObservation {
	for i := range w.Servers {
		if w.Servers[i].Address.Addr().String() == addr {
			return &w.Servers[i]
		}
	}
	panic("no nameserver " + addr)
}

// onlyServer replaces the configured nameserver by one that answers as the
// VPC's resolver does, until a test changes it.
func (w *world) onlyServer(addr string) *observation.ServerObservation {
	s := w.ask(vpcPlus2)
	s.Address = netip.AddrPortFrom(netip.MustParseAddr(addr), 53)
	w.Node.Resolver.Servers = []netip.AddrPort{s.Address}
	return s
}

// secondServer is a further configured nameserver that answers like the first.
func (w *world) secondServer(addr string) *observation.ServerObservation {
	first := w.Servers[0]
	first.Answers = slices.Clone(first.Answers)
	first.Address = netip.AddrPortFrom(netip.MustParseAddr(addr), 53)
	w.Node.Resolver.Servers = append(w.Node.Resolver.Servers, first.Address)
	w.Servers = slices.Insert(w.Servers, 1, first)
	return &w.Servers[1]
}

func (w *world) target(t endpoint.Target, asked bool) {
	t.Port = endpoint.Port
	w.Plan.Targets = append(w.Plan.Targets, observation.PlannedTarget{Target: t, Asked: asked})
	w.Targets = append(w.Targets, observation.TargetObservation{Name: t.Name})
}

func (w *world) planned(name string) *observation.PlannedTarget {
	for i := range w.Plan.Targets {
		if w.Plan.Targets[i].Name == name {
			return &w.Plan.Targets[i]
		}
	}
	panic("no target " + name)
}

func (w *world) at(name string) *observation.TargetObservation {
	for i := range w.Targets {
		if w.Targets[i].Name == name {
			return &w.Targets[i]
		}
	}
	panic("no target " + name)
}

func addrs(all ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range all {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// says makes a nameserver answer for a target's host.
func (w *world) says(server, name string, to ...string) {
	host := w.planned(name).Host
	a := observation.Answer{Name: host, Type: "A", Rcode: "NOERROR", Transport: "udp", Sent: 1, Elapsed: ms}
	aaaa := a
	aaaa.Type = "AAAA"
	for _, x := range addrs(to...) {
		if x.Is4() {
			a.Addresses = append(a.Addresses, x)
		} else {
			aaaa.Addresses = append(aaaa.Addresses, x)
		}
	}
	for _, q := range []*observation.Answer{&a, &aaaa} {
		if len(q.Addresses) == 0 {
			q.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress, Text: "an answer with no address"}
		}
	}
	w.put(server, a, aaaa)
}

// fails makes a nameserver fail for a target's host.
func (w *world) fails(server, name string, kind observation.Kind) {
	a := observation.Answer{Name: w.planned(name).Host, Type: "A", Transport: "udp", Sent: 1, Elapsed: ms, Failure: &observation.Failure{Op: observation.OpLookup, Kind: kind}}
	switch kind {
	case observation.KindNXDomain:
		a.Rcode = "NXDOMAIN"
	case observation.KindServFail:
		a.Rcode = "SERVFAIL"
	case observation.KindDNSRefused:
		a.Rcode = "REFUSED"
	case observation.KindNoAddress:
		a.Rcode = "NOERROR"
	case observation.KindTimeout:
		a.Elapsed, a.Sent = 3000*ms, 2
	}
	aaaa := a
	aaaa.Type = "AAAA"
	w.put(server, a, aaaa)
}

func (w *world) put(server string, answers ...observation.Answer) {
	s := w.ask(server)
	for _, a := range answers {
		i := slices.IndexFunc(s.Answers, func(b observation.Answer) bool { return b.Name == a.Name && b.Type == a.Type })
		if i < 0 {
			s.Answers = append(s.Answers, a)
		} else {
			s.Answers[i] = a
		}
	}
}

// failsAll makes a nameserver fail for every target, and for the control query.
func (w *world) failsAll(server string, kind, witness observation.Kind) {
	for _, name := range allNames {
		w.fails(server, name, kind)
	}
	a := observation.Answer{Name: "com.", Type: "NS", Transport: "udp", Elapsed: ms, Rcode: "NOERROR"}
	if witness != "" {
		a.Rcode, a.Failure = "", &observation.Failure{Op: observation.OpLookup, Kind: witness}
	}
	w.ask(server).ControlQuery = &a
}

// leads makes every configured nameserver resolve a target's name to addresses on this
// node; AWS answers there.
func (w *world) leads(name string, to ...string) {
	for _, s := range w.Servers {
		if s.Role == observation.RoleConfigured {
			w.says(s.Address.Addr().String(), name, to...)
		}
	}
	w.system(name, to...)
	t := w.at(name)
	t.Addresses = nil
	for _, a := range addrs(to...) {
		t.Addresses = append(t.Addresses, observation.AddressObservation{Address: a, From: []string{"system"}, Stages: w.proven(name)})
	}
	if w.planned(name).WebSocket {
		for i := range t.Addresses {
			t.Addresses[i].WebSocket = &observation.WebSocket{Stages: w.proven(name)}
		}
	}
}

// resolves is the same for the VPC's resolver too.
func (w *world) resolves(name string, to ...string) {
	w.leads(name, to...)
	for _, s := range w.Servers {
		if s.Role == observation.RoleVPC {
			w.says(s.Address.Addr().String(), name, to...)
		}
	}
}

// public removes every private address from all resolvers.
func (w *world) public() {
	for i, name := range allAPIs {
		w.resolves(name, publicOf(i)...)
	}
}

// proven are the stages of an attempt that AWS answers.
func (w *world) proven(name string) observation.Stages {
	t := w.planned(name)
	status := 404
	if t.Bucket != "" {
		status = 200
	}
	return observation.Stages{
		Connect:   &observation.Connect{Local: netip.MustParseAddr("10.0.2.10"), Elapsed: ms},
		Handshake: w.shaken(name),
		Reply: &observation.Reply{
			Request: "GET /", Elapsed: 4 * ms, Status: status, RequestID: "4b1c", Date: began, At: began.Add(500 * time.Millisecond),
		},
	}
}

// shaken is a handshake with Amazon's certificate.
func (w *world) shaken(name string) *observation.Handshake {
	return &observation.Handshake{
		Version: "TLS 1.3", Elapsed: 5 * ms, NameMatches: true, InTime: true, Trusted: true, Verified: true,
		Certificates: []observation.Certificate{{
			Subject: "CN=" + w.planned(name).Host, Issuer: "CN=Amazon RSA 2048 M02,O=Amazon,C=US", IssuerOrgs: []string{"Amazon"},
			Names: []string{w.planned(name).Host}, NotBefore: began.AddDate(0, -1, 0), NotAfter: began.AddDate(0, 11, 0), SHA256: name,
		}},
	}
}
