// Package duckdb asks DuckDB the questions of ../questions over a generated fleet:
// the answers are those of ssmcheck fleet. Athena's own table and views are not
// tested: no Athena is here. Only their dialect differs.
package duckdb

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/ssmcheck/ssmcheck/internal/fleetgen"
	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

// extra are reports that the generator does not make: of a clone, redacted ones,
// one of the future, a foreign one, one that is undecided.
const extra = `{"schema":"ssmcheck.report/v1","started_at":"2026-01-15T06:00:00Z","verdict":"pass","node":{"instance_id":"i-c","hostname":"one"},"findings":[]}
{"schema":"ssmcheck.report/v1","started_at":"2026-01-15T07:00:00Z","verdict":"pass","node":{"instance_id":"i-c","hostname":"two"},"findings":[]}
{"schema":"ssmcheck.report/v1","started_at":"2026-01-15T06:00:00Z","verdict":"warn","redacted":true,"node":{"instance_id":"i-r","vpc_id":"vpc-r"},"findings":[]}
{"schema":"ssmcheck.report/v1","started_at":"2026-01-15T07:00:00Z","verdict":"warn","redacted":true,"node":{"instance_id":"i-r","vpc_id":"vpc-r"},"findings":[]}
{"schema":"ssmcheck.report/v1","started_at":"2999-01-15T06:00:00Z","verdict":"fail","node":{"instance_id":"i-f"},"findings":[]}
{"schema":"other/v1","started_at":"2026-01-15T06:00:00Z","verdict":"fail","node":{"instance_id":"i-o"},"findings":[]}
{"schema":"ssmcheck.report/v1","started_at":"2026-01-15T06:00:00Z","verdict":"pass","undecided":true,"node":{"hostname":"h","address":"10.0.0.9"},"findings":[{"code":"clock-skew","severity":"error","ignored":true}]}
`

func TestQuestions(t *testing.T) {
	dir := t.TempDir()
	if err := (fleetgen.Fleet{Nodes: 2000, Rounds: 2}).Write(dir, true); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "extra.ndjson"), []byte(extra), 0o644); err != nil {
		t.Fatal(err)
	}
	roll := fleet.NewRoll(time.Now())
	if err := roll.Read(t.Context(), []string{dir}, nil); err != nil {
		t.Fatal(err)
	}
	r := roll.Rollup(fleet.Options{By: "vpc"})
	silent := roll.Rollup(fleet.Options{Since: 25 * time.Hour}).Silent

	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	views, err := os.ReadFile("../duckdb.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(strings.ReplaceAll(string(views), "'reports/**", "'"+dir+"/**")); err != nil {
		t.Fatal(err)
	}

	v := r.Verdicts
	want := map[string][]string{
		"1-verdicts": counts(map[string]int{"pass": v.Pass, "warn": v.Warn, "fail": v.Fail, "undecided": v.Undecided}),
	}
	for _, c := range r.Causes {
		kind, id := "", ""
		if c.Object != nil {
			kind, id = c.Object.Kind, c.Object.ID
		}
		want["2-causes"] = append(want["2-causes"], row(c.Code, kind, id, c.Failing, c.Nodes))
	}
	for _, g := range r.Groups {
		var vpc any
		if g.Value != "" {
			vpc = g.Value
		}
		want["3-where"] = append(want["3-where"], row(vpc, g.Fail, g.Nodes))
	}
	for _, n := range silent {
		want["4-silent"] = append(want["4-silent"], n.Hostname)
	}
	for _, c := range r.Clones {
		want["5-clones"] = append(want["5-clones"], row(c.ID, len(c.Hostnames)))
	}
	for question, wanted := range want {
		got := ask(t, db, question)
		if question == "4-silent" { // the order of equal times and the ids of redacted ones are their own
			for i, s := range got {
				got[i] = strings.Replace(strings.Split(s, " | ")[1], "<nil>", "", 1)
			}
			slices.Sort(got)
			slices.Sort(wanted)
		}
		if question == "3-where" {
			slices.Sort(got)
			slices.Sort(wanted)
		}
		if len(wanted) == 0 || !slices.Equal(got, wanted) {
			t.Errorf("%s: DuckDB says\n%s\nssmcheck fleet\n%s", question, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
		}
	}
	files, _ := filepath.Glob("../questions/*.sql")
	if len(files) != len(want) {
		t.Errorf("%d questions, %d of them are tested", len(files), len(want))
	}
}

// counts are the rows of verdicts, the largest first.
func counts(m map[string]int) (rows []string) {
	var names []string
	for name, n := range m {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return m[b] - m[a] })
	for _, name := range names {
		rows = append(rows, row(name, m[name]))
	}
	return rows
}

func row(values ...any) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return strings.Join(out, " | ")
}

func ask(t *testing.T, db *sql.DB, question string) (out []string) {
	t.Helper()
	text, err := os.ReadFile("../questions/" + question + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(string(text))
	if err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		at := make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
