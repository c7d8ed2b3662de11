package agent

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Container gives the evidence that this is a container. Empty: none is seen,
// and unread is why a sign of one could not be looked for. nil: none is there.
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
		for _, mark := range containerGroups {
			if strings.Contains(line, mark) {
				return p.Shown(group) + ": " + observation.Excerpt(line), nil
			}
		}
	}
	return "", unread
}

// containerGroups are what container engines call the groups of their
// processes.
var containerGroups = []string{
	"/docker/", "/docker-", "/kubepods", "kubepods.slice", "cri-containerd", "crio-", "/libpod-", "/lxc/", "/lxc.payload", "/ecs/",
}
