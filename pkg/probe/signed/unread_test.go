package signed

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The same of the shared credentials.
func TestCredentials_unread(t *testing.T) {
	const name = "root/.aws/credentials"
	for _, step := range probetest.Anywhere {
		for _, err := range probetest.Unreadable {
			m := files.Machine{Getenv: func(string) string { return "" }}
			m.Files = probetest.FailingFS{MapFS: probetest.Root(map[string]string{name: probetest.KeysFile("default")}), Name: name, Step: step, Err: err}
			if c, _ := FileCredentials(m); c.Found != observation.Unknown || c.Failure == nil {
				t.Errorf("%s: %v: found is %q, %v", step, err, c.Found, c.Failure)
			}
		}
	}
}
