package remedy

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// commandLine writes a POSIX shell script: AWS CLI commands, and changes on the node.
func (x *Remedy) commandLine(p *page) {
	if !x.cloud() && !x.onNode() {
		return
	}
	if x.written(CLI) {
		p.line("set -eu")
	}
	x.nodeInScript(p)
	if !x.cloud() {
		return
	}
	x.shellRegion(p)
	variables := x.cloudVariables()
	if x.policy != nil {
		variables = append(variables, s3Endpoint)
	}
	shellVariables(p, variables)
	if x.endpoints != nil {
		x.shellEndpoints(p)
	}
	for _, o := range x.openings {
		p.gap()
		p.causes("", o.causes)
		group := groupVariable(o).shell()
		for _, protocol := range o.protocols() {
			shellIngress(p, "", group, `"$NODE_CIDR"`, x.sourceIs6(), protocol, o.port)
			for _, more := range o.more {
				shellIngress(p, "", group, quote.Shell(more.String()), more.Addr().Is6(), protocol, o.port)
			}
		}
		p.otherwise("", o.causes)
	}
	if x.gateway != nil {
		x.shellGateway(p)
	}
	if x.policy != nil {
		x.shellPolicy(p)
	}
}

func (x *Remedy) shellRegion(p *page) {
	p.gap()
	if x.region.Name == "" {
		p.line(`: "${AWS_REGION:?the Region of the node}"`)
		return
	}
	p.line("AWS_REGION=%s", quote.Shell(x.region.Name))
	p.line("export AWS_REGION")
}

// shellVariables default to what is known. The script ends if one that is not known
// is not set.
func shellVariables(p *page, list []variable) {
	p.gap()
	for _, v := range list {
		about := v.about
		if v.list {
			about += ", separated by spaces"
		}
		if len(v.known) > 0 {
			p.say("", about)
			p.line(": \"${%s:=%s}\"", v.upper(), strings.Join(v.known, " "))
			continue
		}
		p.line(": \"${%s:?%s}\"", v.upper(), about)
	}
}

func (x *Remedy) shellEndpoints(p *page) {
	e := x.endpoints
	p.gap()
	p.causes("", e.causes)
	e.sayDoubt(p, "")
	p.say("", "Private DNS names need both of these attributes of the VPC.")
	p.lines(
		`aws ec2 modify-vpc-attribute --vpc-id "$VPC_ID" --enable-dns-support`,
		`aws ec2 modify-vpc-attribute --vpc-id "$VPC_ID" --enable-dns-hostnames`,
		"group=",
	)
	var names []string
	for _, s := range e.services {
		names = append(names, x.serviceWord(s, asIs, variable.shell))
	}
	p.lines(
		"for service in "+strings.Join(names, " ")+"; do",
		`    endpoint=$(aws ec2 describe-vpc-endpoints --output text \`,
		`        --query 'VpcEndpoints[0].VpcEndpointId' \`,
		`        --filters "Name=vpc-id,Values=$VPC_ID" "Name=service-name,Values=$service" \`,
		`        Name=vpc-endpoint-type,Values=Interface)`,
		`    if [ "$endpoint" != None ]; then`,
		"        # It exists, with private DNS names turned off.",
		`        aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --private-dns-enabled`,
		"        continue",
		"    fi",
		`    if [ -z "$group" ]; then`,
		`        group=$(aws ec2 create-security-group --vpc-id "$VPC_ID" --group-name ssm-endpoints \`,
		`            --description 'HTTPS from managed nodes to interface endpoints' \`,
		`            --query GroupId --output text)`,
	)
	shellIngress(p, "        ", `"$group"`, `"$NODE_CIDR"`, x.sourceIs6(), "tcp", endpoint.Port)
	p.lines(
		"    fi",
		"    # shellcheck disable=SC2086 # a list of words",
		`    aws ec2 create-vpc-endpoint --vpc-id "$VPC_ID" --vpc-endpoint-type Interface \`,
		`        --service-name "$service" --subnet-ids $ENDPOINT_SUBNET_IDS \`,
		`        --security-group-ids "$group" --private-dns-enabled`,
		"done",
	)
	p.otherwise("", e.causes)
}

// asIs is a name that a shell takes without quotes.
func asIs(name string) string { return name }

// shellIngress lets a block in at a port of a security group.
func shellIngress(p *page, indent, group, from string, v6 bool, protocol string, port uint16) {
	number := strconv.Itoa(int(port))
	p.line(`%saws ec2 authorize-security-group-ingress --group-id %s \`, indent, group)
	if !v6 {
		p.line("%s    --protocol %s --port %s --cidr %s", indent, protocol, number, from)
		return
	}
	p.line(`%s    --ip-permissions IpProtocol=%s,FromPort=%s,ToPort=%s,Ipv6Ranges='[{CidrIpv6='%s'}]'`, indent, protocol, number, number, from)
}

func (x *Remedy) shellGateway(p *page) {
	p.gap()
	p.causes("", x.gateway)
	p.say("", "Adding the endpoint to the route tables breaks open connections to S3.")
	p.lines(
		"service="+x.serviceWord(endpoint.S3, asIs, variable.shell),
		`endpoint=$(aws ec2 describe-vpc-endpoints --output text \`,
		`    --query 'VpcEndpoints[0].VpcEndpointId' \`,
		`    --filters "Name=vpc-id,Values=$VPC_ID" "Name=service-name,Values=$service" \`,
		`    Name=vpc-endpoint-type,Values=Gateway)`,
		"# shellcheck disable=SC2086 # a list of words",
		`if [ "$endpoint" != None ]; then`,
		`    aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" \`,
		"        --add-route-table-ids $NODE_ROUTE_TABLE_IDS",
		"else",
		`    aws ec2 create-vpc-endpoint --vpc-id "$VPC_ID" --vpc-endpoint-type Gateway \`,
		`        --service-name "$service" --route-table-ids $NODE_ROUTE_TABLE_IDS`,
		"fi",
	)
	p.say("", "The endpoint allows everything, unless it has a policy. `ssmcheck endpoints --region "+cmp.Or(x.region.Name, "REGION")+" -o policy` prints one that allows AWS's buckets for Systems Manager alone.")
	p.otherwise("", x.gateway)
}

func (x *Remedy) shellPolicy(p *page) {
	p.gap()
	p.causes("", x.policy)
	p.say("", "This adds statements to the policy, replacing those with the same Sid, and keeps the old policy in a file. A Deny statement overrides them: remove any by hand.")
	p.lines(
		`aws ec2 describe-vpc-endpoints --vpc-endpoint-ids "$S3_ENDPOINT_ID" \`,
		`    --query 'VpcEndpoints[0].PolicyDocument' --output text >s3-endpoint-policy.before.json`,
		"cat >s3-endpoint-statements.json <<'EOF'",
	)
	statements, err := json.MarshalIndent(x.buckets.Statement, "", "  ")
	if err != nil {
		panic(err) // strings alone
	}
	p.lines(strings.Split(string(statements), "\n")...)
	p.lines(
		"EOF",
		"jq --slurpfile more s3-endpoint-statements.json \\",
		"    '.Statement = ([.Statement] | flatten | map(.Sid as $sid | select(all($more[0][]; .Sid != $sid)))) + $more[0]' \\",
		"    s3-endpoint-policy.before.json >s3-endpoint-policy.json",
		`aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$S3_ENDPOINT_ID" \`,
		"    --policy-document file://s3-endpoint-policy.json",
	)
	p.otherwise("", x.policy)
}

