// Package service determines the environment of the agent's service, from its process,
// its systemd unit, upstart or Windows, and the proxies and the trust store that follow
// from it. It runs neither systemctl nor any other program.
package service

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// serviceEnvironment returns the environment of the agent's service, as far as it can be
// read: that of its process, otherwise what its configuration sets. from says where it
// was found. known is No if part of it exists, or may exist, and could not be read, and
// Unknown if nothing was found.
func (p Reader) serviceEnvironment(pid string) (e Environment, from string, known observation.Known) {
	if w := p.API(); w != nil {
		return windowsEnvironment(w)
	}
	if p.System() != "linux" {
		// The agent gets macOS's own settings from `scutil --proxy`; without running a
		// command they are not known.
		return newEnvironment(), "the system's own proxy settings are not read", observation.Unknown
	}
	if pid != "" {
		name := "proc/" + pid + "/environ"
		b, failure := p.ReadFile(name)
		switch {
		case failure.Of(observation.KindTooLarge) || len(b) > maxEnvironment:
			return unreadEnvironment(Environment{}, p.Shown(name), tooLong(p.Shown(name)))
		case failure == nil && len(b) > 0:
			e = parseEnviron(b, p.Shown(name))
			e.Unused = p.unusedBy(e)
			return e, p.Shown(name) + ", the agent's process", observation.Yes
		}
	}
	if unit := p.unitEnvironment(); unit.path != "" {
		if unit.unread != nil {
			return unreadEnvironment(unit.Environment, unit.path, unit.unread)
		}
		return unit.Environment, proxySource(unit.Environment, unit.path), observation.Yes
	}
	if e, path, failure := p.upstartEnvironment(); path != "" {
		if failure != nil {
			return unreadEnvironment(e, path, failure)
		}
		return e, proxySource(e, path), observation.Yes
	}
	return newEnvironment(), "no configuration of the agent's service is found", observation.Unknown
}

// unreadEnvironment is an environment that is partly unknown: it could not be read, or
// is too large.
func unreadEnvironment(e Environment, from string, unread *observation.Failure) (Environment, string, observation.Known) {
	if unread.Of(observation.KindTooLarge) {
		return Environment{incomplete: unread.Text}, from, observation.Unknown
	}
	return e, unread.Text, observation.No
}

func tooLong(name string) *observation.Failure {
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: name + ": more than 256 KiB"}
}

// proxySource names the file that sets the proxy, or the fallback if none does.
func proxySource(e Environment, fallback string) string {
	for _, names := range namesByKind {
		if _, from := e.first(names...); from != "" {
			return from
		}
	}
	return fallback
}

// upstartEnvironment reads the "env" lines of the agent's upstart job and its
// override (init(5)).
func (p Reader) upstartEnvironment() (e Environment, path string, unread *observation.Failure) {
	e = newEnvironment()
	for _, name := range []string{"etc/init/amazon-ssm-agent.conf", "etc/init/amazon-ssm-agent.override"} {
		b, failure := p.ReadFile(name)
		switch {
		case failure.Of(observation.KindTooLarge) || len(b) > maxEnvironment:
			return e, p.Shown(name), tooLong(p.Shown(name))
		case failure.Of(observation.KindAbsent), failure.Of(observation.KindOther) && !p.IsFIFO(name):
			continue
		case failure != nil:
			unread = failure
		}
		path = p.Shown(name)
		for _, line := range files.Lines(b) {
			value, ok := strings.CutPrefix(strings.TrimSpace(line), "env ")
			if !ok {
				continue
			}
			for _, a := range plainAssignments(value) {
				e.set(a, path)
			}
		}
	}
	return e, path, unread
}
