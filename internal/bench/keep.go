package main

import (
	"fmt"
	"os"
	"strings"
)

// The marks before and after the table in a file.
const (
	keepBegin = "<!-- bench:begin -->\n"
	keepEnd   = "<!-- bench:end -->"
)

// keepIn writes the table between the marks of a file.
func keepIn(path, table string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), keepBegin)
	_, after, ended := strings.Cut(rest, keepEnd)
	if !ok || !ended {
		return fmt.Errorf("%s does not have the marks %q and %q", path, strings.TrimSpace(keepBegin), keepEnd)
	}
	return os.WriteFile(path, []byte(before+keepBegin+"```text\n"+table+"```\n"+keepEnd+after), 0o644)
}
