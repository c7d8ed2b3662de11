package hostile

import (
	"io"
	"net/http"
	"strings"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// hostileMetadata are the worlds in which an attacker answers at the address of
// instance metadata.
func hostileMetadata() []Scenario {
	scenario := func(name, title string, want Want, f func(rw http.ResponseWriter, q *http.Request) bool) Scenario {
		return Scenario{
			Name: "hostile-metadata-" + name, Title: title, Base: scenarios.PrivateVPC, Args: impatient("--region", "us-east-2"), Want: want,
			Faults: []Fault{func(w *World) { w.Metadata.Answer = f }},
		}
	}
	unreachable := Fails("imds-unreachable", unresolved...)
	// from answers all paths with a prefix.
	from := func(prefix string, f func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
		return func(rw http.ResponseWriter, q *http.Request) bool {
			if !strings.HasPrefix(q.URL.Path, prefix) {
				return false
			}
			f(rw)
			return true
		}
	}
	vast := func(rw http.ResponseWriter) {
		rw.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		block := strings.Repeat(escapes, 1000)
		for n := 0; n < 100<<20; n += len(block) {
			if _, err := io.WriteString(rw, block); err != nil {
				return
			}
		}
	}
	text := func(s string) func(http.ResponseWriter) {
		return func(rw http.ResponseWriter) { _, _ = io.WriteString(rw, s) }
	}
	expires := scenario("expires", "credentials that expire in the year 10000, by their offset", Passes(),
		from("/latest/meta-data/iam/security-credentials/node", text(`{"Code":"Success","AccessKeyId":"`+AccessKey+`","SecretAccessKey":"`+SecretKey+
			`","Token":"`+SessionToken+`","Expiration":"9999-12-31T23:59:59-23:00"}`)))
	expires.Args = append(expires.Args, "--signed")
	return []Scenario{
		expires,
		scenario("vast-token", "a token of 100 MiB", unreachable, from("/latest/api/token", vast)),
		scenario("vast-answers", "a token, and then answers of 100 MiB", unreachable, from("/latest/meta-data/", vast)),
		scenario("vast-details", "a token and a Region, and then answers of 100 MiB", unreachable,
			func(rw http.ResponseWriter, q *http.Request) bool {
				if q.URL.Path == "/latest/api/token" || strings.HasSuffix(q.URL.Path, "placement/region") {
					return false
				}
				vast(rw)
				return true
			}),
		scenario("html", "a page for whatever is asked", unreachable,
			from("/", func(rw http.ResponseWriter) {
				rw.Header().Set("Content-Type", "text/html")
				text("<html><script>alert(1)</script>" + escapes + "</html>")(rw)
			})),
		scenario("html-answers", "a token, and then a page for whatever is asked", unreachable, from("/latest/meta-data/", text("<html>"+escapes+"</html>"))),
		scenario("escapes", "escape sequences in all that a run can do without", Passes(),
			func(rw http.ResponseWriter, q *http.Request) bool {
				for _, path := range []string{"availability-zone", "iam/info", "local-ipv4", "mac", "security-credentials/"} {
					if strings.HasSuffix(q.URL.Path, path) {
						text(escapes + "us-east-2a" + escapes)(rw)
						return true
					}
				}
				return false
			}),
		scenario("endless-header", "a header without end", unreachable,
			from("/", func(rw http.ResponseWriter) {
				if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
					endless(c, "HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 100)+"\r\n")
					c.Close()
				}
			})),
		scenario("slow", "answers that come one byte at a time", unreachable,
			from("/", func(rw http.ResponseWriter) {
				if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
					trickle(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "a")
					c.Close()
				}
			})),
		scenario("redirects", "redirects to a file", unreachable,
			from("/", func(rw http.ResponseWriter) {
				rw.Header().Set("Location", "file:///etc/shadow")
				rw.WriteHeader(http.StatusFound)
			})),
		scenario("deep-document", "a role's document nested thirty thousand deep", Passes(),
			from("/latest/meta-data/iam/info", text(strings.Repeat("[", 30000)))),
	}
}
