package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// spliced puts JSON text into the facts of a small report, in place of a member.
func spliced(t *testing.T, member string) func(string) []byte {
	t.Helper()
	const mark = `"body":"MARK"`
	d := broken()
	d.Observations.Targets[0].Addresses[0].Reply.Body = "MARK"
	var b bytes.Buffer
	if err := json.Compact(&b, encode(t, d)); err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(b.String(), mark)
	if !found {
		t.Fatal("no body")
	}
	return func(s string) []byte { return []byte(before + strings.Replace(member, "MARK", s, 1) + after) }
}

// What was read can be written and read again, however large it is and whatever
// judging adds to it. Of each shape the largest that is read is taken.
func TestWhatIsWrittenIsRead(t *testing.T) {
	body := spliced(t, `"body":"MARK"`)
	list := func(name, entry string) func(int) []byte {
		in := spliced(t, `"body":"","`+name+`":[MARK]`)
		return func(n int) []byte { return in(strings.Repeat(entry+",", n) + entry) }
	}
	whole := func(change func(o map[string]any, n int)) func(int) []byte {
		return func(n int) []byte {
			var o map[string]any
			if err := json.Unmarshal(encode(t, broken()), &o); err != nil {
				t.Fatal(err)
			}
			change(o, n)
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(o); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
	}
	facts := func(change func(o map[string]any, n int)) func(int) []byte {
		return whole(func(o map[string]any, n int) { change(o["observations"].(map[string]any), n) })
	}
	many := func(n int, each func(int) any) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = each(i)
		}
		return out
	}
	for name, c := range map[string]struct {
		most int
		make func(int) []byte
	}{
		"brackets":      {report.MaxDocument, func(n int) []byte { return body(strings.Repeat("<", n)) }},
		"deletes":       {report.MaxDocument, func(n int) []byte { return body(strings.Repeat("\x7f", n)) }},
		"no UTF-8":      {report.MaxDocument, func(n int) []byte { return body(strings.Repeat("\xff", n)) }},
		"empty entries": {999, list("headers", "{}")},
		"empty addresses": {900, facts(func(o map[string]any, n int) {
			o["targets"].([]any)[0].(map[string]any)["addresses"] = many(n, func(int) any {
				return map[string]any{"connect": map[string]any{}, "handshake": map[string]any{}, "reply": map[string]any{}}
			})
		})},
		"empty answers": {900, facts(func(o map[string]any, n int) {
			o["servers"] = many(40, func(int) any { return map[string]any{"answers": many(n, func(int) any { return map[string]any{} })} })
		})},
		"long names": {report.MaxDocument / 4, facts(func(o map[string]any, n int) {
			plan := o["plan"].(map[string]any)
			plan["region"], plan["region_from"] = strings.Repeat("r", n), strings.Repeat("f", n)
		})},
		"failing targets": {900, facts(func(o map[string]any, n int) {
			plan := o["plan"].(map[string]any)
			plan["targets"] = many(n, func(i int) any {
				return map[string]any{"name": fmt.Sprint("s3:", i, strings.Repeat("n", 800)), "host": fmt.Sprint("h", i, strings.Repeat("h", 800)), "port": 443, "asked": true}
			})
			o["targets"] = many(n, func(i int) any {
				return map[string]any{"name": fmt.Sprint("s3:", i, strings.Repeat("n", 800)), "addresses": many(2, func(j int) any {
					return map[string]any{"address": fmt.Sprintf("10.0.%d.%d", j, i%250), "class": "private", "connect": map[string]any{"failure": map[string]any{"op": "connect", "kind": "timeout"}}}
				})}
			})
		})},
		"a vast judgement": {report.MaxDocument, whole(func(o map[string]any, n int) { o["notes"] = []string{strings.Repeat("\x1f", n/6)} })},
	} {
		t.Run(name, func(t *testing.T) {
			// The largest that is read, to an eighth of a per cent.
			var content []byte
			var d *report.Document
			sort.Search(800, func(i int) bool {
				b := c.make(int(int64(c.most) * int64(i+1) / 800)) // beyond 32 bits
				x, err := report.ReadJSON(bytes.NewReader(b))
				if err == nil {
					content, d = b, x // the search ends at the largest
				}
				return err != nil
			})
			if d == nil {
				t.Fatal("none is read")
			}
			// The second time it is what it was, and so it would be the third.
			for round := range 2 {
				again := encode(t, d)
				judged := encode(t, report.New("1.2.3", diagnose.Judge(d.Observations), d.Observations))
				t.Logf("%d bytes are written as %d, judged again as %d", len(content), len(again), len(judged))
				if round > 0 && !bytes.Equal(judged, content) {
					t.Errorf("judged twice it is another report, of %d bytes in place of %d", len(judged), len(content))
				}
				for _, written := range [][]byte{again, judged} {
					var err error
					if d, err = report.ReadJSON(bytes.NewReader(written)); err != nil {
						t.Fatalf("round %d: what was read and written is not read, %d bytes: %v", round, len(written), err)
					}
					if bytes.Equal(again, judged) {
						break
					}
				}
				content = judged
			}
		})
	}
}

