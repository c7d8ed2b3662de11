package remedy

import "strconv"

// terraformRoute53 writes what Route 53 Resolver needs, with the variables.
func (x *Remedy) terraformRoute53(p *page, variables []variable) {
	for _, v := range variables {
		hclVariable(p, v)
	}
	if x.needsInbound() {
		p.gap()
		p.lines(
			`resource "aws_security_group" "inbound_dns" {`,
			`  name_prefix = "inbound-dns-"`,
			`  description = "DNS from the nameservers that forward here"`,
			`  vpc_id      = var.vpc_id`,
			`}`,
		)
		for i, from := range x.forwarders() {
			for _, protocol := range []string{"tcp", "udp"} {
				p.gap()
				hclIngress(p, "inbound_dns_"+protocol+"_"+strconv.Itoa(i+1), "aws_security_group.inbound_dns.id", hclString(from.String()), from.Addr().Is6(), protocol, 53)
			}
		}
		p.gap()
		p.lines(
			`resource "aws_route53_resolver_endpoint" "inbound" {`,
			`  name               = "private-names"`,
			`  direction          = "INBOUND"`,
			"  security_group_ids = [aws_security_group.inbound_dns.id]",
			"",
			`  dynamic "ip_address" {`,
			"    for_each = var.inbound_endpoint_subnet_ids",
			"    content {",
			"      subnet_id = ip_address.value",
			"    }",
			"  }",
			"}",
		)
	}
	x.terraformRules(p)
}

func (x *Remedy) terraformRules(p *page) {
	for i, r := range x.resolverRules() {
		name := "private_names_" + strconv.Itoa(i+1)
		p.gap()
		p.lines(
			`resource "aws_route53_resolver_rule" `+hclString(name)+" {",
			"  domain_name          = "+hclString(r.domain),
			`  rule_type            = "FORWARD"`,
			"  resolver_endpoint_id = var.outbound_endpoint_id",
			"",
		)
		if len(r.to) == 0 {
			p.lines(`  dynamic "target_ip" {`, "    for_each = var.inbound_endpoint_addresses", "    content {", "      ip = target_ip.value", "    }", "  }")
		}
		for _, to := range r.to {
			ip := "ip  "
			if to.Addr().Is6() {
				ip = "ipv6"
			}
			p.lines("  target_ip {", "    "+ip+" = "+hclString(to.Addr().WithZone("").String()), "    port = "+strconv.Itoa(int(to.Port())), "  }")
		}
		p.line("}")
		p.gap()
		p.lines(
			`resource "aws_route53_resolver_rule_association" `+hclString(name)+" {",
			"  resolver_rule_id = aws_route53_resolver_rule."+name+".id",
			"  vpc_id           = var.vpc_id",
			"}",
		)
	}
}
