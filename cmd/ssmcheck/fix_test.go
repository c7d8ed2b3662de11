package main

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// saveReport runs a scenario and keeps its report.
func saveReport(t *testing.T, scenario string, args ...string) string {
	t.Helper()
	x := newTrial(t, scenario)
	path := filepath.Join(t.TempDir(), "report.json")
	x.run(t, append([]string{"--region", "us-east-2", "-q", "-o", "json=" + path}, args...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Without a file fix looks at the node; it ends as the run would.
func TestFixLooks(t *testing.T) {
	for _, c := range []struct {
		scenario, as string
		status       int
		want         string
	}{
		{"private-vpc", "cli", 0, "# ssmcheck found nothing to create or change for i-0a1b2c3d4e5f60718 in"},
		{"endpoint-not-private", "terraform", 1, `"com.amazonaws.us-east-2.ssmmessages",`},
		{"endpoint-not-private", "cloudformation", 1, `ServiceName: "com.amazonaws.us-east-2.ssmmessages"`},
		{"endpoint-partly-blocked", "cli", 0, "authorize-security-group-ingress"},
	} {
		x := newTrial(t, c.scenario)
		x.want(t, x.run(t, "fix", "--as", c.as), c.status)
		if !strings.Contains(x.stdout.String(), c.want) {
			t.Errorf("%s as %s lacks %q:\n%s", c.scenario, c.as, c.want, &x.stdout)
		}
		if x.dials.Load() == 0 || x.stderr.Len() > 0 {
			t.Errorf("%d connections, standard error %q", x.dials.Load(), &x.stderr)
		}
	}
}

// With a file it looks at nothing, and says the same as the run would have.
func TestFixReads(t *testing.T) {
	path := saveReport(t, "endpoint-blocked")
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "fix", path), 1)
	if !strings.Contains(x.stdout.String(), `"${ENDPOINT_SECURITY_GROUP_ID:?`) || x.dials.Load() > 0 {
		t.Errorf("%d connections:\n%s", x.dials.Load(), &x.stdout)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	y := newTrial(t, "private-vpc")
	y.stdin = bytes.NewReader(b)
	y.want(t, y.run(t, "fix", "-"), 1)
	if x.stdout.String() != y.stdout.String() {
		t.Error("standard input and the file differ")
	}
}

// --dns alone is a configuration that can be written where it belongs.
func TestFixDNS(t *testing.T) {
	path := saveReport(t, "dns-forwarder-missing")
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "fix", path, "--dns", "unbound"), 1)
	if got := x.stdout.String(); strings.Contains(got, "#!/bin/sh") || !strings.Contains(got, "\n    forward-addr: 10.0.0.2\n") {
		t.Errorf("got:\n%s", got)
	}
	x = newTrial(t, "private-vpc")
	x.want(t, x.run(t, "fix", path, "--dns", "unbound", "--as", "terraform"), 1)
	if got := x.stdout.String(); !strings.Contains(got, "\n#     forward-addr: 10.0.0.2\n") || strings.Contains(got, "forwarders") {
		t.Errorf("got:\n%s", got)
	}
}

func TestFixMistakes(t *testing.T) {
	path := saveReport(t, "private-vpc")
	damaged := filepath.Join(t.TempDir(), "damaged.json")
	if err := os.WriteFile(damaged, []byte(`{"schema":`), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`--as: … "pulumi" … cli, terraform, cloudformation`: {"--as", "pulumi"},
		`--dns: … "djbdns" … bind, unbound, dnsmasq`:        {"--dns", "djbdns"},
		"one report":            {path, path},
		"--region: … " + path:   {path, "--region", "us-east-2"},
		damaged + ": … damaged": {damaged},
		syscall.ENOENT.Error():  {filepath.Join(t.TempDir(), "none.json")},
		"flag … --output":       {"--output", "json"},
		"--timeout: … 0":        {"--timeout", "0"},
	} {
		x := newTrial(t, "private-vpc")
		x.want(t, x.run(t, append([]string{"fix"}, args...)...), statusUsage)
		x.wantError(t, strings.Split(want, " … ")...)
		if x.stdout.Len() > 0 || x.dials.Load() > 0 {
			t.Errorf("%q: standard output %q, %d connections", args, &x.stdout, x.dials.Load())
		}
	}
}

