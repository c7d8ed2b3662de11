package probe

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOneParserOfAddresses: no other file of the probe parses addresses itself, except redact.go,
// which keeps none and must see invalid zones.
func TestOneParserOfAddresses(t *testing.T) {
	allowed := []string{"../observation/address.go", "../observation/redact.go"}
	seen := make(map[string]int)
	for _, root := range []string{"../observation", "../probe"} {
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			name = filepath.ToSlash(name)
			if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			seen[filepath.ToSlash(filepath.Dir(name))]++
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text := string(b)
			if !slices.Contains(allowed, name) && (strings.Contains(text, "netip.ParseAddr(") || strings.Contains(text, "netip.ParseAddrPort(")) {
				t.Errorf("%s parses an address without ParseAddress", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range []string{"../observation", "../probe", "../probe/node", "../probe/service"} {
		if seen[of] == 0 {
			t.Errorf("%s was not looked through", of)
		}
	}
}
