package main

import (
	"strings"
	"testing"
)

// TestMisplacedProxyIsNotRepeated gives a proxy's setting to what is no proxy's:
// the error is written to logs of others, and has no piece of the password.
func TestMisplacedProxyIsNotRepeated(t *testing.T) {
	const secret = "Zq7Kxw9"
	x := newTrial(t, "private-vpc")
	for _, value := range []string{
		"user:" + secret + "@127.0.0.1:3128", "http://user:" + secret + "@127.0.0.1:3128", "http://user:" + secret + "%40127.0.0.1:3128",
		"user:two " + secret + "@h:1", "http://127.0.0.1:3128;user=x;password=" + secret, "http://user:p@" + secret + "@h:1",
	} {
		for _, args := range [][]string{
			{"--region", value}, {"--vpc-resolver", value}, {"--nameserver", value}, {"--bucket", value}, {"--private-cidr", value}, {"--expect", value},
			{"--color", value}, {"--endpoint", value}, {"--endpoint", "ssm=" + value}, {"--for", value}, {"--timeout", value}, {"-o", value}, {"--ip-ranges", value},
			{"explain", value}, {"diagnose", value}, {"fix", value}, {"fleet", value}, {"fleet", "-o", "html", value}, {"fleet", "--since", value, "x"}, {"fleet", "--top", value, "x"}, {"diff", value, "x"}, {"diff", value}, {"fix", "--as", value}, {"--region", value, "-o", "nagios"}, {value},
		} {
			x.stdout.Reset()
			x.stderr.Reset()
			if status := x.run(t, args...); status == 0 {
				t.Errorf("%q: status 0", args)
			}
			if all := x.stdout.String() + x.stderr.String(); strings.Contains(all, secret) {
				t.Errorf("%q: %s", args, all)
			}
		}
	}
	// What is no credential is repeated.
	for _, args := range [][]string{{"diagnose", "/home/me/report.json"}, {"--vpc-resolver", "fe80::zz"}, {"--timeout", "5x"}} {
		x.stderr.Reset()
		if x.run(t, args...); !strings.Contains(x.stderr.String(), args[1]) {
			t.Errorf("%q is not repeated: %s", args, x.stderr.String())
		}
	}
}
