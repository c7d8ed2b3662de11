package probe

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Bounds of what is read of any reply.
const (
	// maxReplyBytes bounds an answer as it comes: the header, what comes before
	// it, and the body with the lengths of its chunks.
	maxReplyBytes = 64 << 10
	maxBodyKept   = 256
	// exchangeBuffer holds a request, or most of an answer's header.
	exchangeBuffer = 1 << 10
	// maxMessage bounds an error document's message. A denial names the
	// caller, the action and the resource before it says whose policy it is.
	maxMessage = 2 << 10
)

// reply sends one request on an open connection and reads the answer. It
// follows no redirect, takes no cookie, and sends nothing that changes anything;
// nothing that identifies the node either, unless the request is a signed one.
func (p *Prober) reply(ctx context.Context, conn net.Conn, r request) (*observation.Reply, bool) {
	out := &observation.Reply{Request: r.String()}
	var upgraded bool
	began := p.heart.now()
	out.Elapsed, out.Failure = p.attempt(ctx, observation.OpReply, func(ctx context.Context) error {
		defer closeWith(ctx, conn)()
		req, err := p.httpRequest(ctx, r)
		if err != nil {
			return err
		}
		resp, err := exchange(conn, req)
		if err != nil {
			return err
		}
		// The body is not closed: that would read what is left of it.
		out.At = p.now().UTC()
		readHeader(out, resp)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			upgraded = true
			return nil
		}
		body, err := io.ReadAll(resp.Body) // exchange bounds it
		readErrorDocument(out, body)
		out.Body = keptBody(body)
		if isTimeout(err) && out.RequestID == "" {
			return err // a body without end is no answer of AWS's
		}
		return nil // the status line and the header are the answer
	})
	if began.stoodStill() > 0 {
		out.At = time.Time{} // when it came is not known, only when it was read
	}
	return out, upgraded
}

// exchange sends a request and reads the header of its answer. It does neither
// try again nor follow, as net/http's transport would, and needs no goroutines:
// a diagnosis shows the first answer. Of all of it no more than maxReplyBytes
// is read; a body ends there.
func exchange(conn net.Conn, req *http.Request) (*http.Response, error) {
	out := bufio.NewWriterSize(conn, exchangeBuffer)
	if err := req.Write(out); err != nil {
		return nil, err
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: conn, N: maxReplyBytes}
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

func (p *Prober) httpRequest(ctx context.Context, r request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method(), "https://"+r.host+r.path, nil)
	if err != nil {
		return nil, err
	}
	if r.signed != nil {
		if err := r.signed.sign(req, p.now()); err != nil {
			return nil, err
		}
	}
	req.Header.Set("User-Agent", p.userAgent())
	req.Close = !r.upgrade
	if r.upgrade {
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "websocket")
		req.Header.Set("Sec-WebSocket-Version", "13")
		// RFC 6455's own example: the key proves nothing here.
		req.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	}
	return req, nil
}

// readHeader keeps what tells AWS from another, and what a person asks for.
func readHeader(out *observation.Reply, resp *http.Response) {
	out.Status = resp.StatusCode
	h := resp.Header
	out.RequestID = clip(firstOf(h, "X-Amzn-Requestid", "X-Amz-Request-Id"), maxText)
	out.Server = clip(h.Get("Server"), maxText)
	out.ContentType = clip(h.Get("Content-Type"), maxText)
	if region := h.Get("X-Amz-Bucket-Region"); isRegion(region) {
		out.BucketRegion = region
	}
	out.Location = clip(observation.ShownLocation(h.Get("Location")), maxText)
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		out.Date = inFourDigits(t)
	}
}

func isRegion(s string) bool {
	_, err := endpoint.LookupRegion(s)
	return err == nil
}

func firstOf(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h.Get(n); v != "" {
			return v
		}
	}
	return ""
}

// keptBody is the beginning of a body as text.
func keptBody(b []byte) string {
	if len(b) > maxBodyKept {
		b = b[:maxBodyKept]
	}
	if !utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(b)
}
