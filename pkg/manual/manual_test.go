package manual

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sections are those of a cause's page, in this order.
var sections = []string{"What it means", "How it comes about", "Prove it", "Fix it", "AWS documentation"}

// undocumented stands where AWS has no page, so that nobody looks for one.
const undocumented = "AWS does not document it."

// pages are all pages, by the names of their files.
func pages(t *testing.T) map[string]Page {
	t.Helper()
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Page{}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".md"); name != contents {
			page, ok := Lookup(name)
			if !ok {
				t.Fatalf("no page %s", name)
			}
			all[name] = page
		}
	}
	return all
}

// causes are the pages that are not of capabilities.
func causes(t *testing.T) map[string]Page {
	t.Helper()
	all := pages(t)
	maps.DeleteFunc(all, func(_ string, p Page) bool { return p.Sections[0].Heading == "What it is" })
	return all
}

func TestChapters_listEveryPageOnce(t *testing.T) {
	var listed []string
	for _, c := range Chapters() {
		if c.Title == "" || len(c.Pages) == 0 {
			t.Errorf("chapter %q has no title or no pages", c.Title)
		}
		listed = append(listed, c.Pages...)
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(pages(t))), listed); diff != "" {
		t.Errorf("pages (-files +listed in README.md):\n%s", diff)
	}
	readme, _ := read(contents)
	for _, s := range parse(readme).Sections {
		for _, b := range s.Blocks {
			if name, _, _ := strings.Cut(b.Text[1:], "]"); b.Text != "["+name+"]("+name+".md)" {
				t.Errorf("README.md: not a link to a page: %q", b.Text)
			}
		}
	}
}

func TestPages_titleAndSections(t *testing.T) {
	for name, p := range pages(t) {
		var headings []string
		for _, s := range p.Sections {
			headings = append(headings, s.Heading)
			if len(s.Blocks) == 0 {
				t.Errorf("%s: nothing under %q", name, s.Heading)
			}
		}
		if p.Title != name {
			t.Errorf("%s: the title is %q", name, p.Title)
		}
		if !slices.Equal(headings, sections) && !slices.Equal(headings, []string{"What it is"}) {
			t.Errorf("%s: sections %q", name, headings)
		}
		if s := p.FirstSentence(); !sentence(s) || len(s) > 400 {
			t.Errorf("%s: first sentence %q", name, s)
		}
	}
}

// Each section of a cause's page has blocks of the kind that belongs there.
func TestPages_blocks(t *testing.T) {
	for name, p := range causes(t) {
		kinds := map[string]string{}
		for _, s := range p.Sections {
			steps := 0
			for _, b := range s.Blocks {
				kinds[s.Heading] += [...]string{Paragraph: "p", Item: "i", Commands: "c", Link: "l"}[b.Kind]
				if want := "-"; b.Kind == Item && s.Heading == "Fix it" {
					steps++
					want = string(rune('0'+steps)) + "."
					if b.Marker != want {
						t.Errorf("%s: step %d has the marker %q", name, steps, b.Marker)
					}
				} else if b.Marker != "" && b.Marker != want {
					t.Errorf("%s: %q has the marker %q", name, b.Text, b.Marker)
				}
			}
		}
		for heading, want := range map[string]string{
			"What it means": "^p+$", "How it comes about": "^i+$", "Prove it": "^(cp)+$", "Fix it": "^(ic?)+$", "AWS documentation": "^(p|l+)$",
		} {
			if !regexp.MustCompile(want).MatchString(kinds[heading]) {
				t.Errorf("%s: %q has blocks %q, want %s", name, heading, kinds[heading], want)
			}
		}
	}
}

var (
	awsPage    = regexp.MustCompile(`^https://docs\.aws\.amazon\.com/[A-Za-z0-9/_-]+\.html$`)
	inlineCode = regexp.MustCompile("`[^`]+`")
	// dialect is what no colleague would say.
	dialect = regexp.MustCompile(`(?i)\b(told|tells|beside|of it|is none|all the same|in place of|opens TLS|else the)\b`)
)

