package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestHTMLMadeWithIt wants in the page what was made with the report, as data that
// no text of it can end.
func TestHTMLMadeWithIt(t *testing.T) {
	d, other := broken(), broken()
	other.Node.InstanceID, other.Redacted = "i-00000000000000001", true
	taint(other)
	fixes := map[string]string{"cli": "#!/bin/sh\n", "terraform": strings.Join(tainted, "\n")}
	var page, line strings.Builder
	if err := report.HTML(&page, d, report.HTMLOptions{Fixes: fixes, Redacted: other}); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(page.String(), `<script type="application/json" id="made">`)
	data, _, _ := strings.Cut(rest, "</script>")
	if strings.ContainsAny(data, "<>&\u2028") {
		t.Errorf("the data has a character that may end it: %s", data)
	}
	var got struct {
		Remedy   map[string]string
		Redacted json.RawMessage
	}
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fixes, got.Remedy); diff != "" {
		t.Error(diff)
	}
	if err := report.NDJSON(&line, other); err != nil {
		t.Fatal(err)
	}
	var want, have any
	if json.Unmarshal([]byte(line.String()), &want) != nil || json.Unmarshal(got.Redacted, &have) != nil || want == nil || !cmp.Equal(want, have) {
		t.Errorf("the redacted judgement is another: %s", got.Redacted)
	}
}
