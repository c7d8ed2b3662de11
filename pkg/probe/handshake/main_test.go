package handshake

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants that no test leaves a goroutine: what a probe starts ends
// with it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
