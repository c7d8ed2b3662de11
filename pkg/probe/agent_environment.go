package probe

import (
	"bytes"
	"strings"
)

// An assignment gives a value to an environment variable.
type assignment struct{ name, value string }

// An environment is what a process was, or would be, given.
type environment struct {
	values map[string]string
	// from says, by variable, which file gave it.
	from map[string]string
	// incomplete says why it is not known whole. Empty: it is.
	incomplete string
	// unused are proxies that stand in the service's configuration and that it
	// does not give to the agent.
	unused []unusedProxy
	// passed are variables that the service manager hands on from its own
	// environment, so that their values cannot be seen.
	passed []string
}

func newEnvironment() environment {
	return environment{values: map[string]string{}, from: map[string]string{}}
}

func (e environment) set(a assignment, from string) {
	e.values[a.name], e.from[a.name] = a.value, from
}

func (e environment) unset(name string) {
	delete(e.values, name)
	delete(e.from, name)
}

// first gives the value of the first variable that is set and not empty, and
// where it comes from.
func (e environment) first(names ...string) (value, from string) {
	for _, name := range names {
		if value := e.values[name]; value != "" {
			return value, e.from[name]
		}
	}
	return "", ""
}

// parseEnviron reads /proc/PID/environ: assignments that end with NUL. Of two
// for one name the first counts, as for Go's programs.
func parseEnviron(b []byte, from string) environment {
	e := newEnvironment()
	for item := range bytes.SplitSeq(b, []byte{0}) {
		a, ok := parseAssignment(string(item))
		if _, have := e.values[a.name]; ok && !have {
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
