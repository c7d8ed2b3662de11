package remedy

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// nameserverParts write what nameservers lack, as comments: which of them there
// is cannot be told from the node. With Options.DNS only that one is written,
// and Route 53's as what it is. Without it, Terraform and CloudFormation have
// Route 53's alone.
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
		p.quote(x.configuration(kind))
	}
	if brief {
		x.nameserversLeftOut(p)
	}
}

// nameserversLeftOut says where the configuration of the others is.
func (x *Remedy) nameserversLeftOut(p *page) {
	p.gap()
	p.say("", "Left out: the configuration of a nameserver ("+codes(x.nameserverCauses())+"). `ssmcheck fix --dns SERVER` writes that of bind, unbound, dnsmasq or windows.")
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

// sayNameservers says what is the case, and which part to take.
func (x *Remedy) sayNameservers(p *page) {
	for _, f := range x.forwards {
		p.causes("", f.causes)
		switch f.condition {
		case fix.IfEndpointsExist:
			p.say("", "Only where the VPC has these endpoints already, with private DNS names: no resolver that knows the VPC answered this run, so that it could not tell.")
		case fix.IfForwardsElsewhere:
			p.say("", "Only where it forwards to something else than a Route 53 Resolver inbound endpoint: where it forwards there already, that does not answer, and this changes nothing.")
		}
		servers := addresses(f.servers)
		switch {
		case f.vpcItself:
			p.say("", servers+" is the resolver of a VPC, which takes a rule of Route 53 Resolver.")
		case f.behindStub:
			p.say("", "The node asks a stub of its own, which asks "+servers+". Take the part of the software that runs there: which one it is cannot be told from the node.")
		default:
			p.say("", "Take the part of the software that runs at "+servers+": which one it is cannot be told from the node.")
		}
	}
	if x.exempt != nil {
		p.causes("", x.exempt.causes)
		p.say("", "Take the part of the software that runs at "+addresses(x.exempt.servers)+": which one it is cannot be told from the node.")
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
	sign := "#"
	if o.DNS == BIND {
		sign = "//"
	}
	p := &page{sign: sign}
	if !x.named() {
		p.say("", "ssmcheck found nothing to change in a nameserver.")
		return p.b.String()
	}
	if o.DNS == Route53 {
		if o.As == CLI {
			p.line("#!/bin/sh")
			p.line("set -eu")
		}
		x.sayNameservers(p)
		x.route53Active(p, o.As, x.allRoute53Variables())
		return p.b.String()
	}
	x.sayNameservers(p)
	p.lines(x.configuration(o.DNS)...)
	return p.b.String()
}

// configuration is what a kind of nameserver lacks, in its own language.
func (x *Remedy) configuration(kind Nameserver) []string {
	sign := "#"
	if kind == BIND {
		sign = "//"
	}
	p := &page{sign: sign}
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
		p.say("", "Nothing: see the part of Route 53 Resolver.")
	}
	return strings.Split(strings.TrimRight(p.b.String(), "\n"), "\n")
}

// zones are the domains that a nameserver of one's own must forward, each with
// where to.
func (x *Remedy) zones() []zone {
	var list []zone
	for _, f := range x.forwards {
		if f.vpcItself {
			continue
		}
		for _, d := range f.domains {
			list = append(list, zone{d, f.to})
		}
	}
	return list
}

type zone struct {
	domain string
	to     []netip.AddrPort
}

// placeholders stand where the run knows no address: no nameserver takes them,
// so that none runs with a wrong one.
func placeholders() []string {
	return []string{"INBOUND_ENDPOINT_ADDRESS_1", "INBOUND_ENDPOINT_ADDRESS_2"}
}

// targets gives the addresses to forward to, as a nameserver writes an address
// with a port.
func (z zone) targets(withPort func(address, port string) string) []string {
	if len(z.to) == 0 {
		return placeholders()
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
		p.say("", "Put the addresses of the Route 53 Resolver inbound endpoint in the place of INBOUND_ENDPOINT_ADDRESS.")
	}
}

func (x *Remedy) bind(p *page) {
	for _, z := range x.zones() {
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
	p.say("", "In the options that are there: named takes them once.")
	p.lines(
		"options {",
		"\tdeny-answer-addresses {",
		"\t\t10.0.0.0/8; 172.16.0.0/12; 192.168.0.0/16; 100.64.0.0/10; fc00::/7;",
		"\t} except-from { "+strings.Join(names, "; ")+"; };",
		"};",
	)
}

func (x *Remedy) unbound(p *page) {
	var private []string
	for _, z := range x.zones() {
		private = union(private, []string{z.domain})
	}
	if x.exempt != nil {
		private = union(private, x.exempt.domains)
	}
	if len(private) > 0 {
		p.line("server:")
		p.say("    ", "Private addresses are right under these names.")
		for _, d := range private {
			p.line("    private-domain: %s", quoted(d))
		}
	}
	for _, z := range x.zones() {
		z.sayPlaceholders(p)
		p.line("forward-zone:")
		p.line("    name: %s", quoted(z.domain+"."))
		for _, to := range z.targets(func(a, port string) string { return a + "@" + port }) {
			p.line("    forward-addr: %s", to)
		}
	}
}

func (x *Remedy) dnsmasq(p *page) {
	var private []string
	for _, z := range x.zones() {
		z.sayPlaceholders(p)
		for _, to := range z.targets(func(a, port string) string { return a + "#" + port }) {
			p.line("server=/%s/%s", bare(z.domain), to)
		}
		private = union(private, []string{z.domain})
	}
	if x.exempt != nil {
		private = union(private, x.exempt.domains)
	}
	if len(private) > 0 {
		p.say("", "Private addresses are right under these names.")
		for i := range private {
			private[i] = bare(private[i])
		}
		p.line("rebind-domain-ok=/%s/", strings.Join(private, "/"))
	}
}

func (x *Remedy) windowsDNS(p *page) {
	for _, z := range x.zones() {
		z.sayPlaceholders(p)
		var to []string
		for _, a := range z.targets(func(a, _ string) string { return a }) {
			to = append(to, quote.PowerShell(a))
		}
		p.line("Add-DnsServerConditionalForwarderZone -Name %s `", quote.PowerShell(z.domain))
		p.line("    -MasterServers %s", strings.Join(to, ", "))
	}
	if len(x.zones()) > 0 {
		p.say("", "On a domain controller -ReplicationScope Forest gives it to the others.")
	}
	if x.exempt != nil {
		p.say("", "Windows DNS strips no private addresses: look at what it forwards to, or at a firewall in between.")
	}
}

// route53Part writes Route 53 Resolver's, as a comment unless it was chosen.
func (x *Remedy) route53Part(p *page, o Options) {
	p.gap()
	p.say("", "--- "+Route53.title()+": ---")
	if !x.route53Needed() {
		p.say("", x.route53Nothing())
		return
	}
	if o.DNS != Route53 {
		part := &page{sign: "#"}
		x.route53Active(part, o.As, x.route53Variables())
		p.quote(strings.Split(strings.TrimSpace(part.b.String()), "\n"))
		return
	}
	if o.As == CloudFormation {
		p.say("", "Its resources stand above, with the others.")
		return
	}
	x.route53Active(p, o.As, x.route53Variables())
}

func (x *Remedy) route53Nothing() string {
	return "Nothing to make: the nameservers can forward to a resolver that is there."
}

// route53Active writes it as what it is, with the variables that it declares.
func (x *Remedy) route53Active(p *page, as Language, variables []variable) {
	if !x.route53Needed() {
		p.say("", x.route53Nothing())
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
