package main

import (
	"errors"
	"os/exec"
	"strconv"
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

// refuses runs ssmcheck and wants a mistake on the command line, told in one
// line: refuses message args…
func refuses(ts *testscript.TestScript, _ bool, args []string) {
	status := runCommand(ts, append([]string{"ssmcheck"}, args[1:]...))
	if status != statusUsage {
		ts.Fatalf("exit status %d, want %d", status, statusUsage)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output is not empty: %q", out)
	}
	if got, want := ts.ReadFile("stderr"), "ssmcheck: "+args[0]+"\n"; got != want {
		ts.Fatalf("standard error is\n%swant\n%s", got, want)
	}
}

func runCommand(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	ts.Check(err)
	return 0
}
