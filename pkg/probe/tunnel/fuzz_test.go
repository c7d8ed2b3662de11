package tunnel

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

func FuzzTunnel(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 407 Basic bm9kZTpzM2NyM3QtcGFzcw==\r\nServer: s3cr3t-pass\r\n\r\nnode:s3cr3t-pass"))
	f.Add([]byte("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n"))
	f.Add([]byte("SSH-2.0-x\r\n"))
	proxy, err := url.Parse("http://node:s3cr3t-pass@10.0.0.1:3128")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out := &observation.Reply{Request: "CONNECT ssm.us-east-2.amazonaws.com:443"}
		err := requestTunnel(new(attempt.Runner), &probetest.SaidConn{R: bytes.NewReader(b)}, proxy, out)
		if (err == nil) != (out.Status == 200) {
			t.Errorf("status %d and %v", out.Status, err)
		}
		told := out.Server + out.ContentType + out.Location + out.Body + out.RequestID
		if err != nil {
			told += err.Error()
		}
		if strings.Contains(told, "s3cr3t-pass") || strings.Contains(told, "bm9kZTpzM2NyM3QtcGFzcw") {
			t.Errorf("the password is told: %q", told)
		}
	})
}
