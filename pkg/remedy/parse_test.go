package remedy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"go.yaml.in/yaml/v3"
)

// The resource types that are made, with the properties that each may have.
var (
	hclTypes = map[string]string{
		"aws_security_group":                    "name_prefix description vpc_id",
		"aws_vpc_security_group_ingress_rule":   "security_group_id description cidr_ipv4 cidr_ipv6 ip_protocol from_port to_port",
		"aws_vpc_endpoint":                      "for_each vpc_id service_name vpc_endpoint_type subnet_ids security_group_ids private_dns_enabled route_table_ids",
		"aws_vpc_endpoint_policy":               "vpc_endpoint_id policy",
		"aws_route53_resolver_endpoint":         "name direction security_group_ids dynamic",
		"aws_route53_resolver_rule":             "domain_name rule_type resolver_endpoint_id target_ip dynamic",
		"aws_route53_resolver_rule_association": "resolver_rule_id vpc_id",
	}
	cfnTypes = map[string]string{
		"AWS::EC2::SecurityGroup":                       "GroupDescription VpcId",
		"AWS::EC2::SecurityGroupIngress":                "GroupId Description CidrIp CidrIpv6 IpProtocol FromPort ToPort",
		"AWS::EC2::VPCEndpoint":                         "VpcId ServiceName VpcEndpointType SubnetIds SecurityGroupIds PrivateDnsEnabled RouteTableIds",
		"AWS::Route53Resolver::ResolverEndpoint":        "Name Direction SecurityGroupIds IpAddresses",
		"AWS::Route53Resolver::ResolverRule":            "DomainName RuleType ResolverEndpointId TargetIps",
		"AWS::Route53Resolver::ResolverRuleAssociation": "ResolverRuleId VPCId",
	}
)

// checkHCL parses a Terraform file: every block is a known one and made once,
// and every variable, resource and local that is named is declared.
func checkHCL(source string) error {
	file, diagnostics := hclsyntax.ParseConfig([]byte(source), "fix.tf", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return diagnostics
	}
	body := file.Body.(*hclsyntax.Body)
	declared := map[string]bool{}
	for _, b := range body.Blocks {
		name := b.Type + "." + strings.Join(b.Labels, ".")
		switch b.Type {
		case "variable":
			name = "var." + b.Labels[0]
			if b.Body.Attributes["description"] == nil || b.Body.Attributes["type"] == nil {
				return fmt.Errorf("%s has no description or no type", name)
			}
		case "resource":
			name = strings.Join(b.Labels, ".")
			allowed, ok := hclTypes[b.Labels[0]]
			if !ok {
				return fmt.Errorf("unknown resource type %s", b.Labels[0])
			}
			for a := range b.Body.Attributes {
				if !slices.Contains(strings.Fields(allowed), a) {
					return fmt.Errorf("%s has no argument %s", b.Labels[0], a)
				}
			}
			for _, inner := range b.Body.Blocks {
				if !slices.Contains(strings.Fields(allowed), inner.Type) {
					return fmt.Errorf("%s has no block %s", b.Labels[0], inner.Type)
				}
			}
		case "locals":
			for a := range b.Body.Attributes {
				declared["local."+a] = true
			}
		default:
			return fmt.Errorf("unknown block %s", b.Type)
		}
		if declared[name] {
			return fmt.Errorf("%s is declared twice", name)
		}
		declared[name] = true
	}
	for _, b := range body.Blocks {
		if err := checkReferences(b.Body, declared); err != nil {
			return err
		}
	}
	return nil
}

func checkReferences(body *hclsyntax.Body, declared map[string]bool) error {
	for name, a := range body.Attributes {
		if name == "type" { // the type of a variable looks like a reference
			continue
		}
		for _, t := range a.Expr.Variables() {
			if root := t.RootName(); root == "each" || root == "ip_address" || root == "target_ip" {
				continue
			}
			step, ok := t[1].(hcl.TraverseAttr)
			if !ok || !declared[t.RootName()+"."+step.Name] {
				return fmt.Errorf("%s names %s, which is not declared", name, t.RootName())
			}
		}
	}
	for _, b := range body.Blocks {
		if err := checkReferences(b.Body, declared); err != nil {
			return err
		}
	}
	return nil
}

