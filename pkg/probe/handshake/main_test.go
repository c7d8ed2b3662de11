package handshake

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a test leaks a goroutine: whatever a probe starts must end with it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
