package agent

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Container returns the evidence that this is a container. Empty: none was found;
// unread is then why a sign could not be checked, nil if all were.
func (p Reader) Container() (evidence string, unread *observation.Failure) {
	if p.System() != "linux" {
		return "", nil
	}
	note := func(failure *observation.Failure) {
		if unread == nil && failure != nil && !failure.Of(observation.KindAbsent) {
			unread = failure
		}
	}
	for _, name := range []string{".dockerenv", "run/.containerenv"} {
		there, failure := p.Exists(name)
		if there == observation.Yes {
			return p.Shown(name), nil
		}
		note(failure)
	}
	const managed = "run/systemd/container"
	b, failure := p.ReadFile(managed)
	if failure == nil && len(b) > 0 {
		return p.Shown(managed) + ": " + observation.Excerpt(string(b)), nil
	}
	note(failure)
	for _, name := range []string{"ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI", "KUBERNETES_SERVICE_HOST"} {
		if p.Env(name) != "" {
			return "the environment variable " + name, nil
		}
	}
	const group = "proc/1/cgroup"
	b, failure = p.ReadFile(group)
	note(failure)
	for _, line := range files.Lines(b) {
		if slices.ContainsFunc(containerGroups, func(mark string) bool { return strings.Contains(line, mark) }) {
			return p.Shown(group) + ": " + observation.Excerpt(line), nil
		}
	}
	return "", unread
}

// containerGroups are parts of the cgroup names that container engines use.
var containerGroups = []string{
	"/docker/", "/docker-", "/kubepods", "kubepods.slice", "cri-containerd", "crio-", "/libpod-", "/lxc/", "/lxc.payload", "/ecs/",
}
