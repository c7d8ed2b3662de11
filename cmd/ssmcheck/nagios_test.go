package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// On standard output a report for Nagios has Nagios's statuses, also where
// there is none: 2 would be critical, and Nagios shows no standard error.
func TestRunNagios(t *testing.T) {
	for _, c := range []struct {
		scenario string
		args     []string
		status   int
		begins   string
	}{
		{"private-vpc", nil, 0, "SSM OK - "},
		{"endpoint-partly-blocked", nil, 1, "SSM WARNING - "},
		{"endpoint-partly-blocked", []string{"--strict"}, 2, "SSM CRITICAL - "},
		{"endpoint-blocked", nil, 2, "SSM CRITICAL - "},
		{"private-vpc", []string{"--for", "everything"}, 3, "SSM UNKNOWN - --for: "},
		{"private-vpc", []string{"--frobnicate"}, 3, "SSM UNKNOWN - unknown flag: "},
		{"private-vpc", []string{"-o", "text=no/such/file"}, 3, "SSM UNKNOWN - --output: "},
		{"private-vpc", []string{"--region", "us-east-2|x"}, 3, `SSM UNKNOWN - --region: malformed Region "us-east-2\x7cx"`},
	} {
		x := newTrial(t, c.scenario)
		args := append([]string{"-o", "nagios", "--region", "us-east-2", "--timeout", "1500ms"}, c.args...)
		x.want(t, x.run(t, args...), c.status)
		if !strings.HasPrefix(x.stdout.String(), c.begins) {
			t.Errorf("%q: standard output begins with %.80q, want %q", args, x.stdout.String(), c.begins)
		}
		if c.status < 3 && !strings.Contains(x.stdout.String(), " | 'duration'=") {
			t.Errorf("%q: no performance data: %s", args, &x.stdout)
		}
	}
}

// In a file it changes no status.
func TestRunNagiosFile(t *testing.T) {
	x := newTrial(t, "endpoint-blocked")
	args := []string{"-q", "-o", "nagios=" + filepath.Join(t.TempDir(), "out"), "--region", "us-east-2", "--timeout", "1500ms"}
	x.want(t, x.run(t, args...), 1)
	x.want(t, x.run(t, append(args, "--for", "everything")...), statusUsage)
	if x.stdout.Len() > 0 {
		t.Errorf("standard output: %q", &x.stdout)
	}
}

func TestNagiosAsked(t *testing.T) {
	for args, want := range map[string]bool{
		"":                         false,
		"-o nagios":                true,
		"-onagios --frobnicate":    true,
		"--no-such x -o nagios":    true,
		"--output=nagios=-":        true,
		"-o json -o nagios=/tmp/x": false,
		"-o xml -o nagios":         false, // it ends there
		"--region nagios":          false,
	} {
		if got := wantsNagios(strings.Fields(args), func(string) string { return "" }); got != want {
			t.Errorf("%q: %v, want %v", args, got, want)
		}
	}
	env := func(name string) string { return map[string]string{"SSMCHECK_OUTPUT": "json=x,nagios"}[name] }
	if !wantsNagios([]string{"--region", "x"}, env) || wantsNagios([]string{"-o", "text"}, env) {
		t.Error("the environment counts where no flag is given, and only there")
	}
}
