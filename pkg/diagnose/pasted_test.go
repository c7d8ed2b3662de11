package diagnose_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// reports is how many mutated reports there are.
const reports = 10_000

// pasted are the commands of the mutated reports, each with the texts of one report that
// contains it.
type pasted map[string]*observation.Observations

// collect judges the mutated reports, and sorts their commands by shell.
func collect(t *testing.T) (posix, power pasted) {
	t.Helper()
	posix, power = pasted{}, pasted{}
	worlds := diagnose.Worlds()
	n := reports
	if testing.Short() {
		n /= 10
	}
	for i := range n {
		o := mutated(worlds, i)
		into := posix
		if o.Node.OS == "windows" {
			into = power
		}
		r := diagnose.Judge(o)
		for _, f := range r.Findings {
			for _, c := range append(slices.Clone(f.Confirm), codes(t, f)...) {
				if !quote.Printable(c) {
					t.Fatalf("report %d, %s: a command that an output may spell otherwise: %q", i, f.Code, c)
				}
				into[c] = o
			}
		}
		if i%40 == 0 {
			shown(t, r, o)
		}
		if i%1000 == 0 { // some: it takes its time
			redacted(t, r, o)
		}
	}
	return posix, power
}

// codes are the commands in the words of a fix. The lines of files in them are
// checked here.
func codes(t *testing.T, f diagnose.Finding) (commands []string) {
	t.Helper()
	for _, line := range f.Fix {
		_, rest, ok := strings.Cut(line, "`Environment=")
		if code, _, ends := strings.Cut(rest, "`"); ok && (!ends || !environment.MatchString(code)) {
			t.Errorf("%s: systemd reads something else in %s", f.Code, line)
		}
		for _, begin := range []string{"aws ", "mkdir ", "uci ", "$service = ", "New-NetFirewallRule "} {
			if _, rest, ok := strings.Cut(line, "`"+begin); ok {
				code, _, _ := strings.Cut(rest, "`")
				commands = append(commands, begin+code)
			}
		}
	}
	return commands
}

// environment is one line of assignments in quotes, without a specifier of
// systemd: the agent's proxy, what goes around it, or its small ClientHello.
var environment = regexp.MustCompile(strings.ReplaceAll(`^(?:`+
	`"https_proxy=VALUE" "http_proxy=VALUE" "no_proxy=VALUE"(?: "NO_PROXY=VALUE")?|`+
	`"https_proxy=VALUE"(?: "no_proxy=VALUE" "NO_PROXY=VALUE")?|`+
	`"no_proxy=VALUE" "NO_PROXY=VALUE"|`+
	`"GODEBUG=(?:[A-Za-z0-9]*=[A-Za-z0-9]*,)*tls(?:mlkem|kyber)=0"`+
	`)$`, "VALUE", `(?:[^"\\%]|\\\\|\\"|%%)*`))

// shown requires every format to show each command as it is, alone on its line except
// for a comment, in every locale.
func shown(t *testing.T, r *diagnose.Report, o *observation.Observations) {
	t.Helper()
	d := report.New("test", r, o)
	outputs := map[string]func(*bytes.Buffer) error{
		"text in ASCII": func(b *bytes.Buffer) error { return report.Text(b, d, report.TextOptions{ASCII: true, Verbose: true}) },
		"text":          func(b *bytes.Buffer) error { return report.Text(b, d, report.TextOptions{Verbose: true, Width: 40}) },
		"Markdown":      func(b *bytes.Buffer) error { return report.Markdown(b, d) },
		"JUnit":         func(b *bytes.Buffer) error { return report.JUnit(b, d, false) },
	}
	for name, write := range outputs {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if name == "JUnit" {
			text = characters(t, text)
		}
		lines := make(map[string]bool)
		for l := range strings.Lines(text) {
			command, _, _ := strings.Cut(strings.TrimSpace(l), "  # ")
			lines[command] = true
		}
		for _, f := range r.Findings {
			for _, c := range f.Confirm {
				elsewhere := name == "JUnit" && f.Severity != diagnose.Error || name == "Markdown" && f.Severity == diagnose.Info
				if !lines[c] && !elsewhere {
					t.Errorf("%s, %s: %q is shown otherwise:\n%s", name, f.Code, c, text)
				}
			}
		}
	}
}

