package main

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ssmcheck": main})
}

// TestScript runs the program as a shell does: its own process, both streams
// and the exit status. No script lets it come as far as the network.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  wantStatus,
			"refuses": refuses,
		},
	})
}

// wantStatus runs a command and checks its exit status: status N command args…
func wantStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := runCommand(ts, args[1:]); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// refuses runs ssmcheck and wants a usage error of one line that names all the
// facts, in their order: refuses 'fact … fact' args…
func refuses(ts *testscript.TestScript, _ bool, args []string) {
	status := runCommand(ts, append([]string{"ssmcheck"}, args[1:]...))
	if status != statusUsage {
		ts.Fatalf("exit status %d, want %d", status, statusUsage)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output is not empty: %q", out)
	}
	message := ts.ReadFile("stderr")
	if !isErrorLine(message) {
		ts.Fatalf("standard error is not one line of ssmcheck's:\n%s", message)
	}
	if fact := missingFact(message, strings.Split(args[0], " … ")); fact != "" {
		ts.Fatalf("standard error does not name %s, or not in this order:\n%s", fact, message)
	}
}

// isErrorLine reports whether the text is one line of ssmcheck's.
func isErrorLine(text string) bool {
	return strings.HasPrefix(text, "ssmcheck: ") && strings.HasSuffix(text, "\n") && strings.Count(text, "\n") == 1
}

// missingFact returns the first fact that does not follow the ones before it in
// the text. Empty: all do. Tests check facts, so that the wording is free.
func missingFact(text string, facts []string) string {
	for _, fact := range facts {
		var ok bool
		if _, text, ok = strings.Cut(text, fact); !ok {
			return fact
		}
	}
	return ""
}

// wantFacts checks that a text names facts, in this order.
func wantFacts(t *testing.T, text string, facts ...string) {
	t.Helper()
	if fact := missingFact(text, facts); fact != "" {
		t.Errorf("%q does not name %s, or not in this order: %q", text, fact, facts)
	}
}

// wantError checks that standard error is one line that names facts, in this
// order.
func (x *trial) wantError(t *testing.T, facts ...string) {
	t.Helper()
	if got := x.stderr.String(); !isErrorLine(got) {
		t.Errorf("standard error is not one line of ssmcheck's: %q", got)
	}
	wantFacts(t, x.stderr.String(), facts...)
}

func runCommand(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	ts.Check(err)
	return 0
}
