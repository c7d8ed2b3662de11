package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// The exit statuses of a monitoring plugin (Monitoring Plugins Development
// Guidelines, "Plugin Return Codes").
const (
	NagiosOK       = 0
	NagiosWarning  = 1
	NagiosCritical = 2
	NagiosUnknown  = 3
)

// Bounds of what a plugin writes: Nagios reads 8 KiB (MAX_PLUGIN_OUTPUT_LENGTH),
// and shows the first line where there is little room.
const (
	maxNagios     = 4 << 10
	maxNagiosLine = 600
)

// NagiosStatus is a plugin's exit status: critical if something requested cannot
// work (with strict also on a warning), unknown if the run did not finish.
func NagiosStatus(d *Document, strict bool) int {
	switch d.ExitStatus(strict) {
	case 0:
		if d.Verdict == diagnose.Warn {
			return NagiosWarning
		}
		return NagiosOK
	case 1:
		return NagiosCritical
	}
	return NagiosUnknown
}

// NagiosLine is one line of a plugin's text, safe for Nagios and a terminal. A
// vertical bar would begin the performance data.
func NagiosLine(status int, text string) string {
	word := "UNKNOWN"
	switch status {
	case NagiosOK:
		word = "OK"
	case NagiosWarning:
		word = "WARNING"
	case NagiosCritical:
		word = "CRITICAL"
	}
	return "SSM " + word + " - " + nagiosText(text)
}

// Nagios writes d as a monitoring plugin does: a line with the status and the
// causes, performance data after a bar, then the causes with their evidence and
// their first fix. strict is as for NagiosStatus.
func Nagios(w io.Writer, d *Document, strict bool) error {
	v := newView(d, viewOptions{strict: strict})
	words := v.summary
	if v.Node.Hostname != "" {
		words = v.Node.Hostname + ": " + words
	}
	for i, f := range v.causes {
		separator := "; "
		if i == 0 {
			separator = ": "
		}
		words += separator + f.Title + " (" + string(f.Code) + ")"
	}
	var b strings.Builder
	b.WriteString(cut(NagiosLine(NagiosStatus(d, strict), words), maxNagiosLine))
	b.WriteString(" | " + strings.Join(v.perfdata(), " ") + "\n")
	for _, line := range v.nagiosLong() {
		line = nagiosText(line)
		if b.Len()+len(line)+1 > maxNagios {
			b.WriteString("...\n")
			break
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// nagiosLong is the text below the first line.
func (v *view) nagiosLong() []string {
	var lines []string
	for _, x := range v.outcomes {
		lines = append(lines, verdictWord(x.verdict)+" "+x.title+": "+x.words)
	}
	for _, f := range v.problems() {
		lines = append(lines, severityWord(f.Severity)+" "+string(f.Code)+": "+f.Title)
		for i, e := range f.Evidence {
			if i == 3 {
				break
			}
			lines = append(lines, "- "+e)
		}
		if len(f.Fix) > 0 {
			lines = append(lines, "fix: "+f.Fix[0])
		}
	}
	for _, f := range v.ignored() {
		lines = append(lines, severityWord(f.Severity)+" "+string(f.Code)+": "+f.Title)
	}
	return lines
}

// perfdata is 'label'=value[UOM];[warn];[crit];[min]. U: unknown.
func (v *view) perfdata() []string {
	out := []string{
		fmt.Sprintf("'duration'=%ss;;;0", number(seconds(v.Duration))),
		fmt.Sprintf("'errors'=%d;;;0", len(v.withSeverity(diagnose.Error))),
		fmt.Sprintf("'warnings'=%d;;;0", len(v.withSeverity(diagnose.Warning))),
	}
	seen := map[string]bool{}
	for i := range v.targets {
		t := &v.targets[i]
		label := strings.NewReplacer("'", "_", "=", "_", "|", "_").Replace(Sanitise(t.Name, true))
		if !t.Asked || t.Verdict == diagnose.Skip || seen[label] || len(out) == 40 {
			continue
		}
		seen[label] = true
		value := "U"
		if t.took > 0 {
			value = number(seconds(t.took)) + "s;;;0"
		}
		out = append(out, "'"+cut(label, 80)+"'="+value)
	}
	return out
}

func nagiosText(s string) string { return strings.ReplaceAll(Sanitise(s, true), "|", `\x7c`) }

// cut shortens ASCII text to at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

// number is f to six decimals, without an exponent or trailing zeros.
func number(f float64) string {
	s := strconv.FormatFloat(f, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