// redacted requires pseudonyms to leave the words of commands well-formed.
func redacted(t *testing.T, r *diagnose.Report, o *observation.Observations) {
	t.Helper()
	seen, err := redact.New().Observations(o)
	if err != nil {
		t.Fatal(err)
	}
	d := diagnose.Judge(seen)
	if len(d.Findings) != len(r.Findings) {
		t.Fatalf("%d findings became %d", len(r.Findings), len(d.Findings))
	}
	for i, f := range r.Findings {
		for j, c := range f.Confirm {
			got := d.Findings[i].Confirm[j]
			if !quote.Printable(got) {
				t.Errorf("%q is redacted to %q", c, got)
				continue
			}
			if o.Node.OS == "windows" {
				continue
			}
			before, after := wordsOf(t, c), wordsOf(t, got)
			count := func(calls []string) (n []int) {
				for _, call := range calls {
					n = append(n, strings.Count(call, "\x01"))
				}
				return n
			}
			if !slices.Equal(count(before), count(after)) {
				t.Errorf("%q is redacted to %q: other words", c, got)
			}
		}
	}
}

// characters is the text of an XML document.
func characters(t *testing.T, doc string) string {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if err != nil {
			return b.String() + "\n" + doc
		}
		if c, ok := token.(xml.CharData); ok {
			b.Write(c)
		}
	}
}

// The programs that a command may run.
var programs = []string{
	"aws", "bash", "cat", "curl", "cut", "date", "dig", "dscacheutil", "env", "getent", "grep", "ip", "iptables", "jq", "launchctl", "ls", "mkdir", "mv", "nft", "openssl", "pfctl", "ping", "python3", "route", "scutil", "seq", "systemctl", "systemd-analyze", "tail", "timeout", "uci",
}

// TestPasted: pasted into a shell, each command of 10,000 mutated reports calls the
// intended programs with the intended words, and does nothing else. Stand-ins for the
// programs record what they are called with.
func TestPasted(t *testing.T) {
	posix, power := collect(t)
	commands := slices.Sorted(maps.Keys(posix))
	if !testing.Short() && (len(commands) < 500 || len(power) < 200) {
		t.Fatalf("only %d commands, and %d for PowerShell", len(commands), len(power))
	}
	meant := make([][]string, len(commands))
	for i, c := range commands {
		meant[i] = wordsOf(t, c)
		for _, call := range meant[i] {
			if !allowed(call, posix[c]) {
				t.Errorf("no such call is meant: %q in %s", call, c)
			}
		}
		slices.Sort(meant[i])
	}
	for _, shell := range []string{"sh", "bash", "zsh"} {
		path, err := exec.LookPath(shell)
		switch {
		case err == nil:
		case os.Getenv("CI") == "true":
			t.Fatalf("%s is missing", shell)
		default:
			t.Logf("SKIP: %s is missing; what it reads was not tried", shell)
			continue
		}
		called := run(t, path, commands)
		for i, c := range commands {
			if diff := cmp.Diff(meant[i], called[i]); diff != "" {
				t.Fatalf("%s reads %s\n(-meant +called):\n%s", shell, c, diff)
			}
		}
	}
	for c := range power {
		if !slices.ContainsFunc(powerShell, func(form *regexp.Regexp) bool { return form.MatchString(c) }) {
			t.Errorf("PowerShell: no such command is meant: %s", c)
		}
		asPowerShell(t, c)
	}
}

// asPowerShell requires PowerShell to read a command as intended, and every version of
// it to pass the same words to the programs.
func asPowerShell(t *testing.T, command string) {
	t.Helper()
	if strings.HasPrefix(command, "$service = ") {
		return // it calls no program, and its words are those of its form
	}
	calls, err := probetest.ReadPowerShell(command)
	if err != nil {
		t.Errorf("PowerShell: %v", err)
	}
	for _, words := range calls {
		if words[0] != "aws" && !strings.HasSuffix(words[0], ".exe") {
			continue // PowerShell's own
		}
		for version, got := range probetest.PowerShellPasses(words[1:]) {
			if diff := cmp.Diff(words[1:], got); diff != "" {
				t.Errorf("PowerShell %s passes on, of %s (-meant +passed):\n%s", version, command, diff)
			}
		}
	}
}

