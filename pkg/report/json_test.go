package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func encode(t testing.TB, d *report.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatalf("JSON: %v", err)
	}
	return b.Bytes()
}

// comparable lets go-cmp look into addresses, and takes an absent list for an
// empty one, as JSON does.
var comparable = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreUnexported(observation.ProxyConfig{}, observation.TrustConfig{}, observation.PlannedTarget{}),
	cmp.Comparer(func(a, b observation.Elapsed) bool { return a.Milliseconds() == b.Milliseconds() }),
}

func TestJSONRoundTrip(t *testing.T) {
	for name, want := range documents() {
		t.Run(name, func(t *testing.T) {
			b := encode(t, want)
			got, err := report.ReadJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatalf("ReadJSON: %v", err)
			}
			if d := cmp.Diff(want, got, comparable); d != "" {
				t.Errorf("what was read is not what was written (-want +got):\n%s", d)
			}
			if again := encode(t, got); !bytes.Equal(b, again) {
				t.Errorf("written again it differs:\n%s", cmp.Diff(string(b), string(again)))
			}
			if d := cmp.Diff(text(t, want, report.TextOptions{Verbose: true}), text(t, got, report.TextOptions{Verbose: true})); d != "" {
				t.Errorf("the text of what was read differs:\n%s", d)
			}
		})
	}
}

func TestJSONGolden(t *testing.T) { golden(t, "broken.json", string(encode(t, broken()))) }

