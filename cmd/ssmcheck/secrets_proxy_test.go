package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// proxyMark is the secret of these tests.
const proxyMark = "S3cr3tM4rk"

// FuzzProxySecrets takes a proxy from the shell's environment, and from a
// report of an older version, through all that the program prints: the secret
// is nowhere.
func FuzzProxySecrets(f *testing.F) {
	known := lab.ProxySecrets(proxyMark)
	for i, raw := range known {
		if i%3 != 0 {
			continue // of the built program all are tried, end to end
		}
		before, after, _ := strings.Cut(raw, proxyMark)
		f.Add(before, after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		raw := before + proxyMark + after
		if !slices.Contains(known, raw) && !secretStands(raw) || strings.Contains(raw, "\x00") {
			t.Skip("the mark stands where no secret is")
		}
		env := map[string]string{"HTTPS_PROXY": raw, "HTTP_PROXY": raw, "NO_PROXY": "localhost," + raw + ",x", "SSMCHECK_DEBUG": "1"}
		doc := noSecretPrinted(t, raw, env, nil, "-v", "--region", "us-east-2")
		saved := bytes.NewReader(olderReport(t, doc, raw))
		noSecretPrinted(t, raw, env, saved, "diagnose", "-v", "-")
		for _, flags := range [][]string{{"--as", "cli"}, {"--as", "terraform"}, {"--dns", "unbound"}} {
			saved.Seek(0, io.SeekStart)
			noSecretPrinted(t, raw, env, saved, append([]string{"fix", "-"}, flags...)...)
		}
		// A proxy that is used is none of an error.
		noSecretPrinted(t, raw, map[string]string{"SSMCHECK_PROXY": raw}, nil, "-v", "--region", "us-east-2")
		noSecretPrinted(t, raw, env, nil, "--region", "us-east-2", raw)
		noSecretPrinted(t, raw, env, nil, "--region", "us-east-2", "--proxy"+raw)
	})
}

// secretStands reports whether the mark is what must not be shown: between the
// first colon behind the scheme and the last "@", or behind what may begin a
// path.
func secretStands(raw string) bool {
	_, rest, ok := strings.Cut(raw, "://")
	if !ok {
		rest = raw
	}
	mark := strings.Index(rest, proxyMark)
	colon, at := strings.IndexByte(rest, ':'), strings.LastIndexByte(rest, '@')
	path := strings.IndexAny(rest, "/?#")
	return mark >= 0 && strings.Count(raw, proxyMark) == 1 &&
		(colon >= 0 && colon < mark && mark < at || path >= 0 && path < mark)
}

// noSecretPrinted runs the program on a node without a network, and wants the
// mark nowhere in what it prints. It gives the report in JSON, if there is one.
func noSecretPrinted(t *testing.T, raw string, env map[string]string, stdin io.Reader, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	refuse := func(_ context.Context, network, address string) (net.Conn, error) {
		if strings.Contains(address, proxyMark) {
			t.Errorf("%q: %s is dialled", raw, address)
		}
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.Refused)}
	}
	s := system{stdin: stdin, stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return env[name] }, version: "1.2.3", prober: probe.Prober{
		Dial: refuse,
		LookupHost: func(_ context.Context, host string) ([]netip.Addr, error) {
			if strings.Contains(strings.ToLower(host), strings.ToLower(proxyMark)) {
				t.Errorf("%q: the host %s is looked up", raw, host)
			}
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		},
		Files: fstest.MapFS{
			"proc/1/comm":                 {Data: []byte("systemd\n")},
			"sys/class/dmi/id/sys_vendor": {Data: []byte("VMware, Inc.\n")},
			"etc/resolv.conf":             {Data: []byte("nameserver 10.20.0.53\n")},
		},
	}}
	s.prober.Getenv = s.getenv
	dir := t.TempDir()
	files := args[0] != "fix"
	if files {
		for _, f := range formats() {
			args = append(args, "-o", f+"="+filepath.Join(dir, f))
		}
	}
	status := run(t.Context(), args, s)
	outputs := map[string]string{"standard output": stdout.String(), "standard error": stderr.String()}
	for _, f := range formats() {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if files && status != statusUsage && err != nil || err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%q: status %d: %v\n%s", raw, status, err, &stderr)
		}
		outputs[f] = string(b)
	}
	for name, text := range outputs {
		for _, form := range []string{proxyMark, strings.ToLower(proxyMark), base64.StdEncoding.EncodeToString([]byte("user:" + proxyMark))} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s of %q holds the secret: %q", name, raw, text[max(0, i-100):min(len(text), i+80)])
			}
		}
	}
	return []byte(outputs["json"])
}

// olderReport gives a report with a proxy in all of its places as it was
// written in the environment, as a version without a redactor would have.
func olderReport(t *testing.T, doc []byte, raw string) []byte {
	t.Helper()
	d, err := report.ReadJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	o := d.Observations
	failure := &observation.Failure{Op: observation.OpProxy, Kind: observation.KindOther, Text: `proxyconnect tcp: parse "` + raw + `": invalid`}
	o.Node.Proxy.HTTPS, o.Node.Proxy.HTTP, o.Node.Proxy.ShellHTTPS, o.Node.Proxy.Metadata = raw, raw, raw, raw
	o.Node.Proxy.No, o.Node.Proxy.ShellNo = "localhost,"+raw, raw+",x"
	o.Node.Proxy.Invalid = &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: `"` + raw + `": it cannot be parsed`}
	for i := range o.Plan.Targets {
		o.Plan.Targets[i].Proxy = raw
	}
	for i := range o.Targets {
		o.Targets[i].Proxy = &observation.ProxyObservation{
			URL:     raw,
			Lookup:  &observation.SystemLookup{Host: proxyMark, Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain, Text: "lookup " + proxyMark + ": no such host"}},
			Connect: &observation.Connect{Failure: failure},
		}
	}
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
