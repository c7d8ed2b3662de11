package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

func TestDiff(t *testing.T) {
	finding := func(code string) string {
		return `{"code":"` + code + `","severity":"error","title":"title of ` + code + `"}`
	}
	node := func(id, verdict string, findings ...string) string {
		return `{"schema":"ssmcheck.report/v1","started_at":"2026-01-02T03:04:05Z","verdict":"` + verdict + `","node":{"instance_id":"` + id +
			`","hostname":"` + id + `"},"findings":[` + strings.Join(findings, ",") + "]}\n"
	}
	a, b, c := finding("dns-server-silent"), finding("clock-skew"), finding("egress-blocked")
	for name, x := range map[string]struct {
		old, now         string
		status           int
		begun, gone      string
		same             string
		changed          string
		appeared, missed int
	}{
		"the same":         {node("i-1", "fail", a), node("i-1", "fail", a), 0, "", "", "dns-server-silent", "", 0, 0},
		"mended":           {node("i-1", "fail", a), node("i-1", "pass"), 0, "", "dns-server-silent", "", "i-1 fail pass", 0, 0},
		"another cause":    {node("i-1", "fail", a, b), node("i-1", "fail", b, c), 1, "egress-blocked", "dns-server-silent", "clock-skew", "", 0, 0},
		"one node, no id":  {node("", "pass"), node("i-1", "fail", a), 1, "dns-server-silent", "", "", "i-1 pass fail", 0, 0},
		"a fleet":          {node("i-1", "fail", a) + node("i-2", "pass"), node("i-1", "pass") + node("i-2", "fail", a), 1, "", "", "dns-server-silent", "i-2 pass fail,i-1 fail pass", 0, 0},
		"nodes come, go":   {node("i-1", "pass") + node("i-2", "pass"), node("i-1", "pass") + node("i-3", "pass"), 0, "", "", "", "", 1, 1},
		"one comes, fails": {node("i-1", "fail", a), node("i-1", "fail", a) + node("i-3", "fail", a), 1, "", "", "dns-server-silent", "", 1, 0},
		"one is damaged":   {node("i-1", "pass") + "{\n", node("i-1", "pass"), 3, "", "", "", "", 0, 0},
		"one is not there": {"", node("i-1", "pass"), 3, "", "", "", "", 1, 0},
	} {
		dir := t.TempDir()
		old, now := filepath.Join(dir, "old.ndjson"), filepath.Join(dir, "new.ndjson")
		for path, content := range map[string]string{old: x.old, now: x.now} {
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		status, out, stderr := fleetRun(t, "", nil, "diff", old, now, "-o", "json")
		if status != x.status || stderr != "" {
			t.Errorf("%s: exit status %d, want %d; %s", name, status, x.status, stderr)
		}
		var d fleet.Diff
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatal(err)
		}
		codes := func(list []*fleet.CauseChange) string {
			var s []string
			for _, c := range list {
				s = append(s, c.Code)
			}
			return strings.Join(s, ",")
		}
		var changed []string
		for _, n := range d.Changed {
			changed = append(changed, n.ID+" "+string(n.Old)+" "+string(n.New))
		}
		if codes(d.Begun) != x.begun || codes(d.Gone) != x.gone || codes(d.Same) != x.same || strings.Join(changed, ",") != x.changed ||
			len(d.Appeared) != x.appeared || len(d.Missing) != x.missed {
			t.Errorf("%s: %s", name, out)
		}
		if _, out, _ := fleetRun(t, "", nil, "diff", old, now); codes(d.Begun) != "" && !strings.Contains(out, codes(d.Begun)+": title of") {
			t.Errorf("%s: the text does not say what is new:\n%s", name, out)
		}
	}
	if status, _, stderr := fleetRun(t, "", nil, "diff", "one.json"); status != 2 || stderr == "" {
		t.Errorf("one file: exit status %d %q", status, stderr)
	}
}
