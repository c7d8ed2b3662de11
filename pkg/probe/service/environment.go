package service

import (
	"bytes"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
)

// A Reader reads what a machine says of the agent's service.
type Reader struct{ files.Machine }

// An assignment gives a value to an environment variable.
type assignment struct{ name, value string }

// An Environment is what a process was, or would be, given.
type Environment struct {
	Values map[string]string
	// From says, by variable, which file gave it.
	From map[string]string
	// incomplete says why it is not known whole. Empty: it is.
	incomplete string
	// Unused are proxies that stand in the service's configuration and that it
	// does not give to the agent.
	Unused []UnusedProxy
	// Passed are variables that the service manager hands on from its own
	// environment, so that their values cannot be seen.
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

// first gives the value of the first variable that is set and not empty, and
// where it comes from.
func (e Environment) first(names ...string) (value, from string) {
	for _, name := range names {
		if value := e.Values[name]; value != "" {
			return value, e.From[name]
		}
	}
	return "", ""
}

// parseEnviron reads /proc/PID/environ: assignments that end with NUL. Of two
// for one name the first counts, as for Go's programs.
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

// parseAssignment reads NAME=value. A name is letters, digits and underscores,
// and begins with no digit.
func parseAssignment(s string) (assignment, bool) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" || name[0] >= '0' && name[0] <= '9' {
		return assignment{}, false
	}
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return assignment{}, false
		}
	}
	return assignment{name, value}, true
}
