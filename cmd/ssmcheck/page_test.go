package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
)

// TestPageHasTheFix wants the fixes in a page as the command prints them, and the
// judgement of a redacted copy without the node's names and addresses.
func TestPageHasTheFix(t *testing.T) {
	saved := savedRun(t, "endpoint-blocked")
	x := newTrial(t, "endpoint-blocked")
	prints := func(args ...string) string {
		x.stdout.Reset()
		x.run(t, args...)
		return x.stdout.String()
	}
	made := func(args ...string) (fixes map[string]string, redacted string) {
		_, rest, _ := strings.Cut(prints(append([]string{"diagnose", "-o", "html", saved}, args...)...), `id="made">`)
		data, _, _ := strings.Cut(rest, "</script>")
		var m struct {
			Remedy   map[string]string
			Redacted json.RawMessage
		}
		if err := json.Unmarshal([]byte(data), &m); err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		return m.Remedy, string(m.Redacted)
	}
	fixes, redacted := made()
	for _, language := range remedy.Languages() {
		if want := prints("fix", "--as", string(language), saved); want == "" || fixes[string(language)] != want {
			t.Errorf("as %s the page has %q, the command prints %q", language, fixes[string(language)], want)
		}
	}
	for _, own := range []string{lab.InstanceID, "10.0.1.102", "10.0.2.10"} {
		if strings.Contains(redacted, own) {
			t.Errorf("redacted, the page has %s in %s", own, redacted)
		}
	}
	if !strings.Contains(redacted, `"endpoint-blocked"`) {
		t.Errorf("redacted, the cause is not there: %s", redacted)
	}
	if _, again := made("--redact"); again != "" {
		t.Error("the page of a redacted report has it redacted again")
	}
}