// A variable of the environment is a preset of every run, and no mistake where
// there is none.
func TestFixEnvironment(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.getenv = func(name string) string {
		return map[string]string{"SSMCHECK_REGION": "us-east-2", "SSMCHECK_AS": "terraform"}[name]
	}
	x.want(t, x.run(t, "fix", saveReport(t, "endpoint-blocked")), 1)
	if !strings.Contains(x.stdout.String(), `variable "endpoint_security_group_id"`) {
		t.Errorf("got:\n%s", &x.stdout)
	}
}

func TestFixCannotWrite(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.system.stdout = brokenWriter{}
	x.want(t, x.run(t, "fix"), statusUnfinished)
}

// TestFixHostile: nothing that stands in the fields of a report is written
// anywhere but in comments, in no language.
func TestFixHostile(t *testing.T) {
	const mark = "PWNED"
	x := newTrial(t, "private-vpc")
	for _, scenario := range []string{"dns-forwarder-missing-premises", "endpoint-not-private", "proxy-agent-differs"} {
		var args []string
		if strings.HasSuffix(scenario, "premises") { // a forwarder has that address
			args = []string{"--vpc-resolver", "10.0.0.250"}
		}
		b, err := os.ReadFile(saveReport(t, scenario, args...))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(b, &document); err != nil {
			t.Fatal(err)
		}
		n := 0
		document["observations"] = poison(document["observations"], mark, &n)
		if b, err = json.Marshal(document); err != nil || n < 10 {
			t.Fatalf("%d fields: %v", n, err)
		}
		path := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, as := range []string{"", "cli", "terraform", "cloudformation"} {
			for _, dns := range []string{"", "bind", "unbound", "dnsmasq", "windows", "route53"} {
				args := []string{"fix", path}
				if as != "" {
					args = append(args, "--as", as)
				}
				if dns != "" {
					args = append(args, "--dns", dns)
				}
				x.stdout.Reset()
				if status := x.run(t, args...); status == 2 || x.dials.Load() > 0 {
					t.Fatalf("%q: status %d: %s", args, status, &x.stderr)
				}
				comment := "#"
				if as == "" && dns == "bind" {
					comment = "//"
				}
				for l := range strings.Lines(x.stdout.String()) {
					if strings.Contains(l, mark) && !strings.HasPrefix(strings.TrimSpace(l), comment) {
						t.Errorf("%s, %q: outside a comment: %q", scenario, args, l)
					}
					if strings.ContainsFunc(l, func(r rune) bool { return r != '\n' && r != '\t' && (r < ' ' || r > '~') }) {
						t.Errorf("%s, %q: not printable: %q", scenario, args, l)
					}
				}
			}
		}
	}
}

// poison puts the mark, as a line of its own, into the zone of every address of a
// decoded document, and behind every text that is not a word of the program's.
func poison(v any, mark string, n *int) any {
	evil := "\n" + mark + "\r" + mark + "\u0085" + mark + "\u2028" + mark + "' \" $(" + mark + ")\n"
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = poison(v[i], mark, n)
		}
	case map[string]any:
		for name, member := range v {
			_, ok := member.(string)
			switch name {
			case "code", "kind", "role", "type", "rcode", "op", "class", "name", "service", "host", "ending", "region", "os", "partition", "started_at", "proxy", "not_before", "not_after", "date", "at", "https", "shell_https":
				if ok {
					continue
				}
			}
			v[name] = poison(member, mark, n)
		}
	case string:
		if at, err := netip.ParseAddrPort(v); err == nil {
			*n++
			return netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()).WithZone(evil), at.Port()).String()
		}
		if a, err := netip.ParseAddr(v); err == nil {
			*n++
			return netip.AddrFrom16(a.As16()).WithZone(evil).String()
		}
		if _, err := netip.ParsePrefix(v); err != nil {
			return v + evil
		}
	}
	return v
}
