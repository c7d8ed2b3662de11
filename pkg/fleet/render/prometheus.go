package render

import (
	"bufio"
	"fmt"
	"io"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Prometheus writes a roll-up for the textfile collector: nodes by verdict and by
// cause. Nodes are no labels: their number would be that of the series.
func Prometheus(w io.Writer, r *fleet.Rollup) error {
	b := bufio.NewWriter(w)
	family := func(name, help string) {
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
	}
	verdicts := func(v fleet.Verdicts, metric, labels string) {
		for _, x := range []struct {
			verdict fleet.Verdict
			n       int
		}{{fleet.Pass, v.Pass}, {fleet.Warn, v.Warn}, {fleet.Fail, v.Fail}, {fleet.Undecided, v.Undecided}} {
			fmt.Fprintf(b, "%s{%sverdict=\"%s\"} %d\n", metric, labels, x.verdict, x.n)
		}
	}
	family("ssmcheck_fleet_nodes", "Nodes by the verdict of their newest report.")
	verdicts(r.Verdicts, "ssmcheck_fleet_nodes", "")
	family("ssmcheck_fleet_cause_nodes", "Nodes that have a cause.")
	for _, c := range r.Causes {
		fmt.Fprintf(b, "ssmcheck_fleet_cause_nodes%s %d\n", causeLabels(c), c.Nodes)
	}
	family("ssmcheck_fleet_cause_failing_nodes", "Failing nodes that a cause explains.")
	for _, c := range r.Causes {
		fmt.Fprintf(b, "ssmcheck_fleet_cause_failing_nodes%s %d\n", causeLabels(c), c.Failing)
	}
	family("ssmcheck_fleet_unexplained_nodes", "Failing nodes whose reports name no error.")
	fmt.Fprintf(b, "ssmcheck_fleet_unexplained_nodes %d\n", r.Explained.Unexplained)
	if r.By != "" {
		family("ssmcheck_fleet_group_nodes", "Nodes of a part of the fleet by the verdict of their newest report.")
		for _, g := range r.Groups {
			verdicts(g.Verdicts, "ssmcheck_fleet_group_nodes", fmt.Sprintf(`by="%s",value="%s",`, report.MetricLabel(r.By), report.MetricLabel(g.Value)))
		}
	}
	family("ssmcheck_fleet_silent_nodes", "Nodes without a report in the time that --since gives.")
	fmt.Fprintf(b, "ssmcheck_fleet_silent_nodes %d\n", len(r.Silent))
	family("ssmcheck_fleet_reports", "Reports that were used.")
	fmt.Fprintf(b, "ssmcheck_fleet_reports %d\n", r.Reports)
	family("ssmcheck_fleet_not_used", "Files and documents that could not be used, by reason.")
	for _, p := range r.Problems {
		fmt.Fprintf(b, "ssmcheck_fleet_not_used{reason=\"%s\"} %d\n", p.Kind, p.Count)
	}
	family("ssmcheck_fleet_timestamp_seconds", "When the reports were rolled up, in seconds since 1970.")
	fmt.Fprintf(b, "ssmcheck_fleet_timestamp_seconds %d\n", r.At.Unix())
	return b.Flush()
}

func causeLabels(c *fleet.Cause) string {
	kind, id := "", ""
	if c.Object != nil {
		kind, id = c.Object.Kind, c.Object.ID
	}
	return fmt.Sprintf(`{code="%s",severity="%s",object_kind="%s",object="%s"}`, report.MetricLabel(c.Code), c.Severity, report.MetricLabel(kind), report.MetricLabel(id))
}
