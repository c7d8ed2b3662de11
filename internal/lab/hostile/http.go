package hostile

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// okHeader begins an answer; awsHeader adds a request id like AWS's, which anybody can
// send.
const (
	okHeader  = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	awsHeader = okHeader + "x-amzn-RequestId: " + RequestID + "\r\n"
)

// overHTTP are the escapes that a header may contain.
const overHTTP = "\u009b31m\u202egnp\u2066\x9b31m"

// hostileHTTP are the worlds in which every server attacks with its reply.
func hostileHTTP() []Scenario {
	scenario := func(name, title string, want Want, f func(c net.Conn, q *http.Request)) Scenario {
		return Scenario{
			Name: "hostile-http-" + name, Title: title, Base: scenarios.NATPublic, Args: impatient(), Want: want,
			Faults: []Fault{EveryEdge(func(e *Edge) { e.HTTP.Speak = f })},
		}
	}
	say := func(text string) func(net.Conn, *http.Request) {
		return func(c net.Conn, _ *http.Request) {
			_, _ = io.WriteString(c, text)
			WaitForEnd(c)
		}
	}
	forever := func(first, again string) func(net.Conn, *http.Request) {
		return func(c net.Conn, _ *http.Request) { endless(c, first, again) }
	}
	redirect := func(to string) func(net.Conn, *http.Request) {
		return say("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n")
	}
	toMetadata := offEC2(scenario("redirect-to-metadata", "a redirect to instance metadata, on a server on premises", Passes(),
		redirect("http://169.254.169.254/latest/meta-data/iam/security-credentials/node")))
	toMetadata.Base = scenarios.HybridPublic
	return []Scenario{
		scenario("endless-header", "a header without end", Fails("unexplained", unresolved...),
			forever(okHeader, "X-A: "+strings.Repeat("a", 100)+"\r\n")),
		scenario("endless-header-line", "a line of the header without end", Fails("unexplained", unresolved...),
			forever(okHeader+"X-A: ", strings.Repeat("a", 1000))),
		scenario("no-status", "a status line of 65,000 control characters, which net/http quotes whole", Fails("unexplained", unresolved...),
			say(strings.Repeat("\x01", 65000)+"\r\n\r\n")),
		scenario("no-header", "a line of the header of 60,000 control characters", Fails("unexplained", unresolved...),
			say(okHeader+strings.Repeat("\x01", 60000)+"\r\n\r\n")),
		scenario("many-headers", "nine thousand headers of a few bytes", Passes(),
			say(awsHeader+manyHeaders(9000)+"Content-Length: 0\r\n\r\n")),
		scenario("slow-header", "a header that comes one byte at a time", Fails("http-silent", unresolved...),
			func(c net.Conn, _ *http.Request) { trickle(c, "HTTP/1.1 200 OK\r\nX-A: ", "a") }),
		scenario("endless-body", "a body without end, and no request id", Passes(),
			forever(okHeader+"\r\n", "<html>")),
		scenario("endless-chunks", "a chunk of 16 EiB", Passes(),
			forever(okHeader+"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", "<html>")),
		scenario("slow-body", "AWS's request id, and a body that comes one byte at a time", Passes(),
			func(c net.Conn, _ *http.Request) { trickle(c, awsHeader+"Content-Length: 100000\r\n\r\n", "a") }),
		scenario("bomb", "a compressed body that unpacks to gibibytes", Passes(),
			forever(okHeader+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x00\xff\xff\x00\x00")),
		scenario("early-hints", "interim answers for ever", Fails("unexplained", unresolved...),
			forever("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
		scenario("switching", "every request is switched to another protocol, with bytes without end", Passes(),
			forever("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "\x81\x7e\xff\xff")),
		toMetadata,
		scenario("redirect-to-file", "a redirect to a file", Passes(), redirect("file:///etc/shadow")),
		scenario("redirect-circle", "a redirect to itself", Passes(), redirect("/")),
		scenario("escapes", "all that a terminal obeys, and HTTP lets pass, in the status, the header, the error's code and its message", Passes(),
			say("HTTP/1.1 400 Bad\x1b[31m\x9b\r\nx-amzn-RequestId: "+RequestID+overHTTP+"\r\nServer: a"+overHTTP+"\r\nLocation: "+overHTTP+
				"\r\nx-amz-bucket-region: "+overHTTP+"\r\nContent-Type: text/xml"+overHTTP+"\r\n\r\n"+
				"<Error><Code>Acc\u009b31mess\u202e</Code><Message>&#x9b;31m \u202e denied\u2066\u0085</Message></Error>")),
		scenario("header-escapes", "escape sequences in the header, which no HTTP client takes", Fails("unexplained", unresolved...),
			say(okHeader+"X-A: "+escapes+"\r\n\r\n")),
		scenario("echo", "all that was sent, sent back in every part of the answer", Passes(),
			func(c net.Conn, q *http.Request) {
				dump := sentHeader(q)
				_, _ = io.WriteString(c, "HTTP/1.1 400 "+dump+"\r\nx-amzn-RequestId: "+dump+"\r\nServer: "+dump+"\r\nContent-Type: "+dump+
					"\r\nLocation: https://"+url.PathEscape(dump)+":pw@portal.example/?"+url.QueryEscape(dump)+
					"\r\n\r\n<Error><Code>"+dump+"</Code><Message>"+dump+"</Message></Error>")
			}),
		scenario("deep-document", "an error document nested thirty thousand deep", Passes(),
			say("HTTP/1.1 400 Bad Request\r\nContent-Length: 60000\r\n\r\n"+strings.Repeat("<a>", 20000))),
		scenario("contradicting-lengths", "two lengths of one body", Fails("unexplained", unresolved...),
			say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello")),
		scenario("date-of-nobody", "a date in the year 9999", Fails("clock-skew", unresolved...),
			say("HTTP/1.1 404 Not Found\r\nx-amzn-RequestId: "+RequestID+"\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n")),
	}
}

// manyHeaders returns n short headers with different names.
func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%x:\r\n", i)
	}
	return b.String()
}

// sentHeader returns a request's header on one line.
func sentHeader(q *http.Request) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(q.Header)) {
		fmt.Fprintf(&b, "%s=%s ", name, strings.Join(q.Header[name], ","))
	}
	return b.String()
}

// offEC2 adds instance metadata to a scenario on premises. Only a redirect leads a
// client there.
func offEC2(s Scenario) Scenario {
	s.Faults = append(s.Faults, func(w *World) { w.Metadata = &Metadata{Role: "node"} })
	return s
}
