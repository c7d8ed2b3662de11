package probe

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/net/http/httpproxy"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// shortTarget is the part of a planned target that tests compare.
type shortTarget struct {
	Name, Host   string
	Port         uint16
	Asked        bool
	By, Proxy    string
	ProxyIgnored bool
}

func short(plan observation.Plan) map[string]shortTarget {
	all := map[string]shortTarget{}
	for _, t := range plan.Targets {
		all[t.Name] = shortTarget{t.Name, t.Host, t.Port, t.Asked, t.Overridden, t.Proxy, t.ProxyIgnored}
	}
	return all
}

func TestChooseRegion(t *testing.T) {
	registered := observation.Node{Registration: observation.Registration{Region: "eu-west-1", InstanceID: "mi-1"}}
	unread := observation.Node{Registration: observation.Registration{Region: "eu-west-1", Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied, Text: ""}}}
	for _, test := range []struct {
		name, flag         string
		env                map[string]string
		node               observation.Node
		region, regionFrom string
	}{
		{"the flag", "us-east-2", map[string]string{"AWS_REGION": "us-west-1"}, registered, "us-east-2", "--region"},
		{"AWS_REGION", "", map[string]string{"AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, registered, "us-west-1", "AWS_REGION"},
		{"AWS_DEFAULT_REGION", "", map[string]string{"AWS_DEFAULT_REGION": "us-west-2"}, registered, "us-west-2", "AWS_DEFAULT_REGION"},
		{"the registration", "", nil, registered, "eu-west-1", "the agent's registration"},
		{"a registration that was not read", "", nil, unread, "", ""},
		{"nobody", "", nil, observation.Node{}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			region, from := ChooseRegion(test.flag, func(name string) string { return test.env[name] }, test.node)
			if region != test.region || from != test.regionFrom {
				t.Errorf("got %q from %q, want %q from %q", region, from, test.region, test.regionFrom)
			}
		})
	}
}

func TestPlanOfADefaultRun(t *testing.T) {
	plan, err := NewPlan(Config{Region: "us-east-2", RegionFrom: "--region"}, node.Local{Node: observation.Node{Kind: observation.NodeEC2, OS: "linux"}})
	if err != nil {
		t.Fatal(err)
	}
	probetest.Compare(t, endpoint.DefaultCapabilities(), plan.Capabilities)
	if plan.Partition != "aws" || plan.RegionFrom != "--region" || plan.RegionNote != "" || plan.Expect != observation.ExpectAuto || !plan.AskMetadata {
		t.Errorf("partition %q, from %q, note %q, expect %q, metadata %t", plan.Partition, plan.RegionFrom, plan.RegionNote, plan.Expect, plan.AskMetadata)
	}
	if plan.Timeout != observation.Elapsed(attempt.DefaultTimeout) || plan.Deadline != observation.Elapsed(DefaultDeadline) {
		t.Errorf("timeout %s, deadline %s", plan.Timeout, plan.Deadline)
	}
	asked := true
	for _, target := range plan.Targets {
		if target.Asked && !asked {
			t.Errorf("%s is asked for and comes after those that are not", target.Name)
		}
		asked = target.Asked
	}
	got := short(plan.Plan)
	for name, asked := range map[string]bool{"ssm": true, "ssmmessages": true, "s3:amazon-ssm-us-east-2": true, "kms": false, "logs": false, "ec2": false} {
		if target, ok := got[name]; !ok || target.Asked != asked {
			t.Errorf("%s: planned %t, asked %t; want it planned, asked %t", name, ok, target.Asked, asked)
		}
	}
}

