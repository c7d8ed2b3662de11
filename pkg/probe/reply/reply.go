// Package reply sends one HTTP request on an open connection and records the first
// answer. It follows no redirect and retries nothing.
package reply

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// Limits on what is read of any reply.
const (
	// MaxBytes limits an answer as it is sent: what precedes the header, the header,
	// and the body with the lengths of its chunks.
	MaxBytes    = 64 << 10
	MaxBodyKept = 256
	// exchangeBuffer holds a request, or most of an answer's header.
	exchangeBuffer = 1 << 10
	// MaxMessage bounds an error document's message. A denial names the
	// caller, the action and the resource before it says whose policy it is.
	MaxMessage = 2 << 10
)

// Do sends one request on an open connection and reads the answer. It follows
// no redirect, accepts no cookie, and sends nothing that changes anything or
// identifies the node, unless the request is signed.
func Do(ctx context.Context, p *attempt.Runner, conn net.Conn, r Request) (*observation.Reply, bool) {
	out := &observation.Reply{Request: r.String()}
	var upgraded bool
	began := p.Heart.Now()
	out.Elapsed, out.Failure = p.Do(ctx, observation.OpReply, func(ctx context.Context) error {
		defer attempt.CloseWith(ctx, conn)()
		req, err := httpRequest(ctx, p, r)
		if err != nil {
			return err
		}
		resp, err := exchange(conn, req)
		if err != nil {
			return err
		}
		// The body is not closed: that would read the rest.
		out.At = p.Clock().UTC()
		ReadHeader(out, resp)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			upgraded = true
			return nil
		}
		body, err := io.ReadAll(resp.Body) // exchange bounds it
		readErrorDocument(out, body)
		out.Body = KeptBody(body)
		if attempt.IsTimeout(err) && out.RequestID == "" {
			return err // AWS does not answer with an endless body
		}
		return nil // the status line and the header are the answer
	})
	if began.StoodStill() > 0 {
		out.At = time.Time{} // it is known only when the answer was read, not when it arrived
	}
	return out, upgraded
}

// exchange sends a request and reads the header of its answer. Unlike
// net/http's transport, it neither retries nor follows redirects and needs no
// goroutines: a diagnosis shows the first answer. It reads at most MaxBytes in
// all; a body ends there.
func exchange(conn net.Conn, req *http.Request) (*http.Response, error) {
	out := bufio.NewWriterSize(conn, exchangeBuffer)
	if err := req.Write(out); err != nil {
		return nil, err
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: conn, N: MaxBytes}
	in := bufio.NewReaderSize(limited, exchangeBuffer)
	for {
		resp, err := http.ReadResponse(in, req)
		switch {
		case err != nil && limited.N <= 0:
			return nil, &observation.Failure{Op: observation.OpReply, Kind: observation.KindTooLarge, Text: "the answer's header has no end"}
		case err != nil:
			return nil, err
		case resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols:
			return resp, nil
		}
		// 1xx: the answer is still to come.
	}
}

func httpRequest(ctx context.Context, p *attempt.Runner, r Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, "https://"+r.Host+r.Path, nil)
	if err != nil {
		return nil, err
	}
	if r.Prepare != nil {
		if err := r.Prepare(req); err != nil {
			return nil, err
		}
	}
	req.Header.Set("User-Agent", p.Product())
	req.Close = !r.Upgrade
	if r.Upgrade {
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "websocket")
		req.Header.Set("Sec-WebSocket-Version", "13")
		// RFC 6455's own example: the key proves nothing here.
		req.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	}
	return req, nil
}

// ReadHeader keeps what distinguishes AWS from others, and what people need.
func ReadHeader(out *observation.Reply, resp *http.Response) {
	out.Status = resp.StatusCode
	h := resp.Header
	out.RequestID = observation.Truncate(cmp.Or(h.Get("X-Amzn-Requestid"), h.Get("X-Amz-Request-Id")), observation.MaxText)
	out.Server = observation.Truncate(h.Get("Server"), observation.MaxText)
	out.ContentType = observation.Truncate(h.Get("Content-Type"), observation.MaxText)
	if region := h.Get("X-Amz-Bucket-Region"); isRegion(region) {
		out.BucketRegion = region
	}
	out.Location = observation.Truncate(observation.ShownLocation(h.Get("Location")), observation.MaxText)
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		out.Date = observation.ClampYear(t)
	}
}

func isRegion(s string) bool {
	_, err := endpoint.LookupRegion(s)
	return err == nil
}

// KeptBody returns the beginning of a body as text.
func KeptBody(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), MaxBodyKept)]), "\uFFFD")
}
