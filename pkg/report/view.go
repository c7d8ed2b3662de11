package report

import (
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
	// header says whose report this is and how it was made.
	header []field
	// outcomes are those of the requested capabilities, then of the buckets
	// given with --bucket.
	outcomes []outcome
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
	evidenceHeading      = "Evidence"
	confirmHeading       = "Confirm"
	fixHeading           = "Fix"
)

// nameserverField is the header's field that a passing report can do without.
const nameserverField = "DNS"

// A finding is a finding with the targets that it affects, in words. Empty: its
// title names them all.
type finding struct {
	diagnose.Finding
	affects string
}

func newView(d *Document, o viewOptions) *view {
	shown := *d
	shown.Findings = markIgnored(d.Findings)
	d = &shown
	v := &view{Document: d, viewOptions: o}
	v.header = v.headerFields()
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
			out[i].Severity = diagnose.Info
		}
	}
	return out
}

// ignored are the findings that --ignore accepts.
func (v *view) ignored() []diagnose.Finding {
	var out []diagnose.Finding
	for _, f := range v.Findings {
		if f.Ignored {
			out = append(out, f)
		}
	}
	return out
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
	var out []diagnose.Finding
	for _, f := range v.Findings {
		if f.Severity == s {
			out = append(out, f)
		}
	}
	return out
}

// problems are the findings that someone should act on.
func (v *view) problems() []diagnose.Finding {
	return append(v.withSeverity(diagnose.Error), v.withSeverity(diagnose.Warning)...)
}

func (v *view) headerFields() []field {
	fields := []field{{"Node", v.nodeWords()}}
	add := func(name, words string) {
		if words != "" {
			fields = append(fields, field{name, words})
		}
	}
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(v.Labels)) {
		labels = append(labels, key+"="+v.Labels[key])
	}
	add("Labels", strings.Join(labels, ", "))
	if v.Expect != "" {
		add("Addresses", string(v.Expect)+" addresses expected"+prefixed(": ", v.ExpectFrom))
	}
	if o := v.Observations; o != nil {
		add("Proxy", proxyWords(o))
		add(nameserverField, nameserverWords(o))
		switch o.Ending {
		case observation.EndingInterrupted:
			add("Ended", "the run was interrupted: this report is partial")
		case observation.EndingDeadline:
			add("Ended", "the deadline of "+humanDuration(o.Plan.Deadline)+" passed before everything was checked")
		}
	}
	add("Run", fmt.Sprintf("%s %s, %s, took %s",
		v.Tool.Name, v.Tool.Version, timestamp(v.StartedAt), humanDuration(v.Duration)))
	return fields
}

func (v *view) nodeWords() string {
	words := joinNonEmpty(" ", kindWords(v.Node.Kind), nodeNames(v.Node))
	if v.Node.Region != "" {
		words += regionWords(v.Document)
		if v.Node.RegionFrom != "" {
			words += " (from " + v.Node.RegionFrom + ")"
		}
	}
	if o := v.Observations; o != nil && o.Node.Container != "" {
		words += ", in a container"
	}
	return words
}

// nodeNames is the node's host name, with its id in parentheses.
func nodeNames(n diagnose.Node) string {
	if n.Hostname == "" || n.ID() == "" {
		return n.Hostname + n.ID()
	}
	return n.Hostname + " (" + n.ID() + ")"
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
		return "proxy " + found.HTTPS + " (from " + found.From + ")"
	}
	return ""
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
