package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Prometheus writes d in Prometheus' text format, for the textfile collector of
// node_exporter. Every metric is a gauge: the result of the last run. A verdict
// is a set of states of which one is 1, so that a change resets the old one. strict
// is as for NagiosStatus.
func Prometheus(w io.Writer, d *Document, strict bool) error {
	m := metrics{seen: map[string]bool{}}

	m.family("ssmcheck_info", "The program and the node of the last run; always 1.")
	info := []string{"version", d.Tool.Version, "hostname", d.Node.Hostname, "id", d.Node.ID(), "region", d.Node.Region,
		"partition", d.Node.Partition, "kind", string(d.Node.Kind), "expect", string(d.Expect)}
	for _, key := range slices.Sorted(maps.Keys(d.Labels)) {
		info = append(info, "label_"+key, d.Labels[key])
	}
	m.sample(1, info...)

	m.family("ssmcheck_success", "Whether the exit status of the last run is 0.")
	m.sample(truth(d.ExitStatus(strict) == 0))

	m.family("ssmcheck_verdict", "The verdict of the last run: 1 for the current one.")
	m.states("verdict", d.Verdict)

	m.family("ssmcheck_undecided", "Whether the last run ended before everything requested was decided.")
	m.sample(truth(d.Undecided))

	m.family("ssmcheck_capability_status", "The verdict of a requested capability: 1 for the current one.")
	for _, c := range d.Capabilities {
		m.states("status", c.Verdict, "capability", string(c.Name))
	}

	m.family("ssmcheck_target_status", "The verdict of a required target: 1 for the current one.")
	for _, r := range d.Targets {
		if r.Asked {
			m.states("status", r.Verdict, "target", r.Name, "host", r.Host)
		}
	}

	m.family("ssmcheck_finding", "A cause that the last run found; always 1.")
	for _, f := range d.Findings {
		m.sample(1, "code", string(f.Code), "severity", string(f.Severity), "ignored", strconv.FormatBool(f.Ignored))
	}

	if offset, known := diagnose.ClockOffset(d.Observations); known {
		m.family("ssmcheck_clock_offset_seconds", "How far the node's clock is ahead of AWS's.")
		m.sample(seconds(offset))
	}
	if expiry, known := certificateExpiry(d); known {
		m.family("ssmcheck_certificate_expiry_seconds", "When the first certificate of a required target expires, in seconds since 1970.")
		m.sample(float64(expiry.Unix()))
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

// certificateExpiry is when the first of the certificates that required targets
// showed for themselves expires. The issuers' do not count: one that has expired may
// be sent along, and the handshake verifies by another.
func certificateExpiry(d *Document) (first time.Time, known bool) {
	if d.Observations == nil {
		return first, false
	}
	required := map[string]bool{}
	for _, r := range d.Targets {
		required[r.Name] = r.Asked
	}
	for _, t := range d.Observations.Targets {
		shaken := []*observation.Handshake{}
		for _, a := range t.Addresses {
			shaken = append(shaken, a.Stages.Handshake)
		}
		if t.Proxy != nil {
			shaken = append(shaken, t.Proxy.Inside.Handshake)
		}
		for _, h := range shaken {
			if !required[t.Name] || h == nil || len(h.Certificates) == 0 {
				continue
			}
			if end := h.Certificates[0].NotAfter; !known || end.Before(first) {
				first, known = end, true
			}
		}
	}
	return first, known
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
		b.WriteString(sep + labels[i] + `="` + MetricLabel(labels[i+1]) + `"`)
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
