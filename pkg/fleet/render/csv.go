package render

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// CSV writes a row for each node, under a row of column names. Labels are columns
// at the end.
func CSV(w io.Writer, r *fleet.Rollup) error {
	keys := map[string]bool{}
	for _, n := range r.Nodes {
		for k := range n.Labels {
			keys[k] = true
		}
	}
	labels := slices.Sorted(maps.Keys(keys))
	c := csv.NewWriter(w)
	row := []string{"id", "hostname", "address", "region", "vpc_id", "subnet_id", "verdict", "last_report", "causes"}
	for _, k := range labels {
		row = append(row, "label_"+k)
	}
	writeRow(c, row)
	for _, n := range r.Nodes {
		codes := make([]string, len(n.Causes))
		for i, at := range n.Causes {
			codes[i] = strings.TrimSpace(r.Causes[at].Code + " " + object(r.Causes[at].Object))
		}
		row = append(row[:0], n.ID, n.Hostname, n.Address, n.Region, n.VPC, n.Subnet, string(n.Verdict),
			n.Last.Format(time.RFC3339), strings.Join(codes, "; "))
		for _, k := range labels {
			row = append(row, n.Labels[k])
		}
		writeRow(c, row)
	}
	c.Flush()
	return c.Error()
}

func writeRow(c *csv.Writer, row []string) {
	for i, s := range row {
		row[i] = report.CSVCell(s)
	}
	_ = c.Write(row) // Flush keeps the first error
}
