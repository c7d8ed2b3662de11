package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/fleetgen"
	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/fleet/render"
)

const prometheus = "../../deploy/prometheus"

// need finds a program, or the test says that it cannot run.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", program)
		}
		t.Skipf("SKIP: %s is missing; what is for it was not checked", program)
	}
	return path
}

func command(t *testing.T, stdin, dir, program string, args ...string) string {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Stdin = dir, strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return string(out)
}

func TestRules(t *testing.T) {
	promtool := need(t, "promtool")
	command(t, "", prometheus, promtool, "check", "rules", "ssmcheck.rules.yml")
	command(t, "", prometheus, promtool, "test", "rules", "ssmcheck.test.yml")
	rules, err := os.ReadFile(filepath.Join(prometheus, "ssmcheck.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(filepath.Join(prometheus, "ssmcheck.test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:alert|record): (\S+)`).FindAllSubmatch(rules, -1) {
		if !bytes.Contains(tests, m[1]) {
			t.Errorf("%s has no test", m[1])
		}
	}
}

// The metrics are what promtool takes, and those that rules and dashboard ask for.
func TestMetrics(t *testing.T) {
	promtool := need(t, "promtool")
	r := fleet.NewRoll(fleetgen.Start)
	if err := r.Read(t.Context(), []string{"../../testdata/fleet"}, nil); err != nil {
		t.Fatal(err)
	}
	var metrics strings.Builder
	if err := render.Prometheus(&metrics, r.Rollup(fleet.Options{By: "region"})); err != nil {
		t.Fatal(err)
	}
	command(t, metrics.String(), ".", promtool, "check", "metrics")
	for _, file := range []string{"ssmcheck.rules.yml", "dashboard.json"} {
		text, err := os.ReadFile(filepath.Join(prometheus, file))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`ssmcheck_fleet_[a-z_]+`).FindAll(text, -1)
		if len(names) == 0 {
			t.Errorf("%s asks for no metric of the fleet", file)
		}
		for _, name := range names {
			if !strings.Contains(metrics.String(), "# TYPE "+string(name)+" gauge") {
				t.Errorf("%s asks for %s, which fleet does not write", file, name)
			}
		}
	}
}

// Every query of the dashboard is one that Prometheus takes: as the rule of a
// file, whose checker parses it.
func TestDashboard(t *testing.T) {
	promtool := need(t, "promtool")
	b, err := os.ReadFile(filepath.Join(prometheus, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title         string
		UID           string
		SchemaVersion int
		Panels        []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&board); err != nil {
		t.Fatal(err)
	}
	if board.Title == "" || board.UID == "" || board.SchemaVersion < 36 || len(board.Panels) < 4 {
		t.Errorf("the dashboard lacks what Grafana wants: %+v", board)
	}
	rules := "groups:\n- name: x\n  rules:\n"
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if p.Title == "" || p.Type == "" || ids[p.ID] || p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 || len(p.Targets) == 0 {
			t.Errorf("panel %d %q lacks what Grafana wants", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			expr, _ := json.Marshal(target.Expr) // YAML takes JSON's texts
			rules += "  - record: a\n    labels: {n: \"" + p.Title + string(rune('a'+len(ids))) + "\"}\n    expr: " + string(expr) + "\n"
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	command(t, "", ".", promtool, "check", "rules", file)
}

// The unit is one that systemd takes, and hardened.
func TestUnit(t *testing.T) {
	analyze := need(t, "systemd-analyze")
	dir := t.TempDir()
	for _, name := range []string{"ssmcheck.service", "ssmcheck.timer"} {
		b, err := os.ReadFile(filepath.Join(prometheus, name))
		if err != nil {
			t.Fatal(err)
		}
		// Neither the program nor its man page need be installed here.
		text := strings.NewReplacer("/usr/bin/ssmcheck ", "/bin/true ", "man:ssmcheck(1)", "https://example.com/").Replace(string(b))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out := command(t, "", dir, analyze, "verify", "./ssmcheck.service", "./ssmcheck.timer"); strings.Contains(out, "ssmcheck") {
		t.Errorf("systemd-analyze verify: %s", out)
	}
	out := command(t, "", prometheus, analyze, "security", "--offline=true", "--threshold=30", "./ssmcheck.service")
	if !strings.Contains(out, "Overall exposure level") {
		t.Errorf("systemd-analyze security: %s", out)
	}
}
