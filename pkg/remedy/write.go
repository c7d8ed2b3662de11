package remedy

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Language is how a remedy is written.
type Language string

// The languages.
const (
	Terraform      Language = "terraform"
	CloudFormation Language = "cloudformation" // YAML
	CLI            Language = "cli"            // a POSIX shell script of AWS CLI commands
)

// Languages lists them.
func Languages() []Language { return []Language{CLI, Terraform, CloudFormation} }

// A Nameserver is a kind of nameserver that can forward names.
type Nameserver string

// The kinds of nameservers.
const (
	BIND       Nameserver = "bind"
	Unbound    Nameserver = "unbound"
	Dnsmasq    Nameserver = "dnsmasq"
	WindowsDNS Nameserver = "windows"
	Route53    Nameserver = "route53"
)

// Nameservers lists them.
func Nameservers() []Nameserver { return []Nameserver{BIND, Unbound, Dnsmasq, WindowsDNS, Route53} }

// title is what the language is called.
func (l Language) title() string {
	switch l {
	case Terraform:
		return "Terraform"
	case CloudFormation:
		return "CloudFormation"
	}
	return "AWS CLI"
}

// Options are the choices of how a remedy is written.
type Options struct {
	// As is the language. Empty: CLI.
	As Language
	// DNS is the nameserver whose configuration is written. Empty: that of each, in
	// comments, as the run cannot tell which one is used.
	DNS Nameserver
	// Bare writes only the nameserver's configuration, and not as a comment. Route
	// 53's is in the language.
	Bare bool
}

// Write writes the remedy. The error is w's, or names an option that does not
// exist.
func Write(w io.Writer, x *Remedy, o Options) error {
	if o.As == "" {
		o.As = CLI
	}
	if !slices.Contains(Languages(), o.As) {
		return fmt.Errorf("no language %q", o.As)
	}
	if o.DNS != "" && !slices.Contains(Nameservers(), o.DNS) {
		return fmt.Errorf("no nameserver %q", o.DNS)
	}
	text := ""
	if o.Bare && o.DNS != "" {
		text = x.bare(o)
	} else {
		text = x.whole(o)
	}
	_, err := io.WriteString(w, text)
	return err
}

// Texts gives what Write writes in each language by default, by its name. It is empty
// if there is nothing but what is done by hand.
func Texts(x *Remedy) map[string]string {
	all := map[string]string{}
	if x.generated() {
		for _, as := range Languages() {
			all[string(as)] = x.whole(Options{As: as})
		}
	}
	return all
}

// whole is the remedy with everything in it.
func (x *Remedy) whole(o Options) string {
	p := &page{sign: "#"}
	if o.As == CLI && x.written(CLI) {
		p.line("#!/bin/sh")
	}
	x.head(p, o.As)
	switch o.As {
	case Terraform:
		x.terraform(p)
	case CloudFormation:
		x.cloudFormation(p, o)
	case CLI:
		x.commandLine(p)
	}
	x.nameserverParts(p, o)
	if o.As != CLI {
		x.nodeLeftOut(p)
	}
	x.foot(p, o)
	return p.b.String()
}

// head says what the text is.
func (x *Remedy) head(p *page, as Language) {
	where := "this node"
	if x.node.id != "" {
		where = x.node.id
	}
	if x.region.Name != "" {
		where += " in " + x.region.Name
	}
	switch {
	case x.Empty():
		p.say("", "ssmcheck found nothing to create or change for "+where+".")
		return
	case !x.generated():
		p.say("", "Nothing to script here for "+where+": what follows is done by hand.")
		return
	case as != CLI && !x.written(as) && !x.route53Needed():
		p.say("", "Nothing to script here for "+where+" as "+as.title()+": what follows is done by hand.")
		return
	case !x.written(as):
		p.say("", "Nothing here runs as is: copy what "+where+" needs from the comments.")
		return
	case as == CLI:
		p.line("# Save as fix.sh and run it; do not paste it: it exits the shell that reads it.")
	}
	p.say("", "What to create or change so that AWS Systems Manager can manage "+where+". ssmcheck wrote this and applied nothing: read it first.")
	if !x.cloud() {
		return
	}
	switch as {
	case Terraform:
		p.say("", "Set the variables without a default, and apply it with AWS_REGION="+x.regionWords()+" or a provider of that Region.")
	case CloudFormation: // says it only if there is a template
	case CLI:
		p.say("", "Set the variables without a default, and run it where the AWS CLI has permissions in the VPC's account.")
	}
}

// written reports whether the language has more to say than comments.
func (x *Remedy) written(as Language) bool {
	return x.cloud() || as == CLI && x.onNode() && x.node.linux
}

func (x *Remedy) regionWords() string { return cmp.Or(x.region.Name, "the node's Region") }

// foot says what is left to do by hand. That includes what this text only mentions,
// because another language, or Options.DNS, writes it.
func (x *Remedy) foot(p *page, o Options) {
	hand := x.byHand
	if o.As != CLI {
		hand = append(slices.Clone(hand), x.nodeCauses()...)
		if o.DNS == "" {
			hand = append(hand, x.nameserverCauses()...)
		}
	}
	said := map[string]bool{}
	for _, c := range hand {
		key := string(c.code) + c.title + strings.Join(c.fix, "\n") // a finding is in more than one part
		if said[key] {
			continue
		}
		said[key] = true
		p.gap()
		p.say("", "By hand: "+string(c.code)+": "+c.title)
		for i, f := range c.fix {
			p.hang("", fmt.Sprintf("%d. ", i+1), f)
		}
	}
	for i, c := range x.optional {
		if i == 0 {
			p.gap()
			p.say("", "Not changed, as nothing requested depends on it:")
		}
		p.hang("", "- ", string(c.code)+": "+c.title)
	}
}
