package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// madeIn is what a page has beside its report.
func madeIn(t *testing.T, d *report.Document) (fixes map[remedy.Language]string, redacted string) {
	t.Helper()
	_, nodes := parsePage(t, d)
	var made struct {
		Remedy   map[remedy.Language]string
		Redacted json.RawMessage
	}
	if err := json.Unmarshal([]byte(contentOf(elementOf(t, nodes, "script", "id", "made"))), &made); err != nil {
		t.Fatal(err)
	}
	return made.Remedy, string(made.Redacted)
}

// TestHTMLHasTheFix wants the fixes in the page as `ssmcheck fix` prints them, and
// the judgement of a redacted copy, which has no name, id or address of the node.
func TestHTMLHasTheFix(t *testing.T) {
	s, ok := lab.Find("endpoint-blocked")
	if !ok {
		t.Fatal("the scenario endpoint-blocked is gone")
	}
	run, err := lab.Preflight(t.Context(), s, "--timeout", "300ms")
	if err != nil {
		t.Fatal(err)
	}
	d := report.New("1.2.3", run.Report, run.Seen)
	fixes, redacted := madeIn(t, d)
	for _, language := range remedy.Languages() {
		var want strings.Builder
		if err := remedy.Write(&want, remedy.New(run.Report, run.Seen), remedy.Options{As: language}); err != nil {
			t.Fatal(err)
		}
		if fixes[language] != want.String() || want.Len() == 0 {
			t.Errorf("as %s the page has %q, the command prints %q", language, fixes[language], want.String())
		}
	}
	for _, own := range []string{d.Node.InstanceID, d.Node.Hostname, "10.0.1.102"} {
		if own == "" || strings.Contains(redacted, own) {
			t.Errorf("redacted, the page has %q in %s", own, redacted)
		}
	}
	if !strings.Contains(redacted, `"endpoint-blocked"`) {
		t.Errorf("redacted, the cause is not there: %s", redacted)
	}
	seen, err := redact.New().Observations(run.Seen)
	if err != nil {
		t.Fatal(err)
	}
	if _, again := madeIn(t, report.NewRedacted("1.2.3", seen)); again != "" {
		t.Error("the page of a redacted report has it redacted again")
	}
	if fixes, _ := madeIn(t, healthy()); len(fixes) != 0 {
		t.Errorf("where all is well the page has fixes: %v", fixes)
	}
}
