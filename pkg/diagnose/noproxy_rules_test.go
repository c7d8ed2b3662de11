package diagnose

import (
	"net/url"
	"testing"

	"golang.org/x/net/http/httpproxy"
)

// noProxyCovers says what Go's own rules say.
func TestNoProxyCovers_asGo(t *testing.T) {
	const host = "ssm.us-east-2.amazonaws.com"
	covered := 0
	for _, entry := range []string{
		"*", host, "SSM.us-east-2.amazonaws.com", host + ":443", host + ":80", "amazonaws.com", ".amazonaws.com", "*.amazonaws.com",
		"*amazonaws.com", "*.com", "com", "azonaws.com", "ssm", "ssm.", "*.ssm.us-east-2.amazonaws.com", ".ssm.us-east-2.amazonaws.com", "example.com",
		"amazonaws.com:443", "*.amazonaws.com:8443", "10.0.0.0/8",
	} {
		c := httpproxy.Config{HTTPSProxy: "http://proxy:3128", NoProxy: entry}
		through, err := c.ProxyFunc()(&url.URL{Scheme: "https", Host: host})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := noProxyCovers(entry, host), through == nil; got != want {
			t.Errorf("%q covers %s: %t, and Go says %t", entry, host, got, want)
		}
		if through == nil {
			covered++
		}
	}
	if covered < 5 || covered > 15 {
		t.Errorf("%d entries cover it, which cannot be", covered)
	}
}
