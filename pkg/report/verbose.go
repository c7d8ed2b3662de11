package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A fact is one line of a verbose report. One without words is not written.
type fact struct{ name, words string }

// section writes the facts that there are under a heading.
func (t *text) section(heading string, list []fact) {
	list = slices.DeleteFunc(list, func(f fact) bool { return f.words == "" })
	if len(list) == 0 {
		return
	}
	t.heading(heading)
	for _, f := range list {
		t.para(2, []part{say("-")}, part{text: f.name, style: t.strong}, say(": "+f.words))
	}
}

// observed tells what was seen beside the targets, each with its time. It is
// for a verbose report only: what matters of it stands in the evidence of a
// cause.
func (t *text) observed() {
	o := t.d.Observations
	if !t.o.Verbose || o == nil {
		return
	}
	t.section("What the node says of itself", nodeFacts(o.Node))
	t.section("Instance metadata"+took(o.Metadata.Elapsed), metadataFacts(o.Metadata))
	var made []fact
	for _, x := range o.LargeHello {
		made = append(made, fact{string(x.Kind), strings.TrimSpace(x.Target+" "+text1(x.Address)) + colon(t.experiment(x))})
	}
	t.section("The experiment of every run", made)
	t.section("Signed calls", signedFacts(o))
}

func nodeFacts(n observation.Node) []fact {
	list := []fact{
		{"kind", together(string(n.Kind), n.KindFrom)},
		{"container", n.Container},
		{"system", strings.Join(strings.Fields(n.OS+" "+n.Arch+" "+n.OSVersion), " ")},
		{"addresses", texts(n.Addresses)},
		{"interfaces", interfaceFacts(n.Interfaces)},
		{"nameservers", together(texts(n.Resolver.Servers), n.Resolver.From, n.Resolver.Incomplete, failureText(n.Resolver.Failure))},
		{"search", strings.Join(n.Resolver.Search, ", ")},
		{"behind the stub", together(texts(n.Resolver.Behind), n.Resolver.BehindFrom)},
	}
	for _, e := range n.Hosts.Entries {
		list = append(list, fact{fmt.Sprintf("%s, line %d", n.Hosts.Path, e.Line), e.Address.String() + " " + e.Name})
	}
	list = append(list,
		fact{"registration", together(strings.TrimSpace(n.Registration.InstanceID+" "+n.Registration.Region), n.Registration.Path, failureText(n.Registration.Failure))},
		fact{"agent installed", known(n.Agent.Installed)},
		fact{"agent running", known(n.Agent.Running)},
		fact{"agent version", n.Agent.Version},
		fact{"agent's ClientHello", together(string(n.Agent.Hello.Size), n.Agent.Hello.From)},
		fact{"agent known from", strings.Join(n.Agent.From, "; ")},
		fact{"agent's configuration", together(n.Agent.Config.Path, failureText(n.Agent.Config.Failure))},
	)
	for _, name := range sortedKeys(n.Agent.Config.Endpoints) {
		list = append(list, fact{"agent's endpoint of " + name, n.Agent.Config.Endpoints[name]})
	}
	proxy := n.Proxy.HTTPS
	switch {
	case proxy == "" && n.Proxy.Known == observation.Yes:
		proxy = "none"
	case proxy == "":
		proxy = "not known"
	}
	return append(list,
		fact{"proxy for https", together(proxy, n.Proxy.From)},
		fact{"proxy for http", n.Proxy.HTTP},
		fact{"no proxy for", n.Proxy.No},
		fact{"shell's proxy", n.Proxy.ShellHTTPS},
	)
}

// interfaceFacts says what the interfaces are: "eth0 10.0.2.10/24, default route".
func interfaceFacts(list []observation.Interface) string {
	var all []string
	for _, i := range list {
		words := strings.TrimSpace(i.Name + " " + texts(i.Addresses))
		if i.Kind != "" {
			words += ", " + string(i.Kind)
		}
		if i.DefaultIPv4 || i.DefaultIPv6 {
			words += ", default route"
		}
		all = append(all, words)
	}
	return strings.Join(all, "; ")
}

