package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// PowerShell's redirection saves a report in UTF-16, and its cmdlets put a byte
// order mark before UTF-8: diagnose and fix read it so, from a file and from
// standard input.
func TestSaved_byPowerShell(t *testing.T) {
	plain, err := os.ReadFile(savedRun(t, "endpoint-blocked"))
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + string(bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	told := func(content []byte, args ...string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var both string
		for _, from := range []string{path, "-"} {
			var stdout, stderr bytes.Buffer
			s := system{stdin: bytes.NewReader(content), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, version: "1.2.3"}
			if status := run(t.Context(), append(args, from), s); status != 1 || stderr.Len() > 0 {
				t.Errorf("%q: exit status %d, standard error %q", args, status, &stderr)
			}
			both += stdout.String()
		}
		return both
	}
	for _, args := range [][]string{{"diagnose", "-o", "json"}, {"fix"}} {
		want := told(plain, args...)
		for name, content := range map[string][]byte{"UTF-16": wide, "UTF-8 with a BOM": append([]byte("\ufeff"), plain...)} {
			if diff := cmp.Diff(want, told(content, args...)); diff != "" {
				t.Errorf("%s, %q (-plain +saved by PowerShell):\n%s", name, args, diff)
			}
		}
	}
}
