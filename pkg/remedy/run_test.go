package remedy

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The scripts run here with a program in the place of the AWS CLI, which writes
// down what it was called with and gives ids.

const fakeAWS = `#!/bin/sh
echo "aws $*" >>calls
case "$2 $*" in
*describe-vpc-endpoints*PolicyDocument*) echo '{"Statement": {"Sid": "before"}}' ;;
*describe-vpc-endpoints*kms*) echo vpce-0there ;;
*describe-vpc-endpoints*) echo None ;;
*create-security-group*) echo sg-0new ;;
*create-resolver-rule*) echo rslvr-rr-new ;;
esac
`

// runScript runs a script in a directory of its own, and gives the calls and
// what was told.
func runScript(t *testing.T, script string, env []string, args ...string) (dir string, calls []string, stderr string, status int) {
	t.Helper()
	shell := tool(t, "sh")
	dir = t.TempDir()
	for _, name := range []string{"aws", "jq"} {
		content := fakeAWS
		if name == "jq" {
			content = "#!/bin/sh\necho '{}'\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "fix.sh")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(shell, append([]string{path}, args...)...)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + dir + ":/usr/bin:/bin"}, env...)
	var told strings.Builder
	c.Stderr = &told
	err := c.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		status = e.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err == nil {
		calls = strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	return dir, calls, told.String(), status
}

var given = []string{"ENDPOINT_SUBNET_IDS=subnet-0a subnet-0b", "NODE_ROUTE_TABLE_IDS=rtb-0a", "S3_ENDPOINT_ID=vpce-0s3"}

func TestScriptRuns(t *testing.T) {
	x := planned(reportOf(
		finding(diagnose.EndpointNotPrivate, "ssm", "ssmmessages", "kms"), finding(diagnose.S3Blocked, "s3"),
		finding(diagnose.S3PolicyDenies, "s3:amazon-ssm-us-east-2"),
	), observed(t, "us-east-2"))
	dir, calls, stderr, status := runScript(t, text(t, x, Options{}), given)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	const (
		look   = "aws ec2 describe-vpc-endpoints --output text --query VpcEndpoints[0].VpcEndpointId --filters Name=vpc-id,Values=vpc-0123456789abcdef0 Name=service-name,Values=com.amazonaws.us-east-2."
		create = "aws ec2 create-vpc-endpoint --vpc-id vpc-0123456789abcdef0 --vpc-endpoint-type "
	)
	want := []string{
		"aws ec2 modify-vpc-attribute --vpc-id vpc-0123456789abcdef0 --enable-dns-support",
		"aws ec2 modify-vpc-attribute --vpc-id vpc-0123456789abcdef0 --enable-dns-hostnames",
		look + "ssm Name=vpc-endpoint-type,Values=Interface",
		"aws ec2 create-security-group --vpc-id vpc-0123456789abcdef0 --group-name ssm-endpoints --description HTTPS from managed nodes to interface endpoints --query GroupId --output text",
		"aws ec2 authorize-security-group-ingress --group-id sg-0new --protocol tcp --port 443 --cidr 10.0.2.0/24",
		create + "Interface --service-name com.amazonaws.us-east-2.ssm --subnet-ids subnet-0a subnet-0b --security-group-ids sg-0new --private-dns-enabled",
		look + "ssmmessages Name=vpc-endpoint-type,Values=Interface",
		create + "Interface --service-name com.amazonaws.us-east-2.ssmmessages --subnet-ids subnet-0a subnet-0b --security-group-ids sg-0new --private-dns-enabled",
		look + "kms Name=vpc-endpoint-type,Values=Interface",
		"aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-0there --private-dns-enabled",
		look + "s3 Name=vpc-endpoint-type,Values=Gateway",
		create + "Gateway --service-name com.amazonaws.us-east-2.s3 --route-table-ids rtb-0a",
		"aws ec2 describe-vpc-endpoints --vpc-endpoint-ids vpce-0s3 --query VpcEndpoints[0].PolicyDocument --output text",
		"aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-0s3 --policy-document file://s3-endpoint-policy.json",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	b, err := os.ReadFile(filepath.Join(dir, "s3-endpoint-statements.json"))
	if err != nil {
		t.Fatal(err)
	}
	var statements []endpoint.Statement
	if err := json.Unmarshal(b, &statements); err != nil {
		t.Fatalf("the statements are no JSON: %v\n%s", err, b)
	}
	if len(statements) != 1 || statements[0].Effect != "Allow" || statements[0].Principal != "*" ||
		!slices.Contains(statements[0].Resource, "arn:aws:s3:::amazon-ssm-us-east-2/*") {
		t.Errorf("statements: %+v", statements)
	}
}

// jq adds to a list of statements and to a single one alike.
func TestPolicyIsAddedTo(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("jq is missing")
		}
		t.Skip("SKIP: jq is missing; how statements are added was not tried")
	}
	script := text(t, planned(reportOf(finding(diagnose.S3PolicyDenies, "s3:amazon-ssm-us-east-2")), observed(t, "us-east-2")), Options{})
	_, after, ok := strings.Cut(script, "--slurpfile more s3-endpoint-statements.json \\\n    '")
	filter, _, ends := strings.Cut(after, "'")
	if !ok || !ends {
		t.Fatalf("no filter:\n%s", script)
	}
	more := write(t, "more.json", `[{"Sid":"new"}]`, 0o644)
	for before, want := range map[string]string{
		`{"Statement":{"Sid":"one"}}`:                 `{"Statement":[{"Sid":"one"},{"Sid":"new"}]}`,
		`{"Statement":[{"Sid":"one"},{"Sid":"two"}]}`: `{"Statement":[{"Sid":"one"},{"Sid":"two"},{"Sid":"new"}]}`,
		// The script ran before, and a statement need not have a Sid.
		`{"Statement":[{"Effect":"Deny"},{"Sid":"new","Effect":"Allow"}]}`: `{"Statement":[{"Effect":"Deny"},{"Sid":"new"}]}`,
	} {
		c := exec.Command(jq, "-c", "--slurpfile", "more", more, filter)
		c.Stdin = strings.NewReader(before)
		out, err := c.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: %s, %v; want %s", before, out, err, want)
		}
	}
}

// What is missing is asked for before anything is called.
func TestScriptWantsItsVariables(t *testing.T) {
	x := planned(reportOf(finding(diagnose.EndpointNotPrivate, "ssm"), finding(diagnose.S3Blocked, "s3")), observed(t, "us-east-2"))
	for _, missing := range []string{"ENDPOINT_SUBNET_IDS", "NODE_ROUTE_TABLE_IDS"} {
		env := slices.DeleteFunc(slices.Clone(given), func(v string) bool { return strings.HasPrefix(v, missing+"=") })
		_, calls, stderr, status := runScript(t, text(t, x, Options{}), env)
		if status == 0 || len(calls) > 0 || !strings.Contains(stderr, missing) || strings.Contains(stderr, "not found") {
			t.Errorf("without %s: status %d, calls %q: %s", missing, status, calls, stderr)
		}
	}
}

func TestResolverScriptRuns(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Servers[0].Address = ports("10.20.0.53:53")[0]
	x := planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
	_, calls, stderr, status := runScript(t, text(t, x, Options{DNS: Route53, Bare: true}), []string{"INBOUND_ENDPOINT_SUBNET_IDS=subnet-0a subnet-0b"})
	if status != 0 || len(calls) != 4 || !strings.Contains(calls[3], "--ip-addresses SubnetId=subnet-0a SubnetId=subnet-0b") {
		t.Errorf("status %d: %s\n%s", status, stderr, strings.Join(calls, "\n"))
	}
	o.Servers[0].Address = ports("10.0.0.2:53")[0]
	x = planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
	_, calls, stderr, status = runScript(t, text(t, x, Options{DNS: Route53, Bare: true}),
		[]string{"OUTBOUND_ENDPOINT_ID=rslvr-out-1", "INBOUND_ENDPOINT_ADDRESSES=10.8.0.10 10.8.1.10"})
	if status != 0 || len(calls) != 2 || !strings.Contains(calls[0], "--target-ips Ip=10.8.0.10,Port=53 Ip=10.8.1.10,Port=53") ||
		!strings.Contains(calls[1], "--resolver-rule-id rslvr-rr-new") {
		t.Errorf("status %d: %s\n%s", status, stderr, strings.Join(calls, "\n"))
	}
}

// The drop-in that the node's part writes is one that systemd reads as meant.
func TestProxyDropIn(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Node.Proxy.ShellHTTPS, o.Node.Proxy.ShellNo = "http://proxy.example.com:3128", "localhost,.example.com"
	x := planned(reportOf(finding(diagnose.ProxyAgentDiffers, "ssm")), o)
	script := strings.ReplaceAll(text(t, x, Options{}), "/etc/systemd/system/", "etc/")
	for _, name := range []string{"systemctl"} {
		script = strings.ReplaceAll(script, name+" ", "echo "+name+" >>did ")
	}
	for env, want := range map[string]string{
		"":                                      "http://proxy.example.com:3128",
		"PROXY_URL=http://u:p%40ss@proxy:3128/": "http://u:p%%40ss@proxy:3128/",
		`PROXY_URL=http://d\u:p"=x@proxy:3128`:  `http://d\\u:p\"=x@proxy:3128`,
	} {
		dir, _, stderr, status := runScript(t, script, []string{env}, "node")
		if status != 0 {
			t.Fatalf("status %d: %s", status, stderr)
		}
		path := filepath.Join(dir, "etc/amazon-ssm-agent.service.d/zz-ssmcheck-proxy.conf")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := []string{
			"[Service]",
			`Environment="https_proxy=` + want + `" "HTTPS_PROXY=` + want + `"`,
			`Environment="http_proxy=` + want + `" "HTTP_PROXY=` + want + `"`,
			`Environment="no_proxy=localhost,.example.com,169.254.169.254" "NO_PROXY=localhost,.example.com,169.254.169.254"`,
		}
		if diff := cmp.Diff(strings.Join(lines, "\n")+"\n", string(b)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("a file that may hold a password: %v, %v", info.Mode(), err)
		}
	}
	o.Node.Proxy.ShellNo = "localhost,***"
	const byHand = "hides an entry of no_proxy"
	if hidden := text(t, planned(reportOf(finding(diagnose.ProxyAgentDiffers, "ssm")), o), Options{}); !strings.Contains(hidden, byHand) || strings.Contains(script, byHand) {
		t.Error("that an entry of no_proxy is missing is not said, or always")
	}
	// Without the word the node is left alone, and the script says how to run it.
	dir, _, stderr, status := runScript(t, script, nil)
	if _, err := os.Stat(filepath.Join(dir, "etc")); err == nil || status != 2 || !strings.HasSuffix(stderr, "fix.sh node\n") {
		t.Errorf("the node's part ran unasked (status %d): %s", status, stderr)
	}
	// With something for AWS in the script, that runs.
	both := planned(reportOf(finding(diagnose.ProxyAgentDiffers, "ssm"), finding(diagnose.S3Blocked, "s3")), o)
	if _, calls, stderr, status := runScript(t, text(t, both, Options{}), given); status != 0 || len(calls) == 0 {
		t.Errorf("status %d, calls %q: %s", status, calls, stderr)
	}
}

// The agent is restarted by the name that its service has, and not where it is
// known that there is none.
func TestRestart(t *testing.T) {
	for _, c := range []struct {
		name    string
		agent   observation.Agent
		os      string
		restart string
	}{
		{"a package", observation.Agent{Installed: observation.Yes}, "linux", "\nsystemctl restart amazon-ssm-agent\n"},
		{"a snap", observation.Agent{Installed: observation.Yes, From: []string{"/snap/amazon-ssm-agent/1"}}, "linux", "\nsystemctl restart snap.amazon-ssm-agent.amazon-ssm-agent\n"},
		{"not known", observation.Agent{}, "linux", "\nsystemctl restart amazon-ssm-agent\n"},
		{"none", observation.Agent{Installed: observation.No}, "linux", ""},
		{"Windows", observation.Agent{Installed: observation.Yes}, "windows", "Restart-Service AmazonSSMAgent"},
		{"none on Windows", observation.Agent{Installed: observation.No}, "windows", ""},
	} {
		o := observed(t, "us-east-2")
		o.Node.Agent, o.Node.OS = c.agent, c.os
		x := planned(reportOf(finding(diagnose.ClockSkew)), o)
		checkAll(t, x)
		whole := text(t, x, Options{})
		restarts := strings.Contains(whole, "systemctl restart amazon") || strings.Contains(whole, "systemctl restart snap") || strings.Contains(whole, "Restart-Service AmazonSSMAgent")
		if restarts != (c.restart != "") || !strings.Contains(whole, c.restart) || restarts == strings.Contains(whole, "not installed") {
			t.Errorf("%s:\n%s", c.name, whole)
		}
	}
}
