package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Prometheus writes d in Prometheus' text format, for the textfile collector of
// node_exporter. Every metric is a gauge: the result of the last run. A verdict
// is a set of states of which one is 1, so that a change resets the old one.
func Prometheus(w io.Writer, d *Document) error {
	m := metrics{seen: map[string]bool{}}

	m.family("ssmcheck_info", "The program and the node of the last run; always 1.")
	m.sample(1, "version", d.Tool.Version, "hostname", d.Node.Hostname, "id", d.Node.ID(), "region", d.Node.Region, "partition", d.Node.Partition,
		"kind", string(d.Node.Kind), "expect", string(d.Expect))

	m.family("ssmcheck_verdict", "The verdict of the last run: 1 for the current one.")
	m.states("verdict", d.Verdict)

	m.family("ssmcheck_undecided", "Whether the last run ended before everything requested was decided.")
	m.sample(truth(d.Undecided))

	m.family("ssmcheck_capability_status", "The verdict of a requested capability: 1 for the current one.")
	for _, c := range d.Capabilities {
		m.states("status", c.Verdict, "capability", string(c.Name))
	}

	m.family("ssmcheck_target_status", "The verdict of a target: 1 for the current one. Asked: a requested capability requires it.")
	for _, r := range d.Targets {
		m.states("status", r.Verdict, "target", r.Name, "host", r.Host, "asked", strconv.FormatBool(r.Asked))
	}

	m.family("ssmcheck_finding", "A cause that the last run found; always 1.")
	for _, f := range d.Findings {
		m.sample(1, "code", string(f.Code), "severity", string(f.Severity))
	}

	m.family("ssmcheck_target_duration_seconds", "How long a stage took at the slowest address of a target at which it succeeded.")
	for _, t := range newView(d, viewOptions{}).targets {
		for _, x := range t.timings {
			m.sample(seconds(x.elapsed), "target", t.Name, "step", x.stage)
		}
	}

	m.family("ssmcheck_run_duration_seconds", "How long the last run took.")
	m.sample(seconds(d.Duration))

	m.family("ssmcheck_last_run_timestamp_seconds", "When the last run began, in seconds since 1970.")
	m.sample(float64(d.StartedAt.UnixMilli()) / 1000)

	_, err := io.WriteString(w, m.String())
	return err
}

// metrics builds a text of metrics, family by family.
type metrics struct {
	strings.Builder
	name string
	// seen are the series so far: node_exporter rejects a file with duplicates.
	seen map[string]bool
}

// family begins a metric.
func (m *metrics) family(name, help string) {
	m.name = name
	m.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n")
}

// sample writes one value of the family. The labels alternate names and values.
func (m *metrics) sample(value float64, labels ...string) {
	var b strings.Builder
	b.WriteString(m.name)
	for i := 0; i < len(labels); i += 2 {
		sep := ","
		if i == 0 {
			sep = "{"
		}
		b.WriteString(sep + labels[i] + `="` + escapeLabel(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	series := b.String()
	if m.seen[series] {
		return
	}
	m.seen[series] = true
	m.WriteString(series + " " + number(value) + "\n")
}

// states writes a sample for each verdict, and one for the unknown zero value.
func (m *metrics) states(label string, v diagnose.Verdict, labels ...string) {
	known := false
	for _, one := range []diagnose.Verdict{diagnose.Pass, diagnose.Warn, diagnose.Fail, diagnose.Skip} {
		known = known || v == one
		m.sample(truth(v == one), append(labels[:len(labels):len(labels)], label, string(one))...)
	}
	m.sample(truth(!known), append(labels[:len(labels):len(labels)], label, "unknown")...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// escapeLabel escapes a label's value as the format wants it.
func escapeLabel(s string) string {
	return labelEscapes.Replace(Sanitise(s, false))
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
