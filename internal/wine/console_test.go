//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A prompt is a directory with reports, for Windows commands.
type prompt struct {
	kit
	dir string
}

// newPrompt writes report.json, of a broken node with a non-ASCII letter in a path, and
// cut.json, of a run that did not finish.
func newPrompt(t *testing.T) prompt {
	t.Helper()
	p := prompt{prepared(t), t.TempDir()}
	b, err := os.ReadFile("../../pkg/report/testdata/broken.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"report.json": {"/etc/resolv.conf", "/etc/Müller.conf"},
		"cut.json":    {`"ending": "complete"`, `"ending": "interrupted"`},
	} {
		changed := bytes.ReplaceAll(b, []byte(change[0]), []byte(change[1]))
		if bytes.Equal(changed, b) {
			t.Fatalf("no %s in the report", change[0])
		}
		if err := os.WriteFile(filepath.Join(p.dir, name), changed, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The path with the letter, in UTF-8 and in ASCII.
const letter, inASCII = "/etc/Müller.conf", `/etc/M\xfcller.conf`

// line returns a command line for cmd.exe, in which ssmcheck is the program.
func (p prompt) line(text string) string {
	exe := `Z:` + strings.ReplaceAll(p.file("bin/ssmcheck.exe"), "/", `\`)
	return strings.ReplaceAll(text, "ssmcheck", exe)
}

// cmd runs a command line without a console.
func (p prompt) cmd(t *testing.T, text string) (status int, stdout, stderr string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), p.file("run"), "cmd", "/c", p.line(text))
	c.Dir = p.dir
	return outcomeOf(t, c)
}

func outcomeOf(t *testing.T, c *exec.Cmd) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	c.Stdout, c.Stderr = &out, &err
	if e := c.Run(); c.ProcessState == nil {
		t.Fatal(e)
	}
	return c.ProcessState.ExitCode(), out.String(), err.String()
}

// TestExitStatus: cmd.exe and a batch file see the same exit statuses as on Linux.
func TestExitStatus(t *testing.T) {
	p := newPrompt(t)
	for _, c := range []struct {
		arguments string
		status    int
	}{
		{"--version", 0},
		{"diagnose report.json", 1},
		{"--no-such-flag", 2},
		{"diagnose cut.json", 3},
	} {
		linux := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("SSMCHECK_BIN"), "ssmcheck"), strings.Fields(c.arguments)...)
		linux.Dir = p.dir
		onLinux, _, _ := outcomeOf(t, linux)
		status, _, stderr := p.cmd(t, "ssmcheck "+c.arguments)
		if status != c.status || onLinux != c.status {
			t.Errorf("%s: exit status %d, on Linux %d, want %d: %s", c.arguments, status, onLinux, c.status, stderr)
		}
		batch := fmt.Sprintf("@ssmcheck %s\r\n@if errorlevel %d exit /b 90\r\n@if errorlevel %d exit /b 80\r\n", c.arguments, c.status+1, c.status)
		if err := os.WriteFile(filepath.Join(p.dir, "run.bat"), []byte(p.line(batch)), 0o644); err != nil {
			t.Fatal(err)
		}
		if status, _, stderr := p.cmd(t, "run.bat"); status != 80 {
			t.Errorf("%s: a batch file goes on with %d: %s", c.arguments, status, stderr)
		}
	}
}

// TestRedirected: output to a file has no colours and no progress, and lines end with LF.
// Text is ASCII unless there is a console with code page UTF-8; JSON is always UTF-8.
func TestRedirected(t *testing.T) {
	p := newPrompt(t)
	status, stdout, stderr := p.cmd(t, "ssmcheck -v diagnose report.json >out.txt 2>err.txt & ssmcheck diagnose -o json report.json >out.json 2>>err.txt")
	if status != 1 || stdout != "" || stderr != "" {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
	for name, want := range map[string]string{"out.txt": inASCII, "out.json": letter} {
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), want) || !utf8.Valid(b) || !strings.HasSuffix(string(b), "\n") {
			t.Errorf("%s: no %q, or no UTF-8:\n%s", name, want, b)
		}
		if i := bytes.IndexAny(b, "\x1b\r"); i >= 0 {
			t.Errorf("%s has %q", name, b[max(i-40, 0):i+1])
		}
	}
	if b, err := os.ReadFile(filepath.Join(p.dir, "err.txt")); err != nil || len(b) > 0 {
		t.Errorf("standard error: %q, %v", b, err)
	}
}

// A console is a Windows console that wine shows on a Linux terminal.
type console struct {
	cmd  *exec.Cmd
	keys io.WriteCloser
	out  *bytes.Buffer
	read chan []byte
}

// openConsole runs a shell command in a console with that many columns.
func openConsole(t *testing.T, dir, command string, columns int) *console {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	c := &console{out: new(bytes.Buffer), read: make(chan []byte)}
	c.cmd = exec.CommandContext(ctx, "script", "-qec", fmt.Sprintf("stty cols %d rows 50; exec %s", columns, command), "/dev/null")
	c.cmd.Dir = dir
	keys, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.keys = keys
	screen, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.read)
		for b := make([]byte, 1<<12); ; {
			n, err := screen.Read(b)
			c.read <- bytes.Clone(b[:n])
			if err != nil {
				return
			}
		}
	}()
	return c
}

// await reads until the text is shown. false: the console was closed before that.
func (c *console) await(text string) bool {
	for !strings.Contains(c.out.String(), text) {
		b, ok := <-c.read
		if !ok {
			return false
		}
		c.out.Write(b)
	}
	return true
}

// end waits until the command ends.
func (c *console) end(t *testing.T) (status int, shown string) {
	t.Helper()
	for b := range c.read {
		c.out.Write(b)
	}
	c.keys.Close()
	_ = c.cmd.Wait() // the status is what counts
	return c.cmd.ProcessState.ExitCode(), c.out.String()
}

// inConsole runs a command line of cmd.exe in a console.
func (p prompt) inConsole(t *testing.T, text string, columns int) (status int, shown string) {
	t.Helper()
	return openConsole(t, p.dir, p.file("run")+" cmd /c '"+p.line(text)+"'", columns).end(t)
}

// sequences matches escape sequences.
var sequences = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// TestConsole: the report in a console with a code page, and in a file written from it.
func TestConsole(t *testing.T) {
	for page, want := range map[int]string{437: inASCII, 850: inASCII, 65001: letter} {
		t.Run(fmt.Sprint(page), func(t *testing.T) {
			p := newPrompt(t)
			status, shown := p.inConsole(t, fmt.Sprintf("chcp %d & ssmcheck -v diagnose report.json", page), 200)
			if status != 1 || !strings.Contains(shown, want) {
				t.Errorf("exit status %d, want 1; shown, without %q:\n%s", status, want, shown)
			}
			const red = "\x1b[31;1mFAIL"
			if !strings.Contains(shown, red) {
				t.Errorf("no colours:\n%q", shown)
			}
			if _, shown := p.inConsole(t, "set NO_COLOR=1& ssmcheck diagnose report.json", 200); strings.Contains(shown, red) || !strings.Contains(shown, "FAIL") {
				t.Errorf("colours in spite of NO_COLOR:\n%q", shown)
			}
			_, shown = p.inConsole(t, fmt.Sprintf("chcp %d & ssmcheck -v diagnose report.json >out.txt", page), 200)
			b, err := os.ReadFile(filepath.Join(p.dir, "out.txt"))
			if err != nil || !strings.Contains(string(b), want) || bytes.ContainsAny(b, "\x1b\r") || strings.Contains(shown, "FAIL") {
				t.Errorf("%v; shown %q; in the file, without %q:\n%s", err, shown, want, b)
			}
		})
	}
}

// begins matches how the lines of a report begin. The console wraps one that is too
// long at its full width, and what follows begins with anything.
var begins = regexp.MustCompile(`^( {6}|[A-Z][a-z]+ |or |and |then )`)

// TestConsole_width: the report fits the console.
func TestConsole_width(t *testing.T) {
	p := newPrompt(t)
	longest := func(columns int) int {
		_, shown := p.inConsole(t, "ssmcheck --color never diagnose report.json", columns)
		shown, _, found := strings.Cut(sequences.ReplaceAllString(shown, ""), "Check it yourself") // commands are not wrapped
		if !found {
			t.Errorf("no report:\n%s", shown)
		}
		n, full := 0, false
		for line := range strings.Lines(shown) {
			line = strings.TrimRight(line, "\r\n")
			if full && line != "" && !begins.MatchString(line) {
				t.Errorf("in %d columns the console wrapped a line before %q", columns, line)
			}
			width := utf8.RuneCountInString(line)
			n, full = max(n, width), width >= columns
		}
		return n
	}
	if n := longest(60); n > 60 || n < 48 {
		t.Errorf("in 60 columns the longest line has %d", n)
	}
	if n := longest(200); n > report.DefaultWidth || n < 68 {
		t.Errorf("in 200 columns the longest line has %d", n)
	}
}

// TestCtrlC: Ctrl-C in a console ends the run with the report so far.
func TestCtrlC(t *testing.T) {
	k := prepared(t)
	node := t.TempDir()
	if err := (windowsNode{}).write(node); err != nil {
		t.Fatal(err)
	}
	ssmlab := filepath.Join(os.Getenv("SSMCHECK_BIN"), "ssmlab")
	run := strings.Join([]string{ssmlab, "run", "dns-server-silent", "--", k.file("inside"), node, k.file("bin/ssmcheck.exe"), "--color", "never"}, " ")
	c := openConsole(t, t.TempDir(), run, 100)
	if c.await("...") { // progress
		if _, err := io.WriteString(c.keys, "\x03"); err != nil {
			t.Error(err)
		}
	}
	status, shown := c.end(t)
	if status != 3 || !strings.Contains(shown, "interrupted") || !strings.Contains(shown, "More  ssmcheck -v") {
		t.Errorf("exit status %d, want 3, and the report so far:\n%s", status, shown)
	}
}