// shellRoute53 writes what Route 53 Resolver needs.
func (x *Remedy) shellRoute53(p *page) {
	if x.needsInbound() {
		p.gap()
		p.lines(
			`group=$(aws ec2 create-security-group --vpc-id "$VPC_ID" --group-name inbound-dns \`,
			`    --description 'DNS from the nameservers that forward here' --query GroupId --output text)`,
		)
		for _, from := range x.forwarders() {
			for _, protocol := range []string{"tcp", "udp"} {
				shellIngress(p, "", `"$group"`, quote.Shell(from.String()), from.Addr().Is6(), protocol, 53)
			}
		}
		p.lines(
			`ip_addresses=`,
			"for subnet in $INBOUND_ENDPOINT_SUBNET_IDS; do",
			`    ip_addresses="$ip_addresses SubnetId=$subnet"`,
			"done",
			"# shellcheck disable=SC2086 # a list of words",
			`aws route53resolver create-resolver-endpoint --creator-request-id "inbound-$(date +%s)" \`,
			`    --name private-names --direction INBOUND --security-group-ids "$group" \`,
			"    --ip-addresses $ip_addresses",
		)
	}
	for _, r := range x.resolverRules() {
		p.gap()
		if len(r.to) == 0 {
			p.lines(
				"target_ips=",
				"for address in $INBOUND_ENDPOINT_ADDRESSES; do",
				`    target_ips="$target_ips Ip=$address,Port=53"`,
				"done",
			)
		} else {
			p.line("target_ips=%s", quote.Shell(targetIPs(r.to)))
		}
		p.lines(
			"# shellcheck disable=SC2086 # a list of words",
			`rule=$(aws route53resolver create-resolver-rule --creator-request-id "rule-$(date +%s)" \`,
			"    --rule-type FORWARD --domain-name "+quote.Shell(r.domain)+` \`,
			`    --resolver-endpoint-id "$OUTBOUND_ENDPOINT_ID" --target-ips $target_ips \`,
			"    --query ResolverRule.Id --output text)",
			`aws route53resolver associate-resolver-rule --resolver-rule-id "$rule" --vpc-id "$VPC_ID"`,
		)
	}
}

func targetIPs(list []netip.AddrPort) string {
	var words []string
	for _, a := range list {
		ip := "Ip"
		if a.Addr().Is6() {
			ip = "Ipv6"
		}
		words = append(words, ip+"="+bare(a.Addr().WithZone("").String())+",Port="+strconv.Itoa(int(a.Port())))
	}
	return strings.Join(words, " ")
}
