package node

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// bareNode reads of a machine with these files alone, and an empty environment.
func bareNode(contents map[string]string) Reader {
	m := files.Machine{Files: probetest.Root(contents), Getenv: func(string) string { return "" }}
	return NewReader(m, nil, func() ([]netip.Prefix, error) { return nil, nil })
}
