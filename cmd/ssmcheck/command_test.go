package main

import (
	"bytes"
	"testing"
)

// What cobra itself writes is an output too: one that cannot be written is a
// run that could not be finished, told in one line.
func TestPages_cannotBeWritten(t *testing.T) {
	for _, args := range [][]string{
		{"--version"}, {"version"}, {"--help"}, {"help"}, {"explain", "-h"}, {"help", "explain"}, {"completion"},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"},
	} {
		var stderr bytes.Buffer
		s := system{stdout: brokenWriter{}, stderr: &stderr, getenv: func(string) string { return "" }, version: "1.2.3"}
		if status := run(t.Context(), args, s); status != statusUnfinished {
			t.Errorf("%q: exit status %d, want %d", args, status, statusUnfinished)
		}
		if got, want := stderr.String(), "ssmcheck: cannot write to standard output: no space left on device\n"; got != want {
			t.Errorf("%q: standard error %q, want %q", args, got, want)
		}
	}
}
