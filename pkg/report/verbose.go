package report

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What only a verbose report has: facts about the node, its metadata, the
// nameservers and the signed calls, and the details of each attempt. A cause's
// evidence has whatever of it matters.

// nodeFields are facts about the node. A field without words is not known.
func nodeFields(n observation.Node) []field {
	list := []field{
		{"kind", joinFacts(string(n.Kind), n.KindFrom)},
		{"container", n.Container},
		{"system", strings.Join(strings.Fields(n.OS+" "+n.Arch+" "+n.OSVersion), " ")},
		{"addresses", joinStringers(n.Addresses)},
		{"interfaces", interfaceWords(n.Interfaces)},
		{"nameservers", joinFacts(joinStringers(n.Resolver.Servers), n.Resolver.From, n.Resolver.Incomplete,
			failureText(n.Resolver.Failure))},
		{"search", strings.Join(n.Resolver.Search, ", ")},
		{"adapters", adapterWords(n.Resolver.Adapters)},
		{"rules for names", ruleWords(n.Resolver.Rules)},
		{"upstream of the stub", joinFacts(joinStringers(n.Resolver.Behind), n.Resolver.BehindFrom)},
	}
	for _, e := range n.Hosts.Entries {
		list = append(list, field{fmt.Sprintf("%s, line %d", n.Hosts.Path, e.Line), e.Address.String() + " " + e.Name})
	}
	list = append(list,
		field{"registration", joinFacts(joinNonEmpty(" ", n.Registration.InstanceID, n.Registration.Region),
			n.Registration.Path, failureText(n.Registration.Failure))},
		field{"agent installed", string(n.Agent.Installed)},
		field{"agent running", string(n.Agent.Running)},
		field{"agent version", n.Agent.Version},
		field{"setup of Windows", n.Agent.ImageState},
		field{"certificates", verifierWords(n.OS)},
		field{"agent's ClientHello", joinFacts(string(n.Agent.Hello.Size), n.Agent.Hello.From)},
		field{"agent known from", strings.Join(diagnose.InstalledAs(n.Agent.From), "; ")},
		field{"agent's configuration", joinFacts(n.Agent.Config.Path, failureText(n.Agent.Config.Failure))},
	)
	for _, name := range slices.Sorted(maps.Keys(n.Agent.Config.Endpoints)) {
		list = append(list, field{"agent's endpoint of " + name, n.Agent.Config.Endpoints[name]})
	}
	proxy := n.Proxy.HTTPS
	switch {
	case proxy == "" && n.Proxy.Known == observation.Yes:
		proxy = "none"
	case proxy == "":
		proxy = "unknown"
	}
	return append(list,
		field{"proxy for https", joinFacts(proxy, n.Proxy.From)},
		field{"proxy for http", n.Proxy.HTTP},
		field{"no_proxy", n.Proxy.No},
		field{"shell's proxy", n.Proxy.ShellHTTPS},
	)
}

// interfaceWords describe interfaces: "eth0 10.0.2.10/24, default route".
func interfaceWords(list []observation.Interface) string {
	return strings.Join(wordsOf(list, func(i observation.Interface) string {
		words := joinNonEmpty(" ", i.Name, joinStringers(i.Addresses)) + prefixed(", ", string(i.Kind))
		if i.DefaultIPv4 || i.DefaultIPv6 {
			words += ", default route"
		}
		return words
	}), "; ")
}

// adapterWords describe the adapters of Windows: "Ethernet, metric 15: 10.0.0.53".
func adapterWords(list []observation.Adapter) string {
	return strings.Join(wordsOf(list, func(a observation.Adapter) string {
		words := fmt.Sprintf("%s, metric %d", a.Name, a.MetricIPv4)
		if !a.Gateway {
			words += ", without a gateway"
		}
		return words + prefixed(", suffix ", a.Suffix) + prefixed(": ", joinStringers(a.Servers))
	}), "; ")
}

// ruleWords describe rules for names: ".amazonaws.com to 10.20.0.2:53 (KEY)".
func ruleWords(list []observation.NameRule) string {
	return strings.Join(wordsOf(list, func(r observation.NameRule) string {
		return strings.Join(r.Namespaces, ", ") + " to " + cmp.Or(joinStringers(r.Servers), "the others' nameservers") + " (" + r.From + ")"
	}), "; ")
}

// verifierWords say who verifies certificates for the agent where Go's own code does not
// (crypto/x509).
func verifierWords(system string) string {
	switch system {
	case "windows":
		return "verified by Windows, as for the agent's Go: here by this user's roots too, beside the machine's"
	case "darwin":
		return "verified by macOS, as for the agent's Go: here by this user's keychain too, beside the System's"
	}
	return ""
}