// The names that decide what `--expect auto` becomes are looked up whatever is requested.
func TestPlanLooksTheCoreNamesUp(t *testing.T) {
	const host = ".us-east-2.amazonaws.com"
	for _, test := range []struct {
		name   string
		config Config
		agent  observation.AgentConfig
		want   []string
	}{
		{"a default run has them as targets", Config{}, observation.AgentConfig{}, nil},
		{"kms alone", Config{Capabilities: []endpoint.Capability{endpoint.KMSEncryption}}, observation.AgentConfig{}, []string{"ssm" + host, "ssmmessages" + host, "ec2messages" + host}},
		{"Session Manager", Config{Capabilities: []endpoint.Capability{endpoint.SessionManager}}, observation.AgentConfig{}, []string{"ec2messages" + host}},
		{"through a proxy", Config{Capabilities: []endpoint.Capability{endpoint.KMSEncryption}, Proxy: "http://10.9.0.8:3128", ProxyURL: probetest.MustURL(t, "http://10.9.0.8:3128")}, observation.AgentConfig{}, nil},
		{"the agent has hosts of its own", Config{Capabilities: []endpoint.Capability{endpoint.KMSEncryption}},
			observation.AgentConfig{Endpoints: map[string]string{"ssm": "vpce-1.ssm.us-east-2.vpce.amazonaws.com", "ssmmessages": "gateway.corp.example"}},
			[]string{"vpce-1.ssm.us-east-2.vpce.amazonaws.com", "ec2messages" + host}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Region = "us-east-2"
			plan, err := NewPlan(test.config, node.Local{Node: observation.Node{Kind: observation.NodeEC2, OS: "linux", Agent: observation.Agent{Config: test.agent}}})
			if err != nil {
				t.Fatal(err)
			}
			probetest.Compare(t, test.want, plan.Lookups)
		})
	}
}

func TestPlanOfWhatIsAskedFor(t *testing.T) {
	plan, err := NewPlan(Config{Region: "us-east-2", Capabilities: []endpoint.Capability{endpoint.SessionManager}, Expect: observation.ExpectPrivate}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}})
	if err != nil {
		t.Fatal(err)
	}
	probetest.Compare(t, map[string]shortTarget{
		"ssm":         {Name: "ssm", Host: "ssm.us-east-2.amazonaws.com", Port: 443, Asked: true},
		"ssmmessages": {Name: "ssmmessages", Host: "ssmmessages.us-east-2.amazonaws.com", Port: 443, Asked: true},
	}, short(plan.Plan))
	if plan.Expect != observation.ExpectPrivate {
		t.Errorf("expect %q", plan.Expect)
	}
}

