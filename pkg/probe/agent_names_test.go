package probe

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agent"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// TestNamesOfTheAgent: which host each target has by the agent's configuration
// and its version.
func TestNamesOfTheAgent(t *testing.T) {
	dual := observation.AgentConfig{DualStack: true}
	logs := observation.AgentConfig{Path: "/config", Endpoints: map[string]string{"logs": "logs.corp.example:8443"}}
	s3 := observation.AgentConfig{Path: "/config", BucketEndpoint: "s3.corp.example:8443"}
	for _, tt := range []struct {
		name    string
		region  string
		version string
		agent   observation.AgentConfig
		want    map[string]string
	}{
		{"dual stack", "us-east-2", "3.3.3270.0", dual, map[string]string{
			"ssm": "ssm.us-east-2.api.aws:443", "s3": "s3.dualstack.us-east-2.amazonaws.com:443",
			"s3:mine": "mine.s3.dualstack.us-east-2.amazonaws.com:443", "s3:a.b": "s3.dualstack.us-east-2.amazonaws.com:443",
		}},
		{"dual stack in China", "cn-north-1", "3.3.5226.0", dual, map[string]string{
			"ssmmessages": "ssmmessages.cn-north-1.api.amazonwebservices.com.cn:443", "s3": "s3.dualstack.cn-north-1.amazonaws.com.cn:443",
		}},
		{"dual stack with an explicit endpoint", "us-east-2", "3.3.3270.0", observation.AgentConfig{DualStack: true, Endpoints: map[string]string{"ssm": "ssm.corp.example"}},
			map[string]string{"ssm": "ssm.corp.example:443", "kms": "kms.us-east-2.api.aws:443"}},
		{"dual stack with a domain of one's own", "us-east-2", "3.3.3270.0", observation.AgentConfig{DualStack: true, ServiceDomain: "aws.corp.example"},
			map[string]string{"ssm": "ssm.us-east-2.aws.corp.example:443", "s3": "s3.dualstack.us-east-2.aws.corp.example:443"}},
		{"dual stack with the messages' Region", "us-east-2", "3.3.3270.0", observation.AgentConfig{DualStack: true, MessagesRegion: "us-west-2"},
			map[string]string{"ssmmessages": "ssmmessages.us-west-2.api.aws:443"}},
		{"dual stack of which the agent does not know", "us-east-2", "3.3.3185.0", dual, map[string]string{"ssm": "ssm.us-east-2.amazonaws.com:443"}},
		{"logs", "us-east-2", "3.3.2958.0", logs, map[string]string{"logs": "logs.corp.example:8443"}},
		{"logs of which the agent does not know", "us-east-2", "3.3.2746.0", logs, map[string]string{"logs": "logs.us-east-2.amazonaws.com:443"}},
		{"S3 for buckets of one's own", "us-east-2", "", s3, map[string]string{
			"s3": "s3.us-east-2.amazonaws.com:443", "s3:amazon-ssm-us-east-2": "s3.us-east-2.amazonaws.com:443",
			"s3:mine": "mine.s3.corp.example:8443", "s3:a.b": "s3.corp.example:8443",
		}},
	} {
		plan, err := NewPlan(Config{Region: tt.region, Buckets: []string{"mine", "a.b"}}, node.Local{Node: observation.Node{OS: "linux", Agent: observation.Agent{Version: tt.version, Config: tt.agent}}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, target := range plan.Targets {
			if _, ok := tt.want[target.Name]; ok {
				got[target.Name] = net.JoinHostPort(target.Host, strconv.Itoa(int(target.Port)))
			}
		}
		t.Run(tt.name, func(t *testing.T) { probetest.Compare(t, tt.want, got) })
	}
}

func TestBucketAtAnEndpointThatCannotBeTested(t *testing.T) {
	plan, err := NewPlan(Config{Region: "us-east-2", Buckets: []string{"mine"}}, node.Local{Node: observation.Node{Agent: observation.Agent{Config: observation.AgentConfig{BucketUnusable: "without TLS"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range plan.Targets {
		if want := map[bool]string{true: "without TLS"}[target.Name == "s3:mine"]; target.NotDocumented != want {
			t.Errorf("%s: %q, want %q", target.Name, target.NotDocumented, want)
		}
	}
}

// TestOldDistributor: only an agent that is known to be old needs the bucket.
func TestOldDistributor(t *testing.T) {
	for version, want := range map[string]bool{"3.3.550.0": true, "3.3.551.0": false, "": false, "soon": false} {
		plan, err := NewPlan(Config{Region: "us-east-2", Capabilities: []endpoint.Capability{endpoint.Distributor}}, node.Local{Node: observation.Node{Agent: observation.Agent{Version: version}}})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(plan.Targets, func(t observation.PlannedTarget) bool { return strings.HasSuffix(t.Name, "-birdwatcher-prod") })
		if i < 0 || plan.Targets[i].Asked != want {
			t.Errorf("%q: %+v", version, plan.Targets)
		}
	}
}

func TestRequestForABucket(t *testing.T) {
	for want, target := range map[string]endpoint.Target{
		"GET /mine?max-keys=1":     {Host: "s3.us-east-2.amazonaws.com", Bucket: "mine"},
		"GET /?max-keys=1":         {Host: "mine.s3.us-east-2.amazonaws.com", Bucket: "mine", VirtualHosted: true},
		"GET /mine/latest/VERSION": {Host: "s3.us-east-2.amazonaws.com", Bucket: "mine", PublicKey: "latest/VERSION"},
		"GET /latest/VERSION":      {Host: "mine.s3-fips.us-east-2.amazonaws.com", Bucket: "mine", PublicKey: "latest/VERSION", VirtualHosted: true},
		"GET /":                    {Host: "s3.us-east-2.amazonaws.com"},
	} {
		if got := reply.RequestFor(target).String(); got != want {
			t.Errorf("%+v: %s, want %s", target, got, want)
		}
	}
}

func TestHostsFileNamesBucketsAtAnotherHost(t *testing.T) {
	file := "10.0.0.5 mine.s3.corp.example s3.corp.example other.example\n"
	var names []string
	for _, e := range node.ParseHosts([]byte(file), agent.ConfiguredHosts(observation.AgentConfig{BucketEndpoint: "s3.corp.example:8443"})) {
		names = append(names, e.Name)
	}
	probetest.Compare(t, []string{"mine.s3.corp.example", "s3.corp.example"}, names)
}
