package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A view is a run as the formats for people print it: every fact selected and
// worded once. A format decides on order, layout and escaping only. Nothing in
// a view is sanitised.
type view struct {
	*Document
	viewOptions
	// summary is the verdict in a sentence; causes are the findings behind it.
	summary string
	causes  []diagnose.Finding
	// common: the summary says what all errors have in common.
	common bool
	// header says whose report this is and how it was made. node is its first line,
	// with what else decides the path.
	header []field
	node   string
	// outcomes are those of the requested capabilities, then of the buckets
	// given with --bucket.
	outcomes []outcome
	// accepted are the codes of the errors that --ignore accepts.
	accepted []diagnose.Code
	// targets are the required and the optional ones, in the report's order.
	targets  []target
	findings []finding
}

// viewOptions choose how much a view says.
type viewOptions struct {
	verbose bool
	// strict: a warning makes the run fail.
	strict bool
}

// A field is a named line of words.
type field struct{ name, words string }

// The headings of the parts that several formats have.
const (
	capabilitiesHeading  = "Capabilities"
	optionalHeading      = "Also checked (not required)"
	informationalHeading = "Informational"
	fixHeading           = "Fix"
	evidenceHeading      = "Why"
	confirmHeading       = "Check it yourself"
	notesHeading         = "Notes"
)

// A finding is a finding with the targets that it affects, in words. Empty: its
// title names them all.
type finding struct {
	diagnose.Finding
	affects string
}

func newView(whole *Document, o viewOptions) *view {
	shown := *whole
	shown.Findings = markIgnored(whole.Findings)
	d := &shown
	v := &view{Document: d, viewOptions: o, accepted: acceptedErrors(whole.Findings)}
	v.header = v.headerFields()
	v.node = v.nodeWords()
	if d.Observations != nil {
		v.node += prefixed(", ", proxyWords(d.Observations))
	}
	v.node += prefixed(", ", v.labelWords())
	v.outcomes = v.allOutcomes()
	v.targets = v.allTargets()
	v.summary, v.causes = v.summarize()
	required := map[string]bool{}
	for _, r := range d.Targets {
		required[r.Name] = required[r.Name] || r.Asked
	}
	for _, f := range d.Findings {
		v.findings = append(v.findings, finding{f, v.affects(f, required)})
	}
	return v
}

// markIgnored shows the findings that --ignore accepts as information: nothing is
// to be done about them here.
func markIgnored(findings []diagnose.Finding) []diagnose.Finding {
	out := append([]diagnose.Finding(nil), findings...)
	for i, f := range out {
		if f.Ignored {
			out[i].Title = "ignored " + string(f.Severity) + ": " + f.Title
			if f.Severity == diagnose.Info {
				out[i].Title = "ignored: " + f.Title
			}
			out[i].Severity = diagnose.Info
		}
	}
	return out
}

// acceptedErrors are the codes of the errors that --ignore accepts.
func acceptedErrors(findings []diagnose.Finding) []diagnose.Code {
	var codes []diagnose.Code
	for _, f := range findings {
		if f.Ignored && f.Severity == diagnose.Error {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// errorIgnored reports whether something passes only because --ignore accepts its
// error. reason is the diagnosis's.
func (v *view) errorIgnored(verdict diagnose.Verdict, reason string) bool {
	codes, found := strings.CutPrefix(reason, "ignored: ")
	return verdict == diagnose.Pass && found && slices.ContainsFunc(strings.Split(codes, ", "), func(code string) bool {
		return slices.Contains(v.accepted, diagnose.Code(code))
	})
}

// ignored are the findings that --ignore accepts.
func (v *view) ignored() []diagnose.Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f diagnose.Finding) bool { return !f.Ignored })
}

// affects names the required targets of f, and how many others there are.
func (v *view) affects(f diagnose.Finding, required map[string]bool) string {
	title := strings.FieldsFunc(f.Title, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	named := true
	var names []string
	for _, name := range f.Targets {
		named = named && slices.Contains(title, name)
		if v.verbose || required[name] {
			names = append(names, name)
		}
	}
	optional := len(f.Targets) - len(names)
	switch {
	case named:
		return ""
	case len(names) == 0:
		return joinAnd(f.Targets)
	case optional > 0:
		names = append(names, fmt.Sprintf("%d optional %s", optional, plural(optional, "target", "targets")))
	}
	return joinAnd(names)
}

// withSeverity gives the findings of one severity.
func (v *view) withSeverity(s diagnose.Severity) []diagnose.Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f diagnose.Finding) bool { return f.Severity != s })
}

// problems are the findings that someone should act on, errors first.
func (v *view) problems() []finding {
	var list []finding
	for _, s := range []diagnose.Severity{diagnose.Error, diagnose.Warning} {
		for _, f := range v.findings {
			if f.Severity == s {
				list = append(list, f)
			}
		}
	}
	return list
}

func (v *view) headerFields() []field {
	fields := []field{{"Node", v.nodeWords()}}
	add := func(name, words string) {
		if words != "" {
			fields = append(fields, field{name, words})
		}
	}
	if v.Node.RegionFrom != "" {
		add("Region", v.Node.Region+" (from "+v.Node.RegionFrom+")")
	}
	add("Labels", v.labelWords())
	add("Addresses", v.expectWords())
	if o := v.Observations; o != nil {
		add("Agent", agentWords(o))
		add("Proxy", proxyWords(o))
		add("DNS", nameserverWords(o))
		add("Ended", endingWords(o))
	}
	add("Run", v.runWords())
	return fields
}

// labelWords are the labels that the user gave, sorted.
func (v *view) labelWords() string {
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(v.Labels)) {
		labels = append(labels, key+"="+v.Labels[key])
	}
	return strings.Join(labels, ", ")
}

