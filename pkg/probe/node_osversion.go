package probe

import "strings"

// osVersion is the system's version as it names it itself. Empty: not known.
func (p *Prober) osVersion() string {
	if p.system() != "linux" {
		return excerpt(systemVersion())
	}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, failure := p.readFile(name)
		if failure != nil {
			continue
		}
		for _, pair := range parseEnvironmentFile(string(b)) {
			if pair.name == "PRETTY_NAME" {
				return excerpt(strings.TrimSpace(pair.value))
			}
		}
	}
	return ""
}