func TestPlanWithOtherHosts(t *testing.T) {
	config := Config{Region: "us-east-2", Capabilities: []endpoint.Capability{endpoint.RunCommand}}
	const path = "/etc/amazon/ssm/amazon-ssm-agent.json"
	for _, test := range []struct {
		name      string
		agent     observation.AgentConfig
		version   string
		endpoints map[string]string
		dualStack bool
		target    string
		want      shortTarget
	}{
		{name: "the agent's, with a port", agent: observation.AgentConfig{Path: path, Endpoints: map[string]string{"ssm": "ssm.corp.example:8443"}},
			target: "ssm", want: shortTarget{Host: "ssm.corp.example", Port: 8443, By: path}},
		{name: "the flag's over the agent's", agent: observation.AgentConfig{Path: path, Endpoints: map[string]string{"ssm": "ssm.corp.example:8443"}},
			endpoints: map[string]string{"ssm": "vpce-1.ssm.us-east-2.vpce.amazonaws.com"},
			target:    "ssm", want: shortTarget{Host: "vpce-1.ssm.us-east-2.vpce.amazonaws.com", Port: 443, By: "--endpoint"}},
		{name: "the agent's domain", agent: observation.AgentConfig{Path: path, ServiceDomain: "aws.corp.example"},
			target: "ssmmessages", want: shortTarget{Host: "ssmmessages.us-east-2.aws.corp.example", Port: 443, By: "ServiceDomain of the agent's configuration"}},
		{name: "the messages' Region", agent: observation.AgentConfig{Path: path, MessagesRegion: "us-west-2"},
			target: "ssmmessages", want: shortTarget{Host: "ssmmessages.us-west-2.amazonaws.com", Port: 443, By: path}},
		{name: "the messages' Region concerns no other", agent: observation.AgentConfig{Path: path, MessagesRegion: "us-west-2"},
			target: "ssm", want: shortTarget{Host: "ssm.us-east-2.amazonaws.com", Port: 443}},
		{name: "the agent's dual stack", agent: observation.AgentConfig{Path: path, DualStack: true}, dualStack: true,
			target: "ssm", want: shortTarget{Host: "ssm.us-east-2.api.aws", Port: 443}},
		{name: "the dual stack of the first agent that knows it", agent: observation.AgentConfig{Path: path, DualStack: true}, version: "3.3.3270.0", dualStack: true,
			target: "ssm", want: shortTarget{Host: "ssm.us-east-2.api.aws", Port: 443}},
		{name: "the dual stack of an agent that does not know it", agent: observation.AgentConfig{Path: path, DualStack: true}, version: "3.3.3269.9",
			target: "ssm", want: shortTarget{Host: "ssm.us-east-2.amazonaws.com", Port: 443}},
		{name: "the Region to sign for decides no host", agent: observation.AgentConfig{Path: path, SigningRegion: "us-west-1"},
			target: "ssm", want: shortTarget{Host: "ssm.us-east-2.amazonaws.com", Port: 443}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config
			c.Endpoints = test.endpoints
			plan, err := NewPlan(c, node.Local{Node: observation.Node{Kind: observation.NodeEC2, Agent: observation.Agent{Config: test.agent, Version: test.version}}})
			if err != nil {
				t.Fatal(err)
			}
			test.want.Name, test.want.Asked = test.target, true
			probetest.Compare(t, test.want, short(plan.Plan)[test.target])
			if plan.DualStack != test.dualStack {
				t.Errorf("dual stack %t", plan.DualStack)
			}
		})
	}
}

// An endpoint that the agent cannot use, or ssmcheck cannot test, must not pass because AWS's own
// host is tested instead.
func TestPlanWithAnUnusableHost(t *testing.T) {
	local := observation.Node{Agent: observation.Agent{Config: observation.AgentConfig{Unusable: map[string]string{"ssmmessages": "no host in it"}}}}
	plan, err := NewPlan(Config{Region: "us-east-2"}, node.Local{Node: local})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range plan.Targets {
		if got := target.NotDocumented == "no host in it"; got != (target.Name == "ssmmessages") {
			t.Errorf("%s is not checked: %t", target.Name, got)
		}
	}
	plan, err = NewPlan(Config{Region: "us-east-2", Endpoints: map[string]string{"ssmmessages": "messages.example.com"}}, node.Local{Node: local})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range plan.Targets {
		if target.Name == "ssmmessages" && target.NotDocumented != "" {
			t.Error("--endpoint names a host, and it is not checked")
		}
	}
}