// runWords say which program made the report, and when.
func (v *view) runWords() string {
	return fmt.Sprintf("%s %s, %s, took %s", v.Tool.Name, v.Tool.Version, timestamp(v.StartedAt), humanDuration(v.Duration))
}

// endingWords say what ended the run before it was complete.
func endingWords(o *observation.Observations) string {
	switch o.Ending {
	case observation.EndingInterrupted:
		return "the run was interrupted: this report is partial"
	case observation.EndingDeadline:
		return "the deadline of " + humanDuration(o.Plan.Deadline) + " passed before everything was checked"
	}
	return ""
}

// expectWords say what the addresses of AWS's APIs should be, and why.
func (v *view) expectWords() string {
	if v.Expect == "" {
		return ""
	}
	words := v.endpointsInUse()
	if words == "" {
		words = string(v.Expect) + " addresses expected"
	}
	return words + prefixed(": ", v.ExpectFrom)
}

// endpointsInUse says whether DNS gives private addresses. Empty: --expect was
// given, and it does not matter.
func (v *view) endpointsInUse() string {
	o := v.Observations
	switch {
	case o == nil || o.Plan.Expect != "" && o.Plan.Expect != observation.ExpectAuto:
		return ""
	case v.Expect == observation.ExpectPrivate:
		return "VPC endpoints in use"
	}
	return "no VPC endpoints in use"
}

// nodeWords say which node it is, and where.
func (v *view) nodeWords() string {
	words := joinNonEmpty(" ", cmp.Or(kindWords[v.Node.Kind], kindWords[""]), nodeNames(v.Node))
	if v.Node.Region != "" {
		words += regionWords(v.Document)
	}
	if o := v.Observations; o != nil {
		words += prefixed(", ", addressWords(o))
		if o.Node.Container != "" {
			words += ", in a container"
		}
	}
	return words
}

// addressWords are the node's own address and its subnet, as far as they are
// known.
func addressWords(o *observation.Observations) string {
	own, subnet := o.Metadata.LocalIPv4, ""
	for _, i := range o.Node.Interfaces {
		for _, p := range i.Addresses {
			if !own.IsValid() && i.DefaultIPv4 && p.Addr().Is4() {
				own = p.Addr()
			}
			if p.Addr() == own && !p.IsSingleIP() {
				subnet = p.Masked().String()
			}
		}
	}
	for _, p := range o.Metadata.SubnetBlocks {
		if p.Contains(own) {
			subnet = p.String()
		}
	}
	return addressText(own) + prefixed(" in ", subnet)
}

// nodeNames is the node's host name with its id in parentheses, and its id as a
// registered server if that is another one.
func nodeNames(n diagnose.Node) string {
	id := n.ID()
	if n.RegistrationID != "" && n.RegistrationID != id {
		id += ", registered as " + n.RegistrationID
	}
	if n.Hostname == "" || id == "" {
		return n.Hostname + id
	}
	return n.Hostname + " (" + id + ")"
}

// regionWords say where the node is, and which Region was tested if that is
// another one.
func regionWords(d *Document) string {
	tested := d.Node.Region
	if o := d.Observations; o != nil {
		if r := o.Node.Registration.Region; r != "" && r != tested {
			return " registered in " + r + "; tested for " + tested
		} else if own := o.Metadata.Region; r == "" && own != "" && own != tested {
			return " in " + own + "; tested for " + tested
		}
	}
	if o := d.Observations; d.Node.Kind == observation.NodeHybrid && (o == nil || o.Node.Registration.Region == "") {
		return ", tested for " + tested // it is in no Region
	}
	return " in " + tested
}

// proxyWords say which proxy was used and which setting named it, or that a
// configured one was not used.
func proxyWords(o *observation.Observations) string {
	found := o.Node.Proxy
	switch {
	case o.Plan.Proxy == observation.ProxyGiven:
		for _, t := range o.Plan.Targets {
			if t.Proxy != "" {
				return "proxy " + t.Proxy + " (from --proxy)"
			}
		}
	case o.Plan.Proxy == observation.ProxyNone && found.HTTPS != "":
		return "no proxy (--proxy none); not used: " + found.HTTPS + " (from " + found.From + ")"
	case o.Plan.Proxy == observation.ProxyNone:
		return "no proxy (--proxy none)"
	case found.HTTPS != "":
		return "proxy " + found.HTTPS + " (from " + found.From + bypassedWords(o) + ")"
	}
	return ""
}

// agentWords say whether there is an SSM Agent here, which one, and whether it
// runs.
func agentWords(o *observation.Observations) string {
	a := o.Node.Agent
	switch {
	case a.Installed == observation.No:
		return "no SSM Agent on this node"
	case a.Installed != observation.Yes && a.Version == "" && a.Running == observation.Unknown:
		return "SSM Agent: not known whether one is installed"
	}
	words := joinNonEmpty(" ", "SSM Agent", a.Version)
	switch a.Running {
	case observation.Yes:
		words += ", running"
	case observation.No:
		words += ", not running"
	default:
		words += ", not known whether it runs"
	}
	return words
}

func nameserverWords(o *observation.Observations) string {
	var names []string
	from := ""
	for _, s := range o.Plan.Servers {
		if s.Role == observation.RoleConfigured {
			names = append(names, bareServer(s.Address))
			from = s.From
		}
	}
	if len(names) == 0 {
		return ""
	}
	words := plural(len(names), "nameserver ", "nameservers ") + strings.Join(names, ", ")
	if from != "" {
		words += " (" + from + ")"
	}
	return words
}
