package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// EndpointsText writes the list for a person. The error is the writer's first.
func EndpointsText(w io.Writer, e *Endpoints, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, part{text: "What a node in " + e.regionWords() + " must reach for " + e.aim(), style: p.strong})
	if e.RegionFrom != "" {
		p.para(0, nil, say("The Region is that of "+e.RegionFrom+". Nothing was sent."))
	}
	for i, h := range e.Hosts {
		if i == 0 {
			p.heading("Hosts")
		}
		p.para(bodyColumn, nil, part{text: fmt.Sprintf("TCP %d ", h.Port)}, part{text: h.Host, style: p.strong})
		for _, line := range h.lines() {
			p.para(bodyColumn+3, nil, say(line))
		}
	}
	for i, b := range e.Buckets {
		if i == 0 {
			p.heading("S3 buckets, to be read (s3:GetObject)")
		}
		p.para(bodyColumn, nil, part{text: b.Bucket, style: p.strong})
		for _, line := range b.lines() {
			p.para(bodyColumn+3, nil, say(line))
		}
	}
	p.heading("Notes")
	for _, n := range slices.Concat(e.Missing, e.Notes) {
		p.para(2, []part{say("-")}, say(n))
	}
	return p.flush()
}

// aim says what the list is for.
func (e *Endpoints) aim() string {
	if len(e.Capabilities) == len(endpoint.Capabilities()) {
		return "all that Systems Manager does"
	}
	return capabilityTitles(e.Capabilities)
}

// lines say of a host what it is for.
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
		lines = append(lines, "for "+capabilityTitles(h.Capabilities)+" with older agents only (before 3.3.40.0)")
	}
	if h.VPCEndpoint != "" {
		lines = append(lines, "VPC endpoint: "+h.VPCEndpoint)
	}
	if h.NamedBy != "" {
		lines = append(lines, "named by "+h.NamedBy)
	}
	return lines
}

// lines say of a bucket what it is for.
func (b EndpointBucket) lines() []string {
	first := b.Purpose
	if below, ok := strings.CutPrefix(b.Host, b.Bucket+"."); ok {
		first += ", at its own name below " + below
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
