package observation_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Facts, their judgement and their rendering must link nothing that talks to a
// network or starts a process, however far away it is imported.
func TestImports_areWithoutNetwork(t *testing.T) {
	const pkg = "github.com/ssmcheck/ssmcheck/pkg/"
	for _, name := range []string{"observation", "diagnose", "report", "remedy"} {
		out, err := exec.Command("go", "list", "-deps", pkg+name).Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v", name, err)
		}
		for _, banned := range []string{"crypto/tls", "crypto/x509", "net", "net/http", "os/exec", "github.com/miekg/dns", pkg + "probe"} {
			if slices.Contains(strings.Fields(string(out)), banned) {
				t.Errorf("%s links %s", name, banned)
			}
		}
	}
}