func TestPages_text(t *testing.T) {
	for name, p := range pages(t) {
		for _, s := range p.Sections {
			for _, b := range s.Blocks {
				switch b.Kind {
				case Link:
					if !awsPage.MatchString(b.Text) {
						t.Errorf("%s: not a page of AWS: %q", name, b.Text)
					}
				case Commands:
					for line := range strings.SplitSeq(b.Text, "\n") {
						if line == "" || len(line) > 78 || strings.TrimRight(line, " ") != line {
							t.Errorf("%s: %d columns, or none: %q", name, len(line), line)
						}
					}
				default:
					plain := inlineCode.ReplaceAllString(b.Text, "")
					// What Markdown takes for markup belongs into code.
					if !sentence(b.Text) || strings.ContainsAny(plain, "`*_[]<>|\\#~&") {
						t.Errorf("%s: not a plain sentence: %q", name, b.Text)
					}
					if m := dialect.FindString(plain); m != "" {
						t.Errorf("%s: %q in %q", name, m, b.Text)
					}
				}
			}
		}
		if last := p.Sections[len(p.Sections)-1].Blocks; last[0].Kind == Paragraph && len(p.Sections) == len(sections) &&
			last[0].Text != undocumented {
			t.Errorf("%s: AWS's documentation is %q", name, last[0].Text)
		}
	}
}

// sentence reports whether s ends as one, in ASCII.
func sentence(s string) bool {
	return strings.HasSuffix(s, ".") && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Taking a page apart loses no word.
func TestPages_parseKeepsEveryWord(t *testing.T) {
	for name, p := range pages(t) {
		words := []string{"#", p.Title}
		for _, s := range p.Sections {
			words = append(words, "##", s.Heading)
			for _, b := range s.Blocks {
				text := b.Text
				switch b.Kind {
				case Link:
					text = "<" + text + ">"
				case Commands:
					text = "```sh\n" + text + "\n```"
				}
				words = append(words, b.Marker, text)
			}
		}
		got := strings.Fields(strings.Join(words, " "))
		if diff := cmp.Diff(strings.Fields(p.source), got); diff != "" {
			t.Errorf("%s (-page +blocks):\n%s", name, diff)
		}
	}
}

func TestPages_linesFit(t *testing.T) {
	for name, p := range pages(t) {
		if !strings.HasSuffix(p.source, "\n") || strings.HasSuffix(p.source, "\n\n") || strings.Contains(p.source, "\n\n\n") {
			t.Errorf("%s: blank lines twice, or at the end", name)
		}
		for line := range strings.Lines(p.source) {
			if line = strings.TrimSuffix(line, "\n"); len(line) > 120 || strings.TrimRight(line, " ") != line {
				t.Errorf("%s: %d columns: %q", name, len(line), line)
			}
		}
	}
}

// A shell accepts every command.
func TestPages_commandsAreShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no sh")
		}
		t.Skip("SKIP: there is no sh; the commands were not parsed")
	}
	var script strings.Builder
	for _, p := range pages(t) {
		for _, s := range p.Sections {
			for _, b := range s.Blocks {
				if b.Kind == Commands {
					script.WriteString(b.Text + "\n")
				}
			}
		}
	}
	cmd := exec.Command(sh, "-n")
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestLookup_unknown(t *testing.T) {
	for _, name := range []string{"", "no-such-cause", "ENDPOINT-BLOCKED", "../manual/endpoint-blocked", "endpoint-blocked.md", contents} {
		if p, ok := Lookup(name); ok {
			t.Errorf("%q has a page: %+v", name, p)
		}
	}
}

func TestMarkdown_shiftsHeadingsAlone(t *testing.T) {
	p := parse("# a\n\n## b\n\n```sh\n# a comment\n```\n\nShown.\n")
	if diff := cmp.Diff("### a\n\n#### b\n\n```sh\n# a comment\n```\n\nShown.\n", p.Markdown(3)); diff != "" {
		t.Error(diff)
	}
	if p.Markdown(1) != p.source {
		t.Errorf("level 1 is not the page itself: %q", p.Markdown(1))
	}
}

