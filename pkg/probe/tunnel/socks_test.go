package tunnel

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestSocks: what is sent to a SOCKS5 proxy, and how each of its answers is recorded.
func TestSocks(t *testing.T) {
	const name = "\x05\x01\x00\x03\x1bssm.us-east-2.amazonaws.com\x01\xbb"
	type turn struct{ hear, say string }
	for _, test := range []struct {
		name, proxy, host string
		turns             []turn
		status            int
		kind              observation.Kind // "" for a tunnel
	}{
		{"a name, which the proxy resolves", "socks5://10.9.0.8", probetest.FirstHost,
			[]turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x00\x00\x01\x0a\x00\x00\x01\x01\xbb"}}, 200, ""},
		{"an answer with a name in it", "socks5h://10.9.0.8", probetest.FirstHost,
			[]turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x00\x00\x03\x02ab\x01\xbb"}}, 200, ""},
		{"addresses", "socks5://10.9.0.8", "fd00::1",
			[]turn{{"\x05\x01\x00", "\x05\x00"}, {"\x05\x01\x00\x04\xfd" + strings.Repeat("\x00", 14) + "\x01\x01\xbb",
				"\x05\x00\x00\x04" + strings.Repeat("\x00", 18)}}, 200, ""},
		{"user and password", "socks5://me:s3cr3t@10.9.0.8", probetest.FirstHost,
			[]turn{{"\x05\x02\x00\x02", "\x05\x02"}, {"\x01\x02me\x06s3cr3t", "\x01\x00"}, {name, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"}}, 200, ""},
		{"another password", "socks5://me:s3cr3t@10.9.0.8", probetest.FirstHost,
			[]turn{{"\x05\x02\x00\x02", "\x05\x02"}, {"\x01\x02me\x06s3cr3t", "\x01\x01"}}, 407, observation.KindStatus},
		{"no method", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\xff"}}, 407, observation.KindStatus},
		{"a rule", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"}}, 403, observation.KindStatus},
		{"a short refusal", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x04\x00\x00"}}, 502, observation.KindStatus},
		{"a reply of no meaning", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x63\x00\x01"}}, 502, observation.KindStatus},
		{"a method that was not offered", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\x02"}}, 0, observation.KindMalformed},
		{"HTTP", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "HTTP/1.1 400 Bad Request\r\n\r\n"}}, 0, observation.KindMalformed},
		{"an address of no type", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05\x00"}, {name, "\x05\x00\x00\x09\x00"}}, 0, observation.KindMalformed},
		{"half an answer", "socks5://10.9.0.8", probetest.FirstHost, []turn{{"\x05\x01\x00", "\x05"}}, 0, observation.KindTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			heard := make(chan string, len(test.turns))
			at := probetest.Listen(t, func(c net.Conn) {
				defer c.Close()
				for _, turn := range test.turns {
					b := make([]byte, len(turn.hear))
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
					heard <- string(b)
					io.WriteString(c, turn.say)
				}
				io.Copy(io.Discard, c)
			})
			p := &attempt.Runner{Timeout: 20 * time.Second, Dial: probetest.Mapped(map[string]netip.AddrPort{"10.9.0.8:1080": at})}
			if test.kind == observation.KindTimeout {
				p.Timeout = 2 * time.Second
			}
			conn, c := p.Connect(t.Context(), netip.MustParseAddrPort("10.9.0.8:1080"))
			if c.Failure != nil {
				t.Fatal(c.Failure)
			}
			defer conn.Close()
			_, reply := Open(t.Context(), p, nil, conn, probetest.MustURL(t, test.proxy), test.host, 443)
			for i, turn := range test.turns {
				select {
				case got := <-heard:
					if got != turn.hear {
						t.Errorf("turn %d: said %q, want %q", i, got, turn.hear)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("turn %d: nothing was said", i)
				}
			}
			f := reply.Failure
			if (f == nil) != (test.kind == "") || test.kind != "" && !f.Of(test.kind) {
				t.Errorf("failure %v, want kind %q", f, test.kind)
			}
			if reply.Status != test.status || (reply.Socks == "") != (test.status == 0) {
				t.Errorf("status %d (%s), want %d", reply.Status, reply.Socks, test.status)
			}
			if f != nil && strings.Contains(f.Text+reply.Socks, "s3cr3t") {
				t.Errorf("the password is in %v", f)
			}
		})
	}
}
