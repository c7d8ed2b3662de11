package redact

import (
	"regexp"
	"sync"
)

// pattern gives a regular expression that is compiled when it is first used:
// no run needs them all, and a subcommand none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
