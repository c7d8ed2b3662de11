package service

import (
	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// bareService reads of a machine with these files alone, and an empty environment.
func bareService(contents map[string]string) Reader {
	return Reader{files.Machine{Files: probetest.Root(contents), Getenv: func(string) string { return "" }}}
}
