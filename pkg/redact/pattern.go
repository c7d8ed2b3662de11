package redact

import (
	"regexp"
	"sync"
)

// pattern returns a regular expression that is compiled on first use: no run
// needs all of them, and most subcommands need none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
