// Package tunnel requests a tunnel from an HTTP or SOCKS5 proxy on an open
// connection. It does not choose the proxy and does not judge what is inside.
package tunnel

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// Port is the URL's port, or net/http's default if it has none.
func Port(proxy *url.URL) string {
	switch {
	case proxy.Port() != "":
		return proxy.Port()
	case proxy.Scheme == "https":
		return "443"
	case isSocks(proxy):
		return "1080"
	}
	return "80"
}

// Open requests a tunnel on a connection to the proxy. It returns the tunnel,
// or the given connection if there is none.
func Open(ctx context.Context, p *attempt.Runner, t *handshake.Trust, conn net.Conn, proxy *url.URL, host string, port uint16) (net.Conn, *observation.Reply) {
	out := &observation.Reply{Request: "CONNECT " + net.JoinHostPort(host, strconv.Itoa(int(port)))}
	out.Elapsed, out.Failure = p.Do(ctx, observation.OpProxy, func(ctx context.Context) error {
		if proxy.Scheme == "https" {
			over, err := t.ToProxy(ctx, p, conn, proxy.Hostname())
			if err != nil {
				return err
			}
			conn = over
		}
		defer attempt.CloseWith(ctx, conn)()
		if isSocks(proxy) {
			return requestSocks(p, conn, proxy, host, port, out)
		}
		return requestTunnel(p, conn, proxy, out)
	})
	return conn, out
}

// requestTunnel sends the CONNECT request and reads the answer: any status
// other than 200 is a refusal by the proxy.
func requestTunnel(p *attempt.Runner, conn net.Conn, proxy *url.URL, out *observation.Reply) error {
	target := strings.TrimPrefix(out.Request, "CONNECT ")
	req := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: target},
		Host:   target,
		Header: http.Header{"User-Agent": {p.Product()}},
	}
	if token := proxyToken(proxy); token != "" {
		req.Header.Set("Proxy-Authorization", "Basic "+token)
	}
	hidden := Secrets(proxy)
	if err := req.Write(conn); err != nil {
		return err
	}
	limited := &io.LimitedReader{R: conn, N: reply.MaxBytes}
	resp, err := http.ReadResponse(bufio.NewReader(limited), req)
	if err != nil {
		if limited.N <= 0 {
			return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindTooLarge, Text: "the proxy's answer has no end"}
		}
		if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindMalformed, Text: observation.Truncate(hidden.Hide(err.Error()), observation.MaxText)}
	}
	// The body is not closed: that would read from the tunnel what an answer
	// that grants it cannot have (RFC 9110, 9.3.6).
	out.At = p.Clock().UTC()
	if resp.StatusCode == http.StatusProxyAuthRequired {
		out.ProxyAuthenticate = offeredSchemes(resp.Header)
	}
	hideHeader(hidden, resp.Header)
	reply.ReadHeader(out, resp)
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4*reply.MaxBodyKept))
	out.Body = reply.KeptBody([]byte(hidden.Hide(string(body))))
	return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus, Text: observation.Truncate(hidden.Hide(resp.Status), observation.MaxText)}
}

// proxyToken authenticates the client to the proxy. Empty: the URL has no user.
func proxyToken(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
}
