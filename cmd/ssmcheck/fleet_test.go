package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

const plantedFleet = "../../testdata/fleet"

// fleetRun runs ssmcheck with a standard input.
func fleetRun(t *testing.T, stdin string, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s := system{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, getenv: func(k string) string { return env[k] }, version: "1.2.3"}
	status = run(t.Context(), args, s)
	return status, out.String(), errs.String()
}

const fleetPass = `{"schema":"ssmcheck.report/v1","started_at":"2026-01-02T03:04:05Z","verdict":"pass","node":{"instance_id":"i-1","hostname":"web"},"findings":[]}` + "\n"

// The exit statuses are the contract's.
func TestFleetStatus(t *testing.T) {
	fail := strings.NewReplacer("pass", "fail", "i-1", "i-2").Replace(fleetPass)
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  int
	}{
		"all pass":             {fleetPass, []string{"-"}, 0},
		"a warning":            {strings.Replace(fleetPass, "pass", "warn", 1), []string{"-"}, 0},
		"one fails":            {fleetPass + fail, []string{"-"}, 1},
		"one fails, damaged":   {fail + "{\n", []string{"-"}, 1},
		"damaged":              {fleetPass + "{\n", []string{"-"}, 3},
		"of the future":        {fleetPass + strings.NewReplacer("2026", "2999", "i-1", "i-2").Replace(fleetPass), []string{"-"}, 3},
		"undecided":            {strings.Replace(fleetPass, "pass", "skip", 1), []string{"-"}, 3},
		"empty":                {"", []string{"-"}, 3},
		"all silent":           {fleetPass, []string{"-", "--since", "1h"}, 3},
		"no such file":         {"", []string{"testdata/absent.json"}, 3},
		"no argument":          {"", nil, 2},
		"an unknown format":    {fleetPass, []string{"-", "-o", "yaml"}, 2},
		"a negative number":    {fleetPass, []string{"-", "--top", "-1"}, 2},
		"no duration":          {fleetPass, []string{"-", "--since", "yesterday"}, 2},
		"an empty breakdown":   {fleetPass, []string{"-", "--by", ""}, 2},
		"a flag for preflight": {fleetPass, []string{"-", "--region", "us-east-2"}, 2},
	} {
		status, _, stderr := fleetRun(t, c.stdin, nil, append([]string{"fleet"}, c.args...)...)
		if status != c.want || (c.want == 2) != (stderr != "") {
			t.Errorf("%s: exit status %d, want %d; standard error %q", name, status, c.want, stderr)
		}
	}
}

// Every format names the planted causes with their numbers.
func TestFleetFormats(t *testing.T) {
	want := map[string][]string{
		"text": {"999 nodes: 501 fail, 6 warn, 492 pass", "399 nodes, 399 failing (80%", "10.200.0.53", "2 causes explain 499 of 501 failing nodes; other causes explain 2.", "1 damaged",
			"i-00cc4489263c5fb9d.json", "eu-central-1"},
		"markdown":   {"| 399 | 80% |", "| 100 | 20% |", "2 causes explain 499 of 501 failing nodes; other causes explain 2.", "1 damaged"},
		"prometheus": {`ssmcheck_fleet_cause_failing_nodes{code="dns-forwarder-broken",severity="error",object_kind="nameserver",object="10.200.0.53"} 399`, `ssmcheck_fleet_nodes{verdict="fail"} 501`, `ssmcheck_fleet_not_used{reason="damaged"} 1`},
		"html":       {`"code":"dns-forwarder-broken"`, "2 causes explain 499 of 501 failing nodes", "default-src 'none'; style-src 'sha256-"},
		"csv":        {"i-00000000000000000,ip-10-0-0-4,10.0.0.4,us-east-2"},
		"json":       {`"schema": "ssmcheck.fleet/v1"`},
	}
	for _, format := range fleetFormats {
		status, out, stderr := fleetRun(t, "", map[string]string{"SSMCHECK_OUTPUT": "nagios", "SSMCHECK_BY": "region"}, "fleet", "-o", format, plantedFleet)
		// Rows and metrics name nothing that is no node: standard error does.
		named := strings.Contains(stderr, "not used: 1 damaged; ") && strings.Contains(stderr, "cut off")
		if aside := format == "csv" || format == "prometheus"; status != 1 || named != aside || !aside && stderr != "" {
			t.Fatalf("%s: exit status %d, standard error %q", format, status, stderr)
		}
		if len(want[format]) == 0 {
			t.Errorf("%s: nothing is wanted of it", format)
		}
		for _, s := range want[format] {
			if !strings.Contains(out, s) {
				t.Errorf("%s lacks %q", format, s)
			}
		}
		switch format {
		case "json":
			var r fleet.Rollup
			if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Nodes) != 999 || r.Causes[0].Failing != 399 || len(r.Groups) != 2 {
				t.Errorf("json: %v, %d nodes", err, len(r.Nodes))
			}
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil || len(rows) != 1000 {
				t.Errorf("csv: %v, %d rows", err, len(rows))
			}
		case "text":
			if a, b := strings.Index(out, "dns-forwarder-broken"), strings.Index(out, "endpoint-blocked"); a > b {
				t.Error("the largest cause does not come first")
			}
		}
	}
}

