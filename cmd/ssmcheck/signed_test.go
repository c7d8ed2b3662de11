package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Signed calls are made where they are asked for, by flag or variable, and
// nothing of the credentials stands in a report.
func TestRunSigned(t *testing.T) {
	for _, args := range [][]string{{"--signed"}, {"--signed=true", "-v"}, nil} {
		for _, format := range []string{"json", "text"} {
			x := newTrial(t, "signed")
			if args == nil {
				getenv := x.getenv
				x.getenv = func(name string) string {
					if name == "SSMCHECK_SIGNED" {
						return "true"
					}
					return getenv(name)
				}
			}
			x.want(t, x.run(t, append(args, "-o", format)...), 0)
			out := x.stdout.String() + x.stderr.String()
			for _, secret := range lab.Secrets() {
				if strings.Contains(out, secret) {
					t.Errorf("%q, %s: a secret is told:\n%s", args, format, out)
				}
			}
			if strings.Contains(out, "Signature=") {
				t.Errorf("%q, %s: a signature is told", args, format)
			}
			if format == "text" {
				continue
			}
			o := readReport(t, x.stdout.Bytes()).Observations
			if o.Credentials.Found != observation.Yes || o.Credentials.Source != observation.SourceRole || len(o.Signed) != 2 {
				t.Fatalf("%q: credentials %+v, calls %+v", args, o.Credentials, o.Signed)
			}
			for _, c := range o.Signed {
				if !c.Allowed() {
					t.Errorf("%q: %+v is not allowed", args, c)
				}
			}
		}
	}
}

// Unasked, no credential is as much as looked for.
func TestRunSignsNothingUnasked(t *testing.T) {
	x := newTrial(t, "iam-denied")
	x.want(t, x.run(t, "-o", "json"), 0)
	if o := readReport(t, x.stdout.Bytes()).Observations; o.Credentials.Asked || o.Signed != nil {
		t.Errorf("credentials %+v, calls %+v", o.Credentials, o.Signed)
	}
	x = newTrial(t, "iam-denied")
	x.want(t, x.run(t, "--signed", "-o", "json"), 1)
}

// Amazon's file is looked up in the run, so that the report can be judged
// again without it.
func TestRunIPRanges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ip-ranges.json")
	const ranges = `{"syncToken": "1", "createDate": "2026-01-02-03-04-05", "prefixes": [
		{"ip_prefix": "3.5.128.0/22", "region": "us-east-2", "service": "S3"}]}`
	if err := os.WriteFile(file, []byte(ranges), 0o600); err != nil {
		t.Fatal(err)
	}
	x := newTrial(t, "nat-public")
	x.want(t, x.run(t, "--ip-ranges", file, "-o", "json"), 0)
	r := readReport(t, x.stdout.Bytes()).Observations.Ranges
	if !r.Given || !r.HasRegion || r.Created != "2026-01-02-03-04-05" {
		t.Errorf("ranges = %+v", r)
	}
	inside, outside := 0, 0
	for _, a := range r.Known {
		if a.InAmazon {
			inside++
		} else {
			outside++
		}
	}
	if inside == 0 || outside == 0 {
		t.Errorf("%d addresses inside, %d outside; want S3's inside and the APIs' outside", inside, outside)
	}
}
