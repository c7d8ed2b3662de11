package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// The news of --wait come from the redacted report, as all that follows does.
func TestWaitRedact(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.run(t, "--redact", "--wait", "1500ms", "--region", "us-east-2", "--timeout", "500ms", "--bucket", "acme-own-bucket", "--proxy", "http://jdoe:letmein@contosoproxy:3128")
	news, told := x.stderr.String(), x.stdout.String()+x.stderr.String()
	if !strings.Contains(news, "after ") || !strings.Contains(news, "http://user-1:***@host-1:3128") {
		t.Errorf("the news are %q", news)
	}
	for _, secret := range []string{lab.InstanceID, "10.0.2.10", "contosoproxy", "jdoe", "letmein", "acme-own-bucket"} {
		if i := strings.Index(told, secret); i >= 0 {
			t.Errorf("%s is told: …%s…", secret, told[max(0, i-80):min(len(told), i+80)])
		}
	}
}

// A file is often named after its node.
func TestDiagnoseRedactNoFileNames(t *testing.T) {
	dir := t.TempDir()
	x := newTrial(t, "private-vpc")
	x.run(t, "--region", "us-east-2", "-o", "json="+filepath.Join(dir, "contosonode.json"))
	doc, err := os.ReadFile(filepath.Join(dir, "contosonode.json"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.json")
	if err := os.WriteFile(other, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range multiReportFormats {
		x.run(t, "diagnose", "--redact", "-o", format, filepath.Join(dir, "contosonode.json"), other)
		told := x.stdout.String()
		if strings.Contains(told, "contosonode") || format != "ndjson" && !strings.Contains(told, "report 2") {
			t.Errorf("%s: %s", format, told)
		}
	}
}

// The progress has stand-ins for buckets, and no words of a failure's own.
func TestProgressRedact(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b, terminal{width: 80, height: 25}, planOf("ssm", "s3:acme-own-bucket"))
	p.redact(redact.New().Targets(planOf("ssm", "s3:acme-own-bucket")))
	p.draw()
	p.update(probe.Event{Target: "s3:acme-own-bucket", Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindOther, Text: "contosoproxy says no"}})
	p.update(probe.Event{Target: "ssm"})
	told := b.String()
	if !strings.Contains(told, "s3:bucket-1  proxy: failed") || !strings.Contains(told, "ssm          answers") || strings.Contains(told, "acme") || strings.Contains(told, "contoso") {
		t.Errorf("the progress is %q", told)
	}
}

// What a node says of why it has no Region is not told.
func TestNoRegionRedact(t *testing.T) {
	node := observation.Node{Registration: observation.Registration{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/home/jdoe/registration: no JSON"}}}
	err := &noRegionError{err: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindStatus, Text: "contosofw says no"}, node: node}
	for _, secret := range []string{"jdoe", "contosofw"} {
		if !strings.Contains(err.Error(), secret) {
			t.Errorf("%s is not in %q", secret, err)
		}
	}
	err.redact = true
	if got, want := err.Error(), "no Region: give --region NAME or set AWS_REGION"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
