package probe

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestMain wants that no test leaves a goroutine: what a probe starts ends
// with it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// beating gives a heartbeat that ends with the test.
func beating(t *testing.T) *attempt.Heartbeat {
	h := attempt.NewHeartbeat()
	h.Start()
	t.Cleanup(h.Stop)
	return h
}