func metadataFacts(m observation.Metadata) []fact {
	if !m.Asked {
		return []fact{{"not asked", m.Reason}}
	}
	status := ""
	if m.Status != 0 {
		status = fmt.Sprint(m.Status)
	}
	return []fact{
		{"failure", failureText(m.Failure)},
		{"status of the token call", status},
		{"answer that is not metadata's", m.Foreign},
		{"instance", together(m.InstanceID, m.Region, m.AvailabilityZone)},
		{"address", text1(m.LocalIPv4)},
		{"VPC", together(m.VPCID, texts(m.VPCBlocks))},
		{"subnet", texts(m.SubnetBlocks)},
		{"security groups", strings.Join(m.SecurityGroups, ", ")},
		{"role", together(known(m.Role), m.RoleName)},
	}
}

func signedFacts(o *observation.Observations) []fact {
	c := o.Credentials
	if !c.Asked {
		return nil
	}
	list := []fact{{"credentials", together(known(c.Found), c.From, failureText(c.Failure))}, {"passed over", strings.Join(c.PassedOver, "; ")}}
	for _, x := range o.Signed {
		words := "not made: " + x.NotMade
		if x.NotMade == "" {
			words = together(text1(x.Address), x.Proxy)
			if x.Failure != nil {
				words += ": " + failed(x.Failure, x.Elapsed)
			} else {
				words += fmt.Sprintf(": status %d in %s", x.Status, duration(x.Elapsed))
			}
			words += colon(x.ErrorCode) + colon(x.ErrorMessage)
		}
		list = append(list, fact{x.Action + " " + x.Resource, words})
	}
	return list
}

// details are further lines about an address, in a verbose report.
func (t *text) details(target string, a observation.AddressObservation) [][]part {
	var rows [][]part
	add := func(words ...string) {
		if s := together(words...); s != "" {
			rows = append(rows, []part{{text: s, inner: true}})
		}
	}
	local := ""
	if a.Connect != nil && a.Connect.Local.IsValid() {
		local = "from this node's " + a.Connect.Local.String()
	}
	add("given by "+strings.Join(a.From, ", "), local)
	if a.Connect != nil {
		add(icmpText(a.Connect.ICMP))
	}
	if h := a.Handshake; h != nil && h.Version != "" {
		certificate := ""
		if len(h.Certificates) > 0 {
			c := h.Certificates[0]
			certificate = "certificate by " + c.Issuer
			if !c.NotAfter.IsZero() {
				certificate += ", until " + c.NotAfter.UTC().Format("2006-01-02")
			}
		}
		add(h.Version+" "+h.Cipher, certificate, h.VerifyText)
	}
	if r := a.Reply; r != nil && r.Failure == nil {
		date := ""
		if !r.Date.IsZero() {
			date = "Date " + r.Date.UTC().Format("2006-01-02 15:04:05") + ", here " + r.At.UTC().Format("15:04:05")
		}
		add(fmt.Sprintf("%s: status %d", r.Request, r.Status), r.ErrorCode, labelled("request id ", r.RequestID),
			labelled("server ", r.Server), labelled("to ", r.Location), date)
	}
	for _, s := range t.firstAttempts(target, a) {
		add(s)
	}
	for _, x := range a.Experiments {
		name := string(x.Kind)
		if x.ServerName != "" {
			name += " " + x.ServerName
		}
		add("experiment " + name + ": " + t.experiment(x))
	}
	return rows
}

// icmpText is the ICMP message that ended a connection attempt.
func icmpText(m *observation.ICMPMessage) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("ICMP message from %s: type %d, code %d", m.From, m.Type, m.Code)
}

// experiment says what came of one.
func (t *text) experiment(x observation.Experiment) string {
	if x.NotMade != "" {
		return "not made: " + x.NotMade
	}
	steps := t.rungs(x.Result)
	udp := x.Kind == observation.ExperimentUDPConnect || x.Kind == observation.ExperimentUDPSend
	if udp && len(steps) > 0 && steps[0].name == "tcp" {
		steps[0].name = "udp"
	}
	if x.Text != "" {
		steps = append(steps, step{note: x.Text})
	}
	if len(steps) == 0 {
		return "nothing seen"
	}
	return stepWords(steps)
}

// together joins the words that there are.
func together(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), "; ")
}

func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + s
}

func colon(s string) string { return labelled(": ", s) }

func known(k observation.Known) string { return string(k) }

func failureText(f *observation.Failure) string {
	if f == nil {
		return ""
	}
	return reason(f)
}

// text1 is an address, and nothing where there is none.
func text1(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func texts[T fmt.Stringer](list []T) string {
	var out []string
	for _, x := range list {
		out = append(out, x.String())
	}
	return strings.Join(out, ", ")
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
