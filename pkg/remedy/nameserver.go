package remedy

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// nameserverParts write what nameservers lack, as comments, since the node cannot
// tell which software runs there. With Options.DNS they write only that one, and
// Route 53's as code. Without it, Terraform and CloudFormation get Route 53's alone.
func (x *Remedy) nameserverParts(p *page, o Options) {
	if !x.named() {
		return
	}
	brief := o.As != CLI && o.DNS == ""
	if brief && !x.route53Needed() {
		x.nameserversLeftOut(p)
		return
	}
	p.gap()
	x.sayNameservers(p)
	for _, kind := range Nameservers() {
		if o.DNS != "" && o.DNS != kind {
			continue
		}
		if kind == Route53 {
			x.route53Part(p, o)
			continue
		}
		if brief {
			continue
		}
		p.gap()
		p.say("", "--- "+kind.title()+": ---")
		p.quote("", x.configuration(kind))
	}
	if brief {
		x.nameserversLeftOut(p)
	}
}

// nameserversLeftOut says where the configuration of the others is.
func (x *Remedy) nameserversLeftOut(p *page) {
	p.gap()
	p.say("", "Left out: the configuration of nameservers ("+codes(x.nameserverCauses())+"); `ssmcheck fix --dns SERVER` prints that of bind, unbound, dnsmasq or windows.")
}

// nameserverCauses are those of what nameservers lack.
func (x *Remedy) nameserverCauses() (all []cause) {
	for _, f := range x.forwards {
		all = append(all, f.causes...)
	}
	if x.exempt != nil {
		all = append(all, x.exempt.causes...)
	}
	return all
}

// sayNameservers says what is wrong, and which part to use.
func (x *Remedy) sayNameservers(p *page) {
	for _, f := range x.forwards {
		p.causes("", f.causes)
		switch f.condition {
		case fix.IfEndpointsExist:
			p.say("", "Only if the VPC has these endpoints already, with private DNS names: no resolver that knows the VPC answered, so this run could not tell.")
		case fix.IfForwardsElsewhere:
			p.say("", "Only if it forwards to something else, not to a Route 53 Resolver inbound endpoint: if it already forwards there, the endpoint does not answer, and this changes nothing.")
		}
		servers := addresses(f.servers)
		switch {
		case f.vpcItself:
			p.say("", servers+" is the resolver of a VPC, which takes a rule of Route 53 Resolver.")
		case f.behindStub:
			p.say("", "The node asks a stub of its own, which asks "+servers+". Use the part for the software that runs there: the node cannot tell which one that is.")
		default:
			p.say("", "Use the part for the software that runs at "+servers+": the node cannot tell which one that is.")
		}
	}
	if x.exempt != nil {
		p.causes("", x.exempt.causes)
		p.say("", "Use the part for the software that runs at "+addresses(x.exempt.servers)+": the node cannot tell which one that is.")
	}
}

func (n Nameserver) title() string {
	switch n {
	case BIND:
		return "BIND (named.conf)"
	case Unbound:
		return "unbound (unbound.conf), pfSense, OPNsense"
	case Dnsmasq:
		return "dnsmasq (dnsmasq.conf), OpenWrt"
	case WindowsDNS:
		return "Windows DNS (PowerShell)"
	}
	return "Route 53 Resolver"
}

// bare is the configuration of one nameserver and nothing else.
func (x *Remedy) bare(o Options) string {
	p := o.DNS.page()
	if !x.named() {
		p.say("", "ssmcheck found nothing to change in a nameserver.")
		return p.b.String()
	}
	if o.DNS == Route53 && o.As == CLI {
		p.lines("#!/bin/sh", "set -eu")
	}
	x.sayNameservers(p)
	if o.DNS == Route53 {
		x.route53Active(p, o.As, x.allRoute53Variables())
	} else {
		p.b.WriteString(x.configuration(o.DNS).b.String())
	}
	return p.b.String()
}

// page is an empty one with the sign of the nameserver's comments.
func (n Nameserver) page() *page {
	if n == BIND {
		return &page{sign: "//"}
	}
	return &page{sign: "#"}
}

// configuration is what a kind of nameserver lacks, in its own language.
func (x *Remedy) configuration(kind Nameserver) *page {
	p := kind.page()
	switch kind {
	case BIND:
		x.bind(p)
	case Unbound:
		x.unbound(p)
	case Dnsmasq:
		x.dnsmasq(p)
	case WindowsDNS:
		x.windowsDNS(p)
	}
	if p.b.Len() == 0 {
		p.say("", "Nothing: see the part on Route 53 Resolver.")
	}
	return p
}

// A zone is a domain to forward.
type zone struct {
	domain string
	to     []netip.AddrPort // none: the inbound endpoint's, which are not known
}

// zones are those that the resolver of a VPC must forward, or a nameserver of one's
// own.
func (x *Remedy) zones(vpcItself bool) []zone {
	var list []zone
	for _, f := range x.forwards {
		for _, d := range f.domains {
			if f.vpcItself == vpcItself {
				list = append(list, zone{d, f.to})
			}
		}
	}
	return list
}

// privateNames are the domains in which private addresses are right.
func (x *Remedy) privateNames() []string {
	var names []string
	for _, z := range x.zones(false) {
		names = union(names, []string{z.domain})
	}
	if x.exempt != nil {
		names = union(names, x.exempt.domains)
	}
	return names
}

