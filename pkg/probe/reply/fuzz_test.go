package reply

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

func FuzzErrorDocument(f *testing.F) {
	f.Add(403, []byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`))
	f.Add(404, []byte("<UnknownOperationException/>\n"))
	f.Add(400, []byte(`{"__type":"com.amazon.coral.service#UnknownOperationException","message":"x"}`))
	f.Add(400, []byte(strings.Repeat("<a>", 500)))
	f.Add(500, []byte(`{"code":`+strings.Repeat("[", 500)))
	f.Add(400, []byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, status int, b []byte) {
		out := observation.Reply{Status: status}
		readErrorDocument(&out, b)
		out.Body = KeptBody(b)
		// A text that is cut ends with an ellipsis of three bytes.
		if len(out.ErrorCode) > observation.MaxText+3 || len(out.ErrorMessage) > MaxMessage+3 || len(out.Body) > 3*MaxBodyKept {
			t.Errorf("%d, %d and %d bytes are kept", len(out.ErrorCode), len(out.ErrorMessage), len(out.Body))
		}
		if status < 300 && out.ErrorCode != "" {
			t.Errorf("%d is an error: %q", status, out.ErrorCode)
		}
	})
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 404 Not Found\r\nx-amzn-RequestId: 8d3c7f52\r\nDate: Fri, 02 Jan 2026 15:04:05 GMT\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://u:p@h/?q=1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nx",
		"HTTP/1.0 403 \x1b[31m\r\nServer: \xff\u202e\r\n\r\n<Error><Code>a</Code></Error>",
		"\x00\x01",
		strings.Repeat("\x01", 1000) + "\r\n\r\n", // net/http quotes it whole
	} {
		f.Add([]byte(s))
	}
	p := &attempt.Runner{Timeout: 5 * time.Second}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, upgraded := Do(context.Background(), p, &probetest.SaidConn{R: bytes.NewReader(b)}, Request{Host: "ssm.us-east-2.amazonaws.com", Path: "/"})
		if upgraded && out.Status != 101 {
			t.Errorf("status %d is an upgrade", out.Status)
		}
		if out.Failure == nil && out.Status == 0 {
			t.Error("neither an answer nor a failure")
		}
		if len(out.RequestID) > observation.MaxText+3 || len(out.Location) > observation.MaxText+3 || out.BucketRegion != "" && !isRegion(out.BucketRegion) {
			t.Errorf("kept: %+v", out)
		}
		if f := out.Failure; f != nil && len(f.Text) > observation.MaxText+3 {
			t.Errorf("kept %d bytes of an error's text", len(f.Text))
		}
	})
}