// checkTemplate parses a CloudFormation template: every resource is of a known
// type with known properties, and every !Ref and !GetAtt names something.
func checkTemplate(source string) error {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(source), &document); err != nil {
		return err
	}
	if len(document.Content) == 0 {
		return nil // comments alone
	}
	var template struct {
		Version    string `yaml:"AWSTemplateFormatVersion"`
		Parameters map[string]struct {
			Type        string `yaml:"Type"`
			Description string `yaml:"Description"`
		} `yaml:"Parameters"`
		Resources map[string]struct {
			Type       string               `yaml:"Type"`
			Properties map[string]yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal([]byte(source), &template); err != nil {
		return err
	}
	if template.Version != "2010-09-09" || len(template.Resources) == 0 {
		return errors.New("no template with resources")
	}
	for name, p := range template.Parameters {
		if p.Type == "" || p.Description == "" || strings.ContainsFunc(name, notAlphanumeric) {
			return fmt.Errorf("parameter %s: %+v", name, p)
		}
	}
	for name, r := range template.Resources {
		allowed, ok := cfnTypes[r.Type]
		if !ok || strings.ContainsFunc(name, notAlphanumeric) {
			return fmt.Errorf("resource %s of type %s", name, r.Type)
		}
		for property := range r.Properties {
			if !slices.Contains(strings.Fields(allowed), property) {
				return fmt.Errorf("%s has no property %s", r.Type, property)
			}
		}
	}
	var err error
	used := map[string]bool{}
	eachNode(&document, func(n *yaml.Node) {
		used[n.Value] = used[n.Value] || n.Tag == "!Ref"
		name, _, _ := strings.Cut(n.Value, ".")
		_, parameter := template.Parameters[name]
		_, resource := template.Resources[name]
		if (n.Tag == "!Ref" && !parameter && !resource) || (n.Tag == "!GetAtt" && !resource) {
			err = fmt.Errorf("%s %s names nothing", n.Tag, n.Value)
		}
	})
	for name := range template.Parameters {
		if !used[name] {
			err = fmt.Errorf("nothing uses the parameter %s", name)
		}
	}
	return err
}

func notAlphanumeric(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
}

func eachNode(n *yaml.Node, f func(*yaml.Node)) {
	f(n)
	for _, c := range n.Content {
		eachNode(c, f)
	}
}

// tool gives the path of a program that tests need.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing", name)
	}
	t.Skipf("SKIP: %s is missing; what is written for it was not checked", name)
	return ""
}

// checkShell lets a shell read a script without running it.
func checkShell(t *testing.T, source string) {
	t.Helper()
	c := exec.Command(tool(t, "sh"), "-n")
	c.Stdin = strings.NewReader(source)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("sh -n: %v\n%s\n%s", err, out, source)
	}
}

// write puts a file into a directory of the test.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// text writes a remedy.
func text(t *testing.T, x *Remedy, o Options) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, x, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkAll writes a remedy in every way and lets each language's parser read
// it. Nothing but printable ASCII may be in it.
func checkAll(t *testing.T, x *Remedy) {
	t.Helper()
	for _, dns := range append(Nameservers(), "") {
		checkShell(t, checkTexts(t, x, dns))
	}
	if x.named() {
		if err := checkHCL(text(t, x, Options{As: Terraform, DNS: Route53, Bare: true})); err != nil {
			t.Errorf("Terraform for Route 53 alone: %v", err)
		}
		if err := checkTemplate(text(t, x, Options{As: CloudFormation, DNS: Route53, Bare: true})); err != nil {
			t.Errorf("CloudFormation for Route 53 alone: %v", err)
		}
		checkShell(t, text(t, x, Options{DNS: Route53, Bare: true}))
	}
	if x.onNode() && !x.node.windows {
		p := &page{sign: "#"}
		x.nodeScript(p)
		checkShell(t, p.b.String())
	}
}

// checkTexts writes a remedy in every language, and lets the parsers that are
// at hand read it. It gives the script for a shell.
func checkTexts(t *testing.T, x *Remedy, dns Nameserver) (script string) {
	t.Helper()
	tf := text(t, x, Options{As: Terraform, DNS: dns})
	if err := checkHCL(tf); err != nil {
		t.Errorf("Terraform with %q: %v\n%s", dns, err, tf)
	}
	cfn := text(t, x, Options{As: CloudFormation, DNS: dns})
	if err := checkTemplate(cfn); err != nil {
		t.Errorf("CloudFormation with %q: %v\n%s", dns, err, cfn)
	}
	script = text(t, x, Options{As: CLI, DNS: dns})
	for _, s := range []string{tf, cfn, script} {
		checkPrintable(t, s)
	}
	return script
}

func checkPrintable(t *testing.T, s string) {
	t.Helper()
	for i, r := range s {
		if (r < ' ' || r > '~') && r != '\n' && r != '\t' {
			t.Errorf("the character %q at %d:\n%s", r, i, s)
			return
		}
	}
}