// targets gives the addresses to forward to, as a nameserver writes an address
// with a port. Placeholders stand for unknown ones: no nameserver accepts them, so
// that none runs with a wrong one.
func (z zone) targets(withPort func(address, port string) string) []string {
	if len(z.to) == 0 {
		return []string{"INBOUND_ENDPOINT_ADDRESS_1", "INBOUND_ENDPOINT_ADDRESS_2"}
	}
	var list []string
	for _, a := range z.to {
		address := bare(a.Addr().WithZone("").String()) // a zone is of this node alone
		if a.Port() != 53 {
			address = withPort(address, strconv.Itoa(int(a.Port())))
		}
		list = append(list, address)
	}
	return list
}

// sayPlaceholders says what to put in their place.
func (z zone) sayPlaceholders(p *page) {
	if len(z.to) == 0 {
		p.say("", "Replace INBOUND_ENDPOINT_ADDRESS_1 and _2 by the addresses of the Route 53 Resolver inbound endpoint.")
	}
}

func (x *Remedy) bind(p *page) {
	for _, z := range x.zones(false) {
		z.sayPlaceholders(p)
		p.line("zone %s {", quoted(z.domain))
		p.line("\ttype forward;")
		p.line("\tforward only;")
		to := z.targets(func(a, port string) string { return a + " port " + port })
		p.line("\tforwarders { %s; };", strings.Join(to, "; "))
		p.line("};")
	}
	if x.exempt == nil {
		return
	}
	var names []string
	for _, d := range x.exempt.domains {
		names = append(names, quoted(d))
	}
	p.say("", "Add this to the existing options: named accepts only one such block.")
	p.lines(
		"options {",
		"\tdeny-answer-addresses {",
		"\t\t10.0.0.0/8; 172.16.0.0/12; 192.168.0.0/16; 100.64.0.0/10; fc00::/7;",
		"\t} except-from { "+strings.Join(names, "; ")+"; };",
		"};",
	)
}

func (x *Remedy) unbound(p *page) {
	if private := x.privateNames(); len(private) > 0 {
		p.line("server:")
		p.say("    ", "Private addresses are right under these names.")
		for _, d := range private {
			p.line("    private-domain: %s", quoted(d))
		}
	}
	for _, z := range x.zones(false) {
		z.sayPlaceholders(p)
		p.line("forward-zone:")
		p.line("    name: %s", quoted(z.domain+"."))
		for _, to := range z.targets(func(a, port string) string { return a + "@" + port }) {
			p.line("    forward-addr: %s", to)
		}
	}
}

func (x *Remedy) dnsmasq(p *page) {
	for _, z := range x.zones(false) {
		z.sayPlaceholders(p)
		for _, to := range z.targets(func(a, port string) string { return a + "#" + port }) {
			p.line("server=/%s/%s", bare(z.domain), to)
		}
	}
	if private := x.privateNames(); len(private) > 0 {
		p.say("", "Private addresses are right under these names.")
		for i := range private {
			private[i] = bare(private[i])
		}
		p.line("rebind-domain-ok=/%s/", strings.Join(private, "/"))
	}
}

func (x *Remedy) windowsDNS(p *page) {
	for _, z := range x.zones(false) {
		z.sayPlaceholders(p)
		var to []string
		for _, a := range z.targets(func(a, _ string) string { return a }) {
			to = append(to, quote.PowerShell(a))
		}
		p.line("Add-DnsServerConditionalForwarderZone -Name %s `", quote.PowerShell(z.domain))
		p.line("    -MasterServers %s", strings.Join(to, ", "))
	}
	if len(x.zones(false)) > 0 {
		p.say("", "On a domain controller, -ReplicationScope Forest replicates it to the others.")
	}
	if x.exempt != nil {
		p.say("", "Windows DNS does not strip private addresses: check what it forwards to, or a firewall in between.")
	}
}

// route53Part writes Route 53 Resolver's part, as a comment unless it was chosen.
func (x *Remedy) route53Part(p *page, o Options) {
	p.gap()
	p.say("", "--- "+Route53.title()+": ---")
	if !x.route53Needed() {
		p.say("", route53Nothing)
		return
	}
	if o.DNS != Route53 {
		part := &page{sign: "#"}
		x.route53Active(part, o.As, x.route53Variables())
		p.quote("", part)
		return
	}
	if o.As == CloudFormation {
		p.say("", "Its resources are above, with the others.")
		return
	}
	x.route53Active(p, o.As, x.route53Variables())
}

const route53Nothing = "Nothing to create: the nameservers can forward to a resolver that exists."

// route53Active writes it as what it is, with the variables that it declares.
func (x *Remedy) route53Active(p *page, as Language, variables []variable) {
	if !x.route53Needed() {
		p.say("", route53Nothing)
		return
	}
	switch as {
	case Terraform:
		x.terraformRoute53(p, variables)
	case CloudFormation:
		x.cfnRoute53Template(p)
	default:
		x.shellRegion(p)
		shellVariables(p, variables)
		x.shellRoute53(p)
	}
}

func addresses(list []netip.AddrPort) string {
	var names []string
	for _, a := range list {
		a = netip.AddrPortFrom(observation.ProvenZone(a.Addr()), a.Port())
		if a.Port() == 53 {
			names = append(names, a.Addr().String())
		} else {
			names = append(names, a.String())
		}
	}
	return sentence(names)
}