// run returns the calls of each command, sorted, as the shell makes them.
func run(t *testing.T, shell string, commands []string) [][]string {
	t.Helper()
	dir := t.TempDir()
	bin, home := filepath.Join(dir, "empty"), filepath.Join(dir, "home")
	for _, d := range []string{bin, home} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "f", "1", "443"} { // what a pattern would match
		if err := os.WriteFile(filepath.Join(home, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var script strings.Builder
	script.WriteString("exec 3>>'" + dir + "/calls'\nnote() { s=; for w do s=\"$s\x01$w\"; done; printf '%s\\n' \"$s\" >&3; }\n")
	for _, p := range programs {
		if strings.Contains(p, "-") { // no name of a function
			own := "#!/bin/sh\ns=\"\x01" + p + "\"; for w do s=\"$s\x01$w\"; done; printf '%s\\n' \"$s\" >&3\n"
			if err := os.WriteFile(filepath.Join(bin, p), []byte(own), 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		fmt.Fprintf(&script, "%s() { note %s \"$@\"; }\n", p, p)
	}
	for _, c := range commands {
		script.WriteString(c + "\nprintf '\\n' >&3\n") // a line after each, as one pastes them
	}
	path := filepath.Join(dir, "script")
	if err := os.WriteFile(path, []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shell, path)
	cmd.Dir, cmd.Env = home, []string{"PATH=" + bin, "HOME=/home/x"}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s: %v: %.2000s", shell, err, out)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) != 4 {
		t.Errorf("%s left files: %v, %v", shell, left, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	called := make([][]string, len(commands))
	n := 0
	for l := range strings.Lines(string(b)) {
		switch l = strings.TrimSuffix(l, "\n"); {
		case l == "":
			slices.Sort(called[n])
			n++
		case n == len(commands):
			t.Fatalf("%s calls more than there are commands: %q", shell, l)
		default:
			called[n] = append(called[n], strings.TrimPrefix(l, "\x01"))
		}
	}
	if n != len(commands) {
		t.Fatalf("%s ran %d of %d commands", shell, n, len(commands))
	}
	return called
}

var errOpen = errors.New("a quote is not closed")

// wordsOf parses a command as POSIX says, without the code that quoted it: into its
// calls, each with \x01 between its words. It knows the few characters that a command
// may have outside quotes.
func wordsOf(t *testing.T, command string) []string {
	t.Helper()
	var calls []string
	var read func(s string) error
	read = func(s string) error {
		var words []string
		word, open := "", false
		end := func() {
			if open {
				words = append(words, word)
			}
			word, open = "", false
		}
		call := func() {
			end()
			if len(words) > 0 {
				calls = append(calls, strings.Join(words, "\x01"))
			}
			words = nil
		}
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c == ' ':
				end()
			case c == '\'':
				n := strings.IndexByte(s[i+1:], '\'')
				if n < 0 {
					return errOpen
				}
				word, open = word+s[i+1:i+1+n], true
				i += n + 1
			case c == '\\' && strings.HasPrefix(s[i:], `\'`):
				word, open = word+"'", true
				i++
			case c == '"':
				n := strings.IndexByte(s[i+1:], '"')
				if n < 0 {
					return errOpen
				}
				inner := s[i+1 : i+1+n]
				before, rest, ok := strings.Cut(inner, "$(")
				if ok { // what it calls prints nothing here
					if !strings.HasSuffix(rest, ")") {
						return errOpen
					}
					if err := read(strings.TrimSuffix(rest, ")")); err != nil {
						return err
					}
				}
				word, open = word+before, true
				i += n + 1
			case c == ';' || c == '|':
				call()
			case strings.HasPrefix(s[i:], "&& "):
				call()
				i++
			case strings.HasPrefix(s[i:], "</dev/null"), strings.HasPrefix(s[i:], "2>/dev/null") && !open:
				i += strings.IndexByte(s[i:]+" ", ' ') - 1
			case strings.HasPrefix(s[i:], "~/") && !open:
				word, open = "/home/x", true
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("._:/@%+=,-", c) >= 0:
				word, open = word+string(c), true
			default:
				return fmt.Errorf("%q outside of quotes", c)
			}
		}
		call()
		return nil
	}
	if err := read(command); err != nil {
		t.Fatalf("%v: %s", err, command)
	}
	return calls
}
