package probe

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// osVersion is the system's version as it names it itself. Empty: not known.
func (p *Prober) osVersion() string {
	if p.system() != "linux" {
		return observation.Excerpt(systemVersion())
	}
	return observation.Excerpt(strings.TrimSpace(p.osRelease()["PRETTY_NAME"]))
}

// osRelease gives the assignments of os-release (os-release(5)). Empty: it is not
// there or cannot be read.
func (p *Prober) osRelease() map[string]string {
	values := map[string]string{}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, failure := p.readFile(name)
		if failure != nil {
			continue
		}
		for _, pair := range parseEnvironmentFile(string(b)) {
			values[pair.name] = pair.value
		}
		if values["PRETTY_NAME"] != "" {
			break
		}
	}
	return values
}