// A judgement that does not fit is shortened, and says so; the facts stay.
func TestShortensTheJudgement(t *testing.T) {
	d := broken()
	for range 400 {
		f := d.Findings[0]
		f.Evidence = []string{strings.Repeat("e", 10_000), "\x1b" + strings.Repeat("\u0301", 2000)}
		d.Findings = append(d.Findings, f)
	}
	b := encode(t, d)
	got, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%d bytes: %v", len(b), err)
	}
	if !strings.Contains(strings.Join(got.Notes, "\n"), "ssmcheck diagnose FILE") {
		t.Errorf("the notes do not say so: %.300q", got.Notes)
	}
	if len(got.Findings) < 100 || got.Verdict != d.Verdict || len(got.Targets) != len(d.Targets) || got.Findings[0].Title != d.Findings[0].Title {
		t.Errorf("too much is gone: %d findings, verdict %s", len(got.Findings), got.Verdict)
	}
	if !bytes.HasPrefix(b, []byte(`{"schema":"`)) || !bytes.HasSuffix(b, []byte("}\n")) {
		t.Errorf("it begins %.30q", b)
	}
	want, have := report.New("1", &diagnose.Report{}, d.Observations), report.New("1", &diagnose.Report{}, got.Observations)
	want.StartedAt, want.Duration = have.StartedAt, have.Duration
	if !bytes.Equal(encode(t, want), encode(t, have)) {
		t.Error("the facts are others")
	}
	d = broken()
	d.Observations.Targets[0].Addresses[0].Reply.Body = strings.Repeat("x", report.MaxDocument)
	if err := report.JSON(new(bytes.Buffer), d); !errors.Is(err, report.ErrTooLarge) {
		t.Errorf("facts that are too large: %v", err)
	}
}

// A time that no run takes is one that can be written again.
func TestOddNumbers(t *testing.T) {
	in := spliced(t, `"elapsed_ms":MARK,"body":""`)
	for number, ok := range map[string]bool{"1e308": true, "-1e308": true, "1e18": true, "5e-324": true, "-0": true, "1e309": false, "1" + strings.Repeat("0", 400): false} {
		d, err := report.ReadJSON(bytes.NewReader(in(number)))
		if damaged := new(report.DamagedError); !ok && !errors.As(err, &damaged) {
			t.Errorf("%.20s: %v", number, err)
		}
		if !ok {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", number, err)
			continue
		}
		ms := d.Observations.Targets[0].Addresses[0].Reply.Elapsed.Milliseconds()
		if (ms < 0) != (number == "-1e308") || ms > 1e10 {
			t.Errorf("%s: %v ms", number, ms)
		}
	}
}