func TestPlanOfServers(t *testing.T) {
	addr := netip.MustParseAddrPort
	resolver := observation.ResolverConfig{
		From: "/etc/resolv.conf", Servers: probetest.Ports("127.0.0.53:53", "127.0.0.53:53"),
		Behind: probetest.Ports("10.0.0.2:53"), BehindFrom: "/run/systemd/resolve/resolv.conf",
	}
	for _, test := range []struct {
		name   string
		config Config
		node   observation.Node
		want   []observation.PlannedServer
	}{
		{"EC2 with a stub", Config{}, observation.Node{Kind: observation.NodeEC2, Resolver: resolver}, []observation.PlannedServer{
			{Address: addr("127.0.0.53:53"), Role: observation.RoleConfigured, From: "/etc/resolv.conf"},
			{Address: addr("10.0.0.2:53"), Role: observation.RoleBehindStub, From: "/run/systemd/resolve/resolv.conf"},
			{Address: addr("169.254.169.253:53"), Role: observation.RoleVPC, From: "default on EC2"},
		}},
		{"a hybrid server has no default", Config{}, observation.Node{Kind: observation.NodeHybrid}, nil},
		{"what is not known waits for metadata", Config{}, observation.Node{Kind: observation.NodeUnknown}, []observation.PlannedServer{
			{Address: addr("169.254.169.253:53"), Role: observation.RoleVPC, From: "default on EC2, if metadata says that this is one"},
		}},
		{"both flags", Config{VPCResolver: addr("10.0.0.9:53"), Nameservers: probetest.Ports("10.1.0.1:53")}, observation.Node{Kind: observation.NodeHybrid, Resolver: resolver}, []observation.PlannedServer{
			{Address: addr("10.1.0.1:53"), Role: observation.RoleConfigured, From: "--nameserver", Given: true},
			{Address: addr("10.0.0.9:53"), Role: observation.RoleVPC, From: "--vpc-resolver", Given: true},
		}},
		{"a rule that covers the names", Config{}, observation.Node{Kind: observation.NodeHybrid, Resolver: observation.ResolverConfig{
			From: "f", Servers: probetest.Ports("10.0.0.53:53"), Rules: []observation.NameRule{{From: "a rule", Namespaces: []string{".amazonaws.com"}, Servers: probetest.Ports("10.20.0.2:53")}},
		}}, []observation.PlannedServer{
			{Address: netip.MustParseAddrPort("10.20.0.2:53"), Role: observation.RoleConfigured, From: "a rule"},
		}},
		{"a rule that covers one of them", Config{}, observation.Node{Kind: observation.NodeHybrid, Resolver: observation.ResolverConfig{
			From: "f", Servers: probetest.Ports("10.0.0.53:53"), Rules: []observation.NameRule{{From: "a rule", Namespaces: []string{"ssm"}, Servers: probetest.Ports("10.20.0.2:53")}},
		}}, []observation.PlannedServer{
			{Address: netip.MustParseAddrPort("10.0.0.53:53"), Role: observation.RoleConfigured, From: "f"},
		}},
		{"the VPC's resolver is configured too", Config{}, observation.Node{Kind: observation.NodeEC2, Resolver: observation.ResolverConfig{From: "f", Servers: probetest.Ports("169.254.169.253:53")}}, []observation.PlannedServer{
			{Address: addr("169.254.169.253:53"), Role: observation.RoleConfigured, From: "f"},
			{Address: addr("169.254.169.253:53"), Role: observation.RoleVPC, From: "default on EC2"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Region = "us-east-2"
			plan, err := NewPlan(test.config, node.Local{Node: test.node})
			if err != nil {
				t.Fatal(err)
			}
			probetest.Compare(t, test.want, plan.Servers)
		})
	}
}

func TestPlanOfProxies(t *testing.T) {
	node := node.Local{Proxies: service.Proxies{Agent: service.NewProxyRules(httpproxy.Config{
		HTTPSProxy: "http://u:secret@agent.example:3128", NoProxy: ".s3.us-east-2.amazonaws.com,s3.us-east-2.amazonaws.com",
	})}}
	given := Config{Proxy: "http://given.example:8080", ProxyURL: probetest.MustURL(t, "http://given.example:8080")}
	for _, test := range []struct {
		name    string
		config  Config
		ssm, s3 string
	}{
		{"the agent's, but for no_proxy", Config{}, "http://u:***@agent.example:3128", ""},
		{"auto is the same", Config{Proxy: "auto"}, "http://u:***@agent.example:3128", ""},
		{"none", Config{Proxy: "none"}, "", ""},
		{"one for all", given, "http://given.example:8080", "http://given.example:8080"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Region = "us-east-2"
			plan, err := NewPlan(test.config, node)
			if err != nil {
				t.Fatal(err)
			}
			got := short(plan.Plan)
			if got["ssm"].Proxy != test.ssm || got["s3"].Proxy != test.s3 {
				t.Errorf("ssm through %q, s3 through %q; want %q and %q", got["ssm"].Proxy, got["s3"].Proxy, test.ssm, test.s3)
			}
			for _, target := range plan.Targets {
				if used := plan.proxies[target.Name] != nil; used != (target.Proxy != "") {
					t.Errorf("%s: shown as %q, used %t", target.Name, target.Proxy, used)
				}
			}
		})
	}
}

