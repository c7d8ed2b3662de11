package probe

import (
	"strings"
)

// container gives the evidence that this is a container. Empty: none is seen.
func (p *Prober) container() string {
	if p.system() != "linux" {
		return ""
	}
	for _, name := range []string{".dockerenv", "run/.containerenv"} {
		if p.exists(name) == Yes {
			return p.shown(name)
		}
	}
	const managed = "run/systemd/container"
	if b, failure := p.readFile(managed); failure == nil && len(b) > 0 {
		return p.shown(managed) + ": " + excerpt(string(b))
	}
	for _, name := range []string{"ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI", "KUBERNETES_SERVICE_HOST"} {
		if p.getenv(name) != "" {
			return "the environment variable " + name
		}
	}
	const group = "proc/1/cgroup"
	b, failure := p.readFile(group)
	if failure != nil {
		return ""
	}
	for _, line := range numberedLines(b) {
		for _, mark := range containerGroups {
			if strings.Contains(line, mark) {
				return p.shown(group) + ": " + excerpt(line)
			}
		}
	}
	return ""
}

// containerGroups are what container engines call the groups of their
// processes.
var containerGroups = []string{
	"/docker/", "/docker-", "/kubepods", "kubepods.slice", "cri-containerd", "crio-", "/libpod-", "/lxc/", "/lxc.payload", "/ecs/",
}
