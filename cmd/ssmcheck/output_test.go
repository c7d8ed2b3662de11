package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// Every format is written in one run, each to a file of its own.
func TestRunEveryFormat(t *testing.T) {
	dir := t.TempDir()
	var args []string
	for _, format := range formats() {
		args = append(args, "-o", format+"="+filepath.Join(dir, format))
	}
	x := newTrial(t, "endpoint-blocked")
	x.want(t, x.run(t, append(args, "--region", "us-east-2", "--timeout", "1500ms")...), 1)
	if x.stdout.Len()+x.stderr.Len() > 0 {
		t.Errorf("standard output %q, standard error %q", &x.stdout, &x.stderr)
	}
	begins := map[string]string{
		"text": "FAIL  ", "short": "FAIL  ", "json": "{\n", "ndjson": `{"schema":`, "junit": "<?xml ", "prometheus": "# HELP ",
		"nagios": "SSM CRITICAL - ", "markdown": "## ssmcheck FAIL", "html": "<!",
	}
	for _, format := range formats() {
		b, err := os.ReadFile(filepath.Join(dir, format))
		if err != nil {
			t.Error(err)
			continue
		}
		if begins[format] == "" || !strings.HasPrefix(string(b), begins[format]) {
			t.Errorf("%s begins with %.40q, want %q", format, b, begins[format])
		}
	}
	wantFiles(t, dir, formats()...)
}

// wantFiles wants these files and no other: no temporary one is left.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		found := false
		for _, w := range want {
			found = found || w == f.Name()
		}
		if !found {
			t.Errorf("%s is left behind", f.Name())
		}
	}
	if len(list) != len(want) {
		t.Errorf("%d files, want %d", len(list), len(want))
	}
}

// A run that sends nothing leaves the earlier report whole, and no other file.
func TestRunMistakeLeavesFilesAlone(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.prom")
	if err := os.WriteFile(old, []byte("an earlier report"), 0o600); err != nil {
		t.Fatal(err)
	}
	x := newTrial(t, "hybrid-public")
	x.getenv = func(string) string { return "" } // no Region: found out after the files are looked at
	x.want(t, x.run(t, "-o", "prometheus="+old, "-o", "json="+filepath.Join(dir, "new.json")), statusUsage)
	wantFiles(t, dir, "old.prom")
	if b, err := os.ReadFile(old); err != nil || string(b) != "an earlier report" {
		t.Errorf("%q, %v", b, err)
	}
}

// A new report takes the place of an old one.
func TestOutputFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(path, []byte("an earlier, longer report"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, path, "new")
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
	wantFiles(t, filepath.Dir(path), "report")
}

func put(t *testing.T, path, content string) {
	t.Helper()
	o, err := openOutput(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.put([]byte(content)); err != nil {
		t.Fatal(err)
	}
}

// What fails at the end leaves neither a part of a report nor a temporary file.
func TestOutputFileFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o, err := openOutput(filepath.Join(dir, "report"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.close() }()
	// Meanwhile there is a directory of that name: nothing can be renamed to it.
	if err := os.MkdirAll(filepath.Join(dir, "report", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := o.put([]byte("new")); err == nil {
		t.Error("no error")
	}
	wantFiles(t, dir, "report")
}

// With --redact no format tells the instance, its addresses or its proxy.
func TestRunRedact(t *testing.T) {
	dir := t.TempDir()
	args := []string{"--redact", "-v", "--region", "us-east-2", "--timeout", "1500ms", "--bucket", "acme-own-bucket",
		"--proxy", "http://jdoe@proxy77.contoso.example:3128"}
	for _, format := range formats() {
		args = append(args, "-o", format+"="+filepath.Join(dir, format))
	}
	x := newTrial(t, "private-vpc")
	x.run(t, args...)
	x.run(t, "diagnose", filepath.Join(dir, "json")) // it can be judged again
	told := x.stdout.String() + x.stderr.String()
	for _, format := range formats() {
		b, err := os.ReadFile(filepath.Join(dir, format))
		if err != nil {
			t.Fatal(err)
		}
		told += string(b)
	}
	for _, secret := range []string{lab.InstanceID, "10.0.2.10", "contoso", "proxy77", "jdoe", "acme-own-bucket"} {
		if i := strings.Index(told, secret); i >= 0 {
			t.Errorf("%s is told: …%s…", secret, told[max(0, i-80):min(len(told), i+80)])
		}
	}
	if !strings.Contains(told, "ssm.us-east-2.amazonaws.com") || !strings.Contains(told, "host-1.example") {
		t.Error("AWS's names or the stand-ins are missing")
	}
}
