package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// EndpointsMarkdown writes the list as tables, for a ticket or a wiki.
func EndpointsMarkdown(w io.Writer, e *Endpoints) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## What a node in %s must reach\n\nFor %s.\n", mdText(e.regionWords()), mdText(e.aim()))
	if len(e.Hosts) > 0 {
		b.WriteString("\n### Hosts\n\n| host | port | required | for | purpose | VPC endpoint |\n| --- | --- | --- | --- | --- | --- |\n")
	}
	for _, h := range e.Hosts {
		required := "yes"
		if !h.Required {
			required = "older agents"
		}
		purpose := strings.Join(h.Purposes, ", ")
		if h.WebSocket {
			purpose += " (HTTPS and WebSocket)"
		}
		tableRow(b, mdCodeCell(h.Host), fmt.Sprintf("TCP %d", h.Port), required, mdCell(capabilityTitles(h.Capabilities)), mdCell(purpose), codeOrNothing(h.VPCEndpoint))
	}
	if len(e.Buckets) > 0 {
		b.WriteString("\n### S3 buckets\n\nTo be read (`s3:GetObject`).\n\n| bucket | for | purpose | read at |\n| --- | --- | --- | --- |\n")
	}
	for _, x := range e.Buckets {
		tableRow(b, mdCodeCell(x.Bucket), mdCell(capabilityTitles(x.Capabilities)), mdCell(x.Purpose), codeOrNothing(x.Host))
	}
	b.WriteString("\n### Notes\n\n")
	for _, n := range slices.Concat(e.Missing, e.Notes) {
		fmt.Fprintf(b, "- %s\n", mdText(n))
	}
	return b.Flush()
}

// tableRow writes a row of a table, of cells that are Markdown.
func tableRow(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

// codeOrNothing is a name within a table, where there is one.
func codeOrNothing(s string) string {
	if s == "" {
		return ""
	}
	return mdCodeCell(s)
}
