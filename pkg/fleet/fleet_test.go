package fleet

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// report is one of a node: its id, what is wrong with it, and more members.
func report(id string, age time.Duration, verdict string, more string, findings ...string) string {
	return fmt.Sprintf(`{"schema":"ssmcheck.report/v1","started_at":%q,"verdict":%q,"node":{"kind":"ec2","instance_id":%q,"hostname":"h-%s"}%s,"findings":[%s],"observations":{"x":[1,-2.5e+3,true,null,"\u00e9\"]}"]}}`,
		now.Add(-age).Format(time.RFC3339Nano), verdict, id, id, more, strings.Join(findings, ","))
}

func found(code, severity, object string) string {
	if object != "" {
		object = `,"object":{"kind":"nameserver","id":"` + object + `"}`
	}
	return fmt.Sprintf(`{"code":%q,"severity":%q,"targets":["ssm"]%s,"title":"title of %s","evidence":["}{"],"fix":["fix %s"]}`, code, severity, object, code, code)
}

// roll reads texts as standard input.
func roll(t *testing.T, o Options, text string) *Rollup {
	t.Helper()
	r := NewRoll(now)
	if err := r.Read(t.Context(), []string{StandardInput}, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return r.Rollup(o)
}

// counted is a roll-up's problems as kind=count.
func counted(r *Rollup) string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, fmt.Sprintf("%s=%d", p.Kind, p.Count))
	}
	return strings.Join(out, " ")
}

// causes are a roll-up's causes as code object nodes/failing.
func causes(r *Rollup) []string {
	var out []string
	for _, c := range r.Causes {
		object := ""
		if c.Object != nil {
			object = c.Object.ID
		}
		out = append(out, fmt.Sprintf("%s %s %d/%d", c.Code, object, c.Nodes, c.Failing))
	}
	return out
}

func TestRollup(t *testing.T) {
	e, w := "error", "warning"
	text := strings.Join([]string{
		report("i-1", time.Hour, "fail", "", found("dns-forwarder-missing", e, "10.0.0.2"), found("agent-outdated", "info", "")),
		report("i-2", time.Hour, "fail", "", found("dns-forwarder-missing", e, "10.0.0.2")),
		report("i-3", time.Hour, "fail", "", found("dns-forwarder-missing", e, "10.9.0.2")),
		report("i-4", time.Hour, "fail", "", found("agent-stopped", e, ""), found("dns-forwarder-missing", e, "10.0.0.2")),
		report("i-5", time.Hour, "warn", "", found("agent-stopped", w, "")),
		report("i-6", time.Hour, "pass", "", `{"code":"clock-skew","severity":"error","ignored":true}`),
		report("i-7", time.Hour, "pass", `,"undecided":true`),
		report("i-8", time.Hour, "skip", ""),
		report("i-9", time.Hour, "fail", `,"undecided":true`),
		report("i-10", time.Hour, "pass", `,"interrupted":true`),
		report("i-11", time.Hour, "", ""),
	}, "\n")
	r := roll(t, Options{}, text)
	if want := (Verdicts{Nodes: 11, Pass: 1, Warn: 1, Fail: 5, Undecided: 4}); r.Verdicts != want {
		t.Errorf("verdicts: %+v, want %+v", r.Verdicts, want)
	}
	want := []string{"dns-forwarder-missing 10.0.0.2 3/3", "agent-stopped  2/1", "dns-forwarder-missing 10.9.0.2 1/1"}
	if got := causes(r); !reflect.DeepEqual(got, want) {
		t.Errorf("causes: %q, want %q", got, want)
	}
	if want := (Explained{Causes: 2, Nodes: 4, Failing: 5, Unexplained: 1}); r.Explained != want {
		t.Errorf("explained: %+v, want %+v", r.Explained, want)
	}
	if c := r.Causes[0]; c.Title != "title of dns-forwarder-missing" || len(c.Fix) != 1 || len(c.Examples) != 3 || c.Examples[0].ID != "i-1" {
		t.Errorf("the first cause: %+v", c)
	}
	if counted(r) != "" || r.Reports != 11 {
		t.Errorf("not used: %s of %d", counted(r), r.Reports)
	}
}

