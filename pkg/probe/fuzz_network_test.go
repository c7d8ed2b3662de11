package probe

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The readers of what the network says must not crash on anything, must keep
// their bounds, and must take nothing for an answer that is none.

func FuzzDatagram(f *testing.F) {
	q := newQuestion("ssm.us-east-2.amazonaws.com", dns.TypeA)
	q.Id = 0x1234
	for _, change := range []func(*dns.Msg){
		func(m *dns.Msg) { m.Answer = []dns.RR{addressRecord("ssm.us-east-2.amazonaws.com.", "10.0.1.101")} },
		func(m *dns.Msg) { m.Rcode, m.Question = dns.RcodeServerFailure, nil },
		func(m *dns.Msg) { m.Question[0].Name = "evil.example." },
		func(m *dns.Msg) { m.Id++ },
		func(m *dns.Msg) { m.Response = false },
	} {
		m := new(dns.Msg).SetReply(q)
		change(m)
		b, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		waits := &question{msg: q, got: make(chan received, 1)}
		x := &exchanger{waiting: map[uint16]*question{q.Id: waits}}
		x.deliver(b)
		x.deliver(b)
		select {
		case r := <-waits.got:
			if len(b) > maxDatagram || r.msg.Id != q.Id || !r.msg.Response ||
				len(r.msg.Question) == 1 && dns.CanonicalName(r.msg.Question[0].Name) != dns.CanonicalName(q.Question[0].Name) {
				t.Errorf("taken for an answer: %+v", r.msg)
			}
			a := observation.Answer{Name: "ssm.us-east-2.amazonaws.com", Type: "A"}
			readAnswer(&a, r.msg)
		default:
			if len(waits.notes()) == 0 {
				t.Error("neither an answer nor a note of what came")
			}
		}
	})
}

func FuzzStreamed(f *testing.F) {
	f.Add([]byte("\x00\x04abcd"))
	f.Add([]byte("\xff\xff"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readStreamed(bytes.NewReader(b))
		if err == nil && (len(got) > maxStreamed || len(got) > len(b)) {
			t.Errorf("%d bytes of %d", len(got), len(b))
		}
		unpack(got)
	})
}

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
		out.Body = keptBody(b)
		// A text that is cut ends with an ellipsis of three bytes.
		if len(out.ErrorCode) > maxText+3 || len(out.ErrorMessage) > maxMessage+3 || len(out.Body) > 3*maxBodyKept {
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
	p := &Prober{Timeout: 5 * time.Second}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, upgraded := p.reply(context.Background(), &saidConn{r: bytes.NewReader(b)}, request{host: "ssm.us-east-2.amazonaws.com", path: "/"})
		if upgraded && out.Status != 101 {
			t.Errorf("status %d is an upgrade", out.Status)
		}
		if out.Failure == nil && out.Status == 0 {
			t.Error("neither an answer nor a failure")
		}
		if len(out.RequestID) > maxText+3 || len(out.Location) > maxText+3 || out.BucketRegion != "" && !isRegion(out.BucketRegion) {
			t.Errorf("kept: %+v", out)
		}
		if f := out.Failure; f != nil && len(f.Text) > maxText+3 {
			t.Errorf("kept %d bytes of an error's text", len(f.Text))
		}
	})
}

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
		err := new(Prober).requestTunnel(&saidConn{r: bytes.NewReader(b)}, proxy, out)
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

func FuzzLocation(f *testing.F) {
	f.Add("http://u:", "@h/a")
	f.Add("/login?session=", "#x")
	f.Add("//u:", "@[::1")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "S3CR3T"
		if strings.ContainsAny(before, "?:") && strings.Contains(before+secret+after, "?"+secret) || strings.HasSuffix(before, ":") && strings.HasPrefix(after, "@") {
			if got := observation.ShownLocation(before + secret + after); strings.Contains(got, secret) {
				t.Errorf("%q is shown as %q", before+secret+after, got)
			}
		}
	})
}

func FuzzHide(f *testing.F) {
	f.Add("s3cr3t-pass", "x s3cr3t-pass y")
	f.Add("aaaa", "aaaaaaa")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) < 4 || len(secret) > 64 || len(text) > 4096 {
			return
		}
		if got := observation.NewSecrets(secret).Hide(text + secret + text); strings.Contains(got, secret) && !strings.Contains(secret, "*") {
			t.Errorf("%q holds %q", got, secret)
		}
	})
}

// A saidConn says what it was given and then no more, and hears nothing.
type saidConn struct {
	net.Conn
	r io.Reader
}

func (c *saidConn) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *saidConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *saidConn) Close() error                     { return nil }
func (c *saidConn) SetDeadline(time.Time) error      { return nil }
func (c *saidConn) SetReadDeadline(time.Time) error  { return nil }
func (c *saidConn) SetWriteDeadline(time.Time) error { return nil }

// A certificate is whoever's that answers. It is parsed by crypto/x509; what is
// kept of it has bounds, and can be written.
func FuzzCertificate(f *testing.F) {
	f.Add(outOfYears(f), "ssm.us-east-2.amazonaws.com")
	f.Add(selfSigned(f, x509.Certificate{NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}), "a.example")
	f.Add(selfSigned(f, x509.Certificate{
		Subject: pkix.Name{CommonName: "\x1b[31m\u202e", Organization: []string{"a", "b", "c", "d", "e"}}, IsCA: true, BasicConstraintsValid: true,
		PermittedDNSDomains: []string{"example"}, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)},
	}), "")
	f.Fuzz(func(t *testing.T, der []byte, host string) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		p := &Prober{RootCAs: x509.NewCertPool()}
		p.RootCAs.AddCert(c)
		out := new(observation.Handshake)
		p.startProof([]*x509.Certificate{c, c}).record(t.Context(), out, host)
		b, err := json.Marshal(out)
		// A byte that is no UTF-8 becomes three, or six in JSON.
		if most := 2 * 6 * (maxNames + 6) * (maxText + 3); err != nil || len(b) > most {
			t.Errorf("%d bytes are kept: %v", len(b), err)
		}
		if out.Verified && (!out.Trusted || !out.InTime || !out.NameMatches) {
			t.Errorf("verified, and no more than that: %s", b)
		}
	})
}
