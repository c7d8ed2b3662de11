//go:build !linux

package e2e

import "testing"

func TestScenarios(t *testing.T) {
	t.Skip("SKIP: network namespaces need Linux; the lab's own tests run the scenarios mapped on loopback")
}