func TestNewestReportCounts(t *testing.T) {
	bad := found("dns-server-silent", "error", "")
	for name, lines := range map[string][]string{
		"later one last":  {report("i-1", 2*time.Hour, "fail", "", bad), report("i-1", time.Hour, "pass", "")},
		"later one first": {report("i-1", time.Hour, "pass", ""), report("i-1", 2*time.Hour, "fail", "", bad)},
		"a tie":           {report("i-1", time.Hour, "fail", "", bad), report("i-1", time.Hour, "pass", "")},
	} {
		for range 20 { // in whichever order the goroutines take them
			r := roll(t, Options{}, strings.Join(lines, "\n"))
			if (r.Verdicts != Verdicts{Nodes: 1, Pass: 1}) || len(r.Causes) != 0 || r.Reports != 2 {
				t.Fatalf("%s: %+v %q", name, r.Verdicts, causes(r))
			}
		}
	}
}

// Of two reports of one time the one later in path order counts, in whichever order
// they are read.
func TestTie(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"b pass", "a fail"} {
		file, verdict, _ := strings.Cut(name, " ")
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(report("i-1", time.Hour, verdict, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for range 2 {
		r := NewRoll(now)
		for _, path := range paths {
			if err := r.Read(t.Context(), []string{path}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if v := r.Rollup(Options{}).Verdicts; v.Pass != 1 {
			t.Errorf("%q: %+v", paths, v)
		}
		paths[0], paths[1] = paths[1], paths[0]
	}
}

func TestWhatANodeIs(t *testing.T) {
	at := func(minutes time.Duration, verdict, node, more string) string {
		return fmt.Sprintf(`{"schema":"ssmcheck.report/v1","started_at":%q,"verdict":%q,"node":%s,"findings":[]%s}`,
			now.Add(-minutes*time.Minute).Format(time.RFC3339), verdict, node, more)
	}
	const full = `{"instance_id":"i-1","hostname":"web","address":"10.0.0.1","vpc_id":"vpc-1"}`
	const bare = `{"hostname":"web","address":"10.0.0.1"}`
	for name, test := range map[string]struct {
		want  Verdicts
		lines []string
	}{
		"an older report without an id":   {Verdicts{Nodes: 1, Pass: 1}, []string{at(1, "pass", full, ""), at(2, "fail", bare, "")}},
		"a newer report without an id":    {Verdicts{Nodes: 1, Fail: 1}, []string{at(2, "pass", full, ""), at(1, "fail", bare, "")}},
		"another address":                 {Verdicts{Nodes: 2, Pass: 1, Fail: 1}, []string{at(2, "pass", full, ""), at(1, "fail", `{"hostname":"web","address":"10.0.0.2"}`, "")}},
		"whose it is, is not known":       {Verdicts{Nodes: 3, Pass: 2, Fail: 1}, []string{at(1, "pass", full, ""), at(1, "pass", strings.Replace(full, "i-1", "i-2", 1), ""), at(1, "fail", bare, "")}},
		"a registration":                  {Verdicts{Nodes: 2, Pass: 1, Fail: 1}, []string{at(1, "pass", `{"registration_id":"mi-1"}`, ""), at(1, "fail", `{"registration_id":"mi-2"}`, "")}},
		"the instance before it":          {Verdicts{Nodes: 1, Pass: 1}, []string{at(1, "pass", `{"instance_id":"i-1","registration_id":"mi-1"}`, ""), at(2, "fail", `{"instance_id":"i-1","registration_id":"mi-2"}`, "")}},
		"redacted":                        {Verdicts{Nodes: 2, Pass: 2}, []string{at(1, "pass", full, `,"redacted":true`), at(1, "pass", full, `,"redacted":true`)}},
		"no name at all":                  {Verdicts{Nodes: 2, Pass: 2}, []string{at(1, "pass", "{}", ""), at(1, "pass", "null", "")}},
		"an id that looks like a host":    {Verdicts{Nodes: 2, Pass: 2}, []string{at(1, "pass", `{"instance_id":"h10.0.0.1"}`, ""), at(1, "pass", bare, "")}},
		"a host name with another's text": {Verdicts{Nodes: 2, Pass: 2}, []string{at(1, "pass", `{"hostname":"b\u0000c","address":"a"}`, ""), at(1, "pass", `{"hostname":"c","address":"a\u0000b"}`, "")}},
	} {
		r := roll(t, Options{}, strings.Join(test.lines, "\n"))
		if r.Verdicts != test.want {
			t.Errorf("%s: %+v, want %+v", name, r.Verdicts, test.want)
		}
		switch name {
		case "redacted":
			if r.Redacted != 2 {
				t.Errorf("%d redacted", r.Redacted)
			}
		case "no name at all":
			if r.Unnamed != 2 {
				t.Errorf("%d without a name", r.Unnamed)
			}
		case "a newer report without an id":
			if n := r.Nodes[0]; n.ID != "i-1" || n.VPC != "vpc-1" {
				t.Errorf("%s: %+v", name, n)
			}
		}
	}
}

func TestClones(t *testing.T) {
	one := report("i-1", 1, "pass", "")
	r := roll(t, Options{}, one+"\n"+strings.Replace(one, "h-i-1", "other", 1)+"\n"+report("i-2", 1, "pass", ""))
	if want := []*Clone{{"i-1", []string{"h-i-1", "other"}}}; !reflect.DeepEqual(r.Clones, want) {
		t.Errorf("clones: %v, want %v", r.Clones, want)
	}
}

func TestGroups(t *testing.T) {
	bad := found("dns-server-silent", "error", "10.0.0.2")
	text := report("i-1", 1, "fail", `,"labels":{"role":"web"}`, bad) +
		report("i-2", 1, "pass", `,"labels":{"role":"web","region":"none"}`) + report("i-3", 1, "fail", `,"labels":{"role":"db"}`, bad) +
		report("i-4", 1, "fail", `,"labels":{"role":"db"}`) + report("i-5", 1, "pass", "")
	r := roll(t, Options{By: "role"}, text)
	var got []string
	for _, g := range r.Groups {
		got = append(got, fmt.Sprintf("%s %d/%d %s %d", g.Value, g.Fail, g.Nodes, g.Top, g.Explain))
	}
	if want := []string{"db 2/2 dns-server-silent 1", "web 1/2 dns-server-silent 1", " 0/1  0"}; !reflect.DeepEqual(got, want) {
		t.Errorf("groups: %q, want %q", got, want)
	}
	if r := roll(t, Options{By: "region"}, text); len(r.Groups) != 1 || r.Groups[0].Value != "" {
		t.Errorf("a label stands for the Region: %+v", r.Groups)
	}
}

func TestSince(t *testing.T) {
	bad := found("dns-server-silent", "error", "10.0.0.2")
	r := roll(t, Options{Since: 24 * time.Hour}, report("i-1", 25*time.Hour, "fail", "", bad)+report("i-2", 23*time.Hour, "pass", ""))
	if (r.Verdicts != Verdicts{Nodes: 1, Pass: 1}) || len(r.Silent) != 1 || r.Silent[0].ID != "i-1" || len(r.Causes) != 0 {
		t.Errorf("%+v, silent %v, causes %q", r.Verdicts, r.Silent, causes(r))
	}
}

// Everything that cannot be used is counted and named, and what stands beside it
// is used.
func TestNotUsed(t *testing.T) {
	good := report("i-1", 1, "pass", "")
	indented := new(bytes.Buffer)
	if err := json.Indent(indented, []byte(report("i-2", 1, "pass", "")), "", "  "); err != nil {
		t.Fatal(err)
	}
	huge := `{"schema":"ssmcheck.report/v1","x":"` + strings.Repeat("x", maxDocument) + `"}`
	for name, test := range map[string]struct {
		text  string
		want  string
		nodes int
	}{
		"good":                   {good, "", 1},
		"one a line":             {good + "\n" + report("i-2", 1, "pass", "") + "\n", "", 2},
		"on one line":            {good + report("i-2", 1, "pass", "") + " " + report("i-3", 1, "pass", ""), "", 3},
		"indented":               {indented.String() + "\n" + indented.String() + good, "", 2},
		"Windows line ends":      {good + "\r\n" + strings.ReplaceAll(indented.String(), "\n", "\r\n") + "\r\n", "", 2},
		"byte order mark":        {"\ufeff" + good, "", 1},
		"empty":                  {"", "empty=1", 0},
		"white space":            {" \n\r\n\t", "empty=1", 0},
		"cut off":                {good[:len(good)-30], "damaged=1", 0},
		"cut off before another": {report("i-2", 1, "fail", "")[:150] + "\n" + good, "damaged=1", 1},
		"cut off in a list":      {`{"schema":"ssmcheck.report/v1","findings":[` + "\n" + good + "\n" + good, "damaged=1", 1},
		"a report in a report":   {`{"schema":"ssmcheck.report/v1","findings":[` + "\n" + good + "\n]}", "damaged=2", 1},
		"cut off in a text":      {`{"schema":"ssmch` + "\n" + good, "damaged=1", 1},
		"cut off, indented":      {indented.String()[:300] + "\n" + indented.String(), "damaged=1", 1},
		"damaged and indented":   {strings.Replace(indented.String(), ":", ";", 1) + "\n" + good, "damaged=1", 1},
		"text":                   {"Mon Nov 29 something\nhappened\n" + good, "damaged=1", 1},
		"text after it":          {good + " and so on\n" + good, "damaged=1", 1},
		"an array":               {"[" + good + "]", "damaged=1", 0},
		"foreign":                {`{"a":1}` + "\n" + `{"schema":"ssmcheck.endpoints/v1","findings":[]}` + "\n" + `{"schema":7}` + good, "foreign=3", 1},
		"newer":                  {strings.Replace(report("i-2", 1, "fail", `,"verdict":{}`), "report/v1", "report/v2", 1) + good, "newer=1", 1},
		"future":                 {report("i-2", -6*time.Minute, "fail", "") + report("i-3", -4*time.Minute, "fail", "") + good, "future=1", 2},
		"no time":                {strings.Replace(good, "started_at", "started", 1), "damaged=1", 0},
		"a verdict of its own":   {report("i-1", 1, "fine", ""), "damaged=1", 0},
		"a verdict of a type":    {report("i-1", 1, "pass", `,"verdict":true`), "damaged=1", 0},
		"no findings":            {strings.Replace(good, "findings", "found", 1), "damaged=1", 0},
		"a finding without code": {report("i-1", 1, "fail", "", `{"severity":"error"}`), "damaged=1", 0},
		"findings of a type":     {report("i-1", 1, "fail", "", `7`), "damaged=1", 0},
		"a long name":            {report(strings.Repeat("i", maxName+1), 1, "fail", ""), "damaged=1", 0},
		"deep":                   {`{"a":` + strings.Repeat("[", 1_000_000) + "\n" + good, "damaged=1", 1},
		"too large":              {good + "\n" + huge + "\n" + good + "\n" + huge, "too-large=2", 1},
		"too large, alone":       {huge, "too-large=1", 0},
		"trailing comma":         {`{"schema":"ssmcheck.report/v1",}` + "\n" + good, "damaged=1", 1},
		"control character":      {"{\"schema\":\"\x01\"}\n" + good, "damaged=1", 1},
		"bad escape":             {`{"schema":"\x"}` + "\n" + `{"schema":"\u12g4"}` + "\n" + good, "damaged=2", 1},
		"bad number":             {`{"a":01}` + "\n" + `{"a":-}` + "\n" + `{"a":1.}` + "\n" + `{"a":1e}` + "\n" + good, "damaged=4", 1},
	} {
		r := roll(t, Options{}, test.text)
		if counted(r) != test.want || r.Verdicts.Nodes != test.nodes {
			t.Errorf("%s: %q and %d nodes, want %q and %d", name, counted(r), r.Verdicts.Nodes, test.want, test.nodes)
		}
		if r.Verdicts.Nodes != r.Verdicts.Pass && name != "future" {
			t.Errorf("%s: %+v", name, r.Verdicts)
		}
	}
}

func TestPlaces(t *testing.T) {
	var text strings.Builder
	want := map[int]bool{}
	for i := 1; i <= 3000; i++ {
		if i%700 == 0 {
			text.WriteString("{\"schema\":\n")
			want[i] = true
			continue
		}
		text.WriteString(report(fmt.Sprint("i-", i), 1, "pass", "") + "\n")
	}
	r := roll(t, Options{}, text.String())
	if len(r.Problems) != 1 || len(r.Problems[0].Examples) != len(want) {
		t.Fatalf("problems: %+v", r.Problems)
	}
	for _, e := range r.Problems[0].Examples {
		if !want[e.Line] || e.Path != "standard input" || e.Reason == "" {
			t.Errorf("%+v, want one of the lines %v", e, want)
		}
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.json", []byte(report("i-1", 1, "pass", "")))
	write("deep/er/b.ndjson", []byte(report("i-2", 1, "pass", "")+"\n"+report("i-3", 1, "pass", "")+"\n"))
	write("c.ndjson.gz", append(zipped(t, report("i-4", 1, "pass", "")+"\n"), zipped(t, report("i-5", 1, "pass", ""))...))
	write("cut.json.gz", zipped(t, report("i-6", 1, "pass", ""))[:60])
	write("README.md", []byte("no report"))
	write("utf16.json", []byte("\xff\xfe"+string(utf16le(report("i-7", 1, "pass", `,"labels":{"a":"é😀"}`)))))
	special := makeSpecial(t, dir)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := NewRoll(now)
	if err := r.Read(t.Context(), []string{dir, filepath.Join(dir, "absent"), filepath.Join(dir, "empty")}, nil); err != nil {
		t.Fatal(err)
	}
	out := r.Rollup(Options{By: "a"})
	want, reports := "unreadable=2 empty=1 damaged=1", 6
	if special {
		want, reports = "unreadable=3 special=4 empty=1 damaged=1", 7
	}
	if out.Verdicts.Nodes != 6 || out.Reports != reports || counted(out) != want {
		t.Errorf("%d nodes of %d reports, %q; want %q", out.Verdicts.Nodes, out.Reports, counted(out), want)
	}
	if out.Groups[0].Value != "" || out.Groups[1].Value != "é😀" {
		t.Errorf("groups: %+v", out.Groups)
	}
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func TestGzipBomb(t *testing.T) {
	for name, text := range map[string]string{
		"one document": `{"a":"` + strings.Repeat("x", 40<<20) + `"}`,
		"many":         strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+"\"}\n", 40<<10),
	} {
		r := NewRoll(now)
		if err := r.Read(t.Context(), []string{StandardInput}, bytes.NewReader(zipped(t, text))); err != nil {
			t.Fatal(err)
		}
		out := r.Rollup(Options{})
		bomb := false
		for _, p := range out.Problems {
			for _, e := range p.Examples {
				bomb = bomb || p.Kind == TooLarge && e.Reason == errBomb.Error()
			}
		}
		if !bomb || out.Verdicts.Nodes != 0 {
			t.Errorf("%s: %s", name, counted(out))
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := NewRoll(now); r.Read(ctx, []string{StandardInput}, strings.NewReader(report("i-1", 1, "pass", ""))) == nil {
		t.Error("an interrupt is no error")
	}
}

// TestManyReports holds that what is kept grows with the nodes, however many
// values the reports have.
func TestManyReports(t *testing.T) {
	r := NewRoll(now)
	var d document
	for i := range 50_000 {
		text := report(fmt.Sprint("i-", i%10), time.Duration(100_000-i)*time.Second, "fail", fmt.Sprintf(`,"labels":{"n":"%d"}`, i),
			found("dns-server-silent", "error", fmt.Sprint("10.0.0.", i)))
		if _, err := d.parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.check(); err != nil {
			t.Fatal(err)
		}
		r.use(&d, Place{"x", i})
	}
	if len(r.texts) > r.limit() || len(r.causes) > r.limit() || len(r.nodes) != 10 {
		t.Errorf("%d texts, %d causes of %d nodes", len(r.texts), len(r.causes), len(r.nodes))
	}
	if out := r.Rollup(Options{}); len(out.Causes) != 10 {
		t.Errorf("%d causes, want 10", len(out.Causes))
	}
}

func FuzzRead(f *testing.F) {
	good := report("i-1", 1, "fail", `,"labels":{"a":"b"}`, found("dns-server-silent", "error", "10.0.0.2"))
	f.Add(good)
	f.Add(good + "\n" + good[:100] + "\n" + good)
	f.Add("[1,2]\n{}")
	f.Add(`{"schema":"ssmcheck.report/v1","node":{"hostname":"\ud800"},"findings":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r := roll(t, Options{By: "a"}, text)
		used := r.Reports
		for _, p := range r.Problems {
			used += p.Count
		}
		if used == 0 {
			t.Error("nothing is used and nothing named")
		}
		// What is one good document to encoding/json is one here, and the other way
		// round.
		var d document
		b := []byte(strings.TrimSpace(text))
		if len(b) == 0 || b[0] != '{' || bytes.Contains(b, []byte("\n{")) {
			return
		}
		n, err := d.parse(b)
		if whole := err == nil && n == len(b); whole != json.Valid(b) && err != errDeep {
			t.Errorf("%q: %v after %d bytes; json.Valid: %v", b, err, n, json.Valid(b))
		}
	})
}