// The members that the contract fixes, with their kinds.
func TestJSONContract(t *testing.T) {
	b := encode(t, broken())
	if !bytes.HasSuffix(b, []byte("}\n")) || !bytes.HasPrefix(b, []byte("{\n  \"schema\"")) {
		t.Errorf("not indented by two spaces, or no newline at the end: %.40q", b)
	}
	var d struct {
		Schema    string
		Tool      map[string]string
		StartedAt string  `json:"started_at"`
		Duration  float64 `json:"duration_ms"`
		Verdict   string
		Node      struct{ Kind, Region, Partition string }
		Expect    string
		Caps      []struct {
			Name, Verdict string
			Because       []string
		} `json:"capabilities"`
		Targets []struct {
			Name, Host, Verdict string
			Port                int
		}
		Findings []struct {
			Code, Severity, Title           string
			Targets, Evidence, Confirm, Fix []string
		}
		Observations map[string]any
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	got := []any{d.Schema, d.Tool["name"], d.Tool["version"], d.StartedAt, d.Duration, d.Verdict, d.Node.Kind, d.Node.Region, d.Node.Partition, d.Expect,
		d.Caps[1].Name, d.Caps[1].Verdict, d.Caps[1].Because[0], d.Targets[1].Name, d.Targets[1].Port, d.Targets[1].Verdict,
		d.Findings[0].Code, d.Findings[0].Severity, d.Findings[0].Targets[0], len(d.Findings[0].Evidence), len(d.Findings[0].Confirm), len(d.Findings[0].Fix)}
	want := []any{"ssmcheck.report/v1", "ssmcheck", "1.2.3", "2026-01-02T15:04:05.123Z", 3021.0, "fail", "ec2", "us-east-2", "aws", "private",
		"session-manager", "fail", "endpoint-blocked", "ssmmessages", 443, "fail",
		"endpoint-blocked", "error", "ssmmessages", 3, 3, 3}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(d.Observations) == 0 {
		t.Error("no observations")
	}
}

// Lists are [] where there is nothing in them, never null.
func TestJSONWritesNoNullList(t *testing.T) {
	d := healthy()
	d.Findings, d.Capabilities, d.Targets = nil, nil, nil
	b := encode(t, d)
	for _, want := range []string{`"findings": []`, `"capabilities": []`, `"targets": []`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	if d.Findings != nil {
		t.Error("JSON changed the document")
	}
	d.Findings = []diagnose.Finding{{Code: "unexplained"}}
	b = encode(t, d)
	for _, want := range []string{`"targets": []`, `"evidence": []`, `"confirm": []`, `"fix": []`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in a finding", want)
		}
	}
}

func TestJSONIsSafeForATerminal(t *testing.T) {
	d := broken()
	hostile := "\x1b[2J\u009b31m\u202e\x7f\u200b\U000e0041 日本 <&> \u05d0"
	d.Findings[0].Title = hostile
	b := encode(t, d)
	for _, r := range string(b) {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.M)) {
			t.Errorf("%U reaches the writer", r)
		}
	}
	if !bytes.Contains(b, []byte(" 日本 <&> ")) {
		t.Error("printable characters are escaped for no reason")
	}
	got, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got.Findings[0].Title != hostile {
		t.Errorf("the value changed to %q", got.Findings[0].Title)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestReadJSONErrors(t *testing.T) {
	whole := string(encode(t, healthy()))
	damaged := func(err error) bool { _, ok := errors.AsType[*report.DamagedError](err); return ok }
	schema := func(err error) bool { _, ok := errors.AsType[*report.SchemaError](err); return ok }
	for name, c := range map[string]struct {
		in   io.Reader
		is   func(error) bool
		text string
	}{
		"empty":    {strings.NewReader("\n"), damaged, "the report is empty"},
		"cut":      {strings.NewReader(whole[:len(whole)/2]), damaged, "the report is damaged: unexpected end of JSON input"},
		"no JSON":  {strings.NewReader("PASS  all is well"), damaged, "the report is damaged: invalid character 'P' looking for beginning of value"},
		"followed": {strings.NewReader(whole + whole), damaged, "the report is damaged: invalid character '{' after top-level value"},
		"kind": {strings.NewReader(`{"schema":"ssmcheck.report/v1","targets":7,"observations":{}}`), damaged,
			`the report is damaged: "targets" is JSON of another kind there: number`},
		"list":   {strings.NewReader("[]"), damaged, "the report is damaged: it is JSON of another kind: array"},
		"schema": {strings.NewReader(`{"schema":7}`), damaged, `the report is damaged: "schema" is JSON of another kind there: number`},
		"deep": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":` + strings.Repeat("[", 20_000)), damaged,
			"the report is damaged: invalid character '[' exceeded max depth"},
		"no facts": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":null}`), damaged, "the report has no observations"},
		// In UTC, as it would be written again, that is the year 10000.
		"no year": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":{"started_at":"9999-12-31T23:59:59-23:00"}}`), damaged,
			"the report's start has an impossible year"},
		"list too long": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":{"system":[` + strings.Repeat("{},", 1000) + `{}]}}`), damaged,
			"a list of the report is longer than a run makes one"},
		"too much": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":{"system":[` + strings.Repeat("["+strings.Repeat("{},", 900)+"{}],", 30) + `[]]}}`), damaged,
			"the report has more values than a run makes"},
		"commas in a text": {strings.NewReader(`{"schema":"ssmcheck.report/v1","observations":null,"x":"\"` + strings.Repeat(",[", 60_000) + `"}`), damaged,
			"the report has no observations"},
		"newer": {strings.NewReader(`{"schema":"ssmcheck.report/v2","targets":7}`), schema,
			`the report has the schema "ssmcheck.report/v2", but this version reads "ssmcheck.report/v1": use the version that wrote it, or a newer one`},
		"another":   {strings.NewReader(`{"schema":"other/v1"}`), schema, `not a report of ssmcheck: its schema is "other/v1"`},
		"no schema": {strings.NewReader(`{}`), schema, "not a report of ssmcheck: it names no schema"},
		"endless":   {endless{}, func(err error) bool { return errors.Is(err, report.ErrTooLarge) }, "the report is larger than 4 MiB"},
		"reader":    {io.MultiReader(strings.NewReader("{"), errReader{}), func(err error) bool { return errors.Is(err, io.ErrClosedPipe) }, io.ErrClosedPipe.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := report.ReadJSON(c.in)
			if err == nil || d != nil {
				t.Fatalf("ReadJSON gave %v and no error", d)
			}
			if !c.is(err) {
				t.Errorf("the error is a %T", err)
			}
			if err.Error() != c.text {
				t.Errorf("the error says\n%s\nwant\n%s", err, c.text)
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Members that this version does not know are passed over.
func TestReadJSONPassesOverWhatItDoesNotKnow(t *testing.T) {
	s := strings.Replace(string(encode(t, healthy())), "{", `{"later": {"x": [1]},`, 1)
	if _, err := report.ReadJSON(strings.NewReader(s)); err != nil {
		t.Error(err)
	}
}

// No document that can be read stops a renderer, and nothing of it reaches the
// writer unescaped.
func FuzzText(f *testing.F) {
	// Small seeds: a whole report takes the fuzzer minutes to make smaller.
	for _, s := range []string{
		`"verdict":"fail","targets":[{"name":"ssm","asked":true,"verdict":"pass"}],
			"observations":{"targets":[{"name":"ssm","addresses":[{"class":"public","address":"10.0.0.1","reply":{}},{}]}],"servers":[{"answers":[{}]}]}`,
		`"verdict":"fail","findings":[{"code":"c","severity":"error","title":"t\u001b[31m","evidence":["e"],"confirm":["x"],"fix":["f","g"]}],"observations":{}`,
		`"verdict":"warn","undecided":true,"capabilities":[{"name":"x","verdict":"warn","because":["c"],"reason":"r"}],
			"targets":[{"name":"s3:long-bucket-name","verdict":"skip"}],"notes":["n"],"observations":{"ending":"deadline"}`,
		`"observations":{"targets":[{"name":"s","proxy":{"url":"http://p","lookup":{},"connect":{},"tunnel":{"status":407,"failure":{}},"websocket":{}}}]},
			"targets":[{"name":"s","asked":true}]`,
	} {
		seed := `{"schema":"ssmcheck.report/v1",` + s + `}`
		if _, err := report.ReadJSON(strings.NewReader(seed)); err != nil {
			f.Fatalf("%v: %s", err, seed)
		}
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := report.ReadJSON(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, o := range []report.TextOptions{{}, {Verbose: true, ASCII: true, Width: 40}, {Brief: true}} {
			s := text(t, d, o)
			for _, r := range s {
				if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.M) || o.ASCII && r > '~') {
					t.Fatalf("%U reaches the writer:\n%q", r, s)
				}
			}
		}
		if err := report.JSON(io.Discard, d); err != nil {
			t.Errorf("a document that was read cannot be written: %v", err)
		}
	})
}

// A proxy's password that an older version left in a text of the judgement is
// taken out of each.
func TestReadJSON_hidesProxySecretsOfTheJudgement(t *testing.T) {
	const secret = "S3cr3tOfTheProxy"
	d := healthy()
	d.Observations.Node.Proxy.HTTPS = "http://user:" + secret + "@proxy:3128"
	text := "it goes through http://user:" + secret + "@proxy:3128"
	d.Notes = []string{text}
	d.Capabilities = []diagnose.CapabilityReport{{Reason: text}}
	d.Targets = []diagnose.TargetReport{{Reason: text}}
	d.Findings = []diagnose.Finding{{Title: text, Evidence: []string{text}, Confirm: []string{text}, Fix: []string{text}}}
	got, err := report.ReadJSON(bytes.NewReader(encode(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	if b := string(encode(t, got)); strings.Contains(b, secret) {
		i := strings.Index(b, secret)
		t.Errorf("the password is left: …%.120s", b[max(0, i-80):])
	}
}
