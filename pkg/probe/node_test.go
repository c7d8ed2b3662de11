package probe

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// bare is a Prober on a node of these files alone, with an empty environment.
func bare(files map[string]string) *Prober {
	return &Prober{
		Files:             probetest.Root(files),
		Getenv:            func(string) string { return "" },
		InterfacePrefixes: func() ([]netip.Prefix, error) { return nil, nil },
	}
}
