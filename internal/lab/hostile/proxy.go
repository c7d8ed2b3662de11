package hostile

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// hostileProxies are the worlds in which the only path to AWS is a hostile proxy.
func hostileProxies() []Scenario {
	hears := func(name, title string, want Want, f func(net.Conn, *http.Request)) Scenario {
		return Scenario{
			Name: "hostile-proxy-" + name, Title: title, Base: scenarios.ProxyOnly, Args: impatient(), Want: want,
			Faults: []Fault{func(w *World) {
				w.Proxies[0].Speak = func(c net.Conn) {
					if q, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
						f(c, q)
					}
				}
			}},
		}
	}
	scenario := func(name, title string, want Want, f func(net.Conn)) Scenario {
		return hears(name, title, want, func(c net.Conn, _ *http.Request) { f(c) })
	}
	// A SOCKS5 proxy does not wait for a request, because a greeting is not HTTP.
	socks := func(name, title string, f func(net.Conn)) Scenario {
		return Scenario{
			Name: "hostile-socks-" + name, Title: title, Base: scenarios.ProxyOnly, Args: impatient(), Want: Fails("proxy-unreachable", unresolved...),
			Faults: []Fault{WithEnv("HTTPS_PROXY", "socks5://proxy.corp.example:3128"), func(w *World) { w.Proxies[0].Speak = f }},
		}
	}
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, text)
			WaitForEnd(c)
		}
	}
	return []Scenario{
		scenario("garbage", "CONNECT is answered with bytes that are no HTTP", Fails("proxy-unreachable", unresolved...), say(escapes+"\r\n\r\n"+escapes)),
		scenario("endless-garbage", "CONNECT is answered with bytes without end", Fails("proxy-unreachable", unresolved...), func(c net.Conn) { endless(c, escapes, escapes) }),
		scenario("never", "CONNECT is never answered", Fails("proxy-unreachable", unresolved...), WaitForEnd),
		scenario("endless-header", "the answer to CONNECT has a header without end", Fails("proxy-unreachable", unresolved...),
			func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 100)+"\r\n") }),
		scenario("slow-header", "the answer to CONNECT comes one byte at a time", Fails("proxy-unreachable", unresolved...),
			func(c net.Conn) { trickle(c, "HTTP/1.1 200 OK\r\nX-A: ", "a") }),
		scenario("endless-refusal", "the refusal of CONNECT has a body without end", Fails("proxy-denied", unresolved...),
			func(c net.Conn) { endless(c, "HTTP/1.1 403 Forbidden\r\n\r\n", "<html>") }),
		offEC2(scenario("redirect", "CONNECT is answered with a redirect to instance metadata, on a server on premises", Fails("proxy-denied", unresolved...),
			say("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n"))),
		scenario("escapes", "the refusal of CONNECT has escape sequences in every part", Fails("proxy-denied", unresolved...),
			say("HTTP/1.1 403 \x1b[31mNo\u202e\x07\r\nServer: "+overHTTP+"\r\nContent-Type: "+overHTTP+"\r\n\r\n"+escapes)),
		hears("echo", "CONNECT is refused with all that was sent, in every part of the answer", Fails("proxy-auth-required", unresolved...),
			func(c net.Conn, q *http.Request) {
				dump := sentHeader(q)
				spelled := reencoded(q)
				_, _ = io.WriteString(c, "HTTP/1.1 407 "+spelled+dump+"\r\nServer: "+spelled+dump+"\r\nContent-Type: "+dump+"\r\nLocation: /?"+url.QueryEscape(dump)+
					"\r\n\r\n"+spelled+dump)
			}),
		socks("garbage", "SOCKS5 is answered with bytes that are none", say(escapes)),
		socks("endless-garbage", "SOCKS5 is answered with bytes without end", func(c net.Conn) { endless(c, "\x05\x00", escapes) }),
		socks("never", "SOCKS5 is never answered", WaitForEnd),
		socks("slow", "SOCKS5 is answered with a name of the other side that comes one byte at a time", func(c net.Conn) { trickle(c, "\x05\x00\x05\x00\x00\x03\xff", "a") }),
		socks("unasked-method", "SOCKS5 is answered with a method that was not offered", say("\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")),
		scenario("then-garbage", "the tunnel opens, and bytes that are no TLS come without end", Fails("tls-not-spoken", unresolved...),
			func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", escapes) }),
		scenario("then-early-bytes", "the proxy sends more than its answer, and nothing after it", Fails("tls-stalled", unresolved...),
			func(c net.Conn) {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\x15\x03\x03\x00\x02\x02\x28")
				WaitForEnd(c)
			}),
	}
}

// reencoded returns the password in a request to a proxy in other encodings: in
// hexadecimal, escaped, in base64, reversed.
func reencoded(q *http.Request) string {
	_, token, _ := strings.Cut(q.Header.Get("Proxy-Authorization"), " ")
	both, err := base64.StdEncoding.DecodeString(token)
	_, password, ok := strings.Cut(string(both), ":")
	if err != nil || !ok {
		return ""
	}
	backwards := []byte(password)
	slices.Reverse(backwards)
	escaped := ""
	for _, c := range []byte(password) {
		escaped += fmt.Sprintf("%%%02X", c)
	}
	return fmt.Sprintf("%x %s %s %s ", password, escaped, base64.StdEncoding.EncodeToString([]byte("was "+password+" so")), backwards)
}
