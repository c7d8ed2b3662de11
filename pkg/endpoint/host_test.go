package endpoint

import (
	"strings"
	"testing"
)

func TestHost(t *testing.T) {
	for _, tt := range []struct {
		service Service
		region  string
		options Options
		want    string
	}{
		{SSM, "us-east-2", Options{}, "ssm.us-east-2.amazonaws.com"},
		{SSMMessages, "cn-north-1", Options{}, "ssmmessages.cn-north-1.amazonaws.com.cn"},
		{EC2Messages, "us-iso-east-1", Options{}, "ec2messages.us-iso-east-1.c2s.ic.gov"},
		{EC2, "eusc-de-east-1", Options{}, "ec2.eusc-de-east-1.amazonaws.eu"},
		{SSMMessages, "us-west-1", Options{DualStack: true}, "ssmmessages.us-west-1.api.aws"},
		{S3, "us-west-1", Options{DualStack: true}, "s3.dualstack.us-west-1.amazonaws.com"},
		{SSMMessages, "ca-west-1", Options{FIPS: true}, "ssmmessages-fips.ca-west-1.amazonaws.com"},
		{SSMMessages, "ca-central-1", Options{FIPS: true}, "ssmmessages.ca-central-1.amazonaws.com"},
		{SSM, "ca-central-1", Options{FIPS: true}, "ssm-fips.ca-central-1.amazonaws.com"},
		{SSM, "eu-west-1", Options{FIPS: true}, "ssm.eu-west-1.amazonaws.com"},
		{EC2, "us-east-1", Options{FIPS: true}, "ec2-fips.us-east-1.amazonaws.com"},
		{SSM, "us-gov-west-1", Options{FIPS: true}, "ssm.us-gov-west-1.amazonaws.com"},
		{KMS, "us-gov-west-1", Options{FIPS: true}, "kms-fips.us-gov-west-1.amazonaws.com"},
		{KMS, "ap-east-2", Options{FIPS: true}, "kms.ap-east-2.amazonaws.com"},
		{S3, "us-east-2", Options{FIPS: true, DualStack: true}, "s3-fips.dualstack.us-east-2.amazonaws.com"},
		{SSM, "us-east-2", Options{Domain: "aws.example.net"}, "ssm.us-east-2.aws.example.net"},
		{S3, "us-east-2", Options{Domain: "aws.example.net"}, "s3.us-east-2.aws.example.net"},
		{EC2, "us-east-2", Options{Domain: "aws.example.net"}, "ec2.us-east-2.amazonaws.com"},
	} {
		if got := Host(tt.service, lookup(t, tt.region), tt.options); got != tt.want {
			t.Errorf("%s in %s, %+v: got %s, want %s", tt.service, tt.region, tt.options, got, tt.want)
		}
	}
	if got, want := ControlHost(lookup(t, "cn-north-1")), "sts.cn-north-1.amazonaws.com.cn"; got != want {
		t.Errorf("outside: got %s, want %s", got, want)
	}
}

func TestParseHost(t *testing.T) {
	for in, want := range map[string]string{
		"ssm.us-east-2.amazonaws.com":                   "ssm.us-east-2.amazonaws.com",
		"SSM.Example.COM.":                              "ssm.example.com",
		"vpce-0a1-2b3.ssm.us-east-2.vpce.amazonaws.com": "vpce-0a1-2b3.ssm.us-east-2.vpce.amazonaws.com",
		"proxyhost": "proxyhost",
		strings.Repeat("a.", 100) + strings.Repeat("b", 53):   strings.Repeat("a.", 100) + strings.Repeat("b", 53),
		"xn--bcher-kva.example":                               "xn--bcher-kva.example",
		"bucket.vpce-0a1-2b3.s3.us-east-2.vpce.amazonaws.com": "bucket.vpce-0a1-2b3.s3.us-east-2.vpce.amazonaws.com",
	} {
		if got, err := ParseHost(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{
		"", ".", "..", "a..b", ".a", "https://ssm.us-east-2.amazonaws.com", "ssm.us-east-2.amazonaws.com:443", "a/b",
		"a b", " a", "a\t", "a\n", "a\x00", "a\x1b[0m", "bücher.example", "a\u200bb", "“a”", "-a", "a-", "a.-b.c", "a_b",
		"10.0.1.5", "10.0.1.5:443", "::1", "[::1]:443", "[::1]", "a@b", "a?b", "a#b", "a%41",
		strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a",
	} {
		_, err := ParseHost(bad)
		if !isError[*HostError](err) {
			t.Errorf("%q: error %v, want a *HostError", bad, err)
			continue
		}
		if strings.ContainsAny(err.Error(), "\x00\x1b\n\t\u200b") {
			t.Errorf("%q: the error is not safe to print: %q", bad, err.Error())
		}
	}
}

func FuzzParseHost(f *testing.F) {
	f.Add("ssm.us-east-2.amazonaws.com")
	f.Add("10.0.0.1:443")
	f.Add("a..\x00b")
	f.Fuzz(func(t *testing.T, s string) {
		host, err := ParseHost(s)
		if err != nil {
			return
		}
		if again, err := ParseHost(host); err != nil || again != host {
			t.Fatalf("%q gives %q, and that gives %q, %v", s, host, again, err)
		}
		if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Fatalf("%q gives %q", s, host)
		}
	})
}

func TestIsAWSName(t *testing.T) {
	for host, want := range map[string]bool{
		"ssm.us-east-2.amazonaws.com":                   true,
		"vpce-0a1-2b3.ssm.us-east-2.vpce.amazonaws.com": true,
		"ssm.us-east-2.api.aws":                         true,
		"ssm.cn-north-1.amazonaws.com.cn":               true,
		"amazonaws.com":                                 false,
		"ssm.evilamazonaws.com":                         false,
		"ssm.amazonaws.com.example.net":                 false,
		"proxy.corp.example":                            false,
	} {
		if got := IsAWSName(host); got != want {
			t.Errorf("%s: got %v, want %v", host, got, want)
		}
	}
}
