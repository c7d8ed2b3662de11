package agent

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestAgentConfig(t *testing.T) {
	const path = "etc/amazon/ssm/amazon-ssm-agent.json"
	for _, test := range []struct {
		name string
		text string
		want observation.AgentConfig
	}{
		{"empty object", `{}`, observation.AgentConfig{}},
		{"names are told apart without case", `{"ssm":{"ENDPOINT":"ssm.example.com"}}`,
			observation.AgentConfig{Endpoints: map[string]string{"ssm": "ssm.example.com"}}},
		{
			"a host or a URL",
			`{"Ssm":{"Endpoint":"https://vpce-1.ssm.us-east-2.vpce.amazonaws.com/path"},
			  "Mds":{"Endpoint":"ec2messages.example.com:8443"},
			  "Kms":{"Endpoint":"https://KMS.example.com:443"},
			  "Mgs":{"Endpoint":"messages.example.com"}}`,
			observation.AgentConfig{Endpoints: map[string]string{
				"ssm":         "vpce-1.ssm.us-east-2.vpce.amazonaws.com",
				"ec2messages": "ec2messages.example.com:8443",
				"kms":         "kms.example.com",
				"ssmmessages": "messages.example.com",
			}},
		},
		{"the messages' URL", `{"Mgs":{"Endpoint":"https://messages.example.com:8443"}}`,
			observation.AgentConfig{Endpoints: map[string]string{"ssmmessages": "messages.example.com:8443"}}},
		{"the messages' host with a port is a scheme, and no host", `{"Mgs":{"Endpoint":"messages.example.com:443"}}`,
			observation.AgentConfig{
				Unusable: map[string]string{
					"ssmmessages": `the agent's configuration names "messages.example.com:443" as Mgs.Endpoint: the agent finds no host in it, and so has none`,
				},
				Hostless: map[string]string{"ssmmessages": "messages.example.com:443"},
			}},
		{"a URL without a host", `{"Ssm":{"Endpoint":"https://"}}`,
			observation.AgentConfig{Unusable: map[string]string{
				"ssm": `the agent's configuration names "https://" as Ssm.Endpoint: there is no host in it`,
			}}},
		{"the messages' address with a port is no URL, so the default counts", `{"Mgs":{"Endpoint":"10.0.0.5:443"}}`,
			observation.AgentConfig{Notes: []string{
				`Mgs.Endpoint "10.0.0.5:443": it cannot be parsed, so the agent uses AWS's own host, and that is the one tested`,
			}}},
		{"without TLS", `{"Ssm":{"Endpoint":"http://ssm.example.com"}}`,
			observation.AgentConfig{Unusable: map[string]string{
				"ssm": `the agent's configuration names "http://ssm.example.com" as Ssm.Endpoint: it is without TLS, which is not tested`,
			}}},
		{"an address", `{"Ssm":{"Endpoint":"10.0.0.5"}}`,
			observation.AgentConfig{Unusable: map[string]string{
				"ssm": `the agent's configuration names "10.0.0.5" as Ssm.Endpoint: host name "10.0.0.5": it is an address; give the name that the certificate is for`,
			}}},
		{"a port that is none", `{"Ssm":{"Endpoint":"ssm.example.com:99999"}}`,
			observation.AgentConfig{Unusable: map[string]string{
				"ssm": `the agent's configuration names "ssm.example.com:99999" as Ssm.Endpoint: its port is no number from 1 to 65535`,
			}}},
		{
			"the Region to sign for, the domain, the messages' Region, dual stack",
			`{"Agent":{"Region":"us-west-1","ServiceDomain":"aws.corp.example","UseDualStackEndpoint":true},"Mgs":{"Region":"us-west-2"}}`,
			observation.AgentConfig{SigningRegion: "us-west-1", ServiceDomain: "aws.corp.example", MessagesRegion: "us-west-2", DualStack: true},
		},
		{"a domain that is none", `{"Agent":{"ServiceDomain":"a b"}}`,
			observation.AgentConfig{Notes: []string{`Agent.ServiceDomain "a b" is no DNS name; AWS's own names are the ones tested`}}},
		{"a Region that is none", `{"Mgs":{"Region":"Ohio"}}`,
			observation.AgentConfig{Notes: []string{
				`Mgs.Region: malformed Region "Ohio": it is not of the form words-number; give a name such as us-east-2; this node's Region is the one tested`,
			}}},
		{"S3 for the logs", `{"S3":{"Endpoint":"s3.example.com"}}`,
			observation.AgentConfig{BucketEndpoint: "s3.example.com", Notes: []string{
				`S3.Endpoint "s3.example.com" is for buckets of one's own, which --bucket tests there; the agent fetches its updates from AWS's own host, and that is the one tested for them`,
			}}},
		{"S3 without TLS", `{"S3":{"Endpoint":"http://s3.example.com"}}`,
			observation.AgentConfig{BucketUnusable: `the agent's configuration names "http://s3.example.com" as S3.Endpoint: it is without TLS, which is not tested`, Notes: []string{
				`S3.Endpoint "http://s3.example.com" is for buckets of one's own, and cannot be tested: it is without TLS, which is not tested`,
			}}},
		{"logs", `{"cloudwatchlogs":{"endpoint":"https://logs.example.com:8443","region":"us-west-2"}}`,
			observation.AgentConfig{Endpoints: map[string]string{"logs": "logs.example.com:8443"}, LogsRegion: "us-west-2"}},
		{"broken", "{\n  \"Ssm\": {\"Endpoint\": \"x\",}\n}",
			observation.AgentConfig{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/" + path + ", line 2: invalid character '}' looking for beginning of object key string"}}},
		{"another type", `{"Ssm":{"Endpoint":7}}`,
			observation.AgentConfig{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/" + path + ", line 1: json: cannot unmarshal number into Go struct field .Ssm.Endpoint of type string"}}},
		{"empty file", "", observation.AgentConfig{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/" + path + ", line 1: unexpected end of JSON input"}}},
		{"nested a million deep", strings.Repeat("[", 1_000_000), observation.AgentConfig{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/" + path + ", line 1: invalid character '[' exceeded max depth"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Path = "/" + path
			probetest.Compare(t, test.want, bareAgent(map[string]string{path: test.text}).AgentConfig())
		})
	}
}

func TestNoAgentConfig(t *testing.T) {
	got := bareAgent(nil).AgentConfig()
	if !got.Failure.Of(observation.KindAbsent) {
		t.Errorf("failure %v, want kind absent", got.Failure)
	}
}
