package remedy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// A variable is a value that a reader has to give, or may change: each
// language spells its name in its own way.
type variable struct {
	name string // in small letters, with underscores
	// about says what to put, in letters that a shell takes for nothing else.
	about string
	known []string
	list  bool
	// kind is CloudFormation's.
	kind string
}

const (
	kindString = "String"
	kindList   = "CommaDelimitedList"
	kindVPC    = "AWS::EC2::VPC::Id"
	kindGroup  = "AWS::EC2::SecurityGroup::Id"
	kindSubnet = "List<AWS::EC2::Subnet::Id>"
)

// The variables that the text may have.
var (
	subnets = variable{name: "endpoint_subnet_ids", kind: kindSubnet, list: true,
		about: "subnets for the network interfaces of the endpoints, one in each Availability Zone with nodes"}
	routeTables = variable{name: "node_route_table_ids", kind: kindList, list: true,
		about: "the route tables of the subnets that the nodes are in"}
	s3Endpoint = variable{name: "s3_endpoint_id", kind: kindString,
		about: "the VPC endpoint for S3 whose policy is to be changed"}
	s3Statements = variable{name: "s3_endpoint_statements", kind: kindString,
		about: "the statements that the policy of the endpoint has now, as a JSON list; what they allow is denied without them"}
	inboundSubnets = variable{name: "inbound_endpoint_subnet_ids", kind: kindSubnet, list: true,
		about: "two subnets of the VPC in different Availability Zones, for the inbound endpoint"}
	outbound = variable{name: "outbound_endpoint_id", kind: kindString,
		about: "the Route 53 Resolver outbound endpoint of this VPC; it must reach the addresses that are queried"}
	inboundAddresses = variable{name: "inbound_endpoint_addresses", kind: kindList, list: true,
		about: "the addresses of the Route 53 Resolver inbound endpoint in the VPC that has the private names"}
)

func (x *Remedy) vpcVariable() variable {
	v := variable{name: "vpc_id", kind: kindVPC, about: "the VPC that has the endpoints, or gets them"}
	if x.node.vpc != "" {
		v.known, v.about = []string{x.node.vpc}, "the VPC of the node, by its instance metadata"
	}
	return v
}

func (x *Remedy) sourceVariable() variable {
	v := variable{name: "node_cidr", kind: kindString, about: "the block of addresses that the nodes have, such as 10.0.2.0/24"}
	if x.node.source.IsValid() {
		v.known, v.about = []string{x.node.source.String()}, "the subnet of the node that was checked; widen it for more nodes"
	}
	return v
}

func (x *Remedy) serviceVariable(s endpoint.Service) variable {
	return variable{name: string(s) + "_endpoint_service_name", kind: kindString,
		about: fmt.Sprintf("the service name of the VPC endpoint for %s in %s, as aws ec2 describe-vpc-endpoint-services lists it", s, x.region.Name)}
}

func groupVariable(o opening) variable {
	if len(o.services) == 0 {
		return variable{name: "inbound_endpoint_security_group_id", kind: kindGroup,
			about: "the security group of the Route 53 Resolver inbound endpoint"}
	}
	return variable{name: "endpoint_security_group_id", kind: kindGroup,
		about: "the security group of the VPC endpoints of " + sentence(o.services) + "; if they have several, do this for each"}
}

// sentence joins names as a sentence does: "a, b and c".
func sentence[T ~string](names []T) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(name))
	}
	return b.String()
}

// serviceName is the name by which the endpoint is created. Empty: it is not
// known, and a variable has it.
func (x *Remedy) serviceName(s endpoint.Service) string {
	return endpoint.VPCEndpointService(s, x.region, false)
}

// serviceWord is that name, or the variable that has it, as a language writes them.
func (x *Remedy) serviceWord(s endpoint.Service, literal func(string) string, reference func(variable) string) string {
	if name := x.serviceName(s); name != "" {
		return literal(name)
	}
	return reference(x.serviceVariable(s))
}

// cloudVariables are those of what is made in AWS, in the order of their first
// use.
func (x *Remedy) cloudVariables() []variable {
	var list []variable
	add := func(more ...variable) {
		for _, v := range more {
			if !slices.ContainsFunc(list, v.same) {
				list = append(list, v)
			}
		}
	}
	service := func(s endpoint.Service) {
		if x.serviceName(s) == "" {
			add(x.serviceVariable(s))
		}
	}
	if x.endpoints != nil || x.gateway != nil {
		add(x.vpcVariable())
	}
	if x.endpoints != nil {
		add(subnets, x.sourceVariable())
		for _, s := range x.endpoints.services {
			service(s)
		}
	}
	for _, o := range x.openings {
		add(groupVariable(o), x.sourceVariable())
	}
	if x.gateway != nil {
		add(routeTables)
		service(endpoint.S3)
	}
	return list
}

func (v variable) same(x variable) bool { return v.name == x.name }

// allRoute53Variables are those of what Route 53 Resolver needs.
func (x *Remedy) allRoute53Variables() []variable {
	if !x.route53Needed() {
		return nil
	}
	list := []variable{x.vpcVariable()}
	if x.needsInbound() {
		list = append(list, inboundSubnets)
	}
	rules := x.resolverRules()
	if len(rules) > 0 {
		list = append(list, outbound)
	}
	if slices.ContainsFunc(rules, func(z zone) bool { return len(z.to) == 0 }) {
		list = append(list, inboundAddresses)
	}
	return list
}

// route53Variables are those that nothing else in AWS has declared.
func (x *Remedy) route53Variables() []variable {
	cloud := x.cloudVariables()
	return slices.DeleteFunc(x.allRoute53Variables(), func(v variable) bool {
		return slices.ContainsFunc(cloud, v.same)
	})
}

// upper is the variable's name in a shell, and shell its value.
func (v variable) upper() string { return strings.ToUpper(v.name) }
func (v variable) shell() string { return `"$` + v.upper() + `"` }

// hcl is the variable's value in Terraform.
func (v variable) hcl() string { return "var." + v.name }

// pascal is the variable's name in CloudFormation, whose names have letters and
// digits alone, and ref its value.
func (v variable) pascal() string { return pascal(v.name) }
func (v variable) ref() string    { return "!Ref " + v.pascal() }

func pascal(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
