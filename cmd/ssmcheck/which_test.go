package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// usage runs a command line that must be a usage error, and returns what it says.
func usage(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	s := system{stdout: &out, stderr: &errs, getenv: func(name string) string { return env[name] }, version: "1.2.3"}
	if status := run(t.Context(), args, s); status != statusUsage {
		t.Errorf("%q: exit status %d, %s", args, status, &errs)
	}
	return errs.String()
}

func TestLabels_refused(t *testing.T) {
	many := []string{}
	for _, c := range "abcdefghijklmnopq" {
		many = append(many, "--label", string(c)+"=1")
	}
	for _, args := range [][]string{
		{"--label", "role"}, {"--label", "1a=x"}, {"--label", "a-b=x"}, {"--label", "=x"}, {"--label", "__a=x"}, {"--label", "ä=x"},
		{"--label", "a=" + strings.Repeat("x", 257)}, {"--label", "a=x\ny"}, {"--label", "a=1", "--label", "a=2"}, many,
	} {
		if text := usage(t, nil, args...); !strings.Contains(text, "label") {
			t.Errorf("%.60q: %s", args, text)
		}
	}
	if text := usage(t, map[string]string{"SSMCHECK_LABEL": "a=1,a=2"}); !strings.Contains(text, "SSMCHECK_LABEL") {
		t.Error(text)
	}
}

func TestIgnore_refused(t *testing.T) {
	for _, code := range []string{"endpoint-block", "nothing-like-it", ""} {
		if text := usage(t, nil, "--ignore", "tls-expired,"+code); !strings.Contains(text, "--ignore") {
			t.Errorf("%q: %s", code, text)
		}
	}
	if text := usage(t, nil, "--ignore", "endpoint-block"); !strings.Contains(text, "endpoint-blocked") {
		t.Errorf("no suggestion: %s", text)
	}
}

// A run with labels and an ignored cause, saved, and diagnosed again.
func TestLabelsAndIgnore(t *testing.T) {
	s, ok := scenarios.Find("endpoint-blocked")
	if !ok {
		t.Fatal("no such scenario")
	}
	var r *lab.Run
	for again := range 4 { // on a busy machine what is late is a warning more, which --strict counts
		var err error
		if r, err = lab.Preflight(t.Context(), s, "--timeout", (600 << again * time.Millisecond).String()); err != nil {
			t.Fatal(err)
		}
		if len(s.Want.Misses(lab.Found(r.Report, r.Status))) == 0 {
			break
		}
	}
	path := filepath.Join(t.TempDir(), "report.json")
	save := func(labels map[string]string, ignore ...string) {
		r.Seen.Plan.Labels, r.Seen.Plan.Ignore = labels, ignore
		var b bytes.Buffer
		if err := report.JSON(&b, report.New("1.2.3", diagnose.Judge(r.Seen), r.Seen)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	diagnoseAs := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		y := system{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, version: "1.2.3"}
		if status := run(t.Context(), append([]string{"diagnose", path}, args...), y); status != want {
			t.Errorf("%q: exit status %d, want %d: %s", args, status, want, &errs)
		}
		return out.String()
	}
	save(map[string]string{"role": "quokka", "owner_of": "wombat"})
	for _, format := range []string{"text", "json", "ndjson", "junit", "markdown", "html"} {
		if out := diagnoseAs(1, "-o", format); !strings.Contains(out, "quokka") {
			t.Errorf("%s has no label", format)
		}
	}
	if out := diagnoseAs(1, "-o", "prometheus"); !strings.Contains(out, `label_owner_of="wombat",label_role="quokka"`) || !strings.Contains(out, "ssmcheck_success 0\n") {
		t.Errorf("prometheus: %.400s", out)
	}
	for _, format := range formats() {
		if out := diagnoseAs(map[string]int{"nagios": 2}[format]+map[bool]int{true: 1}[format != "nagios"], "--redact", "-o", format); strings.Contains(out, "quokka") ||
			strings.Contains(out, "wombat") || strings.Contains(out, "owner_of") {
			t.Errorf("redacted %s has a label", format)
		}
	}
	for _, way := range []string{"saved", "flag"} {
		args := []string{"--ignore", "endpoint-blocked", "--strict"}
		save(nil)
		if way == "saved" {
			save(nil, "endpoint-blocked")
			args = args[2:]
		}
		for _, format := range formats() {
			out := diagnoseAs(0, append(args, "-o", format)...)
			if !strings.Contains(out, "ignored") || !strings.Contains(out, "endpoint-blocked") {
				t.Errorf("%s, %s has no mark of the ignored cause:\n%.600s", way, format, out)
			}
		}
	}
	save(nil, "endpoint-blocked")
	var got report.Document
	if err := json.Unmarshal([]byte(diagnoseAs(0, "-o", "ndjson")), &got); err != nil || got.Labels == nil || !slices.ContainsFunc(got.Findings, func(f diagnose.Finding) bool { return f.Ignored }) {
		t.Errorf("ndjson: %v, labels %v, %+v", err, got.Labels, got.Findings)
	}
}

func TestVersion(t *testing.T) {
	text := help(t, "version")
	for _, want := range []string{"ssmcheck version 1.2.3\n", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, "commit "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	var b build
	if err := json.Unmarshal([]byte(help(t, "version", "-o", "json")), &b); err != nil || b.Version != "1.2.3" || b.Go != runtime.Version() || b.Platform == "" {
		t.Errorf("%v: %+v", err, b)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--no-color"}, "use --color never"},
		{[]string{"-o", "text,json"}, "repeat -o"},
		{[]string{"-o", "text,json=x.json"}, "repeat -o"},
		{[]string{"--retries", "3"}, "--wait"},
		{[]string{"--format", "json"}, "--output"},
	} {
		if text := usage(t, nil, c.args...); !strings.Contains(text, c.want) {
			t.Errorf("%q: %s", c.args, text)
		}
	}
	if text := help(t, "--help"); !strings.HasSuffix(text, "Documentation: "+project+"\nBugs: "+project+"/issues\n") {
		t.Errorf("the help ends with %q", text[len(text)-120:])
	}
}

func TestOutputVariable(t *testing.T) {
	for value, want := range map[string][]string{
		"text":                       {"text"},
		"text,json=a.json":           {"text", "json=a.json"},
		"json=a,b.json,text":         {"json=a,b.json", "text"},
		"json=a,text.json":           {"json=a,text.json"},
		"json=a,b.json\ntext":        {"json=a,b.json", "text"},
		"json=a,text\n":              {"json=a,text"},
		"text\r\njson=a.json\r\n":    {"text", "json=a.json"},
		"json=a, prometheus=b.prom ": {"json=a", " prometheus=b.prom "},
	} {
		if got := splitOutputs(value); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