func metadataFields(m observation.Metadata) []field {
	if !m.Asked {
		return []field{{"not requested", m.Reason}}
	}
	status := ""
	if m.Status != 0 {
		status = fmt.Sprint(m.Status)
	}
	return []field{
		{"failure", failureText(m.Failure)},
		{"status of the token request", status},
		{"response of another service", m.Foreign},
		{"instance", joinFacts(m.InstanceID, m.Region, m.AvailabilityZone)},
		{"address", addressText(m.LocalIPv4)},
		{"VPC", joinFacts(m.VPCID, joinStringers(m.VPCBlocks))},
		{"subnet", joinStringers(m.SubnetBlocks)},
		{"security groups", strings.Join(m.SecurityGroups, ", ")},
		{"role", joinFacts(string(m.Role), m.RoleName)},
	}
}

// largeHelloFields are the experiment that every run makes.
func (o viewOptions) largeHelloFields(list []observation.Experiment) []field {
	var fields []field
	for _, x := range list {
		where := joinNonEmpty(" ", x.Target, addressText(x.Address))
		fields = append(fields, field{string(x.Kind), joinNonEmpty(": ", where, o.experimentWords(x))})
	}
	return fields
}

func signedFields(o *observation.Observations) []field {
	c := o.Credentials
	if !c.Asked {
		return nil
	}
	list := []field{
		{"credentials", joinFacts(string(c.Found), c.From, failureText(c.Failure))},
		{"ignored", strings.Join(c.PassedOver, "; ")},
	}
	for _, x := range o.Signed {
		words := "not made: " + x.NotMade
		if x.NotMade == "" {
			result := fmt.Sprintf("status %d in %s", x.Status, humanDuration(x.Elapsed))
			if x.Failure != nil {
				result = describeFailure(x.Failure, x.Elapsed)
			}
			where := joinFacts(addressText(x.Address), x.Proxy)
			words = where + ": " + joinNonEmpty(": ", result, x.ErrorCode, x.ErrorMessage)
		}
		list = append(list, field{x.Action + " " + x.Resource, words})
	}
	return list
}

// serverLines are a nameserver's own answers, or why it was not queried.
func serverLines(s observation.ServerObservation) [][]span {
	if s.NotAsked != "" {
		return [][]span{{textSpan("not queried: " + s.NotAsked)}}
	}
	var lines [][]span
	for _, a := range s.Answers {
		lines = append(lines, answerSpans(s.Address.Port(), a))
	}
	for _, a := range []*observation.Answer{s.ControlQuery, s.OverTCP, s.ControlHost} {
		if a != nil {
			lines = append(lines, answerSpans(s.Address.Port(), *a))
		}
	}
	return lines
}

// answerSpans are one answer on a line: the question, the answer, its time.
func answerSpans(port uint16, a observation.Answer) []span {
	question := []span{textSpan(a.Name + " "), nowrap(a.Type + ":"), textSpan(" ")}
	if a.Failure.Of(observation.KindConnectionRefused) && a.Transport != "tcp" {
		// "refused" would read as REFUSED, which is an answer.
		return append(question, textSpan(fmt.Sprintf("port %d closed (ICMP port unreachable)%s", port, inParentheses(a.Elapsed))))
	}
	if a.Failure != nil && (a.Rcode == "" || !a.Failure.Of(observation.KindNXDomain)) {
		return append(question, textSpan(describeFailure(a.Failure, a.Elapsed)+answerRemarks(a)))
	}
	words := joinStringers(a.Addresses)
	if words == "" {
		words = a.Rcode
	}
	return append(question, textSpan(words), nowrap(inParentheses(a.Elapsed)), textSpan(answerRemarks(a)))
}

// answerRemarks are what came with an answer, and how it came if that is unusual.
func answerRemarks(a observation.Answer) string {
	var out string
	if a.Transport == "tcp" {
		out += ", over TCP"
	}
	if a.Truncated {
		out += ", truncated over UDP"
	}
	if a.Sent > 1 {
		out += fmt.Sprintf(", sent %d times", a.Sent)
	}
	out += prefixed(", via ", strings.Join(a.CNAMEs, ", "))
	for _, e := range a.ExtendedErrors {
		out += ", extended error " + e
	}
	for _, d := range a.Discarded {
		out += ", discarded: " + d
	}
	return out
}

