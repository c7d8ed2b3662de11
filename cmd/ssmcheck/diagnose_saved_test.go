package main

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// changedRun is the report of a run in the lab.
func changedRun(t *testing.T, name string, change func(*report.Document)) []byte {
	t.Helper()
	s, ok := scenarios.Find(name)
	if !ok {
		t.Fatalf("the lab has no scenario %s", name)
	}
	r, err := lab.Preflight(t.Context(), s, "--timeout", "600ms")
	if err != nil {
		t.Fatal(err)
	}
	d := report.New("1.2.3", r.Report, r.Seen)
	change(d)
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// No format repeats the verdict of a saved report: the facts are judged again.
func TestDiagnoseBelievesNoVerdict(t *testing.T) {
	honest := changedRun(t, "endpoint-blocked", func(*report.Document) {})
	forged := changedRun(t, "endpoint-blocked", func(d *report.Document) {
		d.Verdict, d.Findings, d.Notes = diagnose.Pass, nil, nil
		for i := range d.Capabilities {
			d.Capabilities[i].Verdict, d.Capabilities[i].Because = diagnose.Pass, nil
		}
		for i := range d.Targets {
			d.Targets[i].Verdict, d.Targets[i].Because = diagnose.Pass, nil
		}
	})
	for format, want := range map[string]string{
		"text": "FAIL  Session Manager cannot work", "short": "FAIL  ip-10-", "json": `"verdict": "fail"`, "ndjson": `"verdict":"fail"`,
		"junit": `failures="2"`, "prometheus": `ssmcheck_verdict{verdict="fail"} 1`, "nagios": "CRITICAL", "markdown": "FAIL", "html": "<title>FAIL endpoint-blocked",
	} {
		was, told, _ := diagnoseAgain(t.Context(), honest, "-o", format)
		status, out, errs := diagnoseAgain(t.Context(), forged, "-o", format)
		if status != was || status == 0 || errs != "" {
			t.Errorf("%s: exit status %d and %d, standard error %q", format, was, status, errs)
		}
		if !strings.Contains(told, want) || !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%.600s", format, want, out)
		}
	}
}

// What diagnose writes of a report that has grown by what is escaped there, it
// reads again.
func TestDiagnoseReadsWhatItWrites(t *testing.T) {
	const fill = 640_000
	// A delete is one byte here, and six where it is an escape.
	content := bytes.Replace(changedRun(t, "endpoint-blocked", func(d *report.Document) {
		d.Observations.Targets[0].Addresses[0].Reply.Body = "MARK"
	}), []byte("MARK"), bytes.Repeat([]byte{0x7f}, fill), 1)
	for range 2 {
		status, out, errs := diagnoseAgain(t.Context(), content, "-o", "json")
		if status != 1 || errs != "" {
			t.Fatalf("%d bytes: exit status %d: %s", len(content), status, errs)
		}
		if len(out) > report.MaxDocument || len(out) < 6*fill {
			t.Fatalf("%d bytes are written", len(out))
		}
		content = []byte(out)
	}
}

// Two nodes in one compressed file are judged as each is alone: nothing of one is
// in the other.
func TestDiagnoseStream(t *testing.T) {
	lines := map[string]string{}
	var stream bytes.Buffer
	for _, name := range []string{"endpoint-blocked", "dns-forwarder-broken", "private-vpc"} {
		saved := changedRun(t, name, func(d *report.Document) { d.Observations.Node.Hostname = "node-" + name })
		_, lines[name], _ = diagnoseAgain(t.Context(), saved, "-o", "ndjson")
		stream.Write(saved)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(stream.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"plain": stream.Bytes(), "gzip": zipped.Bytes()} {
		status, out, errs := diagnoseAgain(t.Context(), content, "-o", "ndjson")
		want := lines["endpoint-blocked"] + lines["dns-forwarder-broken"] + lines["private-vpc"]
		if status != 1 || errs != "" || out != want || strings.Count(out, "\n") != 3 {
			t.Errorf("%s: exit status %d, standard error %q (-alone +together):\n%s", name, status, errs, cmp.Diff(want, out))
		}
	}
}
