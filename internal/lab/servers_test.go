package lab_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// mapped starts a scenario's mapped world.
func mapped(t *testing.T, name string) *probe.Prober {
	t.Helper()
	s, ok := scenarios.Find(name)
	if !ok {
		t.Fatalf("there is no scenario %s", name)
	}
	p, err := lab.Mapped(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNameservers queries the nameservers of some scenarios directly.
func TestNameservers(t *testing.T) {
	for _, c := range []struct {
		scenario, server, name string
		qtype                  uint16
		network                string
		want                   string // the rcode, then the answers; or an error
	}{
		{"private-vpc", "10.0.0.2:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 10.0.1.101 10.0.3.101"},
		{"private-vpc", "10.0.0.2:53", "SSM.us-east-2.amazonaws.com", dns.TypeA, "tcp", "NOERROR 10.0.1.101 10.0.3.101"},
		{"private-vpc", "169.254.169.253:53", "sts.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 52.94.10.17"},
		{"private-vpc", "198.41.0.10:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 52.94.10.10"},
		{"private-vpc", "10.0.0.2:53", "ssm.us-east-2.amazonaws.com", dns.TypeAAAA, "udp", "NOERROR"},
		{"private-vpc", "10.0.0.2:53", "ssm.us-east-9.amazonaws.com", dns.TypeA, "udp", "NXDOMAIN"},
		{"private-vpc", "10.0.0.2:53", "com", dns.TypeNS, "udp", "NOERROR a.gtld-servers.net."},
		{"private-vpc", "10.0.0.99:53", "com", dns.TypeNS, "udp", "silence"},
		{"custom-dns", "10.0.0.53:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 10.0.1.101 10.0.3.101"},
		{"dns-forwarder-partial", "10.0.0.53:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 10.0.1.101 10.0.3.101"},
		{"dns-forwarder-partial", "10.0.0.53:53", "ssmmessages.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 52.94.10.11"},
		{"dns-server-refuses", "10.0.0.53:53", "com", dns.TypeNS, "udp", "REFUSED"},
		{"dns-server-fails", "10.0.0.53:53", "com", dns.TypeNS, "udp", "SERVFAIL"},
		{"dns-rebind-filter-unbound", "10.0.0.53:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR"},
		{"dns-rebind-filter-unbound", "10.0.0.53:53", "sts.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR 52.94.10.17"},
		{"dns-tcp-blocked", "10.0.0.2:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "NOERROR truncated"},
		{"dns-tcp-blocked", "10.0.0.2:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "tcp", "silence"},
		{"dns-over-tcp", "10.0.0.2:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "tcp", "NOERROR 10.0.1.101 10.0.3.101"},
		{"vpc-resolver-silent", "10.20.0.53:53", "ssm.us-east-2.amazonaws.com", dns.TypeA, "udp", "silence"},
		{"dns-not-aws", "10.20.0.53:53", "anything.example", dns.TypeA, "udp", "NOERROR 203.0.113.80"},
		{"local-firewall-dns", "10.0.0.2:53", "com", dns.TypeNS, "udp", "operation not permitted"},
		{"route-none-nameserver", "10.20.0.53:53", "com", dns.TypeNS, "udp", "no route to host"},
	} {
		t.Run(c.scenario+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			if got := ask(t, mapped(t, c.scenario), c.network, c.server, c.name, c.qtype, c.want == "silence"); got != c.want {
				t.Errorf("%s %s @%s: %s, wanted %s", c.name, dns.TypeToString[c.qtype], c.server, got, c.want)
			}
		})
	}
}

// ask returns a summary of a server's answer.
func ask(t *testing.T, p *probe.Prober, network, server, name string, qtype uint16, silence bool) string {
	t.Helper()
	patience := 20 * time.Second
	if silence { // the test waits for the whole time
		patience = 300 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	fails := func(err error) string {
		if e, ok := errors.AsType[syscall.Errno](err); ok {
			return map[syscall.Errno]string{syserr.NotPermitted: "operation not permitted", syserr.HostUnreachable: "no route to host"}[e]
		}
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
			return "silence"
		}
		return err.Error()
	}
	c, err := p.Dial(ctx, network, server)
	if err != nil {
		return fails(err)
	}
	defer c.Close()
	if d, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(d); err != nil {
			t.Fatal(err)
		}
	}
	conn := &dns.Conn{Conn: c}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	if err := conn.WriteMsg(q); err != nil {
		return fails(err)
	}
	r, err := conn.ReadMsg()
	if err != nil {
		return fails(err)
	}
	said := []string{dns.RcodeToString[r.Rcode]}
	if r.Truncated {
		said = append(said, "truncated")
	}
	for _, rr := range r.Answer {
		_, value, _ := strings.Cut(rr.String(), rr.Header().String())
		said = append(said, value)
	}
	return strings.Join(said, " ")
}

// TestEdges sends requests to servers of some scenarios with net/http.
func TestEdges(t *testing.T) {
	ssm, ssmmessages := "ssm.us-east-2.amazonaws.com", "ssmmessages.us-east-2.amazonaws.com"
	for _, c := range []struct {
		scenario, address, url string
		status                 int
		header, body           string
	}{
		{"private-vpc", "10.0.1.101:443", ssm + "/", 404, "X-Amzn-Requestid", "UnknownOperationException"},
		{"private-vpc", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/", 307, "X-Amz-Request-Id", ""},
		{"private-vpc", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/amazon-ssm-us-east-2/latest/VERSION", 200, "X-Amz-Request-Id", "3.3."},
		{"private-vpc", "3.5.128.10:443", "amazon-ssm-us-east-2.s3.us-east-2.amazonaws.com/latest/VERSION", 200, "X-Amz-Request-Id", "3.3."},
		{"private-vpc", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/aws-ssm-us-east-2/", 403, "X-Amz-Bucket-Region", "AccessDenied"},
		{"private-vpc", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/nobody-has-this/", 404, "X-Amz-Request-Id", "NoSuchBucket"},
		{"s3-policy-denies", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/amazon-ssm-us-east-2/latest/VERSION", 403, "X-Amz-Request-Id", "AccessDenied"},
		{"s3-bucket-elsewhere", "3.5.128.10:443", "s3.us-east-2.amazonaws.com/ours-in-europe/", 301, "X-Amz-Bucket-Region", "PermanentRedirect"},
		{"http-server-error", "10.0.1.101:443", ssm + "/", 503, "X-Amzn-Requestid", "InternalServerError"},
		{"http-not-aws", "52.94.10.10:443", ssm + "/", 403, "Content-Type", "blocked"},
		{"http-silent", "10.0.1.102:443", ssmmessages + "/", 0, "", ""},
		{"tls-stalled", "10.0.1.101:443", ssm + "/", 0, "", ""},
		{"sni-filtered", "52.94.10.11:443", ssmmessages + "/", 0, "", ""},
		{"endpoint-blocked", "10.0.1.102:443", ssmmessages + "/", 0, "", ""},
	} {
		t.Run(c.scenario+"/"+c.url, func(t *testing.T) {
			t.Parallel()
			p := mapped(t, c.scenario)
			patience := time.Minute
			if c.status == 0 { // the test waits for the whole time
				patience = time.Second
			}
			client := http.Client{
				Timeout:       patience,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
				Transport: &http.Transport{
					DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { return p.Dial(ctx, network, c.address) },
					// TestCertificates checks the certificates.
					TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
				},
			}
			r, err := client.Get("https://" + c.url)
			if c.status == 0 {
				if err == nil {
					t.Errorf("answered with status %d", r.StatusCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if r.StatusCode != c.status || r.Header.Get(c.header) == "" || !strings.Contains(string(body), c.body) {
				t.Errorf("status %d, header %v, %q", r.StatusCode, r.Header, body)
			}
		})
	}
}

// TestCertificates checks the certificates of some scenarios: their issuer, and
// whether the node trusts them for the name.
func TestCertificates(t *testing.T) {
	for _, c := range []struct {
		scenario, address, name string
		issuer                  string
		trusted                 bool
	}{
		{"private-vpc", "10.0.1.101:443", "ssm.us-east-2.amazonaws.com", "Amazon", true},
		{"private-vpc", "3.5.128.10:443", "amazon-ssm-us-east-2.s3.us-east-2.amazonaws.com", "Amazon", true},
		{"china", "10.0.1.101:443", "ssm.cn-north-1.amazonaws.com.cn", "DigiCert Inc", true},
		{"tls-intercepted", "52.94.10.10:443", "ssm.us-east-2.amazonaws.com", "Zscaler Inc.", false},
		{"tls-intercepted-trusted", "52.94.10.10:443", "ssm.us-east-2.amazonaws.com", "Zscaler Inc.", true},
		{"tls-untrusted", "10.0.1.101:443", "ssm.us-east-2.amazonaws.com", "Amazon", false},
		{"tls-wrong-name", "10.0.1.101:443", "ssm.us-east-2.amazonaws.com", "Amazon", false},
		{"tls-expired", "10.0.1.102:443", "ssmmessages.us-east-2.amazonaws.com", "Amazon", false},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			p := mapped(t, c.scenario)
			for _, verify := range []bool{false, true} {
				conn, err := p.Dial(t.Context(), "tcp", c.address)
				if err != nil {
					t.Fatal(err)
				}
				over := tls.Client(conn, &tls.Config{ServerName: c.name, RootCAs: p.RootCAs, InsecureSkipVerify: !verify})
				err = over.HandshakeContext(t.Context())
				if want := c.trusted || !verify; (err == nil) != want {
					t.Errorf("verify %t: %v", verify, err)
				}
				if got := over.ConnectionState().PeerCertificates; !verify && (len(got) != 2 || got[0].Issuer.Organization[0] != c.issuer) {
					t.Errorf("%d certificates, wanted two, by %s", len(got), c.issuer)
				}
				conn.Close()
			}
		})
	}
}

// TestProxy checks which CONNECT requests a proxy accepts.
func TestProxy(t *testing.T) {
	for _, c := range []struct{ scenario, authorization, host, want string }{
		{"proxy-only", "", "ssm.us-east-2.amazonaws.com:443", "200"},
		{"proxy-only", "", "nobody.example:443", "502"},
		{"proxy-auth", "", "ssm.us-east-2.amazonaws.com:443", "407"},
		{"proxy-auth", "Basic bm9kZTpvcGVuLXNlc2FtZQ==", "ssm.us-east-2.amazonaws.com:443", "200"},
		{"proxy-denied", "", "ssmmessages.us-east-2.amazonaws.com:443", "403"},
		{"proxy-denied", "", "ssm.us-east-2.amazonaws.com:443", "200"},
	} {
		t.Run(c.scenario+"/"+c.want, func(t *testing.T) {
			t.Parallel()
			conn, err := mapped(t, c.scenario).Dial(t.Context(), "tcp", "10.20.0.80:3128")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			request := "CONNECT " + c.host + " HTTP/1.1\r\nHost: " + c.host + "\r\n"
			if c.authorization != "" {
				request += "Proxy-Authorization: " + c.authorization + "\r\n"
			}
			if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+c.want) {
				t.Errorf("%q: %v", line, err)
			}
		})
	}
}
