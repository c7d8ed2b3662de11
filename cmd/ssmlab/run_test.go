package main

import (
	"io"
	"strings"
	"testing"
)

// TestMapped_command: --mapped accepts no command, which would use the real network.
func TestMapped_command(t *testing.T) {
	c := runCommand()
	c.SetArgs([]string{"--mapped", "private-vpc", "--", "bin/ssmcheck", "--region", "us-east-2"})
	c.SetOut(io.Discard)
	c.SetErr(io.Discard)
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "bin/ssmcheck") {
		t.Errorf("%v", err)
	}
}
