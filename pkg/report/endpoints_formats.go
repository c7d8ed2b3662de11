package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// EndpointsText writes the list for a person. The error is the writer's first.
func EndpointsText(w io.Writer, e *Endpoints, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, span{text: "What a node in " + e.regionWords() + " must reach for " + e.aim(), style: p.strong})
	if e.RegionFrom != "" {
		p.para(0, nil, textSpan("The Region is known from "+e.RegionFrom+". Nothing was sent."))
	}
	for i, h := range e.Hosts {
		if i == 0 {
			p.heading("Hosts")
		}
		p.para(bodyColumn, nil, span{text: fmt.Sprintf("TCP %d ", h.Port)}, span{text: h.Host, style: p.strong})
		for _, line := range h.lines() {
			p.para(bodyColumn+3, nil, textSpan(line))
		}
	}
	for i, b := range e.Buckets {
		if i == 0 {
			p.heading("S3 buckets to read (s3:GetObject)")
		}
		p.para(bodyColumn, nil, span{text: b.Bucket, style: p.strong})
		for _, line := range b.lines() {
			p.para(bodyColumn+3, nil, textSpan(line))
		}
	}
	p.heading("Notes")
	for _, n := range slices.Concat(e.Missing, e.Notes) {
		p.para(2, []span{textSpan("-")}, textSpan(n))
	}
	return p.flush()
}

// aim says what the list is for.
func (e *Endpoints) aim() string {
	if len(e.Capabilities) == len(endpoint.Capabilities()) {
		return "all of Systems Manager"
	}
	return capabilityTitles(e.Capabilities)
}

// lines describe what a host is for.
func (h EndpointHost) lines() []string {
	first := strings.Join(h.Purposes, ", ")
	if h.WebSocket {
		first += "; HTTPS and WebSocket"
	}
	lines := []string{first}
	switch {
	case len(h.Capabilities) == 0:
		lines = append(lines, "for --bucket")
	case h.Required:
		lines = append(lines, "for "+capabilityTitles(h.Capabilities))
	default:
		lines = append(lines, "for "+capabilityTitles(h.Capabilities)+"; older agents only (before 3.3.40.0)")
	}
	if h.VPCEndpoint != "" {
		lines = append(lines, "VPC endpoint: "+h.VPCEndpoint)
	}
	if h.NamedBy != "" {
		lines = append(lines, "set by "+h.NamedBy)
	}
	return lines
}

// lines describe what a bucket is for.
func (b EndpointBucket) lines() []string {
	first := b.Purpose
	if below, ok := strings.CutPrefix(b.Host, b.Bucket+"."); ok {
		first += ", at its own name under " + below
	} else if b.Host != "" {
		first += ", at " + b.Host
	} else {
		first += "; only other systems, agents or documents read it"
	}
	lines := []string{first}
	if len(b.Capabilities) > 0 {
		lines = append(lines, "for "+capabilityTitles(b.Capabilities))
	}
	return lines
}

// EndpointsMarkdown writes the list as tables, for a ticket or a wiki.
func EndpointsMarkdown(w io.Writer, e *Endpoints) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## What a node in %s must reach\n\nFor %s.\n", mdText(e.regionWords()), mdText(e.aim()))
	if len(e.Hosts) > 0 {
		b.WriteString("\n### Hosts\n\n")
		tableRow(b, "host", "port", "required", "for", "purpose", "VPC endpoint")
		tableRow(b, "---", "---", "---", "---", "---", "---")
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
		tableRow(b, mdCodeCell(h.Host), fmt.Sprintf("TCP %d", h.Port), required,
			mdCell(capabilityTitles(h.Capabilities)), mdCell(purpose), codeOrNothing(h.VPCEndpoint))
	}
	if len(e.Buckets) > 0 {
		b.WriteString("\n### S3 buckets\n\nTo read (`s3:GetObject`).\n\n")
		tableRow(b, "bucket", "for", "purpose", "read at")
		tableRow(b, "---", "---", "---", "---")
	}
	for _, x := range e.Buckets {
		tableRow(b, mdCodeCell(x.Bucket), mdCell(capabilityTitles(x.Capabilities)), mdCell(x.Purpose),
			codeOrNothing(x.Host))
	}
	b.WriteString("\n### Notes\n\n")
	for _, n := range slices.Concat(e.Missing, e.Notes) {
		fmt.Fprintf(b, "- %s\n", mdText(n))
	}
	return b.Flush()
}

// codeOrNothing is a name within a table, or an empty cell.
func codeOrNothing(s string) string {
	if s == "" {
		return ""
	}
	return mdCodeCell(s)
}

// EndpointsJSON writes the list as one document of EndpointsSchema.
func EndpointsJSON(w io.Writer, e *Endpoints) error {
	return indented(w, e)
}

// EndpointsPolicy writes a whole policy for a VPC endpoint for S3 that allows
// the reads of the list's buckets.
func EndpointsPolicy(w io.Writer, e *Endpoints) error {
	var managed, own []string
	for _, b := range e.Buckets {
		if b.Managed {
			managed = append(managed, b.Bucket)
		} else {
			own = append(own, b.Bucket)
		}
	}
	return indented(w, endpoint.BucketPolicy(e.region, managed, own))
}

func indented(w io.Writer, v any) error {
	b, err := EncodeJSON(v, "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// EndpointsCSV writes a row for each host, then one for each bucket, under a row
// of column names.
func EndpointsCSV(w io.Writer, e *Endpoints) error {
	c := csv.NewWriter(w)
	rows := [][]string{{
		"kind", "host", "port", "protocol", "bucket", "arn", "required",
		"websocket", "capabilities", "purpose", "vpc_endpoint_service",
	}}
	for _, h := range e.Hosts {
		rows = append(rows, []string{
			"host", h.Host, strconv.Itoa(int(h.Port)), h.Protocol, "", "", strconv.FormatBool(h.Required),
			strconv.FormatBool(h.WebSocket), capabilityNames(h.Capabilities), strings.Join(h.Purposes, "; "), h.VPCEndpoint,
		})
	}
	for _, b := range e.Buckets {
		rows = append(rows, []string{
			"bucket", b.Host, "", "", b.Bucket, b.ARN, strconv.FormatBool(b.Host != ""),
			"", capabilityNames(b.Capabilities), b.Purpose, "",
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = CSVCell(row[i])
		}
		c.Write(row) // Flush keeps the first error
	}
	c.Flush()
	return c.Error()
}

// capabilityNames lists capabilities as --for takes them.
func capabilityNames(list []endpoint.Capability) string {
	return strings.Join(wordsOf(list, func(c endpoint.Capability) string { return string(c) }), " ")
}
