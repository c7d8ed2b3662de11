package remedy

import (
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// terraform writes what is made in AWS as resources of the provider
// hashicorp/aws, version 5 and later.
func (x *Remedy) terraform(p *page) {
	variables := x.cloudVariables()
	if x.policy != nil {
		variables = append(variables, s3Endpoint, s3Statements)
	}
	for _, v := range variables {
		hclVariable(p, v)
	}
	if x.endpoints != nil {
		x.terraformEndpoints(p)
	}
	for i, o := range x.openings {
		x.terraformOpening(p, o, "opening_"+strconv.Itoa(i+1))
	}
	if x.gateway != nil {
		x.terraformGateway(p)
	}
	if x.policy != nil {
		x.terraformPolicy(p)
	}
}

func hclVariable(p *page, v variable) {
	p.gap()
	p.line("variable %s {", hclString(v.name))
	p.line("  description = %s", hclString(v.about))
	kind, known := "string", ""
	if len(v.known) > 0 {
		known = hclString(v.known[0])
	}
	if v.list {
		kind, known = "list(string)", hclList(v.known)
	}
	p.line("  type        = %s", kind)
	if len(v.known) > 0 {
		p.line("  default     = %s", known)
	}
	p.line("}")
}

func hclList(list []string) string {
	var all []string
	for _, s := range list {
		all = append(all, hclString(s))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func (x *Remedy) terraformEndpoints(p *page) {
	e := x.endpoints
	p.gap()
	p.causes("", e.causes)
	e.sayBeforeEndpoints(p, "")
	p.lines(
		`resource "aws_security_group" "ssm_endpoints" {`,
		`  name_prefix = "ssm-endpoints-"`,
		`  description = "HTTPS from managed nodes to interface endpoints"`,
		`  vpc_id      = var.vpc_id`,
		`}`,
	)
	p.gap()
	hclIngress(p, "ssm_endpoints", "aws_security_group.ssm_endpoints.id", "var.node_cidr", x.sourceIs6(), "tcp", endpoint.Port)
	p.gap()
	p.line(`resource "aws_vpc_endpoint" "interface" {`)
	p.line("  for_each = toset([")
	for _, s := range e.services {
		p.line("    %s,", x.serviceWord(s, hclString, variable.hcl))
	}
	p.lines(
		"  ])",
		"",
		"  vpc_id              = var.vpc_id",
		"  service_name        = each.value",
		`  vpc_endpoint_type   = "Interface"`,
		"  subnet_ids          = var.endpoint_subnet_ids",
		"  security_group_ids  = [aws_security_group.ssm_endpoints.id]",
		"  private_dns_enabled = true",
		"}",
	)
	p.otherwise("", e.causes)
}

// sayDoubt says that a forwarder may be missing instead of an endpoint.
func (e *endpoints) sayDoubt(p *page, indent string) {
	if e.doubtful {
		p.say(indent, "First ask the VPC's own resolver: no resolver that knows the VPC answered this run. If it gives private addresses, a forwarder is missing, not an endpoint.")
	}
}

// sayBeforeEndpoints says what an endpoint with private DNS names needs.
func (e *endpoints) sayBeforeEndpoints(p *page, indent string) {
	e.sayDoubt(p, indent)
	p.say(indent, "Private DNS names need enableDnsSupport and enableDnsHostnames of the VPC. If the service already has an endpoint, turn on its private DNS names instead of creating another.")
}

func (x *Remedy) sourceIs6() bool { return x.node.source.IsValid() && x.node.source.Addr().Is6() }

// purpose says what a rule at a port is for.
func purpose(port uint16) string {
	if port == endpoint.Port {
		return "managed nodes"
	}
	return "DNS"
}

// hclIngress lets a block in at a port of a security group.
func hclIngress(p *page, name, group, from string, v6 bool, protocol string, port uint16) {
	block := "cidr_ipv4        "
	if v6 {
		block = "cidr_ipv6        "
	}
	number := strconv.Itoa(int(port))
	p.lines(
		`resource "aws_vpc_security_group_ingress_rule" `+hclString(name)+" {",
		"  security_group_id = "+group,
		"  description       = "+hclString(purpose(port)),
		"  "+block+" = "+from,
		"  ip_protocol       = "+hclString(protocol),
		"  from_port         = "+number,
		"  to_port           = "+number,
		"}",
	)
}

func (x *Remedy) terraformOpening(p *page, o opening, name string) {
	p.gap()
	p.causes("", o.causes)
	group := groupVariable(o).hcl()
	for _, protocol := range o.protocols() {
		hclIngress(p, name+"_"+protocol, group, "var.node_cidr", x.sourceIs6(), protocol, o.port)
		p.gap()
		for i, more := range o.more {
			hclIngress(p, name+"_"+protocol+"_"+strconv.Itoa(i+1), group, hclString(more.String()), more.Addr().Is6(), protocol, o.port)
			p.gap()
		}
	}
	p.otherwise("", o.causes)
}

// protocols are those that the rule lets in.
func (o opening) protocols() []string {
	if o.udp {
		return []string{"tcp", "udp"}
	}
	return []string{"tcp"}
}

func (x *Remedy) terraformGateway(p *page) {
	p.gap()
	p.causes("", x.gateway)
	p.say("", "Creating it breaks open connections to S3. If the VPC has a gateway endpoint for S3, associate these route tables with that (aws_vpc_endpoint_route_table_association) instead of creating another.")
	p.lines(
		`resource "aws_vpc_endpoint" "s3_gateway" {`,
		"  vpc_id            = var.vpc_id",
		"  service_name      = "+x.serviceWord(endpoint.S3, hclString, variable.hcl),
		`  vpc_endpoint_type = "Gateway"`,
		"  route_table_ids   = var.node_route_table_ids",
		"",
	)
	p.say("  ", "Without a policy it allows everything. One that allows AWS's buckets for Systems Manager alone:")
	limit := &page{sign: "#"}
	limit.lines(strings.Split("policy = jsonencode("+hclPolicy(x.buckets, "")+")", "\n")...)
	p.quote("  ", limit)
	p.line("}")
	p.otherwise("", x.gateway)
}

func (x *Remedy) terraformPolicy(p *page) {
	p.gap()
	p.causes("", x.policy)
	p.say("", "A Deny statement overrides these: remove any by hand.")
	p.line("locals {")
	p.lines(strings.Split("  ssm_statements = "+hclStatements(x.buckets.Statement, "  "), "\n")...)
	p.line("}")
	p.gap()
	p.lines(
		`resource "aws_vpc_endpoint_policy" "s3" {`,
		"  vpc_endpoint_id = var.s3_endpoint_id",
		"  policy = jsonencode({",
		"    Version   = "+hclString(x.buckets.Version),
		"    Statement = concat(jsondecode(var.s3_endpoint_statements), local.ssm_statements)",
		"  })",
		"}",
	)
	p.otherwise("", x.policy)
}

// hclPolicy is a policy as an expression, for jsonencode.
func hclPolicy(policy endpoint.Policy, indent string) string {
	return "{\n" + indent + "  Version   = " + hclString(policy.Version) + "\n" +
		indent + "  Statement = " + hclStatements(policy.Statement, indent+"  ") + "\n" + indent + "}"
}

func hclStatements(list []endpoint.Statement, indent string) string {
	var b strings.Builder
	b.WriteString("[\n")
	for _, s := range list {
		in := indent + "    "
		b.WriteString(indent + "  {\n")
		b.WriteString(in + "Sid       = " + hclString(s.Sid) + "\n")
		b.WriteString(in + "Effect    = " + hclString(s.Effect) + "\n")
		b.WriteString(in + "Principal = " + hclString(s.Principal) + "\n")
		b.WriteString(in + "Action    = " + hclList(s.Action) + "\n")
		b.WriteString(in + "Resource = [\n")
		for _, r := range s.Resource {
			b.WriteString(in + "  " + hclString(r) + ",\n")
		}
		b.WriteString(in + "]\n" + indent + "  },\n")
	}
	b.WriteString(indent + "]")
	return b.String()
}