func TestPlanOfProxiesThatCannotBeParsed(t *testing.T) {
	local := node.Local{Proxies: service.Proxies{Agent: service.NewProxyRules(httpproxy.Config{
		HTTPSProxy: "http://u:p%zz@agent.example:3128:3128", NoProxy: ".s3.us-east-2.amazonaws.com,s3.us-east-2.amazonaws.com",
	})}}
	for _, test := range []struct {
		name    string
		config  Config
		node    node.Local
		choice  observation.ProxyChoice
		ssm, s3 bool
	}{
		{"the agent goes without, where no_proxy does not say so", Config{}, local, observation.ProxyAuto, true, false},
		{"none", Config{Proxy: "none"}, local, observation.ProxyNone, false, false},
		{"one for all", Config{Proxy: "http://given.example:8080", ProxyURL: probetest.MustURL(t, "http://given.example:8080")}, local, observation.ProxyGiven, false, false},
		{"no proxy at all", Config{Proxy: "auto"}, node.Local{}, observation.ProxyAuto, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Region = "us-east-2"
			plan, err := NewPlan(test.config, test.node)
			if err != nil {
				t.Fatal(err)
			}
			got := short(plan.Plan)
			if got["ssm"].ProxyIgnored != test.ssm || got["s3"].ProxyIgnored != test.s3 || plan.Proxy != test.choice {
				t.Errorf("ssm %t, s3 %t, %q; want %t, %t, %q", got["ssm"].ProxyIgnored, got["s3"].ProxyIgnored, plan.Proxy, test.ssm, test.s3, test.choice)
			}
		})
	}
}

func TestPlanOfMetadata(t *testing.T) {
	for kind, ask := range map[observation.NodeKind]bool{observation.NodeEC2: true, observation.NodeUnknown: true, observation.NodeHybrid: false} {
		plan, err := NewPlan(Config{Region: "us-east-2"}, node.Local{Node: observation.Node{Kind: kind, KindFrom: "evidence"}})
		if err != nil {
			t.Fatal(err)
		}
		if plan.AskMetadata != ask || (plan.MetadataReason == "") != ask {
			t.Errorf("%s: asked %t, reason %q; want asked %t", kind, plan.AskMetadata, plan.MetadataReason, ask)
		}
	}
}

func TestPlanThatCannotBe(t *testing.T) {
	if _, err := NewPlan(Config{Region: "“us-east-2”"}, node.Local{Node: observation.Node{}}); !is[*endpoint.RegionError](err) {
		t.Errorf("a Region in quotes: %v", err)
	}
	if _, err := NewPlan(Config{Region: "us-east-2", Endpoints: map[string]string{"smm": "x.example"}}, node.Local{Node: observation.Node{}}); !is[*EndpointError](err) {
		t.Errorf("a target that is none: %v", err)
	}
	if _, err := NewPlan(Config{Region: "us-east-2", Endpoints: map[string]string{"ssm": "https://x.example"}}, node.Local{Node: observation.Node{}}); !is[*endpoint.HostError](err) {
		t.Errorf("a URL for a host: %v", err)
	}
	plan, err := NewPlan(Config{Region: "us-moon-7"}, node.Local{Node: observation.Node{}})
	if err != nil || plan.RegionNote == "" || short(plan.Plan)["ssm"].Host != "ssm.us-moon-7.amazonaws.com" {
		t.Errorf("a Region that is not listed: %v, note %q", err, plan.RegionNote)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
