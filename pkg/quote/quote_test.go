package quote

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// words are what a shell, a locale or a unit file might make something else of.
func words() []string {
	list := []string{
		"", " ", "10.0.0.2", "fd00::2", "[fd00::2]:443", "fe80::1%eth0", "-rf", "--", "a b", "a  b ", "it's", "'", "''", `\`, `\'`, `a\`,
		"$(id)", "`id`", "${HOME}", "$HOME", "~", "~root", "=ls", "a=ls", "!!", "!a", "a!b", "#a", "a#b", "*", "a?", "{a,b}", "a{b", "^a", "%1", "a|b",
		"a;b", "a&b", "a>b", "<a", "(a)", "a\"b", `"; Environment="x`, "%", "%%", "%h", `\x41`, "1e5", "0x10", "1kb", "1..3", "@a", "@(a)", ",a", "a,b", "+", ".", "...",
		"https://h/p?a=1&b", `C:\ProgramData\x`,
	}
	for c := ' '; c <= '~'; c++ {
		list = append(list, string(c), "a"+string(c)+"b", string(c)+string(c))
	}
	return list
}

// TestShellWords: every shell reads a word as it was, among others.
func TestShellWords(t *testing.T) {
	for _, shell := range []string{"sh", "bash", "zsh"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing", shell)
			}
			t.Logf("SKIP: %s is missing; what it reads was not tried", shell)
			continue
		}
		for name, quoted := range map[string]func(string) string{"Shell": Shell, "ShellWord": ShellWord} {
			var script strings.Builder
			want := words()
			for _, w := range want {
				script.WriteString("printf '%s\\0' " + quoted(w) + " end\n")
			}
			c := exec.Command(path)
			c.Stdin, c.Dir = strings.NewReader(script.String()), t.TempDir()
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v: %s", shell, err, out)
			}
			var got []string
			for _, w := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00end\x00") {
				got = append(got, strings.TrimSuffix(w, "\x00end"))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", shell, name, diff)
			}
		}
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "''",
		"10.0.0.2":          "10.0.0.2",
		"[fd00::2]:443":     "'[fd00::2]:443'", // a pattern, of which zsh wants a file
		"fe80::1%eth0":      "fe80::1%eth0",
		"-rf":               "'-rf'",
		"=ls":               "'=ls'", // to zsh the path of ls
		"a b":               "'a b'",
		"it's":              `'it'\''s'`,
		"$(id)":             "'$(id)'",
		"https://h/p?a=1&b": "'https://h/p?a=1&b'",
		"bücher":            "'bücher'",
	} {
		if got := ShellWord(in); got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestPowerShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "''",
		"10.0.0.2":            "10.0.0.2",
		"fd00::2":             "fd00::2",
		"[fd00::2]:443":       "'[fd00::2]:443'",
		"1e5":                 "'1e5'", // a number, which becomes 100000
		"0x10":                "'0x10'",
		"1kb":                 "'1kb'",
		"-rf":                 "'-rf'",
		"a b":                 "'a b'",
		`C:\ProgramData\x`:    `C:\ProgramData\x`,
		"a';calc;'":           "'a'';calc;'''",
		"a\u2019;calc;\u2018": "'a\u2019\u2019;calc;\u2018\u2018'",
		"a;calc":              "'a;calc'",
		"@a":                  "'@a'",
		"a,b":                 "'a,b'",
		"%a":                  "'%a'",
		"a{b}":                "'a{b}'",
		"a(b)":                "'a(b)'",
		"a&b":                 "'a&b'",
		"a|b":                 "'a|b'",
		"$(calc)":             "'$(calc)'",
		"`calc":               "'`calc'",
	} {
		if got := PowerShellWord(in); got != want {
			t.Errorf("PowerShellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

// asSystemd reads a word of a unit file as systemd does: it resolves the
// specifiers, then takes the quotes and the escapes away.
func asSystemd(s string) (string, error) {
	for _, part := range strings.Split(s, "%%") {
		if strings.Contains(part, "%") {
			return "", fmt.Errorf("a specifier in %s", s)
		}
	}
	s = strings.ReplaceAll(s, "%%", "%")
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return "", fmt.Errorf("no quote before %s", s)
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"' && i == len(inner)-1:
			return b.String(), nil
		case c == '"':
			return "", fmt.Errorf("a quote within %s", s)
		case c == '\\':
			i++
			if i == len(inner) || inner[i] != '\\' && inner[i] != '"' {
				return "", fmt.Errorf("an escape in %s", s)
			}
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("no quote after %s", s)
}

// TestSystemd: systemd reads an assignment as it was, from Go as from sed.
func TestSystemd(t *testing.T) {
	sed, err := exec.LookPath("sed")
	if err != nil {
		t.Log("SKIP: sed is missing; its script was not tried")
	}
	for _, w := range words() {
		if got, err := asSystemd(Systemd(w)); err != nil || got != w {
			t.Errorf("%q becomes %q: %v", w, got, err)
		}
	}
	if sed == "" {
		return
	}
	list := slices.DeleteFunc(words(), func(w string) bool { return w == "" })
	c := exec.Command(sed, SystemdFilter)
	c.Stdin = strings.NewReader(strings.Join(list, "\n") + "\n")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		if want := Systemd(list[i]); `"`+l+`"` != want {
			t.Errorf("sed makes %s of %q, want %s", l, list[i], want)
		}
	}
}

// TestInvisible compares the list with the tables that Go has, by the formula
// of Unicode's DerivedCoreProperties.txt.
func TestInvisible(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		ignorable := unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Cf, unicode.Variation_Selector) &&
			!unicode.In(r, unicode.White_Space, unicode.Prepended_Concatenation_Mark) &&
			!(r >= 0xfff9 && r <= 0xfffb) && !(r >= 0x13430 && r <= 0x13440)
		if want := ignorable || r == 0x2800; unicode.Is(Invisible, r) != want {
			t.Errorf("%U is invisible: %v, want %v", r, !want, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]bool{"": true, "a ~!": true, "a\n": false, "a\t": false, "\x7f": false, "ü": false, "\u2019": false, "\xff": false} {
		if Printable(s) != want {
			t.Errorf("Printable(%q) is %v", s, !want)
		}
	}
}