// Texts of reports reach no terminal, spreadsheet or metric unescaped.
func TestFleetHostile(t *testing.T) {
	evil := `\u001b[2J\u202e\"|<b>\n=cmd()`
	hostile := `{"schema":"ssmcheck.report/v1","started_at":"2026-01-02T03:04:05Z","verdict":"fail","node":{"instance_id":"=1+1` + evil + `","hostname":"` + evil +
		`","region":"` + evil + `"},"labels":{"` + evil + `":"` + evil + `"},"findings":[{"code":"` + evil + `","severity":"error","title":"` + evil + `","fix":["` + evil +
		`"],"object":{"kind":"` + evil + `","id":"` + evil + `"}}]}`
	for _, format := range fleetFormats {
		_, out, _ := fleetRun(t, hostile+"\n"+hostile[:40], nil, "fleet", "-", "-o", format, "--by", "region")
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%s: %q", format, out)
		}
		switch format {
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil || len(rows) != 2 || !strings.HasPrefix(rows[1][0], "'=") {
				t.Errorf("csv: %v %q", err, rows)
			}
		case "prometheus":
			if n := strings.Count(out, "\n"); n != strings.Count(out, "\nssmcheck_")+strings.Count(out, "# ") {
				t.Errorf("a line is broken:\n%s", out)
			}
		case "html":
			if strings.Contains(out, "<b>") {
				t.Error("the page has an element of a report")
			}
		case "markdown":
			if strings.Contains(out, "<b>") && !strings.Contains(out, `\<b\>`) {
				t.Errorf("markdown has an element:\n%s", out)
			}
		}
	}
}

// --top limits what a person reads.
func TestFleetTop(t *testing.T) {
	_, out, _ := fleetRun(t, "", nil, "fleet", plantedFleet, "--top", "1")
	if !strings.Contains(out, "dns-forwarder-broken") || strings.Contains(out, "clock-skew") || !strings.Contains(out, "3 more causes") {
		t.Errorf("--top 1:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if len(line) > 81 && !strings.Contains(line, "testdata") { // a path stays whole
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

// A file that is not there does not stop the others.
func TestFleetGoesOn(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.json")
	if err := os.WriteFile(good, []byte(fleetPass), 0o644); err != nil {
		t.Fatal(err)
	}
	status, out, _ := fleetRun(t, "", nil, "fleet", "testdata/absent.json", good)
	if status != 3 || !strings.Contains(out, "1 pass") || !strings.Contains(out, "absent.json: "+syscall.ENOENT.Error()) {
		t.Errorf("exit status %d:\n%s", status, out)
	}
}