func TestParse(t *testing.T) {
	got := parse("# t\n\n## one\n\nA\nb.\n\nC.\n\n- d\n  e\n- f\n\n```sh\n- g\n\n## h\n```\n\n## two\n\n1. i\n2. j\n- <https://k>\n")
	want := []Section{
		{"one", []Block{{Text: "A b."}, {Text: "C."}, {Item, "-", "d e"}, {Item, "-", "f"}, {Kind: Commands, Text: "- g\n\n## h"}}},
		{"two", []Block{{Item, "1.", "i"}, {Item, "2.", "j"}, {Link, "-", "https://k"}}},
	}
	if diff := cmp.Diff(want, got.Sections); diff != "" || got.Title != "t" {
		t.Errorf("title %q, sections (-want +got):\n%s", got.Title, diff)
	}
}

func TestAnchor(t *testing.T) {
	for name, want := range map[string]string{
		"endpoint-blocked": "endpoint-blocked", "s3-blocked": "s3-blocked", "AWS documentation": "aws-documentation", "TLS: handshake": "tls-handshake",
		`x" onclick="y`: "x-onclicky", "": "",
	} {
		if got := Anchor(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A command that an admin pastes ends by itself, and shows no secret.
func TestPages_commandsEnd(t *testing.T) {
	for name, p := range pages(t) {
		for _, s := range p.Sections {
			for _, b := range s.Blocks {
				if b.Kind == Commands {
					for _, fault := range unbounded(b.Text) {
						t.Errorf("%s: %s", name, fault)
					}
				}
			}
		}
	}
}

var (
	handshake = regexp.MustCompile(`(?m)^.*openssl s_client.*$`)
	request   = regexp.MustCompile(`curl(\.exe)? ([^\\\n]|\\\n|\\.)*`)
	limit     = regexp.MustCompile(`(--max-time|-m) [0-9]`)
	allOf     = regexp.MustCompile(`(?m)^(env|printenv|set)( *$| *\| *grep '?AWS)`)
)

func unbounded(commands string) []string {
	var faults []string
	for _, line := range handshake.FindAllString(commands, -1) {
		if !strings.Contains(line, "timeout ") {
			faults = append(faults, "no time limit: "+line)
		}
	}
	for _, call := range request.FindAllString(commands, -1) {
		if !limit.MatchString(call) {
			faults = append(faults, "no time limit: "+call)
		}
	}
	if m := allOf.FindString(commands); m != "" {
		faults = append(faults, "shows credentials: "+m)
	}
	return faults
}

func TestUnbounded(t *testing.T) {
	for _, commands := range []string{
		"openssl s_client -connect HOST:443 </dev/null", "curl -s https://HOST/", "curl -s \\\n  https://HOST/\ndate", "env | grep AWS_", "printenv",
	} {
		if len(unbounded(commands)) != 1 {
			t.Errorf("%q passes", commands)
		}
	}
	if got := unbounded("timeout 10 openssl s_client -connect HOST:443 </dev/null\ncurl -s \\\n  -m 2 https://HOST/\nenv | grep -E '^AWS_(DEFAULT_)?REGION='"); len(got) > 0 {
		t.Error(got)
	}
}

// Code within a sentence stays on one line at 80 columns.
func TestPages_inlineCodeIsShort(t *testing.T) {
	for name, p := range pages(t) {
		for _, s := range p.Sections {
			for _, b := range s.Blocks {
				for _, code := range inlineCode.FindAllString(b.Text, -1) {
					if b.Kind != Commands && len(code) > 70 {
						t.Errorf("%s: %d columns of code in a sentence: %s", name, len(code), code)
					}
				}
			}
		}
	}
}

// The agent sees a changed drop-in only after systemd has read it.
func TestPages_dropInsAreRead(t *testing.T) {
	for name, p := range causes(t) {
		var fix strings.Builder
		for _, s := range p.Sections {
			for _, b := range s.Blocks {
				if s.Heading == "Fix it" {
					fix.WriteString(b.Text + "\n")
				}
			}
		}
		if strings.Contains(fix.String(), "drop-in") && !strings.Contains(fix.String(), "daemon-reload") {
			t.Errorf("%s: a drop-in, and no daemon-reload", name)
		}
	}
}
