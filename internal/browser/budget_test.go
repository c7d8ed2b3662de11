//go:build !nobrowser

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// object is a JSON object that a test changes.
type object = map[string]any

// loose returns a report as JSON that a test can change freely.
func loose(t *testing.T, d *report.Document) object {
	t.Helper()
	var b strings.Builder
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	var o object
	if err := json.Unmarshal([]byte(b.String()), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// saved encodes a value with no more escapes than JSON needs.
func saved(t *testing.T, name string, o any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := json.NewEncoder(f)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		t.Fatal(err)
	}
	return path
}

func repeated[T any](n int, each func(int) T) []T {
	list := make([]T, n)
	for i := range n {
		list[i] = each(i)
	}
	return list
}

// vast are reports that ReadJSON accepts, with lists or texts whose product exceeds what
// a page can hold.
func vast(t *testing.T, d *report.Document) map[string]object {
	out := map[string]object{}
	change := func(name string, how func(o, facts object)) {
		o := loose(t, d)
		how(o, o["observations"].(object))
		out[name] = o
	}
	finding := func(o object, part string, texts []string) { o["findings"].([]any)[0].(object)[part] = texts }
	checks := func(o object, commands []string) {
		o["findings"].([]any)[0].(object)["checks"] = repeated(len(commands), func(i int) object { return object{"command": commands[i], "expect": "times out"} })
	}
	targets := func(names, observed, addresses int, name func(int) string) func(o, facts object) {
		return func(o, facts object) {
			planned := repeated(names, func(i int) object {
				return object{"name": name(i), "host": "ssm.us-east-2.amazonaws.com", "port": 443, "asked": true, "verdict": "fail"}
			})
			o["targets"], facts["plan"].(object)["targets"] = planned, planned
			each := repeated(addresses, func(i int) object {
				return object{"address": fmt.Sprintf("10.0.%d.%d", i/250, i%250), "connect": object{"elapsed_ms": 1}}
			})
			facts["targets"] = repeated(observed, func(i int) object { return object{"name": name(i), "addresses": each} })
		}
	}
	change("equal names", targets(500, 1, 200, func(int) string { return "ssm" }))
	change("equal names of more addresses", targets(500, 1, 400, func(int) string { return "ssm" }))
	change("names", targets(300, 300, 25, func(i int) string { return fmt.Sprint("s3:bucket-", i) }))
	change("commands", func(o, _ object) {
		checks(o, repeated(999, func(i int) string { return "dig " + strings.Repeat("x", 1000) }))
	})
	change("long commands", func(o, _ object) {
		checks(o, repeated(999, func(i int) string { return "dig " + strings.Repeat("x y", 1200) }))
	})
	change("backticks", func(o, _ object) {
		finding(o, "evidence", repeated(999, func(int) string { return strings.Repeat("`a", 2000) }))
	})
	change("slashes", func(o, _ object) {
		finding(o, "fix", repeated(999, func(int) string { return strings.Repeat("/a", 2000) }))
	})
	change("colons", func(o, _ object) {
		finding(o, "fix", repeated(999, func(int) string { return strings.Repeat("::a", 1300) }))
	})
	change("words", func(o, _ object) {
		finding(o, "evidence", repeated(999, func(int) string { return strings.Repeat("a ", 2000) }))
	})
	change("one text", func(o, _ object) {
		checks(o, []string{strings.Repeat("a/b ", 300_000)})
		finding(o, "evidence", []string{strings.Repeat("`a", 600_000)})
		finding(o, "fix", []string{strings.Repeat("\u3164", 200_000)})
	})
	change("findings that name targets", func(o, _ object) {
		o["findings"] = repeated(150, func(int) object {
			return object{"code": "c", "severity": "error", "title": strings.Repeat("t ", 1500), "targets": repeated(300, func(i int) string { return fmt.Sprint("t", i) })}
		})
	})
	change("findings", func(o, _ object) {
		o["findings"] = repeated(999, func(i int) object {
			return object{"code": fmt.Sprint("c", i), "severity": "warning", "title": strings.Repeat("title ", 300)}
		})
	})
	change("codes", func(o, _ object) {
		for _, x := range append(o["targets"].([]any), o["capabilities"].([]any)...) {
			x.(object)["because"] = repeated(900, func(i int) string { return fmt.Sprint("code-", i) })
		}
	})
	change("notes", func(o, _ object) {
		o["notes"] = repeated(999, func(int) string { return strings.Repeat("note ", 700) })
	})
	change("nameservers", func(_, facts object) {
		facts["plan"].(object)["servers"] = repeated(999, func(int) object {
			return object{"role": "configured", "address": "[fd00:ec2::253%" + strings.Repeat("eth/", 500) + "]:53"}
		})
		answers := repeated(24, func(int) object {
			return object{"name": "n", "rcode": "NOERROR", "addresses": repeated(40, func(i int) string { return fmt.Sprint("10.0.0.", i) })}
		})
		facts["servers"] = repeated(40, func(int) object { return object{"address": "10.0.0.2:53", "answers": answers} })
	})
	change("the times of one target", func(_, facts object) {
		attempt := object{"address": "10.0.0.1", "class": "private", "connect": object{"elapsed_ms": 3}, "handshake": object{"elapsed_ms": 4},
			"reply": object{"elapsed_ms": 5}, "websocket": object{"connect": object{"elapsed_ms": 3, "failure": object{"kind": "reset"}}}}
		for _, x := range facts["targets"].([]any) {
			x.(object)["addresses"] = repeated(200, func(int) object { return attempt })
		}
	})
	change("further addresses", func(_, facts object) {
		for _, x := range facts["targets"].([]any) {
			x.(object)["connections"] = repeated(400, func(i int) object {
				failure := object{"kind": "other", "text": fmt.Sprint("failure ", i)}
				return object{"address": "3.5.0.1", "class": "public", "connect": object{"elapsed_ms": 3, "failure": failure}}
			})
		}
	})
	return out
}

// TestDrawsWithinABudget opens reports that would need millions of elements and
// characters: the page stays small, and says what it leaves out.
func TestDrawsWithinABudget(t *testing.T) {
	t.Parallel()
	d := scenario(t, "endpoint-blocked")
	for name, o := range vast(t, d) {
		t.Run(name, func(t *testing.T) { drawsWithinABudget(t, name, d, o) })
	}
}

func drawsWithinABudget(t *testing.T, name string, d *report.Document, o object) {
	p := newTab(t, chromium(t))
	p.open(d)
	path := saved(t, "vast.json", o)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := report.ReadJSON(strings.NewReader(string(content)))
	if err != nil {
		t.Errorf("%s: a report that is not read anyway, of %d bytes: %v", name, len(content), err)
		return
	}
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('hint').textContent = ''`))
	begin := time.Now()
	p.choose(path)
	p.wait(`document.getElementById('hint').textContent !== '' || document.getElementById('problem').textContent !== ''`)
	value[float64](p, `document.getElementById('main').getBoundingClientRect().height`)
	took := time.Since(begin)
	if said := value[string](p, `document.getElementById('problem').textContent`); said != "" {
		t.Errorf("%s: refused: %s", name, said)
		return
	}
	elements := value[int](p, `document.getElementsByTagName('*').length`)
	letters := value[int](p, `document.getElementById('main').textContent.length`)
	t.Logf("%-30s %4d KiB: %5d elements, %6d letters, %v", name, len(content)>>10, elements, letters, took.Round(time.Millisecond))
	if elements > 40_000 || letters > 600_000 {
		t.Errorf("%s: %d elements with %d letters are drawn", name, elements, letters)
	}
	if said := value[string](p, `document.querySelector('.hero').innerText`); !strings.Contains(said, "of its entries are not drawn") {
		t.Errorf("%s: the page does not say that it leaves out: %s", name, said)
	}
	said := value[string](p, `document.getElementById('main').textContent`)
	if where := strings.Count(said, "more not drawn") + strings.Count(said, "more characters not drawn"); where == 0 {
		t.Errorf("%s: nothing stands where it is left out", name)
	}
	if value[string](p, `document.querySelector('.badge').textContent`) == "PASS" {
		t.Errorf("%s: reads as a pass", name)
	}
	// Expanding everything, as print does, takes as long as drawing it.
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
	value[float64](p, `document.getElementById('main').getBoundingClientRect().height`)
	p.wait(`document.querySelector('#as-json pre').textContent.length > 1000`)
	if all := time.Since(begin); all > 45*time.Second {
		t.Errorf("%s: drawn after %v", name, all)
	}
	// The same in the report's own page, with its text.
	p.open(read)
	if own := value[int](p, `document.getElementsByTagName('*').length`); own > elements+50 {
		t.Errorf("%s: in its own page it has %d elements, not %d", name, own, elements)
	}
}

// TestRefusesWhatIsNotRead: the page has the limits of ReadJSON, with the same messages.
func TestRefusesWhatIsNotRead(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "private-vpc")
	p.open(d)
	change := func(how func(o object)) object {
		o := loose(t, d)
		how(o)
		return o
	}
	for name, o := range map[string]object{
		"list":   change(func(o object) { o["notes"] = repeated(1001, func(int) string { return "" }) }),
		"values": change(func(o object) { o["x"] = repeated(600, func(int) []int { return make([]int, 100) }) }),
		"large":  change(func(o object) { o["x"] = strings.Repeat("x", report.MaxDocument) }),
	} {
		path := saved(t, name+".json", o)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, want := report.ReadJSON(strings.NewReader(string(content)))
		if want == nil {
			t.Fatalf("%s: ReadJSON takes it", name)
		}
		p.choose(path)
		p.wait(fmt.Sprintf(`document.getElementById('problem').textContent.includes(%q)`, name+".json"))
		if got := value[string](p, `document.getElementById('problem').textContent`); !strings.Contains(got, want.Error()) {
			t.Errorf("%s: the page says %q, ReadJSON %q", name, got, want)
		}
	}
}

// The report of a run is drawn completely, even if it is long.
func TestDrawsARunWhole(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	// The targets of --for all, each with the maximum number of addresses.
	for i := range d.Observations.Targets {
		seen := &d.Observations.Targets[i]
		for len(seen.Addresses) > 0 && len(seen.Addresses) < 16 {
			seen.Addresses = append(seen.Addresses, seen.Addresses[0])
		}
	}
	for len(d.Targets) < 30 {
		seen := d.Observations.Targets[0]
		seen.Name = fmt.Sprint("s3:one-more-", len(d.Targets))
		d.Observations.Targets = append(d.Observations.Targets, seen)
		d.Targets = append(d.Targets, diagnose.TargetReport{Name: seen.Name, Host: "h", Port: 443, Asked: true, Verdict: diagnose.Pass})
	}
	p.open(d)
	if said := value[string](p, `document.getElementById('main').textContent`); strings.Contains(said, "not drawn") {
		t.Errorf("a run is not drawn whole: %.200s", said[strings.Index(said, "not drawn")-100:])
	}
	t.Logf("%d elements", value[int](p, `document.getElementsByTagName('*').length`))
}
