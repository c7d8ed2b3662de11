package remedy

import (
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// cloudFormation writes what is made in AWS as a template in YAML. A template
// has resources, so that without any there are comments alone.
func (x *Remedy) cloudFormation(p *page, o Options) {
	resources := &page{sign: "#"}
	x.cfnResources(resources)
	active := o.DNS == Route53
	if active {
		x.cfnRoute53(resources)
	}
	if resources.b.Len() > 0 {
		p.say("", "Set the parameters without a default, and create a stack from it in "+x.regionWords()+".")
	} else if x.policy != nil || x.route53Needed() {
		p.say("", "No stack is needed: there is no AWS resource to create. What to do is below.")
	}
	if x.policy != nil {
		x.cfnPolicy(p)
	}
	if resources.b.Len() > 0 {
		variables := x.cloudVariables()
		if active {
			variables = append(variables, x.route53Variables()...)
		}
		p.gap()
		p.line(`AWSTemplateFormatVersion: "2010-09-09"`)
		p.line("Description: %s", quoted("What AWS Systems Manager lacks in this VPC, as ssmcheck found it"))
		cfnParameters(p, variables)
		p.gap()
		p.line("Resources:")
		p.b.WriteString(resources.b.String())
	}
}

func cfnParameters(p *page, list []variable) {
	if len(list) == 0 {
		return
	}
	p.gap()
	p.line("Parameters:")
	for _, v := range list {
		p.line("  %s:", v.pascal())
		p.line("    Type: %s", v.kind)
		p.line("    Description: %s", quoted(v.about))
		if len(v.known) > 0 {
			p.line("    Default: %s", quoted(strings.Join(v.known, ",")))
		}
	}
}

func (x *Remedy) cfnResources(p *page) {
	if x.endpoints != nil {
		x.cfnEndpoints(p)
	}
	for i, o := range x.openings {
		p.causes("  ", o.causes)
		group, number := groupVariable(o).ref(), strconv.Itoa(i+1)
		for _, protocol := range o.protocols() {
			name := "Opening" + number + pascal(protocol)
			cfnIngress(p, name, group, x.sourceVariable().ref(), x.sourceIs6(), protocol, o.port)
			for j, more := range o.more {
				cfnIngress(p, name+"From"+strconv.Itoa(j+1), group, quoted(more.String()), more.Addr().Is6(), protocol, o.port)
			}
		}
		p.otherwise("  ", o.causes)
	}
	if x.gateway != nil {
		x.cfnGateway(p)
	}
}

func (x *Remedy) cfnEndpoints(p *page) {
	e := x.endpoints
	p.causes("  ", e.causes)
	e.sayBeforeEndpoints(p, "  ")
	p.lines(
		"  EndpointSecurityGroup:",
		"    Type: AWS::EC2::SecurityGroup",
		"    Properties:",
		"      GroupDescription: HTTPS from managed nodes to interface endpoints",
		"      VpcId: "+x.vpcVariable().ref(),
	)
	cfnIngress(p, "EndpointIngress", "!GetAtt EndpointSecurityGroup.GroupId", x.sourceVariable().ref(), x.sourceIs6(), "tcp", endpoint.Port)
	for _, s := range e.services {
		p.lines(
			"  "+pascal(string(s))+"Endpoint:",
			"    Type: AWS::EC2::VPCEndpoint",
			"    Properties:",
			"      VpcId: "+x.vpcVariable().ref(),
			"      ServiceName: "+x.serviceWord(s, quoted, variable.ref),
			"      VpcEndpointType: Interface",
			"      SubnetIds: "+subnets.ref(),
			"      SecurityGroupIds:",
			"        - !GetAtt EndpointSecurityGroup.GroupId",
			"      PrivateDnsEnabled: true",
		)
	}
	p.otherwise("  ", e.causes)
}

func cfnIngress(p *page, name, group, from string, v6 bool, protocol string, port uint16) {
	block := "CidrIp"
	if v6 {
		block = "CidrIpv6"
	}
	number := strconv.Itoa(int(port))
	p.lines(
		"  "+name+":",
		"    Type: AWS::EC2::SecurityGroupIngress",
		"    Properties:",
		"      GroupId: "+group,
		"      Description: "+quoted(purpose(port)),
		"      "+block+": "+from,
		"      IpProtocol: "+protocol,
		"      FromPort: "+number,
		"      ToPort: "+number,
	)
}

func (x *Remedy) cfnGateway(p *page) {
	p.causes("  ", x.gateway)
	p.say("  ", "Creating it breaks open connections to S3. If the VPC has a gateway endpoint for S3, add these route tables to that instead of creating another.")
	p.lines(
		"  S3Gateway:",
		"    Type: AWS::EC2::VPCEndpoint",
		"    Properties:",
		"      VpcId: "+x.vpcVariable().ref(),
		"      ServiceName: "+x.serviceWord(endpoint.S3, quoted, variable.ref),
		"      VpcEndpointType: Gateway",
		"      RouteTableIds: "+routeTables.ref(),
	)
	p.say("      ", "Without a policy it allows everything. One that allows AWS's buckets for Systems Manager alone:")
	limit := &page{sign: "#"}
	limit.line("PolicyDocument:")
	cfnPolicy(limit, "  ", x.buckets)
	p.quote("      ", limit)
	p.otherwise("  ", x.gateway)
}

// cfnPolicy says what to add to an endpoint that another stack owns.
func (x *Remedy) cfnPolicy(p *page) {
	p.gap()
	p.causes("", x.policy)
	p.say("", "A template cannot change the policy of an endpoint that it does not own. Add these statements to the PolicyDocument of the endpoint for S3 where that is defined; a Deny statement there overrides them:")
	part := &page{sign: "#"}
	cfnPolicy(part, "", x.buckets)
	p.quote("", part)
	p.otherwise("", x.policy)
}

func cfnPolicy(p *page, indent string, policy endpoint.Policy) {
	p.line("%sVersion: %s", indent, quoted(policy.Version))
	p.line("%sStatement:", indent)
	for _, s := range policy.Statement {
		p.line("%s  - Sid: %s", indent, s.Sid)
		p.line("%s    Effect: %s", indent, s.Effect)
		p.line("%s    Principal: %s", indent, quoted(s.Principal))
		p.line("%s    Action:", indent)
		for _, a := range s.Action {
			p.line("%s      - %s", indent, quoted(a))
		}
		p.line("%s    Resource:", indent)
		for _, r := range s.Resource {
			p.line("%s      - %s", indent, quoted(r))
		}
	}
}

// cfnRoute53 writes what Route 53 Resolver needs.
func (x *Remedy) cfnRoute53(p *page) {
	if x.needsInbound() {
		chosen := inboundSubnets.pascal()
		p.lines(
			"  InboundDnsSecurityGroup:",
			"    Type: AWS::EC2::SecurityGroup",
			"    Properties:",
			"      GroupDescription: DNS from the nameservers that forward here",
			"      VpcId: "+x.vpcVariable().ref(),
		)
		for i, from := range x.forwarders() {
			for _, protocol := range []string{"tcp", "udp"} {
				cfnIngress(p, "InboundDns"+pascal(protocol)+strconv.Itoa(i+1), "!GetAtt InboundDnsSecurityGroup.GroupId", quoted(from.String()), from.Addr().Is6(), protocol, 53)
			}
		}
		p.lines(
			"  InboundDns:",
			"    Type: AWS::Route53Resolver::ResolverEndpoint",
			"    Properties:",
			"      Name: private-names",
			"      Direction: INBOUND",
			"      SecurityGroupIds:",
			"        - !GetAtt InboundDnsSecurityGroup.GroupId",
			"      IpAddresses:",
			"        - SubnetId: !Select [0, !Ref "+chosen+"]",
			"        - SubnetId: !Select [1, !Ref "+chosen+"]",
		)
	}
	for i, r := range x.resolverRules() {
		name := "PrivateNames" + strconv.Itoa(i+1)
		p.lines(
			"  "+name+":",
			"    Type: AWS::Route53Resolver::ResolverRule",
			"    Properties:",
			"      DomainName: "+quoted(r.domain),
			"      RuleType: FORWARD",
			"      ResolverEndpointId: "+outbound.ref(),
			"      TargetIps:",
		)
		if len(r.to) == 0 {
			list := inboundAddresses.pascal()
			p.lines("        - Ip: !Select [0, !Ref "+list+"]", "        - Ip: !Select [1, !Ref "+list+"]")
		}
		for _, to := range r.to {
			ip := "Ip"
			if to.Addr().Is6() {
				ip = "Ipv6"
			}
			p.lines("        - "+ip+": "+quoted(to.Addr().WithZone("").String()), "          Port: "+quoted(strconv.Itoa(int(to.Port()))))
		}
		p.lines(
			"  "+name+"Association:",
			"    Type: AWS::Route53Resolver::ResolverRuleAssociation",
			"    Properties:",
			"      ResolverRuleId: !Ref "+name,
			"      VPCId: "+x.vpcVariable().ref(),
		)
	}
}

// cfnRoute53Template is the same as a template of its own.
func (x *Remedy) cfnRoute53Template(p *page) {
	p.line(`AWSTemplateFormatVersion: "2010-09-09"`)
	p.line("Description: %s", quoted("Route 53 Resolver for the private names of AWS Systems Manager"))
	cfnParameters(p, x.allRoute53Variables())
	p.gap()
	p.line("Resources:")
	x.cfnRoute53(p)
}
