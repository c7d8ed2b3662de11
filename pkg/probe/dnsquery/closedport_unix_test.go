//go:build !windows

package dnsquery

import (
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A closed port is not silence: every open query fails at once.
func TestAsk_closedPort(t *testing.T) {
	if got := askClosedPort(t, 10*time.Second); !got.Failure.Of(observation.KindConnectionRefused) {
		t.Errorf("failure = %v, want refused", got.Failure)
	}
}
