package imds

import (
	"context"
	"net/http"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// runnerAt makes attempts at a fake instance metadata server.
func runnerAt(t *testing.T, h http.Handler) *attempt.Runner {
	t.Helper()
	return &attempt.Runner{Dial: probetest.ListenIMDS(t, h)}
}

func beginAsking(p *attempt.Runner, ctx context.Context) *Call {
	return Start(ctx, p, func() {})
}
