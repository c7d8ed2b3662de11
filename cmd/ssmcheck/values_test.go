package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	for in, want := range map[string]string{
		"10.0.0.2":              "10.0.0.2:53",
		"10.0.0.2:5353":         "10.0.0.2:5353",
		"fd00:ec2::253":         "[fd00:ec2::253]:53",
		"[fd00:ec2::253]":       "[fd00:ec2::253]:53",
		"[fd00:ec2::253]:5353":  "[fd00:ec2::253]:5353",
		"::ffff:10.0.0.2":       "10.0.0.2:53",
		"fe80::1%eth0":          "[fe80::1%eth0]:53",
		"127.0.0.53":            "127.0.0.53:53",
		"[10.0.0.2]":            "10.0.0.2:53",
		"[10.0.0.2":             "",
		"10.0.0.2]":             "",
		"[[10.0.0.2]]":          "",
		"255.255.255.255":       "",
		"":                      "",
		"10.0.0":                "",
		"10.0.0.2:":             "",
		"10.0.0.2:0":            "",
		"10.0.0.2:99999":        "",
		"::":                    "",
		"224.0.0.251":           "",
		"dns.example.com":       "",
		"10.0.0.2, 10.0.0.3":    "",
		"http://10.0.0.2":       "",
		"10.0.0.2/24":           "",
		"\x1b[31m":              "",
		"[10.0.0.2]:53]":        "",
		"0x0a000002":            "",
		"10.0.0.2:domain":       "",
		"fd00:ec2::253%eth0:53": "",
		"fe80::1%a b":           "",
		"[fe80::1%a'b]:53":      "",
	} {
		got, err := parseServer(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("parseServer(%q) = %v, want an error", in, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("parseServer(%q) = %v, %v, want %s", in, got, err, want)
		}
	}
}

// TestManyBuckets: the list has an end, on the command line and in the
// variable, before anything is sent.
func TestManyBuckets(t *testing.T) {
	names := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("bucket-%d", i))
		}
		return strings.Join(all, ",")
	}
	for _, tt := range []struct {
		name     string
		args     []string
		variable string
		status   int
		want     string
	}{
		{"as many as are tested", []string{"endpoints", "--region", "us-east-2", "--bucket", names(100)}, "", 0, ""},
		{"one name twice counts once", []string{"endpoints", "--region", "us-east-2", "--bucket", names(100) + ",bucket-7"}, "", 0, ""},
		{"one more", []string{"--bucket", names(101)}, "", 2, "--bucket: … 100"},
		{"many in the variable", nil, names(14_000), 2, "SSMCHECK_BUCKET: … 100"},
		{"many to list", []string{"endpoints", "--region", "us-east-2"}, names(101), 2, "SSMCHECK_BUCKET: … 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			s := system{stdout: &stdout, stderr: &stderr, getenv: func(name string) string {
				if name == "SSMCHECK_BUCKET" {
					return tt.variable
				}
				return ""
			}}
			if status := run(t.Context(), tt.args, s); status != tt.status || (stderr.Len() > 0) != (tt.want != "") {
				t.Errorf("status %d and %q, want %d and %q", status, stderr.String(), tt.status, tt.want)
			}
			wantFacts(t, stderr.String(), strings.Split(tt.want, " … ")...)
		})
	}
}

func TestParseCIDR(t *testing.T) {
	for in, want := range map[string]string{
		"10.0.0.0/8":          "10.0.0.0/8",
		"10.1.2.3/8":          "10.0.0.0/8",
		"fd00::/8":            "fd00::/8",
		"::ffff:10.0.0.0/104": "10.0.0.0/8",
		"::ffff:0.0.0.0/96":   "0.0.0.0/0",
		"::ffff:10.0.0.0/95":  "",
		"10.0.0.1":            "",
		"10.0.0.0/33":         "",
		"":                    "",
	} {
		got, err := parseCIDR(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("parseCIDR(%q) = %v, want an error", in, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("parseCIDR(%q) = %v, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseProxy(t *testing.T) {
	for in, want := range map[string]string{
		"auto":                        "auto",
		"none":                        "none",
		"http://proxy:3128":           "http://proxy:3128",
		"proxy.example.com:3128":      "http://proxy.example.com:3128",
		"proxy":                       "http://proxy",
		"https://u:p@proxy:3129":      "https://u:***@proxy:3129",
		"http://[fd00::1]:3128":       "http://[fd00::1]:3128",
		"AUTO":                        "auto",
		"None":                        "none",
		"http://none":                 "http://none",
		"http://proxy:65535":          "http://proxy:65535",
		"http://proxy:":               "http://proxy",
		"http://proxy:0":              "",
		"http://proxy:65536":          "",
		"https://u:p@proxy:99999":     "",
		"proxy:00000":                 "",
		"http://proxy:99999999999999": "",
		"":                            "",
		"http://":                     "",
		"http://:3128":                "",
		"socks5://proxy":              "socks5://proxy",
		"socks5h://u:p@proxy:1080":    "socks5h://u:***@proxy:1080",
		"socks4://proxy":              "",
		"http://u:p%zz@proxy":         "",
		"file:///etc/passwd":          "",
		"http://proxy:port":           "",
		"http://proxy.example.com:-1": "",
		"http://a b":                  "",
	} {
		got, u, err := parseProxy(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("parseProxy(%q) = %q, want an error", in, got)
		case want != "" && (err != nil || got != want):
			t.Errorf("parseProxy(%q) = %q, %v, want %q", in, got, err, want)
		case (u != nil) != (want != "" && want != "auto" && want != "none"):
			t.Errorf("parseProxy(%q): the URL is %v", in, u)
		}
	}
}

func TestLocaleUTF8(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
		{map[string]string{"LC_ALL": "", "LANG": "POSIX"}, false},
	} {
		if got := localeUTF8(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("localeUTF8(%v) = %v", c.env, got)
		}
	}
}

func TestColours(t *testing.T) {
	person, file := terminal{interactive: true}, terminal{}
	for _, c := range []struct {
		choice string
		t      terminal
		env    map[string]string
		want   bool
	}{
		{"auto", person, nil, true},
		{"auto", file, nil, false},
		{"auto", person, map[string]string{"NO_COLOR": "1"}, false},
		{"auto", person, map[string]string{"TERM": "dumb"}, false},
		{"always", file, map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true},
		{"never", person, nil, false},
	} {
		s := system{getenv: func(name string) string { return c.env[name] }}
		if got := s.colours(c.choice, c.t); got != c.want {
			t.Errorf("--color %s, %+v, %v: %v", c.choice, c.t, c.env, got)
		}
	}
}
