package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// TestTunnelWithABodyThatNeverComes: an answer that grants a tunnel has no body, whatever its
// Content-Length says.
func TestTunnelWithABodyThatNeverComes(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	for _, header := range []string{"Content-Length: 5", "Transfer-Encoding: chunked"} {
		t.Run(header, func(t *testing.T) {
			proxy := probetest.Listen(t, func(c net.Conn) {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
					return
				}
				there, err := net.Dial("tcp", edge.String())
				if err != nil {
					return
				}
				defer there.Close()
				io.WriteString(c, "HTTP/1.1 200 Connection established\r\n"+header+"\r\n\r\n")
				go io.Copy(there, c)
				io.Copy(c, there)
			})
			p := &Prober{RootCAs: ca.Pool, Timeout: 20 * time.Second, Dial: probetest.Mapped(map[string]netip.AddrPort{"10.9.0.8:3128": proxy})}
			out, _ := p.throughProxy(t.Context(), &url.URL{Scheme: "http", Host: "10.9.0.8:3128"},
				endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
			if f := out.Failure(); f != nil || out.Inside.Reply.RequestID == "" {
				t.Fatalf("failure %v, want AWS's answer", f)
			}
			if took := time.Duration(out.Tunnel.Elapsed); took > p.Timeout/2 {
				t.Errorf("the tunnel took %s: the body was waited for", took)
			}
		})
	}
}

// TestWayToAProxyThatFails: of a proxy that cannot be connected to it is asked
// whether this node itself is the reason, as of any other address.
func TestWayToAProxyThatFails(t *testing.T) {
	fails := func(e syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", e)}
	}
	for _, test := range []struct {
		name     string
		tcp, udp syscall.Errno // 0 for a way
		want     []string
	}{
		{"no route", syserr.NetUnreachable, syserr.NetUnreachable, []string{"udp-connect: no-route", "repeat: no-route"}},
		{"an ICMP message from elsewhere", syserr.HostUnreachable, 0, []string{"udp-connect: ", "repeat: host-unreachable"}},
		{"a refusal", syserr.Refused, 0, []string{"udp-connect: ", "udp-send: ", "repeat: refused"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sink, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			p := &Prober{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				if strings.HasPrefix(network, "tcp") {
					return nil, fails(test.tcp)
				}
				if test.udp != 0 {
					return nil, fails(test.udp)
				}
				return new(net.Dialer).DialContext(ctx, "udp", sink.LocalAddr().String())
			}}
			proxy := &url.URL{Scheme: "http", Host: "10.9.0.8:3128"}
			out, _ := p.throughProxy(t.Context(), proxy, endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
			if want := netip.MustParseAddrPort("10.9.0.8:3128"); out.Address != want {
				t.Errorf("address %s, want %s", out.Address, want)
			}
			var got []string
			for _, e := range out.Experiments {
				kind := observation.Kind("")
				if f := e.Result.Failure(); f != nil {
					kind = f.Kind
				}
				got = append(got, string(e.Kind)+": "+string(kind))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("experiments (-want +got):\n%s", diff)
			}
		})
	}
}
