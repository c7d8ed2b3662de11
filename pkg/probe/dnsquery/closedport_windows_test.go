package dnsquery

import (
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// On Windows, Go hides ICMP messages from UDP sockets (net/fd_windows.go): a closed port is
// silent. wine usually reports them anyway.
func TestAsk_closedPort(t *testing.T) {
	if got := askClosedPort(t, time.Second); !got.Failure.Of(observation.KindTimeout, observation.KindConnectionRefused) {
		t.Errorf("failure = %v, want a timeout or a refusal", got.Failure)
	}
}
