package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

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
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err := w.Write(quoteUnsafe(b.Bytes()))
	return err
}

// EndpointsCSV writes a row for each host, then one for each bucket, below one
// line of names.
func EndpointsCSV(w io.Writer, e *Endpoints) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"kind", "host", "port", "protocol", "bucket", "arn", "required", "websocket", "capabilities", "purpose", "vpc_endpoint_service"}}
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
			row[i] = csvCell(row[i])
		}
		c.Write(row) // Flush keeps the first error
	}
	c.Flush()
	return c.Error()
}

// csvCell makes s safe for a spreadsheet, which takes what begins with one of
// these signs for a formula, and for a terminal.
func csvCell(s string) string {
	s = Sanitise(s, false)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// capabilityNames lists capabilities as --for takes them.
func capabilityNames(list []endpoint.Capability) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	return strings.Join(names, " ")
}
