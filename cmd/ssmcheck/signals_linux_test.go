package main

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// The program reads a report that has no end yet: it is under way when it has
// taken more than a pipe holds.
func TestSignals(t *testing.T) {
	const interrupted, empty = "interrupted", "standard input: the report is empty"
	// Under nohup a hangup is ignored, and would be by what is started here. What
	// this process hears of, a program that it starts does not inherit.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(heard)
	for _, c := range []struct {
		name    string
		signals []syscall.Signal
		nohup   bool
		status  int
		told    string
	}{
		{"an interrupt", []syscall.Signal{syscall.SIGINT}, false, statusUnfinished, interrupted},
		{"a terminal that is gone", []syscall.Signal{syscall.SIGHUP}, false, statusUnfinished, interrupted},
		{"a terminal that is gone, with nohup", []syscall.Signal{syscall.SIGHUP}, true, statusUsage, empty},
		{"one wish in several signals", []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTERM}, false, statusUnfinished, interrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := exec.Command("ssmcheck", "diagnose", "-")
			if c.nohup {
				cmd = exec.Command("sh", "-c", "trap '' HUP; exec ssmcheck diagnose -")
			}
			cmd.Stderr = &stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := stdin.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
				t.Error(err)
			}
			for _, s := range c.signals {
				// Of several the first may have ended it.
				_ = cmd.Process.Signal(s)
			}
			if c.nohup {
				stdin.Close()
			}
			_ = cmd.Wait() // the status is looked at
			if got := cmd.ProcessState.ExitCode(); got != c.status || !isErrorLine(stderr.String()) {
				t.Errorf("exit status %d (%v), want %d; standard error %q", got, cmd.ProcessState, c.status, &stderr)
			}
			wantFacts(t, stderr.String(), c.told)
		})
	}
}
