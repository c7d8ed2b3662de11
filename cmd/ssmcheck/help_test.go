package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

func help(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	s := system{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, version: "1.2.3"}
	if status := run(t.Context(), args, s); status != 0 || errs.Len() > 0 {
		t.Fatalf("%q: exit status %d, standard error %q", args, status, &errs)
	}
	return out.String()
}

// The help fits 80 columns, and is plain ASCII for every terminal.
func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"version", "--help"},
		{"explain", "--help"}, {"endpoints", "--help"}, {"diagnose", "--help"}, {"fix", "--help"}, {"fleet", "--help"}, {"diff", "--help"}} {
		text := help(t, args...)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 || n != len(strings.TrimSuffix(line, "\n")) {
				t.Errorf("%q: %d columns: %s", args, n, line)
			}
		}
	}
}

// A command's help names no flag that the command does not have.
func TestFixHelpNamesItsOwnFlags(t *testing.T) {
	if text := help(t, "fix", "--help"); strings.Contains(text, "what -o asks for") {
		t.Errorf("fix has no -o:\n%s", text)
	}
}

// Every flag of this version stands in the help, and every one does something.
func TestHelpListsEveryFlag(t *testing.T) {
	want := []string{"region", "for", "expect", "vpc-resolver", "nameserver", "proxy", "endpoint", "bucket", "ip-ranges", "private-cidr", "signed", "fips",
		"dualstack", "timeout", "deadline", "wait", "ignore", "label", "output", "color", "redact", "strict", "quiet", "verbose"}
	var got []string
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(options).add(f)
	f.VisitAll(func(flag *pflag.Flag) { got = append(got, flag.Name) })
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the flags are %v, want %v", got, want)
	}
	text := help(t, "--help")
	for _, name := range want {
		if !strings.Contains(text, "--"+name) {
			t.Errorf("the help does not list --%s", name)
		}
	}
}
