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
		v.known, v.about = []string{x.node.source.String()}, "the subnet of the node that was looked at; widen it for more nodes"
	}
	return v
}

func subnetsVariable() variable {
	return variable{name: "endpoint_subnet_ids", kind: kindSubnet, list: true,
		about: "subnets for the network interfaces of the endpoints, one in each Availability Zone with nodes"}
}

func serviceVariable(s endpoint.Service, region string) variable {
	return variable{name: string(s) + "_endpoint_service_name", kind: kindString,
		about: fmt.Sprintf("the service name of the VPC endpoint for %s in %s, as aws ec2 describe-vpc-endpoint-services lists it", s, region)}
}

func groupVariable(o opening) variable {
	if len(o.services) == 0 {
		return variable{name: "inbound_endpoint_security_group_id", kind: kindGroup,
			about: "the security group of the Route 53 Resolver inbound endpoint"}
	}
	return variable{name: "endpoint_security_group_id", kind: kindGroup,
		about: "the security group of the VPC endpoints of " + serviceList(o.services) + "; where they have several, do this for each"}
}

func routeTablesVariable() variable {
	return variable{name: "node_route_table_ids", kind: kindList, list: true, about: "the route tables of the subnets that the nodes are in"}
}

func s3EndpointVariable() variable {
	return variable{name: "s3_endpoint_id", kind: kindString, about: "the VPC endpoint for S3 whose policy is to be changed"}
}

func statementsVariable() variable {
	return variable{name: "s3_endpoint_statements", kind: kindString,
		about: "the statements that the policy of the endpoint has now, as a JSON list; what they allow is denied without them"}
}

func inboundSubnetsVariable() variable {
	return variable{name: "inbound_endpoint_subnet_ids", kind: kindSubnet, list: true,
		about: "two subnets of the VPC in different Availability Zones, for the inbound endpoint"}
}

func outboundVariable() variable {
	return variable{name: "outbound_endpoint_id", kind: kindString,
		about: "the Route 53 Resolver outbound endpoint of this VPC; it must reach the addresses that are asked"}
}

func inboundAddressesVariable() variable {
	return variable{name: "inbound_endpoint_addresses", kind: kindList, list: true,
		about: "the addresses of the Route 53 Resolver inbound endpoint in the VPC that has the private names"}
}

func serviceList(list []endpoint.Service) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = string(s)
	}
	return sentence(names)
}

// sentence joins names as a sentence does: "a, b and c".
func sentence(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// serviceName is the name by which the endpoint is created, empty where it is
// not known and a variable has it.
func (x *Remedy) serviceName(s endpoint.Service) string {
	return endpoint.VPCEndpointService(s, x.region, false)
}

// cloudVariables are those of what is made in AWS, in the order of their first
// use.
func (x *Remedy) cloudVariables() []variable {
	var list []variable
	service := func(s endpoint.Service) {
		if x.serviceName(s) == "" {
			list = append(list, serviceVariable(s, x.region.Name))
		}
	}
	if x.endpoints != nil || x.gateway != nil {
		list = append(list, x.vpcVariable())
	}
	if x.endpoints != nil {
		list = append(list, subnetsVariable(), x.sourceVariable())
		for _, s := range x.endpoints.services {
			service(s)
		}
	}
	for _, o := range x.openings {
		list = append(list, groupVariable(o), x.sourceVariable())
	}
	if x.gateway != nil {
		list = append(list, routeTablesVariable())
		service(endpoint.S3)
	}
	return once(list)
}

// allRoute53Variables are those of what Route 53 Resolver needs.
func (x *Remedy) allRoute53Variables() []variable {
	if !x.route53Needed() {
		return nil
	}
	list := []variable{x.vpcVariable()}
	if x.needsInbound() {
		list = append(list, inboundSubnetsVariable())
	}
	rules := x.resolverRules()
	if len(rules) > 0 {
		list = append(list, outboundVariable())
	}
	if slices.ContainsFunc(rules, func(r rule) bool { return len(r.to) == 0 }) {
		list = append(list, inboundAddressesVariable())
	}
	return list
}

// route53Variables are those that nothing else in AWS has declared.
func (x *Remedy) route53Variables() []variable {
	cloud := x.cloudVariables()
	return slices.DeleteFunc(x.allRoute53Variables(), func(v variable) bool {
		return slices.ContainsFunc(cloud, func(c variable) bool { return c.name == v.name })
	})
}

// once gives each variable at its first place.
func once(list []variable) []variable {
	var out []variable
	seen := make(map[string]bool)
	for _, v := range list {
		if !seen[v.name] {
			seen[v.name] = true
			out = append(out, v)
		}
	}
	return out
}

// upper is the variable in a shell.
func (v variable) upper() string { return strings.ToUpper(v.name) }

// pascal is the variable in CloudFormation, whose names have letters and
// digits alone.
func (v variable) pascal() string { return pascal(v.name) }

func pascal(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
