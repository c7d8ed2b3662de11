package remedy

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// TestScenarios makes the remedy of worlds of the lab, and wants its essence in
// each language.
func TestScenarios(t *testing.T) {
	const endpointOfMessages = "com.amazonaws.us-east-2.ssmmessages"
	for _, c := range []struct {
		scenario      string
		args          []string
		cli, tf, cfn  []string // what must stand there, comments aside
		absent        []string // what must not, in any of them
		comments      []string // what the comments of all three must have
		nothingForAWS bool
		nothingAtAll  bool
		wholeIsByHand bool
	}{
		{
			scenario: "endpoint-not-private",
			cli:      []string{"for service in " + endpointOfMessages + "; do", `"${VPC_ID:=vpc-0123456789abcdef0}"`, `"${NODE_CIDR:=10.0.2.0/24}"`, "--private-dns-enabled"},
			tf:       []string{`"` + endpointOfMessages + `",`, "private_dns_enabled = true", `default     = "vpc-0123456789abcdef0"`},
			cfn:      []string{`ServiceName: "` + endpointOfMessages + `"`, "PrivateDnsEnabled: true", `Default: "10.0.2.0/24"`},
			absent:   []string{"Gateway", "us-east-2.ssm "},
			comments: []string{"endpoint-not-private: ssmmessages has no private address"},
		},
		{
			scenario: "egress-blocked",
			cli:      []string{"com.amazonaws.us-east-2.ssm " + endpointOfMessages, "service=com.amazonaws.us-east-2.s3", "--route-table-ids $NODE_ROUTE_TABLE_IDS", `"${NODE_ROUTE_TABLE_IDS:?`},
			tf:       []string{`vpc_endpoint_type = "Gateway"`, "route_table_ids   = var.node_route_table_ids"},
			cfn:      []string{"VpcEndpointType: Gateway", "RouteTableIds: !Ref NodeRouteTableIds", "SsmmessagesEndpoint:"},
			comments: []string{"egress-blocked"},
		},
		{
			scenario: "endpoint-blocked",
			cli:      []string{`"${ENDPOINT_SECURITY_GROUP_ID:?the security group of the VPC endpoints of ssmmessages`, `--group-id "$ENDPOINT_SECURITY_GROUP_ID"`, `--port 443 --cidr "$NODE_CIDR"`},
			tf:       []string{"security_group_id = var.endpoint_security_group_id", "cidr_ipv4         = var.node_cidr", "from_port         = 443"},
			cfn:      []string{"GroupId: !Ref EndpointSecurityGroupId", "CidrIp: !Ref NodeCidr"},
			absent:   []string{"create-vpc-endpoint", "aws_vpc_endpoint", "AWS::EC2::VPCEndpoint"},
		},
		{
			scenario: "s3-blocked",
			cli:      []string{"--add-route-table-ids $NODE_ROUTE_TABLE_IDS"},
			tf:       []string{`resource "aws_vpc_endpoint" "s3_gateway"`},
			cfn:      []string{"S3Gateway:"},
			absent:   []string{"Interface"},
		},
		{
			scenario: "s3-policy-denies",
			cli:      []string{`"arn:aws:s3:::patch-baseline-snapshot-us-east-2/*"`, `--policy-document file://s3-endpoint-policy.json`},
			tf:       []string{`resource "aws_vpc_endpoint_policy" "s3"`, `"arn:aws:s3:::amazon-ssm-us-east-2/*"`, "jsondecode(var.s3_endpoint_statements)"},
			comments: []string{"s3-policy-denies"},
		},
		{
			scenario: "dns-forwarder-missing", nothingForAWS: true,
			comments: []string{"10.0.0.53", "forwarders { 10.0.0.2; };", "forward-addr: 10.0.0.2", "server=/amazonaws.com/10.0.0.2", "-MasterServers '10.0.0.2'"},
		},
		{
			scenario: "dns-forwarder-missing-premises", nothingForAWS: true,
			comments: []string{"at 10.20.0.53", "forwarders { 10.0.0.250; };", `zone "amazonaws.com"`},
		},
		{
			scenario: "dns-forwarder-partial", nothingForAWS: true,
			comments: []string{`name: "amazonaws.com."`},
		},
		{
			scenario: "dns-rebind-filter-unbound", nothingForAWS: true,
			comments: []string{`private-domain: "amazonaws.com"`, "rebind-domain-ok=/amazonaws.com/", `except-from { "amazonaws.com"; };`},
			absent:   []string{"forward-zone"},
		},
		{
			scenario: "vpc-resolver-silent",
			cli:      []string{`"${INBOUND_ENDPOINT_SECURITY_GROUP_ID:?`, "--protocol udp --port 53", "--protocol tcp --port 53", "'10.20.0.53/32'"},
			tf:       []string{`ip_protocol       = "udp"`, "from_port         = 53"},
			cfn:      []string{"IpProtocol: udp", "FromPort: 53"},
		},
		{
			scenario: "proxy-agent-differs",
			cli:      []string{`if [ "${1:-}" = node ]; then`, "${PROXY_URL:=http://proxy.corp.example:3128}", "no_proxy='169.254.169.254'"},
			comments: []string{"proxy-agent-differs"},
		},
		{
			scenario: "proxy-bypassed-http-only",
			cli:      []string{"${PROXY_URL:=http://proxy.corp.example:3128}", "no_proxy='169.254.169.254'", "/etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d"},
			comments: []string{"proxy-bypassed"},
		},
		{
			scenario: "proxy-bypassed-s3",
			cli: []string{"${PROXY_URL:=http://10.20.0.80:3128}",
				"no_proxy='169.254.169.254,ssm.us-east-2.amazonaws.com,ssmmessages.us-east-2.amazonaws.com,ec2messages.us-east-2.amazonaws.com,kms.us-east-2.amazonaws.com,logs.us-east-2.amazonaws.com,ec2.us-east-2.amazonaws.com'"},
			comments: []string{"proxy-bypassed"},
			absent:   []string{",.amazonaws.com"},
		},
		{
			scenario: "proxy-agent-differs-percent",
			cli:      []string{`: "${PROXY_URL:?the proxy as http://HOST:PORT`},
			comments: []string{"proxy-agent-differs"},
			absent:   []string{"sesame"},
		},
		{
			scenario: "clock-skew",
			cli:      []string{"${NTP_SERVER:=169.254.169.123}"},
			comments: []string{"clock-skew"},
		},
		{scenario: "tls-intercepted", wholeIsByHand: true, comments: []string{"By hand: tls-intercepted", " 1. "}},
		{scenario: "route-none", wholeIsByHand: true, comments: []string{"By hand: route-none"}},
		{scenario: "private-vpc", nothingAtAll: true, comments: []string{"ssmcheck found nothing to create or change for i-0a1b2c3d4e5f60718 in us-east-2"}},
		{
			scenario: "nat-public", args: []string{"--expect", "private"},
			cli: []string{"com.amazonaws.us-east-2.ssm com.amazonaws.us-east-2.ssmmessages com.amazonaws.us-east-2.ec2messages"},
		},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			s, ok := scenarios.Find(c.scenario)
			if !ok {
				t.Fatalf("the lab has no scenario %s", c.scenario)
			}
			args := c.args
			if !s.Healthy() { // silence is waited for, on a machine that is busy too
				args = append([]string{"--timeout", "1500ms"}, args...)
			}
			r, err := lab.Preflight(t.Context(), s, args...)
			if err != nil {
				t.Fatal(err)
			}
			x := New(r.Report, r.Seen)
			checkAll(t, x)
			if x.Empty() != c.nothingAtAll {
				t.Errorf("empty: %t", x.Empty())
			}
			if (c.nothingForAWS || c.wholeIsByHand || c.nothingAtAll) && x.cloud() || c.wholeIsByHand && x.generated() {
				t.Error("something is generated that nobody needs")
			}
			cfn := text(t, x, Options{As: CloudFormation})
			if wanted := !x.cloud() && x.route53Needed() || s.Name == "s3-policy-denies"; strings.Contains(cfn, "No stack is needed") != wanted {
				t.Errorf("whether a stack is needed:\n%s", cfn)
			}
			for as, want := range map[Language][]string{CLI: c.cli, Terraform: c.tf, CloudFormation: c.cfn} {
				whole := text(t, x, Options{As: as})
				code, comments := divide(whole)
				for _, w := range want {
					if !strings.Contains(code, w) {
						t.Errorf("%s lacks %q:\n%s", as, w, whole)
					}
				}
				for _, w := range c.absent {
					if strings.Contains(code, w) {
						t.Errorf("%s has %q:\n%s", as, w, whole)
					}
				}
				if as != CLI {
					checkLeftOut(t, x, whole)
					continue
				}
				for _, w := range c.comments {
					if !strings.Contains(comments, w) && !strings.Contains(code, w) {
						t.Errorf("the comments of %s lack %q:\n%s", as, w, whole)
					}
				}
			}
		})
	}
}

// checkLeftOut wants that Terraform and CloudFormation name what is done elsewhere,
// and do not have it.
func checkLeftOut(t *testing.T, x *Remedy, whole string) {
	t.Helper()
	if left := strings.Count(whole, "# Left out: "); x.onNode() && left == 0 || x.named() && left == 0 || left > 2 {
		t.Errorf("%d lines say what is left out:\n%s", left, whole)
	}
	for _, w := range []string{"systemctl ", "Set-ItemProperty", "private-domain:", "rebind-domain-ok=", "forward-addr:"} {
		if strings.Contains(strings.Split(whole, "By hand: ")[0], w) {
			t.Errorf("%q is in\n%s", w, whole)
		}
	}
}

// divide tells what a text does from its comments, whose lines are joined, so
// that a wrapped sentence is found.
func divide(whole string) (code, comments string) {
	for l := range strings.Lines(whole) {
		if c, ok := strings.CutPrefix(strings.TrimSpace(l), "#"); ok {
			comments += "#" + strings.TrimSuffix(c, "\n") + " "
		} else {
			code += l
		}
	}
	return code, strings.ReplaceAll(comments, "# ", "")
}