// addressDetails are further lines about an address.
func (v *view) addressDetails(recorded *observation.TargetObservation, a observation.AddressObservation) []string {
	var lines []string
	add := func(words ...string) {
		if s := joinFacts(words...); s != "" {
			lines = append(lines, s)
		}
	}
	local := ""
	if a.Connect != nil && a.Connect.Local.IsValid() {
		local = "local address " + a.Connect.Local.String()
	}
	add("from "+strings.Join(a.From, ", "), local)
	if a.Connect != nil {
		add(icmpWords(a.Connect.ICMP))
	}
	if h := a.Handshake; h != nil && h.Version != "" {
		certificate := ""
		if len(h.Certificates) > 0 {
			c := h.Certificates[0]
			certificate = "certificate issued by " + c.Issuer
			if !c.NotAfter.IsZero() {
				certificate += ", valid until " + c.NotAfter.UTC().Format("2006-01-02")
			}
		}
		add(h.Version+" "+h.Cipher, certificate, h.VerifyText)
	}
	if r := a.Reply; r != nil && r.Failure == nil {
		date := ""
		if !r.Date.IsZero() {
			date = "Date " + r.Date.UTC().Format("2006-01-02 15:04:05") + ", here " + r.At.UTC().Format("15:04:05")
		}
		add(fmt.Sprintf("%s: status %d", r.Request, r.Status), r.ErrorCode, prefixed("request id ", r.RequestID),
			prefixed("server ", r.Server), prefixed("to ", r.Location), date)
	}
	lines = append(lines, v.firstAttempts(recorded, a)...)
	for _, x := range a.Experiments {
		add("experiment " + joinNonEmpty(" ", string(x.Kind), x.ServerName) + ": " + v.experimentWords(x))
	}
	return lines
}

// firstAttempts say how the first attempts at an address went, if later ones
// decided.
func (v *view) firstAttempts(recorded *observation.TargetObservation, a observation.AddressObservation) []string {
	for _, list := range [][]observation.AddressObservation{recorded.Addresses, recorded.Connections} {
		for _, first := range list {
			if first.Address != a.Address {
				continue
			}
			words := firstUpgrade(first.WebSocket, a.WebSocket)
			if first.Stages != a.Stages {
				words = append([]string{v.firstAttempt(first.Stages, nil)}, words...)
			}
			return words
		}
	}
	return nil
}

// proxyDetails are the ICMP message that ended the connection to the proxy, and
// how the first attempt through it went, if a later one decided.
func (v *view) proxyDetails(recorded *observation.TargetObservation, p *observation.ProxyObservation) []string {
	var lines []string
	if p.Connect != nil && p.Connect.ICMP != nil {
		lines = append(lines, icmpWords(p.Connect.ICMP))
	}
	first := recorded.Proxy
	if first == nil {
		return lines
	}
	if first.Connect != p.Connect || first.Tunnel != p.Tunnel || first.Inside != p.Inside {
		attempt := first.Inside
		attempt.Connect = first.Connect
		lines = append(lines, v.firstAttempt(attempt, tunnelStages(first.Tunnel)))
	}
	return append(lines, firstUpgrade(first.WebSocket, p.WebSocket)...)
}

// firstAttempt says how a first attempt went; the tunnel comes between the
// connection and the handshake.
func (v *view) firstAttempt(c observation.Stages, tunnel []step) string {
	steps := append(v.stages(observation.Stages{Connect: c.Connect}), tunnel...)
	steps = append(steps, v.stages(observation.Stages{Handshake: c.Handshake, Reply: c.Reply})...)
	words := "first attempt: " + stepWords(steps)
	if c.Connect != nil {
		words = joinFacts(words, icmpWords(c.Connect.ICMP))
	}
	return words
}

func firstUpgrade(first, now *observation.WebSocket) []string {
	if first == now || first == nil || first.Failure() == nil {
		return nil
	}
	return []string{"first attempt of the websocket: " + describeKind(first.Failure())}
}

// icmpWords describe the ICMP message that ended a connection attempt.
func icmpWords(m *observation.ICMPMessage) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("ICMP message from %s: type %d, code %d", m.From, m.Type, m.Code)
}

// experimentWords say how an experiment went.
func (o viewOptions) experimentWords(x observation.Experiment) string {
	if x.NotMade != "" {
		return "not made: " + x.NotMade
	}
	steps := o.stages(x.Result)
	udp := x.Kind == observation.ExperimentUDPConnect || x.Kind == observation.ExperimentUDPSend
	if udp && len(steps) > 0 && steps[0].name == "tcp" {
		steps[0].name = "udp"
	}
	if x.Text != "" {
		steps = append(steps, step{remark: x.Text})
	}
	if len(steps) == 0 {
		return "no result"
	}
	return stepWords(steps)
}

// joinFacts joins the facts that are known.
func joinFacts(facts ...string) string { return joinNonEmpty("; ", facts...) }

func failureText(f *observation.Failure) string {
	if f == nil {
		return ""
	}
	return describeKind(f)
}

// addressText is an address, and empty if there is none.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func joinStringers[T fmt.Stringer](list []T) string {
	return strings.Join(wordsOf(list, T.String), ", ")
}
