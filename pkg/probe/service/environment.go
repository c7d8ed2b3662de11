package service

import (
	"bytes"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Reader reads what a machine knows about the agent's service.
type Reader struct{ files.Machine }

// An assignment sets an environment variable.
type assignment struct{ name, value string }

// An Environment is the environment that a process has or would have.
type Environment struct {
	Values map[string]string
	// From says, by variable, which file set it.
	From map[string]string
	// incomplete says why not all of it is known. Empty: all is.
	incomplete string
	// Unused are proxies in the service's configuration that do not reach the agent.
	Unused []UnusedProxy
	// Passed are variables that the service manager passes on from its own
	// environment, so that their values are not visible.
	Passed []string
}

func newEnvironment() Environment {
	return Environment{Values: map[string]string{}, From: map[string]string{}}
}

func (e Environment) set(a assignment, from string) {
	e.Values[a.name], e.From[a.name] = a.value, from
}

func (e Environment) unset(name string) {
	delete(e.Values, name)
	delete(e.From, name)
}

// first returns the value of the first variable that is not empty, and where it comes
// from.
func (e Environment) first(names ...string) (value, from string) {
	for _, name := range names {
		if value := e.Values[name]; value != "" {
			return value, e.From[name]
		}
	}
	return "", ""
}

// parseEnviron parses /proc/PID/environ: assignments that end with NUL. The first one
// for a name counts, as in Go programs.
func parseEnviron(b []byte, from string) Environment {
	e := newEnvironment()
	for item := range bytes.SplitSeq(b, []byte{0}) {
		a, ok := parseAssignment(string(item))
		if _, have := e.Values[a.name]; ok && !have {
			e.set(a, from)
		}
	}
	return e
}

// parseAssignment parses NAME=value. A name consists of letters, digits and underscores,
// and does not begin with a digit.
func parseAssignment(s string) (assignment, bool) {
	name, value, ok := strings.Cut(s, "=")
	wordByte := func(c byte) bool { return c == '_' || observation.IsLetter(c) || observation.IsDigit(c) }
	if !ok || !observation.ConsistsOf(name, 1, len(name), wordByte) || observation.IsDigit(name[0]) {
		return assignment{}, false
	}
	return assignment{name, value}, true
}
