package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The reports of testdata/saved were written by an older version, of 991d369, in
// the lab's scenarios of their names. Each is read whole, and is judged as it was, but for what this version knows better.
func TestReadJSON_reportsOfAnOlderVersion(t *testing.T) {
	files, err := filepath.Glob("testdata/saved/*.json.gz")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d reports (%v), want 8", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json.gz")
		t.Run(name, func(t *testing.T) {
			text := unzipped(t, file)
			saved, err := report.ReadJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var was, is struct {
				Observations any `json:"observations"`
			}
			again, err := json.Marshal(saved)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &was); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(again, &is); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(was, is); diff != "" {
				t.Errorf("the facts have changed (-saved +read):\n%s", diff)
			}
			judged := diagnose.Judge(saved.Observations)
			if judged.Verdict != saved.Verdict {
				t.Errorf("verdict %s, was %s", judged.Verdict, saved.Verdict)
			}
			want := codesOf(saved.Findings)
			if now := changedSince[name]; now != nil {
				want = now
			}
			if diff := cmp.Diff(want, codesOf(judged.Findings)); diff != "" {
				t.Errorf("findings (-want +judged):\n%s", diff)
			}
		})
	}
}

// changedSince has the findings of the reports that this version judges anew.
var changedSince = map[string][]string{
	"distributor-old-agent":  {"agent-outdated info"},
	"dns-name-fails-private": {"dns-name-fails error", "agent-missing info"},
}

func codesOf(findings []diagnose.Finding) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, string(f.Code)+" "+string(f.Severity))
	}
	return codes
}

func unzipped(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
