package probe

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestMain fails if a test leaks a goroutine: whatever a probe starts must end with it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// beating returns a heartbeat that ends with the test.
func beating(t *testing.T) *attempt.Heartbeat {
	h := attempt.NewHeartbeat()
	h.Start()
	t.Cleanup(h.Stop)
	return h
}
