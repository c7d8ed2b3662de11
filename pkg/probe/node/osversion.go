package node

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// osVersion returns the version in the system's own words. Empty: not known.
func (p Reader) osVersion() string {
	if w := p.API(); w != nil {
		return observation.Excerpt(w.Version())
	}
	if p.System() != "linux" {
		return observation.Excerpt(systemVersion())
	}
	return observation.Excerpt(strings.TrimSpace(p.OsRelease()["PRETTY_NAME"]))
}
