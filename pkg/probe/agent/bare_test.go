package agent

import (
	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// bareAgent reads of a machine with these files alone, and an empty environment.
func bareAgent(contents map[string]string) Reader {
	return NewReader(files.Machine{Files: probetest.Root(contents), Getenv: func(string) string { return "" }}, nil)
}
