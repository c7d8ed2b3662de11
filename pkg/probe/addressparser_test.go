package probe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOneParserOfAddresses: no other file parses an address of its own, but for
// redact.go, which keeps none and has to see the zone that is none.
func TestOneParserOfAddresses(t *testing.T) {
	var files []string
	for _, of := range []string{"../observation/*.go", "../probe/*.go"} {
		found, err := filepath.Glob(of)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", of, len(found), err)
		}
		files = append(files, found...)
	}
	allowed := []string{"../observation/address.go", "../observation/redact.go"}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(allowed, name) && !strings.HasSuffix(name, "_test.go") && (strings.Contains(string(b), "netip.ParseAddr(") || strings.Contains(string(b), "netip.ParseAddrPort(")) {
			t.Errorf("%s parses an address without ParseAddress", name)
		}
	}
}
